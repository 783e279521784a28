// Package classify hears in a customer's words whether a chargeback, a lawyer, abuse or a bad review is on its way.
//
// Text goes in, signals with their evidence come out. The package does no I/O and keeps no state between texts, so a
// Classifier may be shared by any number of goroutines.
package classify

import (
	"slices"

	"github.com/heedmail/heed/classify/words"
)

// A Signal names one thing that a customer's message can carry.
type Signal string

// The twelve signals. Their order here is the order in which they are listed everywhere.
const (
	ChargebackOpened Signal = "chargeback_opened" // a card or payment dispute has been filed
	ChargebackThreat Signal = "chargeback_threat" // one will, may or is about to be filed
	LegalThreat      Signal = "legal_threat"      // lawyer, court, police, regulator
	ManagerRequest   Signal = "manager_request"   // somebody with authority is asked for
	Abuse            Signal = "abuse"             // insults and menaces aimed at us
	ReviewThreat     Signal = "review_threat"     // the public will be told
	ReviewPosted     Signal = "review_posted"     // the public has been told
	InfoRefused      Signal = "info_refused"      // information that we asked for is refused
	SolutionRejected Signal = "solution_rejected" // a remedy is turned down
	PhoneRequest     Signal = "phone_request"     // a call is asked for
	PhoneOnly        Signal = "phone_only"        // nothing but the phone will do
	ChurnThreat      Signal = "churn_threat"      // the customer leaves
)

// signals is a constant table: all of them in their order.
var signals = [...]Signal{ChargebackOpened, ChargebackThreat, LegalThreat, ManagerRequest, Abuse, ReviewThreat, ReviewPosted,
	InfoRefused, SolutionRejected, PhoneRequest, PhoneOnly, ChurnThreat}

// Signals lists all signals in their order.
func Signals() []Signal { return slices.Clone(signals[:]) }

// A Text is what one customer wrote in one message: the new words only, without quotes, signatures and footers.
type Text struct {
	Subject string // "" when the subject is not the customer's own
	Body    string
	Lang    string // a hint such as "de", or "" to find out; it never switches a language's rules off

	own *words.Own // what of it is the customer's own, once that was read
}

// Own gives the parts of the text that are the customer's own, folded. What a second opinion is given by it is valid until it has
// answered.
func (t Text) Own() []words.Part {
	if t.own == nil {
		t.read(new(words.Own))
	}
	return t.own.Parts()
}

func (t *Text) read(own *words.Own) {
	own.Read(t.Subject[:min(len(t.Subject), MaxBytes)], t.Body[:min(len(t.Body), MaxBytes)])
	t.own = own
}

// A Hit is one signal that was heard. There is at most one hit per signal in a Verdict.
type Hit struct {
	Signal   Signal
	Evidence string // the deciding words, a substring of the text as the customer wrote it
	Sentence string // the sentence around them, a substring of the text too
}

// A Verdict is all that was heard in one text, in the order of Signals.
type Verdict struct {
	Lang string // ISO 639-1 code of the language it was read in, "" when unknown
	Hits []Hit
}
