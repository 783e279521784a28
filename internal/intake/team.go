package intake

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/heedmail/heed/escalation/reply"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
	"go.uber.org/zap"
)

// The team mailbox is the one that Heed sends from: what comes there answers our own mails. It is obeyed only from those
// who are told of cases, and only where our mail server, if it says anything about the sender, says that it is the one.
// Everything else is kept and logged. No mail there counts as a customer's.

// Team is what intake has to know about the people who answer.
type Team struct {
	Addresses []string       // whose answers are obeyed
	Zone      *time.Location // of the times that they write; nil is UTC
}

// An Answer is what became of a mail to the team mailbox.
type Answer struct {
	CaseID  int64
	Verb    reply.Verb
	Refused string   // why nothing was done, "" when it was
	Lost    []string // who has not got our mail that came back
}

// takeTeam keeps a mail to the team mailbox, and does what it asks for.
func (in *Intake) takeTeam(tx *store.Tx, h *heardMail, o *Outcome) (err error) {
	row := &o.Message
	row.KeepUnder("")
	row.Channel, row.CustomerName, row.Notice, row.Signals = "", "", nil, nil
	switch {
	case row.Ignored == message.Bounce:
		o.Answer, err = in.takeBounced(tx, h.message, row)
	case row.Direction == message.Ignored: // our own mails, automatic answers: harmless here, and worth no word
	default:
		o.Answer, err = in.takeAnswer(tx, h.message, row)
	}
	if err != nil {
		return err
	}
	row.Direction, o.CaseID = message.Ignored, row.CaseID
	return tx.AddMessage(row)
}

// takeAnswer finds out what a mail asks for, and does it.
func (in *Intake) takeAnswer(tx *store.Tx, m *message.Message, row *store.Message) (*Answer, error) {
	if why := in.mistrust(m); why != "" {
		row.Ignored = message.NotFromTeam
		return &Answer{Refused: why}, nil
	}
	row.Ignored = message.TeamAnswer
	c, err := caseOf(tx, m)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return &Answer{Refused: "it answers no mail of ours and names no case"}, nil
	}
	row.CaseID = c.ID
	row.KeepUnder(c.Customer) // so that it is exported and forgotten with the customer
	now := in.Now()
	command := reply.Parse(m.Text, now.In(in.zone()))
	a := &Answer{CaseID: c.ID, Verb: command.Verb}
	fresh, err := tx.AddReply(store.Reply{MessageID: row.MessageID, Sender: row.From, CaseID: c.ID, At: now, Verb: string(command.Verb)})
	if err != nil || !fresh {
		a.Refused, row.Ignored = "it has been obeyed before", message.Duplicate
		return a, err
	}
	a.Refused, err = obey(tx, c, command, row.From, now)
	return a, err
}

func (in *Intake) zone() *time.Location {
	if in.Team.Zone == nil {
		return time.UTC
	}
	return in.Team.Zone
}

// mistrust says why a mail is not obeyed, "" when it is.
func (in *Intake) mistrust(m *message.Message) string {
	sender := message.NormaliseAddress(m.From.Addr)
	known := false
	for _, a := range in.Team.Addresses {
		known = known || message.NormaliseAddress(a) == sender
	}
	switch {
	case m.Broken:
		return brokeOff
	case !known:
		return "its sender is none of those who are told of cases"
	case m.Auth == message.AuthFailed:
		return "our mail server says that its sender is forged"
	case m.AuthGiven && m.Auth != message.AuthPassed:
		return "our mail server can't say that it comes from its sender (no DMARC or DKIM pass in its Authentication-Results, see `authserv_ids`); use `heed cases` instead"
	}
	return ""
}

// caseOf finds the case that a mail is about: by our own mail that it answers, else by the number that it bears.
func caseOf(tx *store.Tx, m *message.Message) (*store.Case, error) {
	id, err := caseOfMails(tx, reply.Answered(m.InReplyTo, m.References))
	if err != nil {
		return nil, err
	}
	if id == 0 {
		if id, err = strconv.ParseInt(m.HeedCase, 10, 64); err != nil {
			id = reply.CaseInSubject(m.Subject)
		}
	}
	c, err := tx.CurrentCase(id)
	if errors.Is(err, store.ErrNoCase) {
		return nil, nil
	}
	return c, err
}

