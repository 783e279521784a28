package note

import (
	"strings"
	"testing"
)

func TestCleanMakesOneShortVisibleLine(t *testing.T) {
	for _, tt := range []struct {
		in    string
		limit int
		want  string
	}{
		{"plain", 10, "plain"},
		{"  two\r\n\twords\u00a0here ", 40, "two words here"},
		{"a\u2028b\u2029c", 10, "a b c"},
		{"nul\x00bell\x07escape\x1b[2J", 40, "nulbellescape[2J"},
		{"moc.\u202eelgoog\u2066x\u2069", 40, "moc.elgoogx"},
		{"soft\u00adhyphen\ufeff\u200b", 40, "softhyphen"},
		{"\u0645\u06cc\u200c\u062e", 40, "\u0645\u06cc\u200c\u062e"},                            // a joiner that Persian needs
		{"e" + strings.Repeat("\u0301", 50) + "x", 40, "e" + strings.Repeat("\u0301", 4) + "x"}, // marks that would paint over other lines
		{"bad\xff\xfeutf\xc3", 40, "badutf"},
		{"private\ue000", 40, "private"},
		{"1234567890", 5, "1234…"},
		{"12345", 5, "1234…"},
		{"1234", 5, "1234"},
		{" two  blanks ", 40, "two blanks"},
		{"a tab\tand delete\x7f", 40, "a tab and delete"},
		{"123 567", 5, "123…"},
		{"退款退款退款", 4, "退款退…"},
		{"no limit at all", 0, "no limit at all"},
		{"", 5, ""},
	} {
		if got := clean(tt.in, tt.limit); got != tt.want {
			t.Errorf("%q within %d: %q, want %q", tt.in, tt.limit, got, tt.want)
		}
	}
}
