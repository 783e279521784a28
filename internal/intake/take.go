package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
)

// A heardMail is a mail after the pure stages.
type heardMail struct {
	mail       *mailbox.Mail
	aside      *note.Aside // the whole mail where that is big and may be forwarded; else nil
	message    *message.Message
	verdict    classify.Verdict
	textHash   string // of the customer and the text, see store.TextHash
	shop       customers.Answer
	shopFault  string // why the shop's data could not be asked for
	unreadable string // why people have to look at the mail themselves, "" when it was read
	poison     bool   // deciding on it broke: it is kept and shown to people, and nothing else is tried
	took       Took
}

// hear reads and classifies one mail. A mail that breaks a stage is kept all the same, with the break as its fault.
func (in *Intake) hear(mb Mailbox, mail *mailbox.Mail) (h heardMail) {
	h.mail = mail
	h.message = &message.Message{Direction: message.Inbound, Channel: mb.Read.Channel}
	defer func() {
		if r := recover(); r != nil {
			in.broke("a mail broke the hearing of it; people are asked to read it themselves, please report this", mb, mail, r)
			h.message.Faults = append(h.message.Faults, fmt.Sprintf("Hearing the mail broke off (%v); please report this as a bug.", r))
			h.verdict, h.unreadable = classify.Verdict{}, brokeOff
		}
	}()
	as := mb.Read
	as.Sent, as.Arrived = mail.Sent, mail.InternalDate
	start := in.Now()
	h.message = message.Read(mail.Raw, as)
	read := in.Now()
	if !mb.Team {
		h.verdict = Hear(in.Classifier, h.message)
	}
	h.textHash = store.TextHash(h.message.Customer, h.message.Text) // here, where all processors are at work
	h.took = Took{Read: read.Sub(start), Hear: in.Now().Sub(read)}
	if mail.Fault != "" {
		h.message.Faults = append(h.message.Faults, mail.Fault)
	}
	if !mb.Team {
		h.unreadable = in.unreadable(mb, &h)
	}
	return h
}

// take keeps one mail, which is in o, and what follows from it. It reports false for a mail that was taken before.
func (in *Intake) take(tx *store.Tx, mb Mailbox, h *heardMail, o *Outcome) (fresh bool, err error) {
	row := &o.Message
	known, err := tx.Known(row.Place)
	if err != nil || known {
		return false, err
	}
	if h.poison {
		return true, in.isolate(tx, mb, h, o)
	}
	if mb.Team {
		return true, in.takeTeam(tx, h, o)
	}
	if err := resolveCustomer(tx, row, mb.Read.Channel); err != nil {
		return false, err
	}
	if err := joinCustomer(tx, h, row); err != nil {
		return false, err
	}
	duplicate, err := tx.Duplicate(row, DuplicateWithin)
	if err != nil {
		return false, err
	}
	if duplicate {
		row.Direction, row.Ignored, row.Signals = message.Ignored, message.Duplicate, nil
	}
	if row.Direction == message.Inbound {
		err = in.decide(tx, mb, h, o)
	} else {
		err = joinTimeline(tx, o)
	}
	if err == nil && h.unreadable != "" && !duplicate && !mb.toldOf(h.mail) {
		o.Unreadable = true
		err = in.queueUnreadable(tx, mb, h, row)
	}
	return true, err
}

// row turns what was read and heard into what is kept.
func (in *Intake) row(mb Mailbox, h *heardMail) store.Message {
	m := h.message
	row := store.Message{
		Place: store.Place{Mailbox: mb.Name, Folder: h.mail.Folder, UIDValidity: h.mail.UIDValidity, UID: h.mail.UID},
		At:    h.mail.InternalDate, MessageID: m.ID, References: append(m.References, m.InReplyTo...),
		From: message.NormaliseAddress(m.From.Addr), Customer: m.Customer, CustomerName: m.CustomerName, Channel: m.Channel,
		Direction: m.Direction, Ignored: m.Ignored, Subject: m.Subject, Text: m.Text, Lang: h.verdict.Lang,
		Orders: m.Orders, Facts: m.Facts, Notice: m.Notice, Faults: m.Faults, Auth: m.Auth, Signals: h.verdict.Hits, TextHash: h.textHash,
	}
	if row.MessageID == "" {
		row.MessageID = "no-id-" + hash(string(h.mail.Raw))
	}
	if row.At.IsZero() {
		row.At = in.Now()
	}
	if m.Direction == message.Outbound && len(m.To) > 0 {
		row.KeepUnder(message.NormaliseAddress(m.To[0].Addr))
	}
	return row
}

