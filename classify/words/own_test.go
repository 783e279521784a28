package words_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/words"
)

// ownParts lists all of a text's parts.
func ownParts(text string) []string {
	var parts []string
	for text != "" {
		var own string
		own, text = words.OwnPart(text)
		parts = append(parts, own)
	}
	return parts
}

func TestQuotedLinesPartAText(t *testing.T) {
	for text, want := range map[string][]string{
		"":                        nil,
		"mine":                    {"mine"},
		"a -> b\nis > mine":       {"a -> b\nis > mine"},
		"mine\n> yours":           {"mine\n"},
		"mine\n> a\n >> b\nmine":  {"mine\n", "mine"},
		"> yours\r\nmine\r\n":     {"", "mine\r\n"},
		"> yours\n>":              {""},
		"a\n\t> b\nc\n>d\n\ne\n":  {"a\n", "c\n", "\ne\n"},
		"no line break > at all>": {"no line break > at all>"},
	} {
		if got := ownParts(text); !slices.Equal(got, want) {
			t.Errorf("%q has the parts %q, want %q", text, got, want)
		}
	}
}

func FuzzThePartsAreWhatIsNotQuoted(f *testing.F) {
	f.Add("a\n> b\n\n >\nc")
	f.Fuzz(func(t *testing.T, text string) {
		var want strings.Builder
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(strings.TrimLeft(line, " \t"), ">") {
				want.WriteString(line)
			}
		}
		if got := strings.Join(ownParts(text), ""); got != want.String() {
			t.Errorf("the parts of %q are %q, want %q", text, got, want.String())
		}
	})
}

func TestWhatIsReadIsFoldedAndPartsDontDisturbEachOther(t *testing.T) {
	var o words.Own
	for range 2 { // in the same room
		parts := o.Read("ÄRGER", "> yours\nGrößé eins\n> yours\nplain\nZwöö… zwei")
		var got, back []string
		for _, p := range parts {
			got = append(got, p.Text)
			back = append(back, p.Original(0, len(p.Text)))
		}
		if want := []string{"arger", "", "grosse eins\n", "plain\nzwoo... zwei"}; !slices.Equal(got, want) {
			t.Errorf("read %q, want %q", got, want)
		}
		if want := []string{"ÄRGER", "", "Größé eins\n", "plain\nZwöö… zwei"}; !slices.Equal(back, want) {
			t.Errorf("they come from %q, want %q", back, want)
		}
	}
	if o.Forget(); len(o.Parts()) != 0 {
		t.Errorf("%d parts are not forgotten", len(o.Parts()))
	}
}
