package classify

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/words"
)

// exampleTexts are texts of some length, made of the examples of the lexicon: one language after the other, then all of them mixed.
func exampleTexts(t *testing.T) []string {
	t.Helper()
	files, err := lexicon.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	var all, texts []string
	for _, f := range files {
		for _, e := range f.Entries {
			for _, x := range slices.Concat(e.Hits, e.Misses) {
				all = append(all, x.Text)
			}
		}
	}
	for step := range 2 {
		for i := 0; i+12 < len(all); i += 12 {
			var text strings.Builder
			for j := range 1 + i%12 {
				text.WriteString(all[(i+j)*(1+1000*step)%len(all)] + []string{" ", "\n", "\r\n\r\n"}[j%3])
			}
			texts = append(texts, text.String())
		}
	}
	return texts
}

func TestTheLanguageIsTheSameWhetherTheWordsWereReadOrNot(t *testing.T) {
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := newHearing(c.rules, nil)
	covered := 0
	for _, body := range exampleTexts(t) {
		text := Text{Body: body}
		text.read(new(words.Own))
		h.reading.begin(new(words.Own))
		for _, part := range text.Own() {
			h.reading.part(part.Folded)
		}
		read := h.counting.language(text, &h.reading)
		if h.counting.tokens != nil {
			covered++
		}
		if alone := h.counting.language(text, &reading{}); read != alone {
			t.Errorf("%q: %+v where the words were read, %+v where not", body, read, alone)
		}
	}
	if covered < 100 {
		t.Errorf("only %d texts were read", covered)
	}
}

func TestNothingIsMissedWhereTheWindowMoves(t *testing.T) {
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	const filler = "The blue lamp stands there.\n"
	const told = "You have had my photos. I won't send you any more of them. My bank has them now, and will dispute the charge! Never again.\n"
	want := c.Explain(Text{Body: strings.Repeat(filler, 100) + told}).Candidates
	if len(want) < 3 {
		t.Fatalf("only %d candidates", len(want))
	}
	words := strings.Count(filler, " ") + 1
	for n := window/words - 8; n < window/words+4; n++ {
		for _, before := range []string{"", "> quoted\n"} { // which makes it two parts
			got := c.Explain(Text{Body: filler + before + strings.Repeat(filler, n) + told}).Candidates
			if !reflect.DeepEqual(got, want) {
				t.Errorf("after %q and %d sentences something else is heard", before, n)
			}
		}
	}
}
