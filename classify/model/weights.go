package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/heedmail/heed/classify/model/feature"
)

// Weights are what training found out: how rare each feature is, and how much it speaks for or against each signal.
//
// In a file they are: the magic, the thresholds and the scale as float32, then for each feature that was met often enough its
// distance to the one before (uvarint), its rarity (a byte), a bit for each signal that it has a weight for (two bytes), and
// the weights (a signed byte each).
type Weights struct {
	Thresholds []float32 // by signal, in the order of classify.Signals
	Scale      float32   // what a weight of 1 is worth
	Rows       []WeightRow
}

// A WeightRow is the weights of one feature.
type WeightRow struct {
	ID     uint32
	Rarity uint8 // in steps of 1/RaritySteps
	Weight [Signals]int8
}

// Signals is how many signals there are.
const Signals = feature.Signals

// RaritySteps is how finely it is told how rare features are.
const RaritySteps = 24

const magic = "heed2\n"

// Append writes the weights behind b.
func (w *Weights) Append(b []byte) []byte {
	b = append(b, magic...)
	for _, t := range w.Thresholds {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(t))
	}
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(w.Scale))
	last := uint32(0)
	for _, row := range w.Rows {
		b = binary.AppendUvarint(b, uint64(row.ID-last))
		last = row.ID
		b = append(b, row.Rarity)
		mask := uint16(0)
		for k, v := range row.Weight {
			if v != 0 {
				mask |= 1 << k
			}
		}
		b = binary.LittleEndian.AppendUint16(b, mask)
		for _, v := range row.Weight {
			if v != 0 {
				b = append(b, byte(v))
			}
		}
	}
	return b
}

var errWeights = errors.New("the weights are damaged: train them again with go run ./classify/model/train")

// ReadWeights reads what Append wrote.
func ReadWeights(b []byte) (*Weights, error) {
	w, b, err := readHead(b)
	if err != nil {
		return nil, err
	}
	err = eachRow(b, func(r *WeightRow) error {
		w.Rows = append(w.Rows, *r)
		return nil
	})
	return w, err
}

// readHead reads the weights but for their rows, and gives the bytes of those.
func readHead(b []byte) (*Weights, []byte, error) {
	head := len(magic) + 4*(Signals+1)
	if len(b) < head || string(b[:len(magic)]) != magic {
		return nil, nil, errWeights
	}
	w := &Weights{}
	for at := len(magic); at < head; at += 4 {
		w.Thresholds = append(w.Thresholds, math.Float32frombits(binary.LittleEndian.Uint32(b[at:])))
	}
	w.Scale, w.Thresholds = w.Thresholds[Signals], w.Thresholds[:Signals]
	return w, b[head:], nil
}

// eachRow hands over one row after the other, each of which is valid until the next.
func eachRow(b []byte, f func(*WeightRow) error) error {
	id := uint64(0)
	var row WeightRow
	for len(b) > 0 {
		step, size := binary.Uvarint(b)
		if size <= 0 || len(b) < size+3 {
			return errWeights
		}
		if id += step; id >= feature.Dim {
			return fmt.Errorf("feature %d: %w", id, errWeights)
		}
		mask := binary.LittleEndian.Uint16(b[size+1:])
		row = WeightRow{ID: uint32(id), Rarity: b[size]}
		b = b[size+3:]
		if mask >= 1<<Signals || len(b) < bits.OnesCount16(mask) {
			return errWeights
		}
		for ; mask != 0; mask &= mask - 1 {
			row.Weight[bits.TrailingZeros16(mask)] = int8(b[0])
			b = b[1:]
		}
		if err := f(&row); err != nil {
			return err
		}
	}
	return nil
}
