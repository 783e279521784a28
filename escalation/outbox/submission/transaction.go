package submission

import (
	"context"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/heedmail/heed/escalation/outbox"
)

// A run is what becomes of the recipients of one mail.
type run struct {
	outcomes []outbox.Outcome
	open     []int // recipients of whom nothing is known yet
	taken    []int // accepted by RCPT, waiting for the end of the mail
	tooBig   bool  // the mail was refused for its size, so that a smaller one may pass
}

var errNotTried = errors.New("not tried")

func newRun(to []string) *run {
	r := &run{outcomes: make([]outbox.Outcome, len(to))}
	for i, address := range to {
		r.outcomes[i] = outbox.Outcome{Address: address, Err: errNotTried}
		r.open = append(r.open, i)
	}
	return r
}

// all gives every recipient of whom nothing final is known the same end.
func (r *run) all(err error) {
	for _, i := range append(r.open, r.taken...) {
		r.outcomes[i].Err = err
	}
	if reply, ok := errors.AsType[*outbox.Error](err); ok && reply.Code == 552 { // RFC 1870, 6.1
		r.tooBig = true
		return
	}
	r.open, r.taken = nil, nil
}

// again makes the recipients of a mail that was too big open once more.
func (r *run) again() {
	r.open, r.taken, r.tooBig = append(r.open, r.taken...), nil, false
}

// transmit makes one transaction, with the first form that the server can take, or else the last one. It returns which it was.
func (s *Sender) transmit(ctx context.Context, from string, forms []outbox.Letter, r *run) outbox.Letter {
	letter := forms[len(forms)-1]
	all := len(r.open)
	c, err := s.begin(ctx, from, r)
	if c != nil {
		if i := slices.IndexFunc(forms, c.carries); i >= 0 {
			letter = forms[i]
		}
	}
	if err != nil {
		r.all(err)
		return letter
	}
	accepted := len(r.taken)
	if accepted > 0 {
		err = c.data(letter)
		r.all(err)
	}
	if err == nil && accepted == all {
		s.keep(c)
	} else {
		c.quit()
	}
	return letter
}

// envelope names the sender and the recipients. The error is about the sender; what the server says of a recipient is in r.
func (c *conn) envelope(from string, r *run) error {
	if err := c.command("MAIL FROM "+from, func() error { return c.client.Mail(from) }); err != nil {
		return final(err)
	}
	c.recipients(r)
	return nil
}

// recipients names them all. What a server says of one is that one's end; only the loss of the connection ends it for
// the others.
func (c *conn) recipients(r *run) {
	open := r.open
	r.open = nil
	for n, i := range open {
		address := r.outcomes[i].Address
		to, err := path(address)
		if err != nil {
			r.outcomes[i].Err = c.sender.fail(outbox.Permanent, "send to "+quote(address), "correct the address in heed.toml", err)
			continue
		}
		err = final(c.command("RCPT TO "+to, func() error { return c.client.Rcpt(to) }))
		if err == nil {
			r.outcomes[i].Err = nil
			r.taken = append(r.taken, i)
			continue
		}
		r.outcomes[i].Err = err
		if reply, ok := errors.AsType[*outbox.Error](err); ok && reply.Code == 0 {
			r.open = open[n:]
			r.all(err)
			return
		}
	}
}

// data sends the mail itself. A failed write cuts the connection (see failed), so that nothing more is said, least of
// all the dot that would make half a mail a whole one.
func (c *conn) data(letter outbox.Letter) error {
	var w io.WriteCloser
	err := c.command("DATA", func() (err error) {
		w, err = c.client.Data()
		return err
	})
	if err != nil {
		return final(err)
	}
	limits := c.sender.o.Limits
	err = c.step("write the mail", limits.Data*time.Duration(1+letter.Size()>>20), func() error { return letter.Write(c.ctx, w) })
	if err != nil {
		return err
	}
	err = c.step("end the mail", limits.Dot, w.Close)
	if err == nil {
		return nil // from here on it is the server's; what QUIT says changes nothing
	}
	if e, ok := errors.AsType[*outbox.Error](err); ok && e.Code == 0 {
		e.Advice = "the server may have taken it; it goes again under the same Message-ID"
	}
	return final(err)
}

// carries reports whether the server can take a mail as it is.
func (c *conn) carries(letter outbox.Letter) bool {
	if ok, limit := c.client.Extension("SIZE"); ok {
		if n, err := strconv.ParseInt(limit, 10, 64); err == nil && n > 0 && letter.Size() > n {
			return false
		}
	}
	if ok, _ := c.client.Extension("8BITMIME"); ok {
		return true
	}
	return !letter.Eight()
}

// final makes a 5xx reply permanent: it is about this mail, not about the connection.
func final(err error) error {
	if e, ok := errors.AsType[*outbox.Error](err); ok && e.Code >= 500 && e.Code <= 599 {
		e.Kind, e.Advice = outbox.Permanent, adviceOn(e)
	}
	return err
}

// adviceOn says what can be done about a refusal for good.
func adviceOn(e *outbox.Error) string {
	switch {
	case e.Code == 530 || e.Code == 535:
		return "the server wants a login: set `smtp.username` and a password"
	case e.Code == 552:
		return "the mail is too big for this server: raise its limit"
	case strings.HasPrefix(e.Doing, "RCPT"):
		return "check this address under [domestic] or [[contact]], and that the server relays for Heed"
	case strings.HasPrefix(e.Doing, "MAIL"):
		return "check `smtp.from`: the server must let Heed send under it"
	}
	return "ask the server's administrator why it refuses the mail"
}

// path writes an address as MAIL and RCPT take it. Domains become A-labels (RFC 5891); what needs SMTPUTF8 is refused,
// since not every server on the way speaks it.
func path(address string) (string, error) {
	if strings.ContainsAny(address, "\r\n\x00<>") {
		return "", errors.New("it holds characters that no address has")
	}
	a, err := netmail.ParseAddress("<" + address + ">")
	if err != nil {
		return "", fmt.Errorf("it is no mail address: %w", err)
	}
	at := strings.LastIndexByte(a.Address, '@')
	local, domain := a.Address[:at], a.Address[at+1:]
	for i := range len(local) {
		if local[i] >= utf8.RuneSelf {
			return "", errors.New("its part before the @ needs SMTPUTF8, which is not spoken everywhere")
		}
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", fmt.Errorf("its domain is none: %w", err)
	}
	return (&netmail.Address{Address: local + "@" + ascii}).String(), nil
}

// quote shows foreign words so that they can't forge a line of the log.
func quote(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}

// replyOf finds a server's reply in an error.
func replyOf(err error) *textproto.Error {
	reply, _ := errors.AsType[*textproto.Error](err)
	return reply
}