// joinTimeline keeps a mail that decides nothing: ours, an ignored one, or one without signals. All but the ignored, and the
// end of a dispute, show up in the customer's open case.
func joinTimeline(tx *store.Tx, o *Outcome) error {
	row := &o.Message
	if row.Direction != message.Ignored || row.Ignored == message.DisputeClosed {
		open, err := tx.UnresolvedCase(row.Customer)
		if err != nil {
			return err
		}
		row.CaseID, o.CaseID = open, open
	}
	return tx.AddMessage(row)
}

// decide finds out what follows from a customer's message, and keeps it.
func (in *Intake) decide(tx *store.Tx, mb Mailbox, h *heardMail, o *Outcome) error {
	row := &o.Message
	if len(row.Signals) == 0 { // nearly all mails; the history would not be looked at
		return joinTimeline(tx, o)
	}
	history, open, err := tx.History(row.Customer, row.At, in.Policy.LongestWindow())
	if err != nil {
		return err
	}
	d := in.Policy.Decide(history, escalation.Event{At: row.At, Customer: row.Customer, Channel: row.Channel, Signals: signals(row.Signals)}, in.People)
	o.Actions, o.Counts = d.Actions, d.Counts
	if open == nil && d.Fires() {
		if open, err = openCase(tx, row); err != nil {
			return err
		}
		o.Opened = true
	}
	if open == nil {
		return tx.AddMessage(row)
	}
	row.CaseID, o.CaseID = open.ID, open.ID
	var earlier []store.Message // what a note is written from, beside the message in hand
	if len(d.Actions) > 0 {
		if earlier, err = tx.Timeline(row.Customer, timelineLength); err != nil {
			return err
		}
	}
	err = tx.AddMessage(row)
	if err == nil {
		err = errors.Join(tx.UseSteps(open.ID, d.Used, row.ID), tx.AddFired(open.ID, d.Fired))
	}
	if err == nil {
		err = keepSilence(tx, open, d)
	}
	switch {
	case err != nil:
		return err
	case mb.toldOf(h.mail):
		return in.joinTold(tx, row, open, d)
	}
	return in.queue(tx, mb, h, row, earlier, open, d)
}

// keepSilence keeps with a case why its news was told to nobody, until some is told.
func keepSilence(tx *store.Tx, c *store.Case, d escalation.Decision) error {
	before := c.Silenced
	switch {
	case d.Silenced != nil:
		c.Silenced = d.Silenced.String()
	case len(d.Actions) > 0:
		c.Silenced = ""
	}
	if c.Silenced == before { // nearly always
		return nil
	}
	return tx.SetSilenced(c.ID, c.Silenced)
}

// openCase opens a case for the writer of a message; it names the case before it.
func openCase(tx *store.Tx, row *store.Message) (*store.Case, error) {
	c := &store.Case{Customer: row.Customer, CustomerName: row.CustomerName, Channel: row.Channel,
		Mailbox: row.Place.Mailbox, State: store.Open, OpenedAt: row.At}
	var err error
	if c.Previous, err = tx.LastResolved(row.Customer); err != nil {
		return nil, err
	}
	if len(row.Orders) > 0 {
		c.Order = row.Orders[0]
	} else if c.Order, err = tx.LastOrder(row.Customer); err != nil {
		return nil, err
	}
	return c, tx.OpenCase(c)
}

func signals(hits []classify.Hit) []classify.Signal {
	out := make([]classify.Signal, len(hits))
	for i, h := range hits {
		out[i] = h.Signal
	}
	return out
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
