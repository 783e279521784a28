package classify

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/words"
)

// What a text was heard with is used for the next one, of which it must say the same as if it were the first.
func TestATextIsHeardAsIfItWereTheFirst(t *testing.T) {
	t.Parallel()
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	texts := append(exampleTexts(t), "", "> quoted", strings.Repeat("I will sue you. ", 1<<12), strings.Repeat("sue ", 1<<14))
	random := rand.New(rand.NewPCG(1, 1))
	reused := 0
	for range 500 {
		text := Text{Subject: texts[random.IntN(len(texts))], Body: texts[random.IntN(len(texts))], Lang: []string{"", "de"}[random.IntN(2)]}
		if random.IntN(2) == 0 {
			text.Subject = ""
		}
		first := *c
		first.spare = new(spares)
		explain := random.IntN(2) == 0
		if got, want := c.listen(text, explain), first.listen(text, explain); !reflect.DeepEqual(got, want) {
			t.Fatalf("subject %q, text %.200q:\nheard %+v\nwant  %+v", text.Subject, text.Body, got, want)
		}
		h, ok := c.spare.hearings.Get().(*hearing)
		if !ok { // a pool may lose what it has
			continue
		}
		reused++
		if h.given != (Text{}) || h.candidates != nil || h.best != [len(signals)]finding{} || h.counting.text != "" || h.counting.tokens != nil ||
			h.reading.text.Text != "" || h.aside.text.Text != "" || h.current.tokens != nil || h.other.tokens != nil {
			t.Fatalf("of the text %.200q something is held on to: %+v", text.Body, h)
		}
		c.spare.hearings.Put(h)
		if own, ok := c.spare.owns.Get().(*words.Own); ok {
			if len(own.Parts()) != 0 || len(own.Tokens) != 0 {
				t.Fatalf("the words of the text %.200q are held on to", text.Body)
			}
			c.spare.owns.Put(own)
		}
	}
	if reused < 100 {
		t.Errorf("only %d texts were heard with what another one left", reused)
	}
}
