package message

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestOrdersOfAShopsOwnForm(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          []string
	}{
		{`\bNW(\d{5})\b`, "my nw10211 and NW10212", []string{"10211", "10212"}},
		{`\bA\d[A-Z]\d\b`, "it is A1B2, order 1234", []string{"A1B2", "1234"}},
		{`K-\d{3}-X`, "order K-400-X", []string{"K-400-X"}},
		{`PP-\d{4}`, "PP-1234 is an order here", []string{"PP-1234"}},
		{`\d?x`, "xxx and 1x", []string{"1X"}},
	} {
		re, err := CompileOrderPattern(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := findOrders([]*regexp.Regexp{re}, tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%s finds %q in %q, want %q", tt.pattern, got, tt.text, tt.want)
		}
	}
}

func TestPatternThatWouldPutStrangersTogetherIsRefused(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{`(`, "is no regular expression"},
		{`\d*`, "matches the empty text"},
		{`\w+`, "matches words without a digit"},
		{strings.Repeat("x", 501), "is longer than 500 letters"},
	} {
		if _, err := CompileOrderPattern(tt.pattern); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.pattern, err)
		}
	}
}
