package classify

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/words"
)

func look(v *vocabulary, word string) (s sense) {
	v.look(&words.Token{Text: word, Hash: words.Hash(word)}, &s, nil)
	return s
}

// read looks a word up and names its atoms.
func read(v *vocabulary, word string) string {
	s := look(v, word)
	var out []string
	for _, n := range s.atoms {
		out = append(out, fmt.Sprintf("%s%s", v.text(&v.atoms[n]), [...]string{"", "…", "<"}[v.atoms[n].kind]))
	}
	slices.Sort(out)
	if s.nature&slip != 0 {
		out = append(out, "(slip)")
	}
	return strings.Join(out, " ")
}

func TestAWordIsItsOwnAtomAndThoseItBeginsAndEndsWith(t *testing.T) {
	v := newVocabulary()
	v.word("lawyer")
	v.prefix("law")
	v.prefix("lawy")
	v.suffix("anwalt")
	v.number()
	for word, want := range map[string]string{
		"lawyer":       "lawyer lawy… law…",
		"lawyer's":     "lawyer lawy… law…",
		"lawn":         "law…",
		"rechtsanwalt": "anwalt<",
		"anwalt's":     "anwalt<",
		"la":           "",
		"awyer":        "",
		"12th":         "0 ",
		"x12":          "",
		"":             "",
	} {
		if got := read(&v, word); got != want {
			t.Errorf("%q is %q, want %q", word, got, want)
		}
	}
	v.know()
	if got, want := read(&v, "lawyer"), "lawyer lawy… law…"; got != want {
		t.Errorf("once it is known, it is %q, want %q", got, want)
	}
}

func TestASlipIsWhatTheRightWordIs(t *testing.T) {
	v := newVocabulary()
	v.word("lawyer")
	v.prefix("lawyr")
	meant := look(&v, "lawyer")
	v.mean(v.enter(whole, "lawyr"), meant.atoms)
	if got := read(&v, "lawyr"); got != "lawyer (slip)" {
		t.Errorf("it is %q", got)
	}
}

func TestThousandsOfWordsAreToldApart(t *testing.T) {
	v := newVocabulary()
	const n = 100_000 // more than there are slots at first
	for i := range n {
		if got := v.word(fmt.Sprintf("w%x", i)); got != int32(i) {
			t.Fatalf("word %d is atom %d", i, got)
		}
	}
	for i := range n {
		if s := look(&v, fmt.Sprintf("w%x", i)); len(s.atoms) != 1 || s.atoms[0] != int32(i) {
			t.Fatalf("word %d is %v", i, s.atoms)
		}
	}
	if s := look(&v, "w"); len(s.atoms) != 0 {
		t.Errorf("a word that is not there is %v", s.atoms)
	}
}

func TestListsHoldWhatTheirPairsSay(t *testing.T) {
	l := sorted(4, []pair{{2, 7}, {0, 5}, {2, 6}, {3, 1}})
	for i, want := range [][]int32{{5}, {}, {7, 6}, {1}} {
		if got := l.of(int32(i)); !slices.Equal(got, want) {
			t.Errorf("list %d is %v, want %v", i, got, want)
		}
	}
	var added lists
	if n := added.add(3, 4); n != 0 || added.count() != 1 || !slices.Equal(added.of(0), []int32{3, 4}) {
		t.Errorf("list %d of %d", n, added.count())
	}
}
