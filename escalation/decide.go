package escalation

import (
	"slices"
	"strings"

	"github.com/heedmail/heed/classify"
)

// Decide says what follows from the message e of a customer whose history is h.
//
// A message counts for a rule when it lies at most the rule's window from e, the limit included. It is measured both
// ways, because mail does not always come in order: a mailbox that was out of reach hands its mail on late.
func (p Policy) Decide(h History, e Event, people People) Decision {
	if len(e.Signals) == 0 {
		return Decision{}
	}
	if !h.Open {
		h.Used, h.Mailed = nil, nil // these belong to a case, and there is none
	}
	var all []firing
	for _, r := range p.Rules {
		if f := r.fire(h, e); len(f.steps) > 0 {
			all = append(all, f)
		}
	}
	var d Decision
	all, d.Silenced = p.silenced(e, all)
	all = p.quieted(h, all)
	for _, f := range all {
		d.Used = append(d.Used, f.used...)
		d.Fired = append(append(d.Fired, f.rule.Signal), f.rule.With...)
	}
	draft, drafted := draftOf(all)
	mail, mailed := escalationOf(all, e.Channel, people)
	if drafted {
		d.Actions = append(d.Actions, draft)
	}
	switch {
	case mailed:
		d.Actions = append(d.Actions, mail)
	case len(h.Mailed) > 0:
		if by := p.newsSilenced(e); by != nil {
			d.Silenced = by
			break
		}
		d.Actions = append(d.Actions, Action{Do: FollowUp, To: slices.Clone(h.Mailed)})
	}
	d.Counts = countsOf(all, draft.Rules, mail.Rules)
	return d
}

// A firing is what one rule contributes to a decision.
type firing struct {
	rule  Rule
	n     int       // the count
	steps []Step    // the steps that fire, all at the same threshold
	used  []StepKey // those, and the steps below them that are passed over
}

// fire finds the steps of a rule that a message sets off. Of the steps whose threshold is reached and that the case has
// not used yet, those with the highest threshold fire; the others are passed over, and never come again in this case:
// somebody whose third abuse is the first that we see should not be treated as a beginner afterwards.
func (r Rule) fire(h History, e Event) firing {
	if !carries(e.Signals, r.Signal) && !carriesAny(e.Signals, r.With) {
		return firing{} // a rule fires only at a message that speaks of it
	}
	f := firing{rule: r, n: r.count(h, e, r.Signal)}
	for _, s := range r.With {
		if r.count(h, e, s) == 0 {
			return firing{}
		}
	}
	highest := 0
	for _, s := range r.Steps {
		key := StepKey{Rule: r.Name, At: s.At, Do: s.Do}
		if f.n < s.At || h.Used[key] {
			continue
		}
		f.used = append(f.used, key)
		highest = max(highest, s.At)
	}
	for _, s := range r.Steps {
		if s.At == highest && slices.Contains(f.used, StepKey{Rule: r.Name, At: s.At, Do: s.Do}) {
			f.steps = append(f.steps, s)
		}
	}
	return f
}

// count is the number of messages in the window that carry a signal, e included.
func (r Rule) count(h History, e Event, signal classify.Signal) int {
	n := 0
	if carries(e.Signals, signal) {
		n++
	}
	for _, c := range h.Counted {
		if e.At.Sub(c.At).Abs() <= r.Window && carries(c.Signals, signal) {
			n++
		}
	}
	return n
}

// draftOf picks the one draft of a message: a customer who is about to take the money back is calmed before anybody
// thinks of a better offer.
func draftOf(all []firing) (Action, bool) {
	for _, do := range []Do{Reassure, Appease} {
		if rules := rulesThat(do, all); len(rules) > 0 {
			return Action{Do: do, Rules: rules}, true
		}
	}
	return Action{}, false
}

// escalationOf unites all escalate steps of a message.
func escalationOf(all []firing, channel string, people People) (Action, bool) {
	rules := rulesThat(Escalate, all)
	if len(rules) == 0 {
		return Action{}, false
	}
	var audience []Audience
	for _, f := range all {
		for _, s := range f.steps {
			if s.Do == Escalate {
				audience = append(audience, s.To...)
			}
		}
	}
	return Action{Do: Escalate, Rules: rules, To: people.addresses(channel, audience)}, true
}

// rulesThat names the rules that fire a step of one kind, in policy order.
func rulesThat(do Do, all []firing) []string {
	var rules []string
	for _, f := range all {
		if slices.ContainsFunc(f.steps, func(s Step) bool { return s.Do == do }) {
			rules = append(rules, f.rule.Name)
		}
	}
	return rules
}

// countsOf explains the rules that stand in an action.
func countsOf(all []firing, draft, mail []string) []Count {
	var counts []Count
	for _, f := range all {
		if !slices.Contains(draft, f.rule.Name) && !slices.Contains(mail, f.rule.Name) {
			continue // its draft gave way to another rule's
		}
		counts = append(counts, Count{
			Rule: f.rule.Name, Signal: f.rule.Signal, N: f.n, At: f.steps[0].At, Window: f.rule.Window,
		})
	}
	return counts
}

// addresses turns an audience into mail addresses: the contact first, then domestic, nobody twice. A channel without a
// contact goes to domestic, even if the rule names the contact alone: somebody has to read it.
func (p People) addresses(channel string, audience []Audience) []string {
	contact := p.contact(channel)
	var to []string
	if slices.Contains(audience, Contact) {
		to = append(to, contact...)
	}
	if slices.Contains(audience, Domestic) || len(contact) == 0 {
		to = append(to, p.Domestic...)
	}
	return unique(to)
}

func (p People) contact(channel string) []string {
	if to, ok := p.Contacts[channel]; ok {
		return to
	}
	return p.Contacts[strings.ToLower(channel)]
}

// unique drops repeated addresses, whatever their case, and keeps the first spelling.
func unique(addrs []string) []string {
	var kept []string
	seen := make(map[string]bool, len(addrs))
	for _, a := range addrs {
		if folded := strings.ToLower(a); !seen[folded] {
			seen[folded] = true
			kept = append(kept, a)
		}
	}
	return kept
}

func carries(signals []classify.Signal, s classify.Signal) bool { return slices.Contains(signals, s) }

func carriesAny(signals, any []classify.Signal) bool {
	return slices.ContainsFunc(any, func(s classify.Signal) bool { return carries(signals, s) })
}
