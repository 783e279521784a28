package message

import "math/bits"

// A shelf holds things under the hashes of numbers, for numbers of which most have nothing there: one bit tells so. It is
// filled once.
type shelf[T any] struct {
	used   [1 << 6]uint64 // a bit for each hash, of 12 bits
	before [1 << 6]uint16 // how many bits are set in the words before one
	things [][]T          // one after the other for the bits that are set
}

// newShelf puts each thing under the number that it has.
func newShelf[T any](things []T, number func(T) uint32) *shelf[T] {
	s := &shelf[T]{}
	for _, t := range things {
		word, bit := place(number(t))
		s.used[word] |= bit
	}
	set := 0
	for word, b := range s.used {
		s.before[word] = uint16(set)
		set += bits.OnesCount64(b)
	}
	s.things = make([][]T, set)
	for _, t := range things {
		here := &s.things[s.index(number(t))]
		*here = append(*here, t)
	}
	return s
}

// place is the word of a number's bit, and the bit.
func place(n uint32) (word, bit uint64) {
	hash := n * 0x9E3779B1 >> 20
	return uint64(hash >> 6), 1 << (hash & 63)
}

func (s *shelf[T]) index(n uint32) int {
	word, bit := place(n)
	return int(s.before[word]) + bits.OnesCount64(s.used[word]&(bit-1))
}

// has reports whether there may be something under a number.
func (s *shelf[T]) has(n uint32) bool {
	word, bit := place(n)
	return s.used[word&63]&bit != 0
}

// at returns what is there for a number that has something, and perhaps what is there for others of its hash.
func (s *shelf[T]) at(n uint32) []T { return s.things[s.index(n)] }
