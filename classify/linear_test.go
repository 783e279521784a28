package classify

import (
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/words"
)

// steps counts how many parts of patterns are run for a text.
func steps(t *testing.T, c *Classifier, body string) int {
	t.Helper()
	text := Text{Body: body}
	h := c.hearing(text)
	h.current.steps, h.other.steps = 0, 0
	text.read(new(words.Own))
	h.listen(text.own)
	return h.current.steps + h.other.steps
}

func TestTheWorkGrowsWithTheTextAndNoFaster(t *testing.T) {
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, piece := range map[string]string{
		"brackets":          "(",
		"one word":          "sue ",
		"one word, no gaps": "sue",
		"no space":          "ab1",
		"sentences":         "I will sue you. ",
		"nothing but will":  "i will will will not not never again ",
		"stars":             "f*a*",
		"quotes":            `"sue" `,
		"lines":             "sue\n",
		"quoted lines":      "> sue\nsue\n",
		"emoji":             "🤡",
		"dots":              "sue... ",
	} {
		t.Run(name, func(t *testing.T) {
			n := 16 << 10
			once := steps(t, c, strings.Repeat(piece, n/len(piece)))
			twice := steps(t, c, strings.Repeat(piece, 2*n/len(piece)))
			if twice > 2*once+once/10+1000 {
				t.Errorf("%d steps for %d bytes, but %d for twice as many", once, n, twice)
			}
		})
	}
}

func TestAMegabyteOfAnythingIsRead(t *testing.T) {
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range []string{"(", "sue ", "x1", "ß", "\n", "a", "aab", "!(", "x.Xx", "sue?", "?", "a!? ", "www.x"} {
		c.Classify(Text{Body: strings.Repeat(piece, (1<<20)/len(piece))})
	}
}
