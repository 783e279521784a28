package message

import "strings"

// A phraseSet finds any of many phrases in one pass over a text. Most places of a text begin no phrase, which the first
// bytes tell: they are hashed into a set of bits, and only where the bit is set the phrases that begin so are compared.
type phraseSet struct {
	size  int            // how many bytes are hashed: what the shortest phrase has, at most four
	begin [1 << 6]uint64 // a bit for each hash with which some phrase begins
	with  map[uint32][]string
}

// newPhraseSet makes a set of phrases, none of which is empty.
func newPhraseSet(phrases ...string) *phraseSet {
	s := &phraseSet{size: 4, with: map[uint32][]string{}}
	for _, p := range phrases {
		s.size = min(s.size, len(p))
	}
	for _, p := range phrases {
		k := s.key(p)
		s.begin[k>>6&63] |= 1 << (k & 63)
		s.with[k] = append(s.with[k], p)
	}
	return s
}

// key hashes the beginning of a text of at least size bytes, to 12 bits.
func (s *phraseSet) key(text string) uint32 {
	var k uint32
	for i := 0; i < s.size; i++ {
		k = k<<8 | uint32(text[i])
	}
	return k * 0x9E3779B1 >> 20
}

// first returns where the first of the phrases stands in a text, -1 for none.
func (s *phraseSet) first(text string) int {
	for i := 0; i+s.size <= len(text); i++ {
		k := s.key(text[i:])
		if s.begin[k>>6&63]&(1<<(k&63)) == 0 {
			continue
		}
		for _, p := range s.with[k] {
			if strings.HasPrefix(text[i:], p) {
				return i
			}
		}
	}
	return -1
}

// in reports whether any of the phrases stands in a text.
func (s *phraseSet) in(text string) bool { return s.first(text) >= 0 }
