package feature_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/model/feature"
	"github.com/heedmail/heed/classify/words"
)

func newReader(t testing.TB) *feature.Reader {
	t.Helper()
	r, err := feature.NewReader(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// own are the parts of fields that are not quoted.
func own(fields ...string) []words.Part { return new(words.Own).Read(fields...) }

func passage(p *feature.Passage) string {
	return p.Text.Original(p.Spans[0].From, p.Spans[len(p.Spans)-1].To)
}

func TestShortFieldsAreOnePassage(t *testing.T) {
	r := newReader(t)
	var got []string
	n := r.Each(9, func(p *feature.Passage) { got = append(got, passage(p)) },
		own("Order 12 of mine", "Is that broken already? No!\n> You wrote this to me.\n\nMeine Schuld war es nicht!"))
	if want := "Order 12 of mine|Is that broken already? No!|Meine Schuld war es nicht!"; strings.Join(got, "|") != want || n != 3 {
		t.Errorf("%d passages: %q, want %q", n, got, want)
	}
}

func TestLongFieldsAreReadBySentences(t *testing.T) {
	r := newReader(t)
	var got []string
	n := r.Each(99, func(p *feature.Passage) { got = append(got, passage(p)) }, own(strings.Repeat("It has rained all day. ", 20)+"Ring me! Now."))
	if want := "Ring me!"; strings.Join(got, "|") != want || n != 22 {
		t.Errorf("%d passages: %q, want %q", n, got, want)
	}
}

func TestDoesNotReadWhatHasTooManyPassages(t *testing.T) {
	n := newReader(t).Each(2, func(*feature.Passage) { t.Error("a passage was read") }, own("One.", "Two.", "Three."))
	if n <= 2 {
		t.Errorf("counted %d passages", n)
	}
}

func TestLeavesOutWhatNobodySaysToAnybody(t *testing.T) {
	n := newReader(t).Each(9, func(p *feature.Passage) { t.Errorf("read %q", passage(p)) },
		own("Judge approves deal", "Prices dropped by 20 percent on Monday. No id.", "Why?"))
	if n != 3 {
		t.Errorf("counted %d passages", n)
	}
}

// meanings are the features that two texts share by what their words stand for.
func meanings(t *testing.T, text string) map[uint32]bool {
	t.Helper()
	out := map[uint32]bool{}
	newReader(t).Each(math.MaxInt, func(p *feature.Passage) {
		p.Understand()
		p.Spell()
		for _, f := range p.Views[feature.Views-1] {
			out[f.ID] = true
		}
	}, own(text))
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

func FuzzFeaturesLieInTheirPassage(f *testing.F) {
	f.Add("I'll call my bank, 12 times! @shop https://x.example **** Ünï\n> no\nß")
	f.Add(strings.Repeat("word ", 200))
	r := newReader(f)
	f.Fuzz(func(t *testing.T, text string) {
		r.Each(math.MaxInt, func(p *feature.Passage) {
			p.Understand()
			p.Spell()
			seen := map[uint32]bool{}
			for _, view := range p.Views {
				for _, x := range view {
					if x.ID >= feature.Dim || x.From < 0 || x.From > x.To || int(x.To) > len(p.Tokens) {
						t.Fatalf("feature %+v of %d words", x, len(p.Tokens))
					}
					if seen[x.ID] {
						t.Fatalf("feature %d is there twice", x.ID)
					}
					seen[x.ID] = true
				}
			}
			if !strings.Contains(text, passage(p)) {
				t.Fatal("the passage is not in the text")
			}
		}, own(text))
	})
}

func TestWordsThatWereReadAlreadyMakeTheSameFeatures(t *testing.T) {
	r := newReader(t)
	rules := words.NewSpelling([]string{"l", "d", "qu", "you"}, []string{"jan"}, []string{"shit", "scam"})
	const text = "Hello, I don't want your s*** any more. L'avocat d'accord? On jan. 5 you'll hear from me, dept. of what you call www.x.y!\nPlease answer me: me@x.y."
	for _, text := range []string{text, strings.Repeat(text+"\n", 4)} {
		plain, read := own(text), own(text)
		for i := range read {
			p := &read[i]
			sentences, plainly := rules.Sentences(p.Folded, nil)
			if plainly {
				p.Spans = sentences
			}
			p.Tokens = []words.Token{}
			for _, span := range sentences {
				p.Tokens = rules.Tokens(p.Text, span.From, span.To, words.MaxTokens, p.Tokens)
			}
		}
		var want, got []string
		for _, x := range []struct {
			parts []words.Part
			list  *[]string
		}{{plain, &want}, {read, &got}} {
			r.Each(math.MaxInt, func(p *feature.Passage) {
				p.Understand()
				p.Spell()
				*x.list = append(*x.list, fmt.Sprint(p.Tokens, p.Views))
			}, x.parts)
		}
		for i := range want {
			// what stands before a word is none of its features
			if len(got) != len(want) || got[i] != want[i] {
				t.Errorf("passage %d is %s, want %s", i, got[i], want[i])
			}
		}
	}
}
