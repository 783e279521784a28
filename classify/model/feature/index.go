package feature

import (
	"math/bits"
	"slices"
)

// An Index numbers the features that somebody has a use for: 1, 2, 3… in the order of their IDs. It is made small, so that it
// stays in a processor's cache: hearing asks it for every feature of every passage.
type Index struct {
	set    []uint64 // a bit for each feature
	before []uint32 // by word of set: how many features are in the words before it
}

// NewIndex makes an index of features, all of which are below Dim. Their order doesn't matter.
func NewIndex(ids []uint32) *Index {
	x := &Index{set: make([]uint64, Dim/64), before: make([]uint32, Dim/64)}
	for _, id := range ids {
		x.set[id/64] |= 1 << (id % 64)
	}
	for i := 1; i < len(x.set); i++ {
		x.before[i] = x.before[i-1] + uint32(bits.OnesCount64(x.set[i-1]))
	}
	return x
}

// Number gives the number of a feature, 0 when the index doesn't have it.
func (x *Index) Number(id uint32) int {
	word, bit := x.set[id/64], uint64(1)<<(id%64)
	if word&bit == 0 {
		return 0
	}
	return int(x.before[id/64]) + bits.OnesCount64(word&(bit-1)) + 1
}

// has tells whether the index has a feature. Without an index all are wanted.
func (x *Index) has(id uint32) bool { return x == nil || x.set[id/64]&(1<<(id%64)) != 0 }

// bits has a bit for each feature of the index.
func (x *Index) bits() []uint64 {
	if x == nil {
		return slices.Repeat([]uint64{^uint64(0)}, Dim/64)
	}
	return slices.Clone(x.set)
}
