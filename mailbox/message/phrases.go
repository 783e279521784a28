package message

import (
	"iter"
	"slices"
	"unicode/utf8"
)

// A phraseSet finds any of many phrases in one pass over a text. Most places of a text begin no phrase, which the first
// bytes tell: only where the shelf holds phrases under their hash these are compared.
type phraseSet struct {
	phrases []string

	size  int // how many bytes are hashed: what the shortest phrase has, at most four
	begin *shelf[string]
}

// newPhraseSet makes a set of phrases in lower case, none of which is empty.
func newPhraseSet(phrases ...string) *phraseSet {
	s := &phraseSet{phrases: phrases, size: 4}
	for _, p := range phrases {
		s.size = min(s.size, len(p))
	}
	s.begin = newShelf(phrases, func(p string) uint32 {
		var k uint32
		for i := range s.size {
			k = k<<8 | uint32(p[i])
		}
		return k
	})
	return s
}

// first returns where the first of the phrases stands in a text, -1 for none. ASCII letters may stand in either case.
func (s *phraseSet) first(text string) int {
	if len(text) < s.size {
		return -1
	}
	var k uint32 // the bytes in hand
	for i := range s.size - 1 {
		k = k<<8 | uint32(lower(text[i]))
	}
	mask := uint32(1)<<(8*s.size) - 1 // all of them for four bytes
	for i := s.size - 1; i < len(text); i++ {
		k = (k<<8 | uint32(lower(text[i]))) & mask
		if !s.begin.has(k) {
			continue
		}
		at := i + 1 - s.size
		for _, p := range s.begin.at(k) {
			if beginsWith(text[at:], p) {
				return at
			}
		}
	}
	return -1
}

// begins reports whether a text begins with one of the phrases.
func (s *phraseSet) begins(text string) bool {
	return slices.ContainsFunc(s.at(text), func(p string) bool { return beginsWith(text, p) })
}

// at returns the phrases with which a text may begin.
func (s *phraseSet) at(text string) []string {
	if len(text) < s.size {
		return nil
	}
	var k uint32
	for i := range s.size {
		k = k<<8 | uint32(lower(text[i]))
	}
	if !s.begin.has(k) {
		return nil
	}
	return s.begin.at(k)
}

// starts are the places of a line where one of the phrases begins a word. What is not written in Latin letters may begin
// in the midst of others.
func (s *phraseSet) starts(l string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for from := 0; ; {
			i := s.first(l[from:])
			if i < 0 {
				return
			}
			at := from + i
			if (at == 0 || l[at] >= utf8.RuneSelf || !isWordByte(l[at-1])) && !yield(at) {
				return
			}
			from = at + 1
		}
	}
}

// in reports whether any of the phrases stands in a text.
func (s *phraseSet) in(text string) bool { return s.first(text) >= 0 }

// beginsWith reports whether a text begins with a phrase in lower case.
func beginsWith(text, phrase string) bool {
	if len(text) < len(phrase) {
		return false
	}
	for i := range len(phrase) {
		if lower(text[i]) != phrase[i] {
			return false
		}
	}
	return true
}

// lower is an ASCII letter in lower case, and any other byte as it is.
func lower(c byte) byte {
	if c-'A' < 26 {
		c += 'a' - 'A'
	}
	return c
}
