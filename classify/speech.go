package classify

import (
	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/words"
)

// A speech recognises the language of a text by its commonest words.
type speech struct {
	languages []string
	byWord    map[string]uint16 // word → a bit for each language
}

// Limits of the recognition: a text is read in parts of so many bytes until it is sure, and no more of them than this.
const (
	speechBytes  = 300
	speechParts  = 4
	surePoints   = 6 // so many points at least …
	sureDistance = 2 // … and so many times those of the next language
)

func newSpeech(files []*lexicon.File) speech {
	s := speech{byWord: map[string]uint16{}}
	bit := map[string]int{}
	for _, f := range files {
		if f.Language == "" || len(f.Common) == 0 {
			continue
		}
		n, ok := bit[f.Language]
		if !ok {
			if len(s.languages) == maxLanguages {
				continue
			}
			n = len(s.languages)
			bit[f.Language] = n
			s.languages = append(s.languages, f.Language)
		}
		for _, w := range f.Common {
			s.byWord[words.Fold(w).Text] |= 1 << n
		}
	}
	return s
}

// of tells the language of a text, "" when its words don't show it, and whether there can be no doubt.
func (s *speech) of(spelling *words.Spelling, t Text) (language string, sure bool) {
	var score [maxLanguages]int
	s.count(spelling, t.Subject, &score)
	for rest, n := t.Body, 0; n < speechParts; n++ {
		part := rest[:min(len(rest), speechBytes)]
		rest = rest[len(part):]
		s.count(spelling, part, &score)
		if language, sure = s.judge(&score); sure || rest == "" {
			break
		}
	}
	return language, sure
}

// judge names the language with the most points.
func (s *speech) judge(score *[maxLanguages]int) (language string, sure bool) {
	best, next := 0, 0
	for i := range s.languages {
		if score[i] > score[best] {
			best = i
		}
	}
	for i := range s.languages {
		if i != best {
			next = max(next, score[i])
		}
	}
	if len(s.languages) == 0 || score[best] == next {
		return "", false
	}
	return s.languages[best], score[best] >= surePoints && score[best] >= sureDistance*next
}

// count adds points for each common word: more for one that only one language has.
func (s *speech) count(spelling *words.Spelling, text string, score *[maxLanguages]int) {
	f := words.Fold(text[:min(len(text), speechBytes)])
	for at := 0; ; {
		t := spelling.Next(f.Text, at, len(f.Text))
		if t.Text == "" {
			return
		}
		at = t.To
		languages := s.byWord[t.Text]
		for i := range s.languages {
			if languages&(1<<i) != 0 {
				score[i] += points(languages)
			}
		}
	}
}

// speaks tells whether a sentence has common words of one language that another doesn't have.
func (s *sentence) speaks(sp *speech, language, other string) bool {
	one, two := sp.bit(language), sp.bit(other)
	for _, t := range s.tokens {
		if is := sp.byWord[t.Text]; is&one != 0 && is&two == 0 {
			return true
		}
	}
	return false
}

func (s *speech) bit(language string) uint16 {
	for i, l := range s.languages {
		if l == language {
			return 1 << i
		}
	}
	return 0
}

func points(languages uint16) int {
	if languages&(languages-1) == 0 {
		return 3
	}
	return 1
}
