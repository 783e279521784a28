package feature_test

import (
	"math"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/model/feature"
)

func newReader(t testing.TB) *feature.Reader {
	t.Helper()
	r, err := feature.NewReader()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCutsFieldsIntoSentences(t *testing.T) {
	r := newReader(t)
	var got []string
	n := r.Each(9, func(s *feature.Sentence) { got = append(got, s.Text.Original(s.Span.From, s.Span.To)) },
		"Order 12 of mine", "Is that broken already?\n> You wrote this to me.\n\nMeine Schuld war es nicht!")
	if want := "Order 12 of mine|Is that broken already?|Meine Schuld war es nicht!"; strings.Join(got, "|") != want || n != 3 {
		t.Errorf("%d sentences: %q, want %q", n, got, want)
	}
}

func TestDoesNotReadWhatHasTooManySentences(t *testing.T) {
	n := newReader(t).Each(2, func(*feature.Sentence) { t.Error("a sentence was read") }, "One. Two. Three.")
	if n <= 2 {
		t.Errorf("counted %d sentences", n)
	}
}

func TestLeavesOutWhatNobodySaysToAnybody(t *testing.T) {
	n := newReader(t).Each(9, func(s *feature.Sentence) { t.Errorf("read %q", s.Text.Original(s.Span.From, s.Span.To)) },
		"Judge approves deal", "Prices dropped by 20 percent on Monday. No id. Why?")
	if n != 4 {
		t.Errorf("counted %d sentences", n)
	}
}

// meanings are the features that two texts share by what their words stand for.
func meanings(t *testing.T, text string) map[uint32]bool {
	t.Helper()
	out := map[uint32]bool{}
	newReader(t).Each(math.MaxInt, func(s *feature.Sentence) {
		for _, f := range s.Meanings {
			out[f.ID] = true
		}
	}, text)
	return out
}

func TestAMeaningIsTheSameInEveryLanguage(t *testing.T) {
	english := meanings(t, "you you you lawyer")
	none := meanings(t, "you you you xxyy")
	for _, word := range []string{"attorneys", "Rechtsanwalt", "avocat", "abogado", "avvocato", "advogado", "advocaat"} {
		shared := 0
		for id := range meanings(t, "you you you "+word) {
			if english[id] && !none[id] {
				shared++
			}
		}
		if shared == 0 {
			t.Errorf("%q has no meaning in common with \"lawyer\"", word)
		}
	}
}

func FuzzFeaturesLieInTheirSentence(f *testing.F) {
	f.Add("I'll call my bank, 12 times! @shop https://x.example **** Ünï\n> no\nß")
	f.Add(strings.Repeat("word ", 200))
	r := newReader(f)
	f.Fuzz(func(t *testing.T, text string) {
		r.Each(math.MaxInt, func(s *feature.Sentence) {
			seen := map[uint32]bool{}
			for _, view := range [][]feature.Feature{s.Words, s.Meanings} {
				for _, x := range view {
					if x.ID >= feature.Dim || x.From < 0 || x.From > x.To || int(x.To) > len(s.Tokens) {
						t.Fatalf("feature %+v of %d words", x, len(s.Tokens))
					}
					if seen[x.ID] {
						t.Fatalf("feature %d is there twice", x.ID)
					}
					seen[x.ID] = true
				}
			}
			if !strings.Contains(text, s.Text.Original(s.Span.From, s.Span.To)) {
				t.Fatal("the sentence is not in the text")
			}
		}, text)
	})
}
