package words

import "testing"

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
