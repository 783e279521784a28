package feature

import (
	"math/rand/v2"
	"testing"
)

func TestASumIsThatOfTheWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var sum, back Sum
	var want [Signals]int
	size := 0
	for n := range 5000 {
		rarity, weights := uint8(r.UintN(256)), [Signals]int8{}
		for k := range weights {
			weights[k] = int8(r.IntN(256) - 128)
		}
		row := NewRow(rarity, &weights)
		sum.add(&row)
		if n%3 == 0 {
			back.add(&row)
			continue
		}
		for k, w := range weights {
			want[k] += int(rarity) * int(w)
			if got := row.Says(k); got != int(rarity)*int(w) {
				t.Fatalf("it says %d for signal %d, want %d times %d", got, k, rarity, w)
			}
		}
		size += int(rarity) * int(rarity)
	}
	sum.takeBack(&back)
	if got := sum.All(); got != want || sum.Size() != size {
		t.Errorf("sums %v of size %d, want %v of size %d", got, sum.Size(), want, size)
	}
}
