package escalation

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/offer"
)

func TestEveryBuiltInRuleHasAPlayInBothLanguages(t *testing.T) {
	en, zh := DefaultPlaybook("en"), DefaultPlaybook("zh")
	for _, r := range append(slices.Clone(DefaultPolicy().Rules), Rule{Name: OtherPlay}, Rule{Name: FollowUpPlay}) {
		a, b := en.For(r.Name, "", ""), zh.For(r.Name, "", "")
		if a.Rule != r.Name || len(a.Tasks) == 0 {
			t.Errorf("%s has no play", r.Name)
		}
		if b.Rule != a.Rule || len(b.Tasks) != len(a.Tasks) || !slices.Equal(a.Offers, b.Offers) {
			t.Errorf("%s differs in Chinese", r.Name)
			continue
		}
		for i := range a.Tasks {
			if a.Tasks[i].Within != b.Tasks[i].Within || a.Tasks[i].BeforeDeadline != b.Tasks[i].BeforeDeadline {
				t.Errorf("%s: step %d is due at another time in Chinese", r.Name, i+1)
			}
		}
		for _, o := range a.Offers {
			if o.Kind == "" {
				t.Errorf("%s: %q is of no known kind and can't be said in the customer's language", r.Name, o.Words)
			}
		}
	}
}

func TestAnOwnPlayReplacesThoseItSpeaksFor(t *testing.T) {
	builtin := Playbook{{Rule: "abuse", Goodwill: "b"}, {Rule: "abuse", Channel: "amazon", Goodwill: "ba"}, {Rule: "legal-threat", Goodwill: "bl"}, {Rule: "other", Goodwill: "bo"}}
	for _, c := range []struct {
		own                   Playbook
		rule, channel, signal string
		want                  string
	}{
		{nil, "abuse", "web", "", "b"},
		{nil, "abuse", "Amazon", "", "ba"},
		{nil, "house-rule", "web", "legal_threat", "bl"},
		{nil, "house-rule", "web", "churn_threat", "bo"},
		{Playbook{{Rule: "abuse", Goodwill: "own"}}, "abuse", "amazon", "", "own"},
		{Playbook{{Rule: "abuse", Channel: "amazon", Goodwill: "own"}}, "abuse", "amazon", "", "own"},
		{Playbook{{Rule: "abuse", Channel: "amazon", Goodwill: "own"}}, "abuse", "web", "", "b"},
		{Playbook{{Rule: "other", Goodwill: "own"}}, "house-rule", "web", "", "own"},
	} {
		if got := c.own.Over(builtin).For(c.rule, classify.Signal(c.signal), c.channel); got.Goodwill != c.want {
			t.Errorf("%s/%s over %v: %q; want %q", c.rule, c.channel, c.own, got.Goodwill, c.want)
		}
	}
}

func TestAPlayIsReadAsItIsWritten(t *testing.T) {
	p, faults := CompilePlaybook([]PlayConfig{{Rule: "abuse", Channel: "Amazon", Goodwill: "$20",
		Steps:  []TaskConfig{{Do: "Call\nher", Within: "2h"}, {Do: "Answer it", Within: "deadline"}, {Do: "Keep it"}},
		Offers: []string{"voucher 10 %", "a spare shade"}}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	play := p[0]
	if !slices.Equal(play.Tasks, []Task{{Do: "Call her", Within: 2 * time.Hour}, {Do: "Answer it", BeforeDeadline: true}, {Do: "Keep it"}}) ||
		!slices.Equal(play.Offers, []offer.Offer{offer.Parse("voucher 10 %"), {Words: "a spare shade"}}) || play.Channel != "amazon" {
		t.Errorf("%+v", play)
	}
}

func TestFaultsOfAPlayNameTheirPlaceAndWhatIsAllowed(t *testing.T) {
	step := []TaskConfig{{Do: "x"}}
	for _, c := range []struct {
		play PlayConfig
		want string
	}{
		{PlayConfig{Steps: step}, "rule: missing"},
		{PlayConfig{Rule: "a"}, "steps: missing"},
		{PlayConfig{Rule: "a", Steps: slices.Repeat(step, 13)}, "steps: 13 steps; at most 12"},
		{PlayConfig{Rule: "a", Steps: []TaskConfig{{Within: "2h"}}}, "steps[0].do: missing"},
		{PlayConfig{Rule: "a", Steps: []TaskConfig{{Do: "x"}, {Do: "y", Within: "soon"}}}, `steps[1].within: duration "soon"`},
		{PlayConfig{Rule: "a", Steps: []TaskConfig{{Do: "x", Within: "91d"}}}, "at most 90d is allowed"},
		{PlayConfig{Rule: "a", Steps: []TaskConfig{{Do: strings.Repeat("x", 301)}}}, "steps[0].do: 301 bytes long"},
		{PlayConfig{Rule: "a", Steps: step, Offers: []string{"refund", "Refund"}}, "offers[1]: \"Refund\" stands there already"},
		{PlayConfig{Rule: "a", Steps: step, Offers: []string{" "}}, "offers[0]: empty"},
		{PlayConfig{Rule: "a", Steps: step, Offers: slices.Repeat([]string{"x"}, 21)}, "offers: 21 offers"},
	} {
		_, faults := CompilePlaybook([]PlayConfig{{Rule: "ok", Steps: step}, c.play})
		if len(faults) == 0 || faults[0].Index != 1 || !strings.Contains(faults[0].Key+": "+faults[0].Problem, c.want) {
			t.Errorf("%+v: %v; want %s", c.play, faults, c.want)
		}
	}
	if _, faults := CompilePlaybook([]PlayConfig{{Rule: "a", Steps: step}, {Rule: "a", Steps: step}}); len(faults) != 1 {
		t.Errorf("the same rule twice: %v", faults)
	}
}
