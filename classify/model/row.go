package model

import "encoding/binary"

// A row is how rare a feature is and how much it speaks for each signal.
type row struct {
	weights [Signals]uint8 // each with 128 added, so that none is below zero
	rarity  uint8
}

const bias = 0x80

func newRow(r *WeightRow) row {
	out := row{rarity: r.Rarity}
	for k, w := range r.Weight {
		out.weights[k] = uint8(w) ^ bias // the same as adding it
	}
	return out
}

func (r *row) weight(k int) int { return int(r.weights[k]) - bias }

// Sums add up the weights of features, each times its rarity. There is one sum for each signal, two of them in a word:
//
//	eight weights in a word   w7 w6 w5 w4 w3 w2 w1 w0    a byte each
//	every other one           __ w6 __ w4 __ w2 __ w0    times the rarity: 16 bits each, which is what 255 × 255 takes
//	and of those again        _____ w4·r  _____ w0·r     32 bits each, which are added
//
// So a feature costs three multiplications and not twelve. As the weights are weighed for every feature of every passage,
// that is worth the trouble.
type sums struct {
	pairs    [Signals / 2]uint64
	rarities int // the sum of all rarities
}

const (
	everyOtherByte = 0x00FF00FF00FF00FF
	everyOtherPair = 0x0000FFFF0000FFFF
)

func (s *sums) add(r *row) {
	rarity := uint64(r.rarity)
	first, last := binary.LittleEndian.Uint64(r.weights[:8]), uint64(binary.LittleEndian.Uint32(r.weights[8:]))
	even, odd := first&everyOtherByte*rarity, first>>8&everyOtherByte*rarity // 0 2 4 6 and 1 3 5 7
	last = (last | last<<24) & everyOtherByte * rarity                       // 8 10 9 11
	s.pairs[0] += even & everyOtherPair
	s.pairs[1] += even >> 16 & everyOtherPair
	s.pairs[2] += odd & everyOtherPair
	s.pairs[3] += odd >> 16 & everyOtherPair
	s.pairs[4] += last & everyOtherPair
	s.pairs[5] += last >> 16 & everyOtherPair
	s.rarities += int(r.rarity)
}

// all gives the sum of each signal.
func (s *sums) all() [Signals]int {
	var out [Signals]int
	for i, at := range [Signals / 2][2]int{{0, 4}, {2, 6}, {1, 5}, {3, 7}, {8, 9}, {10, 11}} {
		out[at[0]] = int(s.pairs[i]&(1<<32-1)) - bias*s.rarities
		out[at[1]] = int(s.pairs[i]>>32) - bias*s.rarities
	}
	return out
}
