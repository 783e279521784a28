// Package words turns a text into what rules can be matched against: folded letters, sentences and words, each with
// its place in the text as the customer wrote it.
//
// Folding makes spellings equal that mean the same: case, accents, ligatures, full-width letters, curly quotes,
// invisible characters and lengthened letters ("THIEVESSS"). Nothing here knows a language; what a language needs
// (elided articles, abbreviations, words that are masked with stars) is handed in as data.
package words

import (
	"maps"
	"slices"
	"strings"
)

// A Spelling is what the languages in use tell about the way they are written. It is read only after it was made.
type Spelling struct {
	elisions      map[string]bool
	abbreviations map[string]bool
	masked        []string
}

// NewSpelling collects words in folded form: elisions are the parts before an apostrophe that are words of their own
// ("l", "qu"), abbreviations end in a full stop that ends no sentence ("mr"), masked are words that people write with
// stars and signs in them.
func NewSpelling(elisions, abbreviations, masked []string) *Spelling {
	s := &Spelling{elisions: map[string]bool{}, abbreviations: map[string]bool{}}
	for _, e := range elisions {
		s.elisions[strings.Clone(e)] = true // not the file that it is a part of
	}
	for _, a := range abbreviations {
		s.abbreviations[strings.Clone(a)] = true
	}
	for _, m := range masked {
		s.masked = append(s.masked, strings.Clone(m))
	}
	return s
}

// Words gives back what NewSpelling was given.
func (s *Spelling) Words() (elisions, abbreviations, masked []string) {
	return slices.Sorted(maps.Keys(s.elisions)), slices.Sorted(maps.Keys(s.abbreviations)), slices.Clone(s.masked)
}

// Byte classes of folded text.
const (
	isLetter = 1 << iota
	isDigit
	isMask  // a sign that may stand for a letter
	isSpace // spaces, not line breaks
	isEnd   // ends a sentence
	isInner // a letter or digit that is no word by itself, whatever follows: all but the bytes that such characters begin with
	goesOn  // behind letters, what may belong to the same word: don't, sc@m, https://, www.
)

type byteClasses [256]uint8

func makeClasses() (c byteClasses) {
	for b := 'a'; b <= 'z'; b++ {
		c[b] = isLetter
	}
	for b := 0x80; b < 0x100; b++ {
		c[b] = isLetter
	}
	for b := '0'; b <= '9'; b++ {
		c[b] = isDigit
	}
	for _, b := range "*@$#%&!" {
		c[b] |= isMask
	}
	for _, b := range " \t\r\v\f" {
		c[b] |= isSpace
	}
	for _, b := range ".!?\n" {
		c[b] |= isEnd
	}
	for _, b := range "'*@$#%&!:." {
		c[b] |= goesOn
	}
	for b := range firstAlone {
		if c[b]&(isLetter|isDigit) != 0 {
			c[b] |= isInner
		}
	}
	return c
}

// IsSpace tells whether a byte of folded text is a space or a line break.
func IsSpace(b byte) bool { return class[b]&isSpace != 0 || b == '\n' }

// class is a constant table: it is written once, here, and only read.
var class = makeClasses()
