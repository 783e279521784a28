package feature

import "math/bits"

// An Index numbers the features that somebody has a use for: 1, 2, 3… in the order of their IDs. It is made small, so that it
// stays in a processor's cache: hearing asks it for every feature of every passage.
type Index struct {
	set    [Dim / 64]uint64 // a bit for each feature
	before [Dim / 64]uint32 // by word of set: how many features are in the words before it
}

// Add adds a feature, which is below Dim, in whatever order. No number holds until the index is sealed.
func (x *Index) Add(id uint32) { x.set[id/64] |= 1 << (id % 64) }

// Seal gives every feature its number.
func (x *Index) Seal() {
	for i := 1; i < len(x.set); i++ {
		x.before[i] = x.before[i-1] + uint32(bits.OnesCount64(x.set[i-1]))
	}
}

// place gives the number of a feature, 0 when the index doesn't have it.
func (x *Index) place(id uint32) int {
	word, bit := x.set[id/64], uint64(1)<<(id%64)
	if word&bit == 0 {
		return 0
	}
	return int(x.before[id/64]) + bits.OnesCount64(word&(bit-1)) + 1
}

// size is the first number that is free.
func (x *Index) size() int {
	last := len(x.set) - 1
	return int(x.before[last]) + bits.OnesCount64(x.set[last]) + 1
}

// unwanted stands for a feature that nobody has a use for.
const unwanted = ^uint32(0)

// number gives what a feature is called by a reader: its number, or unwanted. Without an index it is called by its hash.
func (x *Index) number(id uint32) uint32 {
	if x == nil {
		return id
	}
	if n := x.place(id); n != 0 {
		return uint32(n)
	}
	return unwanted
}

// none has a bit for each feature that may be found; none of them is there.
func (x *Index) none() features {
	size := Dim
	if x != nil {
		size = x.size()
	}
	return make(features, size/64+1)
}
