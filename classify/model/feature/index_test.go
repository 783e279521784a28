package feature

import (
	"testing"

	"github.com/heedmail/heed/classify/words"
)

func newIndex(ids []uint32) *Index {
	x := &Index{}
	for _, id := range ids {
		x.Add(id)
	}
	x.Seal()
	return x
}

func TestAnIndexNumbersItsFeaturesInOrder(t *testing.T) {
	x := newIndex([]uint32{Dim - 1, 64, 0, 63, 64})
	for id, want := range map[uint32]int{0: 1, 63: 2, 64: 3, Dim - 1: 4, 1: 0, 65: 0, Dim - 2: 0} {
		if got := x.place(id); got != want {
			t.Errorf("feature %d is number %d, want %d", id, got, want)
		}
	}
}

func TestOnlyWantedFeaturesAreFound(t *testing.T) {
	const text = "I will call my bank, will you call me? I will call my bank again."
	all := featuresOf(t, nil, text)
	var wanted, want []uint32
	for i, id := range all {
		if i%3 == 0 {
			wanted = append(wanted, id)
		}
	}
	index := newIndex(wanted)
	for _, id := range wanted {
		want = append(want, uint32(index.place(id)))
	}
	for range 2 { // what was found before is found again
		got := featuresOf(t, index, text, text)
		if len(got) != 2*len(want) {
			t.Fatalf("found %d features, want %d twice", len(got), len(want))
		}
		for i, id := range got {
			if id != want[i%len(want)] {
				t.Fatalf("feature %d is %d, want %d", i, id, want[i%len(want)])
			}
		}
	}
}

// featuresOf lists the features of each text, read by one reader.
func featuresOf(t *testing.T, wanted *Index, texts ...string) []uint32 {
	t.Helper()
	r, err := NewReader(wanted, nil)
	if err != nil {
		t.Fatal(err)
	}
	var ids []uint32
	for _, text := range texts {
		r.Each(1, func(p *Passage) {
			p.Understand()
			p.Spell()
			for _, view := range p.Views {
				for _, f := range view {
					ids = append(ids, f.ID)
				}
			}
		}, new(words.Own).Read(text))
	}
	return ids
}
