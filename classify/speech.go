package classify

import (
	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/words"
)

// Speech recognises the language of a text by its commonest words.
type speech struct {
	languages []string
	byWord    map[string]uint16 // word → bit per language
}

// Limits of the recognition: how much is read, and how many words have to agree.
const (
	speechBytes = 400
	speechWords = 40
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
			if len(s.languages) == 16 {
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

// of tells the language of a text, "" when its words don't show it.
func (s *speech) of(spelling *words.Spelling, t Text) string {
	var score [16]int
	s.count(spelling, t.Body, &score)
	s.count(spelling, t.Subject, &score)
	best, second := 0, -1
	for i := 1; i < len(s.languages); i++ {
		switch {
		case score[i] > score[best]:
			best, second = i, best
		case second < 0 || score[i] > score[second]:
			second = i
		}
	}
	if len(s.languages) == 0 || score[best] == 0 || second >= 0 && score[best] == score[second] {
		return ""
	}
	return s.languages[best]
}

// count adds a point for each common word, shared among the languages that have it.
func (s *speech) count(spelling *words.Spelling, text string, score *[16]int) {
	if len(text) > speechBytes {
		text = text[:speechBytes]
	}
	f := words.Fold(text)
	for at, n := 0, 0; n < speechWords; n++ {
		t := spelling.Next(f.Text, at, len(f.Text))
		if t.Text == "" {
			return
		}
		at = t.To
		languages := s.byWord[t.Text]
		for i := range s.languages {
			if languages&(1<<i) != 0 {
				score[i] += pointsFor(languages)
			}
		}
	}
}

// pointsFor gives a word that only one language has more weight than one that many share.
func pointsFor(languages uint16) int {
	if languages&(languages-1) == 0 {
		return 3
	}
	return 1
}
