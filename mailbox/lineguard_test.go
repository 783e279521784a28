package mailbox

import (
	"strings"
	"testing"
)

func TestOnlyParenthesesAmongCapabilitiesAreRefused(t *testing.T) {
	tests := []struct {
		name, says string
		want       bool
	}{
		{"a list", "* CAPABILITY IMAP4rev1 IDLE\r\n", false},
		{"a list with a parenthesis", "* CAPABILITY IMAP4rev1 (\r\n", true},
		{"a list that is not ended", "* capability (", true},
		{"a code with a parenthesis", "* OK [CAPABILITY IMAP4rev1(] ready\r\n", true},
		{"a greeting with a remark", "* OK [CAPABILITY IMAP4rev1] ready (Debian)\r\n", false},
		{"the end of a login", "T1 OK [CAPABILITY (] in\r\n", true},
		{"a file name in BODYSTRUCTURE", "* 1 FETCH (BODYSTRUCTURE (\"TEXT\" \"[CAPABILITY (\"))\r\n", false},
		{"a customer's words", "* 1 FETCH (BODY[] {18}\r\n* CAPABILITY (\r\nx\r\n)\r\n", false},
		{"behind a customer's words", "* 1 FETCH (BODY[] {18+}\r\n* CAPABILITY (\r\nx\r\n)\r\n* CAPABILITY (\r\n", true},
		{"a long line before", "* OK " + strings.Repeat("x", 3*guardedLine) + "\r\n* CAPABILITY (\r\n", true},
		{"a long line that announces", "* 1 FETCH (" + strings.Repeat("x", 3*guardedLine) + " {16}\r\n* CAPABILITY (\r\n)\r\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var whole lineGuard
			if got := whole.refuses([]byte(tt.says)); got != tt.want {
				t.Errorf("refused: %v, want %v", got, tt.want)
			}
			var piecemeal lineGuard
			got := false
			for i := range len(tt.says) {
				got = got || piecemeal.refuses([]byte(tt.says[i:i+1]))
			}
			if got != tt.want {
				t.Errorf("byte by byte refused: %v, want %v", got, tt.want)
			}
		})
	}
}
