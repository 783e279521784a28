// Package escalation is the process: which signals, how often and how lately, make which steps follow.
//
// Decide is a pure function: the policy, what is known of the customer and the message go in, what is to be done comes
// out. It reads no clock and no database, so that run, replay, demo and the tests share one path.
package escalation

import (
	"time"

	"github.com/heedmail/heed/classify"
)

// A Do is what a step does.
type Do string

// The steps.
const (
	Appease  Do = "appease"   // a draft with a better offer, for our own people
	Reassure Do = "reassure"  // a draft that calms, for our own people
	Escalate Do = "escalate"  // a mail to those who decide
	FollowUp Do = "follow_up" // news on a case that has been escalated, to everybody who was mailed on it
)

// An Audience names whom a step goes to; People turns it into addresses.
type Audience string

// Contact is the person in charge of the channel; Domestic the team that decides.
const (
	Contact  Audience = "contact"
	Domestic Audience = "domestic"
)

// A Policy is all rules, in the order in which they are listed in an escalation.
type Policy struct {
	Rules    []Rule
	Silences []Silence
}

// A Rule makes steps follow when messages that carry a signal reach a number within a window.
type Rule struct {
	Name   string            // "review-threat"; stands in X-Heed-Rules
	Signal classify.Signal   // what is counted
	With   []classify.Signal // signals that must have been seen in the window as well, on any message
	Window time.Duration     // how far back a message counts
	Steps  []Step            // by rising At
	Quiets []string          // rules whose escalations are follow-ups once this one has escalated the case
}

// A Step happens when the count reaches At or more.
type Step struct {
	At int
	Do Do
	To []Audience // empty for drafts
}

// A StepKey names one step of one rule. A step fires once per case.
type StepKey struct {
	Rule string
	At   int
	Do   Do
}

// An Event is a customer's message as far as the process cares. At is its arrival.
type Event struct {
	At       time.Time
	Customer string // normalised address
	Channel  string
	Signals  []classify.Signal
}

// A Counted is an earlier message of the same customer that carried signals.
type Counted struct {
	At      time.Time
	Signals []classify.Signal
}

// A History is what is known of one customer before the message in hand: the messages since the last resolved case,
// and the case that is open, if one is.
type History struct {
	Counted []Counted
	Open    bool
	Used    map[StepKey]bool // steps of the open case that fired or were passed over
	Mailed  []string         // everybody who was mailed on the open case, in the order of their first mail
}

// People says who is to be told.
type People struct {
	Contacts map[string][]string // addresses by channel
	Domestic []string
}

// An Action is one thing to be done because of a message.
type Action struct {
	Do    Do
	Rules []string // whose step it is, in policy order; empty for FollowUp
	To    []string // mail addresses; empty for drafts
}

// A Decision is all that follows from one message.
type Decision struct {
	Actions []Action          // a draft first, then the mail
	Used    []StepKey         // steps that are used up by it: fired or passed over
	Counts  []Count           // how each rule that fired came to fire, for the note
	Fired   []classify.Signal // what the rules whose steps are used up were looking for

	Silenced *Silence // that kept something from being done, or nil
}

// Fires reports whether any step fired, be it in silence, which opens a case where none is open.
func (d Decision) Fires() bool { return len(d.Used) > 0 || d.Silenced != nil }

// A Count explains why a rule fired.
type Count struct {
	Rule   string
	Signal classify.Signal
	N      int // messages in the window, this one included
	At     int // the threshold that was reached
	Window time.Duration
}
