package message

import (
	"slices"
	"strings"
	"testing"
)

func TestNumbersOfCasesAreFoundBehindTheirWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"My PayPal case PP-D-85785153 is open", "PP-D-85785153"},
		{"see pp-r-mbx-512399911", "pp-r-mbx-512399911"},
		{"In case you need it: case number 123456", "123456"},
		{"dispute ID du_1234abcd, claim #998877 and ticket: T-100200", "du_1234abcd 998877 T-100200"},
		{"Vorgang Nr. 4711-08, dossier n° 55123", "4711-08 55123"},
		{"numéro de réclamation, RÉCLAMATION numéro 778899", "778899"},
		{"case 123456, case number 123456 and again case number 123456", "123456"},
		{"in that case 2026 was a bad year", ""},
		{"case number: none, ticket no. 12", ""},
	} {
		if got := strings.Join(findNumbers(tt.text), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.text, got, tt.want)
		}
	}
	if all := findNumbers(strings.Repeat("case number 1000\ncase number 1001\n", 3)); !slices.Equal(all, []string{"1000", "1001"}) {
		t.Errorf("%q", all)
	}
}
