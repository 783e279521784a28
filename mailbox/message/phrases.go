package message

// A phraseSet finds any of many phrases in one pass over a text. Most places of a text begin no phrase, which the first
// bytes tell: they are hashed into a set of bits, and only where the bit is set the phrases that begin so are compared.
type phraseSet struct {
	phrases []string

	size  int            // how many bytes are hashed: what the shortest phrase has, at most four
	begin [1 << 6]uint64 // a bit for each hash with which some phrase begins
	with  map[uint32][]string
}

// newPhraseSet makes a set of phrases in lower case, none of which is empty.
func newPhraseSet(phrases ...string) *phraseSet {
	s := &phraseSet{phrases: phrases, size: 4, with: map[uint32][]string{}}
	for _, p := range phrases {
		s.size = min(s.size, len(p))
	}
	for _, p := range phrases {
		var k uint32
		for i := range s.size {
			k = k<<8 | uint32(p[i])
		}
		hash := s.hash(k)
		s.begin[hash>>6&63] |= 1 << (hash & 63)
		s.with[hash] = append(s.with[hash], p)
	}
	return s
}

// hash makes 12 bits of the last size bytes of k.
func (s *phraseSet) hash(k uint32) uint32 { return (k << (32 - 8*s.size)) * 0x9E3779B1 >> 20 }

// first returns where the first of the phrases stands in a text, -1 for none. ASCII letters may stand in either case.
func (s *phraseSet) first(text string) int {
	var k uint32
	for i := range len(text) {
		k = k<<8 | uint32(lower(text[i]))
		at := i + 1 - s.size
		if at < 0 {
			continue
		}
		hash := s.hash(k)
		if s.begin[hash>>6&63]&(1<<(hash&63)) == 0 {
			continue
		}
		for _, p := range s.with[hash] {
			if beginsWith(text[at:], p) {
				return at
			}
		}
	}
	return -1
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
