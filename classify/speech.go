package classify

import (
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/words"
)

// A speech recognises the language of a text by its commonest words, by the words of the lexicon, and by letters such as
// ñ and õ.
type speech struct {
	languages []string // by bit
	known     uint16   // the languages that it can recognise
	letters   map[rune]uint16
}

// A tongue is what a text shows of its language. Languages are bits.
type tongue struct {
	language string // "" when several are as likely
	own      uint16 // the same as a bit
	behind   uint16 // languages for which less speaks than for another
	others   uint16 // languages that it clearly is not
}

// A text is read in parts of so many bytes until its language is clear, and no more of them than this.
const (
	speechBytes = 150
	speechParts = 8
)

// What words and letters are worth. Those of one language only tell more than those that are shared.
const (
	ownCommonWord    = 3
	sharedCommonWord = 1
	ownWord          = 1
	ownLetter        = 3
	sharedLetter     = 1
)

// A language is clearly another when it has so many points, and so many times those of the one in question.
const (
	clearPoints   = 4
	clearDistance = 2
)

// minMet is in how many words and examples a letter has to be met to be one of its language.
const minMet = 3

func newSpeech(files []*lexicon.File, v *vocabulary) speech {
	s := speech{languages: v.languages, letters: map[rune]uint16{}}
	met := map[uint16]map[rune]int{}
	for _, f := range files {
		bit := v.language(f.Language)
		if f.Language == "" || bit == 0 {
			continue
		}
		if met[bit] == nil {
			met[bit] = map[rune]int{}
		}
		for _, w := range f.Common {
			s.known |= bit
			countLetters(w, met[bit])
		}
		for _, e := range f.Entries {
			for _, x := range slices.Concat(e.Hits, e.Misses) {
				countLetters(x.Text, met[bit])
			}
		}
	}
	for bit, letters := range met {
		for r, n := range letters {
			if n >= minMet {
				s.letters[r] |= bit
			}
		}
	}
	return s
}

// countLetters counts the letters of a text that not every language has.
func countLetters(text string, into map[rune]int) {
	for _, r := range text {
		if r >= utf8.RuneSelf && isTelling(r) {
			into[unicode.ToLower(r)]++
		}
	}
}

// isTelling tells whether a letter or mark belongs to some languages only.
func isTelling(r rune) bool { return unicode.IsLetter(r) || r == '¿' || r == '¡' }

// A score holds the points of each language, by the number of its bit.
type score [maxLanguages]int

func (p *score) add(languages uint16, points int) {
	for ; languages != 0; languages &= languages - 1 {
		p[bits.TrailingZeros16(languages)] += points
	}
}

// top finds the two highest scores, and whose the highest is.
func (p *score) top(languages int) (best, first, second int) {
	for i, n := range p[:languages] {
		switch {
		case n > first:
			best, first, second = i, n, first
		case n > second:
			second = n
		}
	}
	return best, first, second
}

// surePoints is what has to speak for a language before no more of a text is read.
const surePoints = 6

func (p *score) isClear(languages int) bool {
	_, first, second := p.top(languages)
	return first >= surePoints && first >= clearDistance*second
}

// judge compares the languages' points.
func (s *speech) judge(p *score) tongue {
	var t tongue
	best, first, second := p.top(len(s.languages))
	if first > second {
		t.language, t.own = s.languages[best], 1<<best
	}
	for i, n := range p[:len(s.languages)] {
		bit := uint16(1) << i & s.known
		if n < first {
			t.behind |= bit
		}
		if first >= clearPoints && first >= clearDistance*n && n < first {
			t.others |= bit
		}
	}
	return t
}

// count adds the points of one word.
func (f *sense) count(points *score) {
	switch {
	case f.nature&slip != 0:
	case f.common != 0 && single(f.common|f.spoken):
		points.add(f.common, ownCommonWord)
	case f.common != 0:
		points.add(f.common, sharedCommonWord)
	case single(f.spoken):
		points.add(f.spoken, ownWord)
	}
}

// countLetters adds points for each letter that some languages have and others don't, once however often it is there.
func (s *speech) countLetters(part string, points *score) {
	var met [8]rune
	n := 0
	for i := 0; n < len(met); {
		for i < len(part) && part[i] < utf8.RuneSelf {
			i++
		}
		if i == len(part) {
			return
		}
		r, size := utf8.DecodeRuneInString(part[i:])
		i += size
		r = unicode.ToLower(r)
		languages := s.letters[r]
		if languages == 0 || slices.Contains(met[:n], r) {
			continue
		}
		met[n] = r
		n++
		if single(languages) {
			points.add(languages, ownLetter)
		} else {
			points.add(languages, sharedLetter)
		}
	}
}

// single tells whether a set of languages is one.
func single(languages uint16) bool { return languages != 0 && languages&(languages-1) == 0 }

// tellingWord is the length, in bytes, below which a word by itself tells nothing about its language.
const tellingWord = 9

// tells lists the languages that a word shows to be used, in a text whose own language is another. A slip of the pen in one
// language is a word in another; so are short words.
func (f *sense) tells(t *words.Token, own uint16) uint16 {
	if f.nature&slip != 0 || f.spoken&own != 0 || (len(t.Text) < tellingWord && !t.Masked) {
		return 0
	}
	return f.spoken
}

// speaks lists the languages for which more speaks in this sentence than for the text's own.
func (s *sentence) speaks(own uint16) uint16 {
	var points score
	for i := range s.senses {
		if f := &s.senses[i]; f.common != 0 {
			f.count(&points)
		}
	}
	var out uint16
	least := points[bits.TrailingZeros16(own)%maxLanguages]
	for i, n := range points {
		if n > least {
			out |= 1 << i
		}
	}
	return out
}
