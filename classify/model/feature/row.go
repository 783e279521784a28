package feature

import "encoding/binary"

// Signals is how many signals there are.
const Signals = 12

// A Row is how rare a feature is and how much it speaks for each signal.
type Row struct {
	weights [Signals]uint8 // each with 128 added, so that none is below zero
	rarity  uint8
}

const bias = 0x80

// NewRow makes the row of a feature.
func NewRow(rarity uint8, weights *[Signals]int8) Row {
	out := Row{rarity: rarity}
	for k, w := range weights {
		out.weights[k] = uint8(w) ^ bias // the same as adding it
	}
	return out
}

// Says is how much a feature speaks for signal k.
func (r *Row) Says(k int) int { return int(r.rarity) * (int(r.weights[k]) - bias) }

// A Sum is what features say together: their weights, each times its rarity. There is one sum for each signal, two of them in a word:
//
//	eight weights in a word   w7 w6 w5 w4 w3 w2 w1 w0    a byte each
//	every other one           __ w6 __ w4 __ w2 __ w0    times the rarity: 16 bits each, which is what 255 × 255 takes
//	and of those again        _____ w4·r  _____ w0·r     32 bits each, which are added
//
// So a feature costs three multiplications and not twelve. As the weights are weighed for every feature of every passage,
// that is worth the trouble.
type Sum struct {
	pairs    [Signals / 2]uint64
	rarities int // the sum of all rarities
	size     int // the sum of their squares
}

const (
	everyOtherByte = 0x00FF00FF00FF00FF
	everyOtherPair = 0x0000FFFF0000FFFF
)

// add adds what a feature says.
func (s *Sum) add(r *Row) {
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
	s.rarities += int(rarity)
	s.size += int(rarity * rarity)
}

// addAll adds what other features say.
func (s *Sum) addAll(other *Sum) {
	for i := range s.pairs {
		s.pairs[i] += other.pairs[i]
	}
	s.rarities += other.rarities
	s.size += other.size
}

// takeBack takes off what was added of other features.
func (s *Sum) takeBack(other *Sum) {
	for i := range s.pairs {
		s.pairs[i] -= other.pairs[i]
	}
	s.rarities -= other.rarities
	s.size -= other.size
}

// Size is how much the features say altogether, for whatever: the sum of the squares of their rarities.
func (s *Sum) Size() int { return s.size }

// All gives the sum of each signal.
func (s *Sum) All() [Signals]int {
	var out [Signals]int
	for i, at := range [Signals / 2][2]int{{0, 4}, {2, 6}, {1, 5}, {3, 7}, {8, 9}, {10, 11}} {
		out[at[0]] = int(s.pairs[i]&(1<<32-1)) - bias*s.rarities
		out[at[1]] = int(s.pairs[i]>>32) - bias*s.rarities
	}
	return out
}
