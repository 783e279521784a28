package feature

import (
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/words"
)

func TestConceptWordsAreFolded(t *testing.T) {
	for n, line := range strings.Split(conceptsText, "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, w := range strings.Fields(line) {
			if f := words.Fold(w).Text; f != w && strings.Trim(w, "*") != "" {
				t.Errorf("concepts.txt:%d: write %q, not %q", n+1, f, w)
			}
		}
	}
}

func TestWordsStandForConcepts(t *testing.T) {
	c, err := Parse("# a comment\none  same exact\ntwo  begin*\nthree  *end same\n")
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]Set{"same": {1 | 4}, "exact": {1}, "exactly": {}, "beginner": {2}, "begin": {2}, "weekend": {4}, "": {}} {
		if got := c.of(word); got != want {
			t.Errorf("%q stands for %b, want %b", word, got, want)
		}
	}
}

func TestTooManyConceptsAreAFault(t *testing.T) {
	if _, err := Parse(strings.Repeat("name word\n", maxConcepts+1)); err == nil || !strings.Contains(err.Error(), "line 129") {
		t.Errorf("got %v", err)
	}
}
