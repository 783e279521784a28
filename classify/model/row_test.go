package model

import (
	"math/rand/v2"
	"testing"
)

func TestSumsAreThoseOfTheWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var sum sums
	var want [Signals]int
	for range 5000 {
		w := WeightRow{Rarity: uint8(r.UintN(256))}
		for k := range w.Weight {
			w.Weight[k] = int8(r.IntN(256) - 128)
			want[k] += int(w.Rarity) * int(w.Weight[k])
		}
		row := newRow(&w)
		sum.add(&row)
		if k := r.IntN(Signals); row.weight(k) != int(w.Weight[k]) {
			t.Fatalf("weight %d is %d, want %d", k, row.weight(k), w.Weight[k])
		}
	}
	if got := sum.all(); got != want {
		t.Errorf("sums %v, want %v", got, want)
	}
}
