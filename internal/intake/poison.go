package intake

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
	"go.uber.org/zap"
)

// A mail that can't be read must neither stop its mailbox nor pass unseen. It is kept with the reason as its fault, and
// shown to the people who decide, with the original attached, where there is cause to think that it matters.

// brokeOff is why a mail is shown to people when it was our own code that gave up.
const brokeOff = "the reading of it broke off, which is a fault of Heed"

// errBroke marks an error that stems from a panic over one mail.
var errBroke = errors.New("a fault of Heed; please report it")

// broke reports a panic over one mail. In production it is a line in the log; a logger for development, as tests have
// it, panics again, so that no test passes over one.
func (in *Intake) broke(what string, mb Mailbox, mail *mailbox.Mail, panicked any) {
	in.Log.DPanic(what, zap.String("mailbox", mb.Name), zap.String("folder", mail.Folder), zap.Uint32("uid", mail.UID),
		zap.Any("panic", panicked), zap.ByteString("stack", debug.Stack()))
}

// unreadable says why people have to look at a mail themselves, or "" when it was read: reading it broke off, or no words
// were found in a customer's mail that has faults, while its bytes as they stand carry a signal.
func (in *Intake) unreadable(mb Mailbox, h *heardMail) string {
	m := h.message
	switch {
	case m.Broken:
		in.broke("a mail broke the reading of it; people are asked to read it themselves, please report this", mb, h.mail, m.Faults)
		return brokeOff
	case m.Direction != message.Inbound || m.Text != "" || m.OwnSubject != "" || len(m.Faults) == 0:
		return ""
	}
	raw := h.mail.Raw[:min(len(h.mail.Raw), classify.MaxBytes)]
	hits := in.Classifier.Classify(classify.Text{Body: string(raw)}).Hits
	if len(hits) == 0 {
		return ""
	}
	return fmt.Sprintf("no text was found in it, and its bytes hold words that matter: %q", hits[0].Evidence)
}

// contain runs a step of the decision on a mail, and turns its panic into an error.
func (in *Intake) contain(mb Mailbox, h *heardMail, step func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			in.broke("a mail broke the decision on it; it is put aside and people are asked to read it, please report this", mb, h.mail, p)
			h.message.Faults = append(h.message.Faults, fmt.Sprintf("Deciding on the mail broke off (%v); please report this as a bug.", p))
			err = errors.Join(errBroke, fmt.Errorf("panic: %v", p))
		}
	}()
	return step()
}

// isolate keeps a mail that broke the deciding, so that it is never met again, and shows it to people.
func (in *Intake) isolate(tx *store.Tx, mb Mailbox, h *heardMail, o *Outcome) error {
	row := &o.Message
	row.Signals = nil
	if h.unreadable == "" {
		h.unreadable = brokeOff
	}
	o.Unreadable = true
	if err := tx.AddMessage(row); err != nil {
		return err
	}
	return in.queueUnreadable(tx, mb, h, row)
}

// queueUnreadable queues the mail that shows an unread one to the people who decide. It belongs to no case: nothing is
// known of what the customer wants.
func (in *Intake) queueUnreadable(tx *store.Tx, mb Mailbox, h *heardMail, row *store.Message) error {
	f := note.Facts{Message: *row, Raw: h.mail.Raw, Aside: h.aside, OriginalSize: h.mail.Size, Now: in.Now(), MailboxName: mb.Name, DomesticTo: in.People.Domestic}
	told := store.Telling{Customer: "unreadable/" + row.From, Messages: []int64{row.ID}, Joined: 1}
	held, err := tx.HeldMail(told.Customer, 0, f.Now)
	if err != nil {
		return err
	}
	if held != nil {
		if f.Joined.Messages, err = tx.Messages(held.Told.Messages); err != nil {
			return err
		}
		held.Told.Join(told)
		f.MailID, f.Joined.Total, f.Joined.Cap = held.MessageID, held.Told.Joined, held.Told.Cap
	}
	r, err := in.compose(func(l *note.Letters) (note.Rendered, error) { return in.Composer.Unreadable(h.unreadable, l.Facts) }, in.Composer.Letters(f))
	if err != nil {
		return fmt.Errorf("queue the mail about an unreadable one: %w", err)
	}
	if held != nil {
		held.Payload, held.Fallback, held.Enclosed = r.Payload, r.Fallback, r.Enclosed
		return tx.Rewrite(*held)
	}
	wait, err := in.holdFor(tx, told.Customer, f.Now, f.Now)
	if err != nil {
		return err
	}
	told.Cap = wait.cap
	out := store.Row{
		Key: store.MailKey(r.MessageID), Kind: store.MailRow, Place: row.Place, MessageID: r.MessageID, From: in.Composer.From(),
		Recipients: store.Awaiting(in.People.Domestic), Payload: r.Payload, Fallback: r.Fallback, Enclosed: r.Enclosed,
		State: store.Pending, NextAt: wait.until, ReleaseAt: wait.until, CreatedAt: f.Now, Told: &told,
	}
	if err := tx.Enqueue(&out); err != nil || !wait.everyone {
		return err
	}
	return in.alarmOfLimit(tx, f.Now)
}