// caseOfMails finds the case of the first of our mails among Message-IDs, 0 when none is ours.
func caseOfMails(tx *store.Tx, ids []string) (int64, error) {
	for _, id := range ids {
		if found, err := tx.CaseOfMail(id); found != 0 || err != nil {
			return found, err
		}
	}
	return 0, nil
}

// obey does what an answer asks for. Whatever it is, somebody has read the case: it is taken. What can't be done is said
// in refused; what was written beside it is noted all the same.
func obey(tx *store.Tx, c *store.Case, command reply.Command, sender string, now time.Time) (refused string, err error) {
	if c.State != store.Resolved {
		err = tx.Ack(c.ID, now)
	}
	if err == nil {
		err = do(tx, c, command, now)
	}
	if errors.Is(err, store.ErrCaseState) {
		refused, err = err.Error(), nil
	}
	if err == nil && command.Text != "" {
		err = tx.AddNote(c.ID, now, sender+": "+command.Text)
	}
	if err != nil {
		err = fmt.Errorf("do what the answer to case %d asks for: %w", c.ID, err)
	}
	return refused, err
}

func do(tx *store.Tx, c *store.Case, command reply.Command, now time.Time) error {
	switch command.Verb {
	case reply.Resolve:
		return tx.Resolve(c.ID, now)
	case reply.FalseAlarm:
		return tx.CallFalseAlarm(c.ID, now)
	case reply.Snooze:
		return tx.Snooze(c.ID, now, command.Until)
	case reply.Reopen:
		if c.State != store.Resolved { // "not resolved" is an answer too
			return nil
		}
		if err := tx.Reopen(c.ID, now); err != nil {
			return err
		}
		return tx.Ack(c.ID, now)
	}
	return nil
}

// takeBounced notes who has not got a mail of ours, and its case, where it is about one.
func (in *Intake) takeBounced(tx *store.Tx, m *message.Message, row *store.Message) (*Answer, error) {
	if m.Bounced == nil {
		return nil, nil
	}
	ids := append([]string{m.Bounced.ID}, reply.Answered(m.InReplyTo, m.References)...)
	id, err := caseOfMails(tx, ids)
	if err != nil {
		return nil, err
	}
	if id != 0 {
		c, err := tx.Case(id)
		if err != nil {
			return nil, err
		}
		row.CaseID = id
		row.KeepUnder(c.Customer)
	}
	a := &Answer{CaseID: id}
	for _, u := range m.Bounced.Recipients {
		for _, mail := range ids {
			ours, err := tx.Bounced(mail, u.Address, "it came back: "+u.Why)
			if err != nil {
				return nil, err
			}
			if ours {
				a.Lost = append(a.Lost, u.Address)
				break
			}
		}
	}
	if id == 0 && len(a.Lost) == 0 { // a mail that is none of ours
		return nil, nil
	}
	return a, nil
}

// tellAnswer reports what became of a mail to the team mailbox. Who wrote is named where it is one of us; a stranger may
// be a customer, whose address is not for the log.
func (in *Intake) tellAnswer(o *Outcome) {
	a := o.Answer
	log := in.Log.With(zap.Int64("case", a.CaseID), zap.String("folder", o.Message.Place.Folder), zap.Uint32("uid", o.Message.Place.UID))
	if o.Message.Ignored == message.TeamAnswer {
		log = log.With(zap.String("from", o.Message.From))
	}
	switch {
	case len(a.Lost) > 0:
		log.Error("NOT DELIVERED: a mail of ours came back", zap.Strings("recipients", a.Lost),
			zap.String("advice", "tell them yourself what they have missed (heed cases), and correct the address or the server"))
	case a.Verb == "" && a.Refused == "":
		log.Info("a delivery report names nobody who has not got our mail")
	case a.Refused != "":
		log.Warn("a mail to the team mailbox is not obeyed", zap.String("verb", string(a.Verb)), zap.String("why", a.Refused))
	default:
		log.Info("the team has answered", zap.String("verb", string(a.Verb)))
	}
}
