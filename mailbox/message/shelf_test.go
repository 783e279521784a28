package message

import (
	"slices"
	"testing"
)

func TestWhatStandsOnAShelfIsFoundAndLittleElse(t *testing.T) {
	t.Parallel()
	var odd []uint32
	for n := uint32(1); n < 1000; n += 2 {
		odd = append(odd, n, n) // two things under one number
	}
	s := newShelf(odd, func(n uint32) uint32 { return n })
	wrong := 0
	for n := range uint32(1000) {
		here := 0
		if s.has(n) {
			for _, other := range s.at(n) {
				if other == n {
					here++
				}
			}
		}
		if want := 2 * int(n%2); here != want {
			t.Errorf("under %d stand %d things, not %d", n, here, want)
		}
		if n%2 == 0 && s.has(n) {
			wrong++
		}
	}
	if wrong > 100 { // of 500; the shelf has 4096 places
		t.Errorf("%d numbers under which nothing was put seem to have something", wrong)
	}
	if empty := newShelf(nil, func(n uint32) uint32 { return n }); slices.ContainsFunc(odd, empty.has) {
		t.Error("an empty shelf seems to hold something")
	}
}
