package outbox

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
)

// A Sender takes mails to their recipients; package submission has the one that speaks SMTP.
type Sender interface {
	// Send makes one attempt. It returns an outcome for every address in m.To.
	Send(ctx context.Context, m Mail) []Outcome
}

// A Mail is finished bytes and an envelope. Letter and StandIn put it together.
type Mail struct {
	From     string
	To       []string
	Payload  []byte
	Fallback []byte // the same mail for a server that can't take Payload; nil when it needs none, or one can be made of it

	Enclosed  *store.Enclosed // the original that goes into both, from Originals; nil where they are whole
	Missing   bool            // Enclosed can't go: a few lines in its place say so
	Originals Originals
}

// An Outcome says whether one recipient has got the mail. Err is nil when the server has taken it for them.
type Outcome struct {
	Address string
	Err     error
}

// A Kind says what has to happen before a failed thing can work.
type Kind string

// The kinds of errors. All but Permanent are tried again.
const (
	Temporary Kind = "temporary" // nothing: the server or the network is expected to come back
	Config    Kind = "config"    // a setting must be corrected: host, TLS, the login
	Permanent Kind = "permanent" // a server has refused this for good
)

// An Error is what failed, where, and what to do about it, as one sentence.
type Error struct {
	Kind   Kind
	Where  string // "smtp.example.com:587"
	Doing  string // "RCPT TO <lu@example.com>"
	Code   int    // the server's reply code, 0 for none
	Advice string // what to do, "" when waiting is all
	Err    error

	After time.Duration // how long the server wants to be left alone, 0 when it does not say
}

// Error makes one line of it.
func (e *Error) Error() string {
	var parts []string
	for _, p := range []string{e.Where, e.Doing, e.Err.Error()} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	s := strings.Join(parts, ": ")
	if e.Advice != "" {
		s += "; " + e.Advice
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error, be it of this package or of package mailbox; what carries none is Temporary.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	switch mailbox.KindOf(err) {
	case mailbox.Permanent:
		return Permanent
	case mailbox.Auth, mailbox.Config:
		return Config
	}
	return Temporary
}
