package escalation

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
)

// Under any policy and in any story, these hold.
func TestDecisionsKeepTheirPromises(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		tl := teller{policy: anyPolicy(r), people: people()}
		fired := make(map[StepKey]bool) // in the present case
		for range 40 {
			if r.IntN(15) == 0 {
				tl.h, fired = History{}, make(map[StepKey]bool)
			}
			e := anyEvent(r)
			before := tl.h
			d := tl.policy.Decide(before, e, tl.people)
			for _, k := range d.Used {
				if fired[k] {
					t.Fatalf("seed %d: %v was used before in this case", seed, k)
				}
				fired[k] = true
			}
			promises(t, seed, tl.policy, before, e, d)
			orderIsNothing(t, seed, r, tl, e, d)
			tl.hear(e)
		}
	}
}

func promises(t *testing.T, seed uint64, p Policy, h History, e Event, d Decision) {
	t.Helper()
	broken := func(what string) { t.Fatalf("seed %d: %s\n%+v\n%+v\n%+v", seed, what, h, e, d) }
	drafts, mails := 0, 0
	for i, a := range d.Actions {
		switch a.Do {
		case Appease, Reassure:
			drafts++
			if i > 0 || len(a.To) > 0 || len(a.Rules) == 0 {
				broken("a draft comes first, has rules and no recipients")
			}
		case Escalate:
			mails++
			if len(a.Rules) == 0 || !slices.Contains(a.To, "yodi") && !slices.Contains(a.To, "lu") && !slices.Contains(a.To, "shannbo") {
				broken("an escalation has rules and recipients")
			}
		case FollowUp:
			mails++
			if len(a.Rules) > 0 || len(h.Mailed) == 0 || !slices.Equal(a.To, h.Mailed) {
				broken("a follow-up goes to all who were mailed")
			}
			if &a.To[0] == &h.Mailed[0] {
				broken("a decision shares no memory with the history")
			}
		}
	}
	if drafts > 1 || mails > 1 {
		broken("one draft and one mail at most")
	}
	if mails == 0 && len(h.Mailed) > 0 && len(e.Signals) > 0 {
		broken("news on an escalated case are never kept back")
	}
	if len(e.Signals) == 0 && (len(d.Actions) > 0 || d.Fires()) {
		broken("a message without signals does nothing")
	}
	for _, c := range d.Counts {
		if c.N < c.At {
			broken("what fires has reached its threshold")
		}
	}
}

// orderIsNothing holds that neither the order of the history nor that of the signals matters, and that Decide does not
// change what it was given.
func orderIsNothing(t *testing.T, seed uint64, r *rand.Rand, tl teller, e Event, want Decision) {
	t.Helper()
	h := tl.h
	h.Counted, h.Used, h.Mailed = slices.Clone(h.Counted), maps.Clone(h.Used), slices.Clone(h.Mailed)
	given := fmt.Sprint(tl.h)
	r.Shuffle(len(h.Counted), func(i, j int) { h.Counted[i], h.Counted[j] = h.Counted[j], h.Counted[i] })
	e.Signals = slices.Clone(e.Signals)
	slices.Reverse(e.Signals)
	e.Signals = append(e.Signals, e.Signals...) // a message counts once per signal
	if got := tl.policy.Decide(h, e, tl.people); !reflect.DeepEqual(got, want) {
		t.Fatalf("seed %d: in another order\n%+v\nwant\n%+v", seed, got, want)
	}
	if fmt.Sprint(tl.h) != given {
		t.Fatalf("seed %d: Decide changed the history", seed)
	}
}

func anyEvent(r *rand.Rand) Event {
	e := Event{
		At:      time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(100)) * day),
		Channel: []string{"amazon", "shopify", "ebay", ""}[r.IntN(4)],
	}
	for _, s := range classify.Signals()[:5] {
		if r.IntN(4) == 0 {
			e.Signals = append(e.Signals, s)
		}
	}
	return e
}

func anyPolicy(r *rand.Rand) Policy {
	signals := classify.Signals()[:5]
	var rules []RuleConfig
	for i := range 1 + r.IntN(5) {
		rc := RuleConfig{Name: fmt.Sprintf("rule-%d", i), Signal: string(signals[r.IntN(5)]), Window: fmt.Sprintf("%dd", 1+r.IntN(60))}
		if with := string(signals[r.IntN(5)]); with != rc.Signal && r.IntN(3) == 0 {
			rc.With = []string{with}
		}
		at := 0
		for range 1 + r.IntN(3) {
			at += 1 + r.IntN(2)
			step := StepConfig{At: at, Do: []string{"appease", "reassure", "escalate"}[r.IntN(3)]}
			if step.Do == "escalate" {
				step.To = [][]string{{"contact"}, {"domestic"}, {"domestic", "contact"}}[r.IntN(3)]
			}
			rc.Steps = append(rc.Steps, step)
		}
		rules = append(rules, rc)
	}
	p, faults := Compile(rules)
	if len(faults) > 0 {
		panic(faults[0])
	}
	return p
}
