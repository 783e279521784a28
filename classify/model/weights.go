package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/model/feature"
)

// Weights are what training found out: how much each feature speaks for or against each signal.
//
// In a file they are: the magic, the thresholds and the scale as float32, then for each feature that has any weight its
// distance to the one before (uvarint), a bit for each signal that it has a weight for (two bytes), and the weights (a signed
// byte each).
type Weights struct {
	Thresholds []float32 // by signal, in the order of classify.Signals
	Scale      float32   // what a weight of 1 is worth
	Rows       []WeightRow
}

// A WeightRow is the weights of one feature.
type WeightRow struct {
	ID     uint32
	Signal []uint8 // places in classify.Signals
	Weight []int8
}

const magic = "heed1\n"

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
		mask := uint16(0)
		for _, s := range row.Signal {
			mask |= 1 << s
		}
		b = binary.LittleEndian.AppendUint16(b, mask)
		for _, v := range row.Weight {
			b = append(b, byte(v))
		}
	}
	return b
}

var errWeights = errors.New("the weights are damaged: train them again with go run ./classify/model/train")

// ReadWeights reads what Append wrote.
func ReadWeights(b []byte) (*Weights, error) {
	n := len(classify.Signals())
	head := len(magic) + 4*(n+1)
	if len(b) < head || string(b[:len(magic)]) != magic {
		return nil, errWeights
	}
	w := &Weights{}
	for at := len(magic); at < head; at += 4 {
		w.Thresholds = append(w.Thresholds, math.Float32frombits(binary.LittleEndian.Uint32(b[at:])))
	}
	w.Scale, w.Thresholds = w.Thresholds[n], w.Thresholds[:n]
	id := uint64(0)
	for b = b[head:]; len(b) > 0; {
		row, rest, err := readRow(b, &id, n)
		if err != nil {
			return nil, err
		}
		w.Rows = append(w.Rows, row)
		b = rest
	}
	return w, nil
}

func readRow(b []byte, id *uint64, signals int) (row WeightRow, rest []byte, err error) {
	step, size := binary.Uvarint(b)
	if size <= 0 || len(b) < size+2 {
		return row, nil, errWeights
	}
	if *id += step; *id >= feature.Dim {
		return row, nil, fmt.Errorf("feature %d: %w", *id, errWeights)
	}
	mask := binary.LittleEndian.Uint16(b[size:])
	b = b[size+2:]
	row.ID = uint32(*id)
	for s := 0; s < signals; s++ {
		if mask&(1<<s) == 0 {
			continue
		}
		if len(b) == 0 {
			return row, nil, errWeights
		}
		row.Signal, row.Weight = append(row.Signal, uint8(s)), append(row.Weight, int8(b[0]))
		b = b[1:]
	}
	return row, b, nil
}
