package escalation

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
)

func quietPolicy(t *testing.T, quiets map[string][]string, silences ...Silence) Policy {
	t.Helper()
	var rules []RuleConfig
	for _, name := range []string{"law", "abuse", "review"} {
		signal := map[string]classify.Signal{"law": classify.LegalThreat, "abuse": classify.Abuse, "review": classify.ReviewThreat}[name]
		steps := []StepConfig{{At: 1, Do: "escalate", To: []string{"domestic"}}}
		if name == "review" {
			steps = []StepConfig{{At: 1, Do: "appease"}, {At: 2, Do: "escalate", To: []string{"domestic"}}}
		}
		rules = append(rules, RuleConfig{Name: name, Signal: string(signal), Steps: steps, Quiets: quiets[name]})
	}
	p, faults := Compile(rules)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	p.Silences = silences
	return p
}

// told tells a story of one customer, one message a day, and returns what was done at each.
func told(p Policy, messages ...[]classify.Signal) []string {
	h := History{Used: map[StepKey]bool{}}
	var done []string
	for i, signals := range messages {
		e := Event{At: time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC), Customer: "jane@mail.example", Channel: "shopify", Signals: signals}
		d := p.Decide(h, e, People{Domestic: []string{"yodi@example.com"}})
		var words []string
		for _, a := range d.Actions {
			words = append(words, strings.Join(append([]string{string(a.Do)}, a.Rules...), " "))
			if a.Do == Escalate {
				h.Mailed = a.To
			}
		}
		if d.Silenced != nil {
			words = append(words, "silenced")
		}
		done = append(done, strings.Join(words, ", "))
		h.Open = h.Open || d.Fires()
		for _, k := range d.Used {
			h.Used[k] = true
		}
		h.Counted = append(h.Counted, Counted{At: e.At, Signals: signals})
	}
	return done
}

func TestQuietRulesBecomeFollowUps(t *testing.T) {
	law, abuse, review := classify.LegalThreat, classify.Abuse, classify.ReviewThreat
	type story = [][]classify.Signal
	for _, tt := range []struct {
		name   string
		quiets map[string][]string
		story  story
		want   []string
	}{
		{"without quiets each escalates", nil, story{{law}, {abuse}}, []string{"escalate law", "escalate abuse"}},
		{"after it", map[string][]string{"law": {"abuse"}}, story{{law}, {abuse}, {abuse}}, []string{"escalate law", "follow_up", "follow_up"}},
		{"before it", map[string][]string{"law": {"abuse"}}, story{{abuse}, {law}}, []string{"escalate abuse", "escalate law"}},
		{"with it", map[string][]string{"law": {"abuse"}}, story{{law, abuse}, {abuse}}, []string{"escalate law", "follow_up"}},
		{"a draft is no escalation and is not quieted", map[string][]string{"law": {"review"}, "review": {"abuse"}}, story{{review}, {abuse}, {law}, {review}},
			[]string{"appease review", "escalate abuse", "escalate law", "follow_up"}},
		{"two that quiet each other are not both silent", map[string][]string{"law": {"abuse"}, "abuse": {"law"}}, story{{law, abuse}, {law}}, []string{"escalate abuse", "follow_up"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := told(quietPolicy(t, tt.quiets), tt.story...); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestASilenceTellsNobodyAndForgetsNothing(t *testing.T) {
	law, abuse, review, churn := classify.LegalThreat, classify.Abuse, classify.ReviewThreat, classify.ChurnThreat
	third := time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC) // the third message comes when it is over
	type story = [][]classify.Signal
	for _, tt := range []struct {
		name    string
		silence Silence
		story   story
		want    []string
	}{
		{"a customer", Silence{Customer: "jane@mail.example"}, story{{law}, {law}, {law}}, []string{"silenced", "silenced", "escalate law"}},
		{"another customer", Silence{Customer: "joe@mail.example"}, story{{law}}, []string{"escalate law"}},
		{"a channel", Silence{Channel: "shopify"}, story{{review}, {review}, {review}}, []string{"silenced", "silenced", "escalate review"}},
		{"another channel", Silence{Channel: "amazon"}, story{{law}}, []string{"escalate law"}},
		{"a rule", Silence{Rule: "abuse"}, story{{abuse}, {law, abuse}, {abuse}}, []string{"silenced", "escalate law, silenced", "escalate abuse"}},
		{"a rule's news", Silence{Rule: "abuse", Until: third.AddDate(0, 0, 9)}, story{{law}, {abuse}, {churn, abuse}, {law}},
			[]string{"escalate law", "silenced", "follow_up, silenced", "follow_up"}},
		{"all of a channel's rule", Silence{Channel: "shopify", Rule: "law"}, story{{law, abuse}}, []string{"escalate abuse, silenced"}},
		{"what carries nothing is not silenced", Silence{Customer: "jane@mail.example"}, story{{}}, []string{""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.silence.Until.IsZero() {
				tt.silence.Until = third
			}
			if got := told(quietPolicy(t, nil, tt.silence), tt.story...); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestQuietsAreWrittenAsTheyAreRead(t *testing.T) {
	p := quietPolicy(t, map[string][]string{"law": {"abuse", "review"}})
	again, err := parsePolicy([]byte(p.TOML()))
	if err != nil || !slices.Equal(again.Rules[0].Quiets, []string{"abuse", "review"}) {
		t.Errorf("%v from\n%s", err, p.TOML())
	}
}

func TestACaseIsSilentWhenAllOfItIs(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	later := now.Add(time.Hour)
	for _, c := range []struct {
		name     string
		silences []Silence
		rules    []string
		want     bool
	}{
		{"no silence", nil, []string{"law"}, false},
		{"of the customer", []Silence{{Customer: "jane@mail.example", Until: later}}, []string{"law"}, true},
		{"of another", []Silence{{Customer: "bob@mail.example", Until: later}}, []string{"law"}, false},
		{"that is over", []Silence{{Channel: "shopify", Until: now}}, []string{"law"}, false},
		{"of its only rule", []Silence{{Rule: "law", Until: later}}, []string{"law"}, true},
		{"of one of two rules", []Silence{{Rule: "law", Until: later}}, []string{"law", "abuse"}, false},
		{"of a rule, for a case that knows none", []Silence{{Rule: "law", Until: later}}, nil, false},
	} {
		if got := quietPolicy(t, nil, c.silences...).Silent(now, "jane@mail.example", "shopify", c.rules); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
