// Package submission hands mails to a mail server (RFC 6409, RFC 5321): TLS policy, login, one transaction a mail, and one
// session for mails that follow each other.
//
// It uses the SMTP client of go-mail command by command. Its one-call senders are not used, on purpose: they report a
// mail as failed that the server has taken, end a half-written mail with a dot so that it is delivered truncated, give
// up on all recipients when one is refused, and can't be interrupted.
//
// A session whose mail was taken is kept for a moment (kept.go), so that the next mail saves connection, TLS and login. What a
// server refuses there before the mail itself (MAIL, RCPT) is asked again in a new session, which decides; from DATA on nothing
// is ever repeated here.
//
// A mail that is too big for the server goes with less attached, in the end with the note alone.
//
// What is final is decided once, from the reply code: a 5xx in answer to MAIL, RCPT, DATA or the final dot is Permanent.
// Everything else is tried again: 4xx, network, time-outs, TLS; and a 5xx to the greeting, EHLO, STARTTLS or AUTH,
// which says that a setting is wrong and not that this mail is.
package submission

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/internal/oauth"
)

// A TLS policy says how the connection is secured. The words are those of heed.toml.
type TLS string

// The policies. None is for servers on this machine only.
const (
	Implicit TLS = "implicit"
	StartTLS TLS = "starttls"
	None     TLS = "none"
)

// Options are the settings of a Sender.
type Options struct {
	Host     string
	Port     int
	TLS      TLS
	RootCAs  *x509.CertPool // nil for the system's
	Username string         // "" to send without a login
	// Password is asked anew for every connection, so that a changed one works without a restart.
	Password func() (string, error)
	// OAuth gives an access token in place of a password; nil for a password.
	OAuth *oauth.Source
	// HelloName is what EHLO says; "" is the address that the connection comes from, as a literal.
	HelloName string
	// Dial opens connections; nil is net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Limits bound each step; a zero one has its default.
	Limits Limits
}

// Limits bound the steps of a session. The answer to the final dot has the longest: to give up on it early is to send
// the mail twice (RFC 5321, 4.5.3.2.6).
type Limits struct {
	Connect time.Duration // TCP and TLS
	Command time.Duration // greeting and every command
	Data    time.Duration // writing one megabyte
	Dot     time.Duration // the answer to the final dot
	Quit    time.Duration
}

// A Sender sends mails through one server. It may be used by any number of goroutines: one session at a time is kept for the
// next mail, and a mail that comes while it is in use has one of its own. Close has to follow the last mail.
type Sender struct {
	o       Options
	address string

	mu      sync.Mutex
	kept    *conn       // waits for the next mail; nil for none
	resting *time.Timer // ends it
	closed  bool
}

// New makes a Sender. It fails when the settings are wrong, and opens no connection.
func New(o Options) (*Sender, error) {
	if o.Host == "" || o.Port < 1 || o.Port > 65535 {
		return nil, fmt.Errorf("smtp: %q port %d is no server; set `smtp.host` and `smtp.port`", o.Host, o.Port)
	}
	switch o.TLS {
	case Implicit, StartTLS:
	case None:
		if !isLoopbackName(o.Host) {
			return nil, fmt.Errorf("smtp: tls = \"none\" is for servers on this machine only, and %q is none; use \"starttls\" or \"implicit\"", o.Host)
		}
	default:
		return nil, fmt.Errorf("smtp: tls = %q is unknown; use \"implicit\", \"starttls\" or \"none\"", o.TLS)
	}
	if o.Username != "" && o.Password == nil && o.OAuth == nil {
		return nil, errors.New("smtp: there is a username but no password; set `smtp.password_file` or its kin")
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	o.Limits = o.Limits.withDefaults()
	return &Sender{o: o, address: net.JoinHostPort(o.Host, strconv.Itoa(o.Port))}, nil
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		limit *time.Duration
		value time.Duration
	}{{&l.Connect, 30 * time.Second}, {&l.Command, 2 * time.Minute}, {&l.Data, time.Minute}, {&l.Dot, 10 * time.Minute}, {&l.Quit, 5 * time.Second}} {
		if *d.limit == 0 {
			*d.limit = d.value
		}
	}
	return l
}

// isLoopbackName reports whether a host can only be this machine.
func isLoopbackName(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Send makes one attempt to hand a mail over, and returns an outcome for each of m.To.
func (s *Sender) Send(ctx context.Context, m outbox.Mail) []outbox.Outcome {
	r := newRun(m.To)
	from, err := path(m.From)
	if err != nil {
		r.all(s.fail(outbox.Permanent, "send from "+quote(m.From), "correct `smtp.from`", err))
		return r.outcomes
	}
	for forms := m.Forms(); ; {
		sent := s.transmit(ctx, from, forms, r)
		if !r.tooBig {
			return r.outcomes
		}
		if forms = slices.DeleteFunc(forms, func(l outbox.Letter) bool { return l.Size() >= sent.Size() }); len(forms) == 0 {
			return r.outcomes
		}
		r.again() // the limit was not announced: the same mail with less attached still tells its readers all they need
	}
}

// Check goes the way of a mail without sending one: connection, TLS, login, and MAIL and RCPT for each recipient, then
// RSET. The error is about the way itself, the outcomes are about the recipients.
func (s *Sender) Check(ctx context.Context, from string, to []string) ([]outbox.Outcome, error) {
	sender, err := path(from)
	if err != nil {
		return nil, s.fail(outbox.Config, "send from "+quote(from), "correct `smtp.from`", err)
	}
	c, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.quit()
	r := newRun(to)
	if err := c.command("MAIL FROM "+sender, func() error { return c.client.Mail(sender) }); err != nil {
		return nil, err
	}
	c.recipients(r)
	if err := c.command("RSET", c.client.Reset); err != nil {
		return r.outcomes, err
	}
	return r.outcomes, nil
}

func (s *Sender) fail(kind outbox.Kind, doing, advice string, err error) *outbox.Error {
	return &outbox.Error{Kind: kind, Where: s.address, Doing: doing, Advice: advice, Err: err}
}
