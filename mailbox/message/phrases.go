package message

import (
	"iter"
	"unicode/utf8"
)

// A phraseSet finds any of many phrases in one pass over a text. Where each phrase is long, not each byte has to be looked
// at: whatever phrase stands in a text, one of every step places lies in its beginning, and what stands there tells of it.
// At most places nothing does: only where the shelf holds phrases under their hash these are compared.
type phraseSet struct {
	phrases []string

	size  int // how many bytes are hashed: what the shortest phrase has, at most four
	step  int // from one place that is looked at to the next
	heads *shelf[head]
}

// A head is the bytes of a phrase, as many as are hashed, that begin at a place in it; there is one for each place that may
// be met first.
type head struct {
	phrase string
	at     int
}

// mostHeads bounds how full a shelf of phrases becomes where a longer step is to be gained by it.
const mostHeads = 512

// newPhraseSet makes a set of phrases in lower case, none of which is empty.
func newPhraseSet(phrases ...string) *phraseSet {
	shortest := mostHeads
	for _, p := range phrases {
		shortest = min(shortest, len(p))
	}
	s := &phraseSet{phrases: phrases, size: min(4, shortest)}
	s.step = max(1, min(shortest-s.size+1, mostHeads/max(1, len(phrases))))
	heads := make([]head, 0, len(phrases)*s.step)
	for _, p := range phrases {
		for at := range s.step {
			heads = append(heads, head{p, at})
		}
	}
	s.heads = newShelf(heads, func(h head) uint32 { return s.key(h.phrase, h.at) })
	return s
}

// key makes a number of the bytes that begin at a place of a text, the same for either case.
func (s *phraseSet) key(text string, at int) uint32 {
	const inLowerCase = 0x20202020
	if s.size == 4 {
		b := text[at : at+4]
		return (uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24) | inLowerCase
	}
	var k uint32
	for i := range s.size {
		k = k<<8 | uint32(text[at+i])
	}
	return k | inLowerCase
}

// first returns where the first of the phrases stands in a text, -1 for none. ASCII letters may stand in either case.
func (s *phraseSet) first(text string) int {
	heads, step, last := s.heads, s.step, len(text)-s.size
	for i := 0; i <= last; i += step {
		k := s.key(text, i)
		if !heads.has(k) {
			continue
		}
		first := -1
		for _, h := range heads.at(k) {
			if at := i - h.at; at >= 0 && (first < 0 || at < first) && beginsWith(text[at:], h.phrase) {
				first = at
			}
		}
		if first >= 0 {
			return first
		}
	}
	return -1
}

// at returns the phrases with which a text begins.
func (s *phraseSet) at(text string) (all []string) {
	if len(text) < s.size {
		return nil
	}
	k := s.key(text, 0)
	if !s.heads.has(k) {
		return nil
	}
	for _, h := range s.heads.at(k) {
		if h.at == 0 && beginsWith(text, h.phrase) {
			all = append(all, h.phrase)
		}
	}
	return all
}

// begins reports whether a text begins with one of the phrases.
func (s *phraseSet) begins(text string) bool { return len(s.at(text)) > 0 }

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
func beginsWith[T string | []byte](text T, phrase string) bool {
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
