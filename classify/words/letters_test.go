package words

import (
	"slices"
	"testing"
	"unicode/utf8"
)

func TestThePlainLettersAreThoseThatFoldingFinds(t *testing.T) {
	known := 0
	for r := rune(0x80); r < 0x300; r++ {
		var f folder
		f.addRune(r, 0)
		if got := Fold(string(r)).Text; got != string(f.out) {
			t.Errorf("%q folds to %q, rune by rune to %q", r, got, f.out)
		}
		if int(r) < len(plainLetters) && plainLetters[r] != 0 {
			known++
		}
	}
	if known < 200 {
		t.Errorf("only %d plain letters are known", known)
	}
}

// FuzzFoldingFastIsFoldingEachCharacter holds what folds many characters at once to what folds one.
func FuzzFoldingFastIsFoldingEachCharacter(f *testing.F) {
	for _, s := range []string{"Größe, ÉEEE and eeé", "a\u00adaaab", "BBB www. xyyyz", "İiii… ßss", "éll llll\xff\xff!!!"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var one folder
		for i := 0; i < len(s); {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r < utf8.RuneSelf {
				one.letter(s, i, lower[r])
			} else {
				one.addRune(r, i)
			}
			i += n
		}
		got := Fold(s)
		if got.Text != string(one.out) {
			t.Fatalf("%q folds to %q, character by character to %q", s, got.Text, one.out)
		}
		if got.at != nil && !slices.Equal(got.at, append(one.at, int32(len(s)))) {
			t.Fatalf("%q comes from %v, character by character from %v", s, got.at, one.at)
		}
	})
}
