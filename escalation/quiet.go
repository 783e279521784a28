package escalation

import (
	"slices"
	"time"

	"github.com/heedmail/heed/classify"
)

// A Silence keeps what would be told or drafted from being so, for a time: of a customer, of a channel, of a rule, or of
// what all those that are set have in common. Everything is counted and kept as ever, and the steps stay unused: what is
// still true when the silence is over fires with the next message.
type Silence struct {
	Customer string // normalised address
	Channel  string
	Rule     string
	Until    time.Time // it holds before that
	Reason   string
}

// covers reports whether a silence holds for the writer of a message, whatever its rule.
func (s Silence) covers(e Event) bool {
	return e.At.Before(s.Until) && (s.Customer == "" || s.Customer == e.Customer) && (s.Channel == "" || s.Channel == e.Channel)
}

// String says why nothing is told, for the case.
func (s Silence) String() string {
	return "silenced until " + s.Until.Format("2006-01-02 15:04") + ": " + s.Reason
}

// silencing finds the silence that keeps a rule quiet for a message, or nil.
func (p Policy) silencing(e Event, rule string) *Silence {
	for i, s := range p.Silences {
		if s.covers(e) && (s.Rule == "" || s.Rule == rule) {
			return &p.Silences[i]
		}
	}
	return nil
}

// Silent reports whether nothing is to be told of a case at a time: a silence covers its customer and channel, or every
// rule that fired in it.
func (p Policy) Silent(at time.Time, customer, channel string, rules []string) bool {
	e := Event{At: at, Customer: customer, Channel: channel}
	spoken := slices.ContainsFunc(rules, func(rule string) bool { return p.silencing(e, rule) == nil })
	return p.silencing(e, "") != nil || len(rules) > 0 && !spoken
}

// silenced takes out the firings that a silence covers, and returns one of those silences.
func (p Policy) silenced(e Event, all []firing) (heard []firing, by *Silence) {
	for _, f := range all {
		if s := p.silencing(e, f.rule.Name); s != nil {
			by = s
			continue
		}
		heard = append(heard, f)
	}
	return heard, by
}

// newsSilenced finds the silence that keeps a follow-up from going: one over the customer or the channel, or those over
// every rule that looks for what the message carries.
func (p Policy) newsSilenced(e Event) *Silence {
	if s := p.silencing(e, ""); s != nil {
		return s
	}
	var last *Silence
	for _, signal := range e.Signals {
		by, looked := p.signalSilenced(e, signal)
		if !looked || by == nil {
			return nil
		}
		last = by
	}
	return last
}

// signalSilenced reports whether any rule looks for a signal, and a silence when all that do are silenced.
func (p Policy) signalSilenced(e Event, signal classify.Signal) (by *Silence, looked bool) {
	for _, r := range p.Rules {
		if r.Signal != signal && !slices.Contains(r.With, signal) {
			continue
		}
		looked = true
		if by = p.silencing(e, r.Name); by == nil {
			return nil, true
		}
	}
	return by, looked
}

// quieted takes the escalate steps from those firings whose rule another rule of the case quiets: one that has escalated
// the case before, or one that escalates with this message. Their steps are used up, and the message is a follow-up, or
// stands in the other rule's escalation. Of rules that quiet each other the last one speaks.
func (p Policy) quieted(h History, all []firing) []firing {
	for i := range all {
		name := all[i].rule.Name
		before := slices.ContainsFunc(p.Rules, func(r Rule) bool {
			return len(h.Mailed) > 0 && slices.Contains(r.Quiets, name) && h.hasEscalated(r)
		})
		now := slices.ContainsFunc(all, func(o firing) bool {
			return slices.Contains(o.rule.Quiets, name) && slices.ContainsFunc(o.steps, escalates)
		})
		if before || now {
			all[i].steps = slices.DeleteFunc(slices.Clone(all[i].steps), escalates)
		}
	}
	return all
}

func escalates(s Step) bool { return s.Do == Escalate }

// hasEscalated reports whether an escalate step of a rule is used up in the open case.
func (h History) hasEscalated(r Rule) bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool {
		return escalates(s) && h.Used[StepKey{Rule: r.Name, At: s.At, Do: s.Do}]
	})
}
