package intake

import (
	"fmt"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"go.uber.org/zap"
)

// timelineLength is how many of the customer's latest messages a note is written from, the one in hand included.
const timelineLength = 50

// queue turns a decision into outbox rows: everything that will be sent or appended is rendered here and now.
// earlier are the customer's messages before this one.
func (in *Intake) queue(tx *store.Tx, mb Mailbox, h *heardMail, row *store.Message, earlier []store.Message, c *store.Case, d escalation.Decision) error {
	if len(d.Actions) == 0 {
		return nil
	}
	facts, err := in.facts(tx, mb, h, row, earlier, c, d)
	if err != nil {
		return err
	}
	letters := in.Composer.Letters(facts)
	for _, a := range d.Actions {
		switch a.Do {
		case escalation.Appease, escalation.Reassure:
			err = in.queueDraft(tx, a, letters)
		case escalation.Escalate, escalation.FollowUp:
			err = in.queueMail(tx, mb, a, letters)
		}
		if err != nil {
			return fmt.Errorf("queue %s for case %d: %w", a.Do, c.ID, err)
		}
	}
	return nil
}

func (in *Intake) facts(tx *store.Tx, mb Mailbox, h *heardMail, row *store.Message, earlier []store.Message, c *store.Case, d escalation.Decision) (note.Facts, error) {
	cut := len(earlier) == timelineLength
	if cut {
		earlier = earlier[1:]
	}
	f := note.Facts{
		Case: *c, Actions: d.Actions, Counts: d.Counts, Message: *row, Timeline: earlier, Cut: cut,
		Raw: h.mail.Raw, Aside: h.aside, OriginalSize: h.mail.Size, Now: in.Now(), MailboxName: mb.Name, Playbook: in.Playbook,
		Shop: h.shop.Record, ShopFault: h.shopFault,
		ContactName: in.ContactNames[row.Channel], ContactTo: in.People.Contacts[row.Channel],
		DomesticName: in.DomesticName, DomesticTo: in.People.Domestic,
	}
	if len(mb.Read.OwnAddresses) > 0 {
		f.OwnAddress = mb.Read.OwnAddresses[0]
	}
	if c.Previous == 0 {
		return f, nil
	}
	previous, err := tx.Case(c.Previous)
	if err != nil {
		return note.Facts{}, err
	}
	f.Previous = *previous
	f.Earlier, err = earlierCases(tx, previous)
	return f, err
}

// maxEarlier is how many of a customer's earlier cases a note tells of.
const maxEarlier = 5

// earlierCases follows the cases of a customer back in time.
func earlierCases(tx *store.Tx, c *store.Case) ([]store.Case, error) {
	list := []store.Case{*c}
	for c.Previous != 0 && len(list) < maxEarlier {
		earlier, err := tx.Case(c.Previous)
		if err != nil {
			return nil, err
		}
		list, c = append(list, *earlier), earlier
	}
	return list, nil
}

func (in *Intake) queueDraft(tx *store.Tx, a escalation.Action, letters *note.Letters) error {
	f := &letters.Facts
	r, err := guarded(func(l *note.Letters) (note.Rendered, error) { return l.Draft(a.Do) }, letters)
	if err != nil { // most often nobody can be answered: the customer is known by an order number only
		in.Log.Warn("no draft is written; answer by hand", zap.Int64("case", f.Case.ID), zap.Error(err))
		return nil
	}
	return tx.Enqueue(&store.Row{
		Key: "draft/" + r.MessageID, Kind: store.DraftRow, CaseID: f.Case.ID, Place: f.Message.Place,
		MessageID: r.MessageID, Payload: r.Payload, State: store.Pending, NextAt: f.Now, CreatedAt: f.Now,
	})
}

// queueMarks queues what the config names to be changed in the watched mailbox: the keyword first, the note, and the
// move last, since after it the mail has another UID.
func (in *Intake) queueMarks(tx *store.Tx, mb Mailbox, a escalation.Action, letters *note.Letters) error {
	f := &letters.Facts
	place, on := f.Message.Place, mb.OnEscalate
	mark := store.Row{CaseID: f.Case.ID, Place: place, MessageID: f.Message.MessageID, State: store.Pending, NextAt: f.Now, CreatedAt: f.Now}
	if on.Keyword != "" {
		mark.Key, mark.Kind, mark.Argument = markKey("keyword", place), store.KeywordRow, on.Keyword
		if err := tx.Enqueue(&mark); err != nil {
			return err
		}
	}
	if on.Note && a.Do == escalation.Escalate {
		if err := in.queueNote(tx, on, letters); err != nil {
			return err
		}
	}
	if on.MoveTo != "" && on.MoveTo != place.Folder {
		mark.Key, mark.Kind, mark.Argument = markKey("move", place), store.MoveRow, on.MoveTo
		return tx.Enqueue(&mark)
	}
	return nil
}

// queueNote queues the note for the folder in which the customer's mail ends.
func (in *Intake) queueNote(tx *store.Tx, on OnEscalate, letters *note.Letters) error {
	f := &letters.Facts
	r, err := guarded((*note.Letters).InPlaceNote, letters)
	if err != nil { // the escalation itself is on its way, which matters more
		in.Log.Error("no note is laid beside the mail", zap.Int64("case", f.Case.ID), zap.Error(err))
		return nil
	}
	row := store.Row{
		Key: "note/" + r.MessageID, Kind: store.NoteRow, CaseID: f.Case.ID, Place: f.Message.Place,
		MessageID: r.MessageID, Payload: r.Payload, State: store.Pending, NextAt: f.Now, CreatedAt: f.Now,
	}
	if on.MoveTo != "" {
		row.Place.Folder = on.MoveTo
	}
	return tx.Enqueue(&row)
}

func markKey(what string, p store.Place) string {
	return fmt.Sprintf("%s/%s/%s/%d/%d", what, p.Mailbox, p.Folder, p.UIDValidity, p.UID)
}
