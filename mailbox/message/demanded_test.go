package message

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestWhatAnExpressionDemands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expression string
		want       string
	}{
		{`\bnew (?:paypal )?case\b`, "new case new paypal case"},
		{`\b(?:dispute|charge ?back|case)\b.{0,50}\b(?:was|is) (?:re)?opened\b`, "is opened is reopened was opened was reopened"},
		{`\b(?:a|an)\b.{0,9}\bclaims?\b`, "claim claims"},
		{`\d+ (?:x|y)\b`, ""},
		{`(?:dispute|.*)`, ""},
	} {
		words := demandedBy(c.expression)
		slices.Sort(words)
		if got := strings.Join(words, " "); got != c.want {
			t.Errorf("%s demands %q, want %q", c.expression, got, c.want)
		}
	}
}

// What is not demanded can't be matched, so that the quick look never hides a notice.
func TestEveryExpressionOfThePlatformsDemandsSomething(t *testing.T) {
	t.Parallel()
	if platformData().demanded == nil {
		t.Error("one of the expressions demands nothing: every sentence is laid before all of them")
	}
}

func FuzzDemanded(f *testing.F) {
	f.Add(`\b(?:dispute|charge ?back)\b.{0,50}\bopened\b`, "a chargeback was opened")
	f.Add(`n(?:ew|uev[oa]) (?:a|b)+case`, "nueva abcase")
	f.Fuzz(func(t *testing.T, expression, text string) {
		re, err := regexp.Compile(expression)
		text = strings.ToLower(text)
		if err != nil || !re.MatchString(text) {
			return
		}
		words := demandedBy(expression)
		if len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) }) {
			t.Errorf("%s matches %q and demands %q", expression, text, words)
		}
	})
}
