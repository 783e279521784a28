package note

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/offer"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
	"github.com/heedmail/heed/templates"
)

// Letters are what is written of one decision: the mail to people, the note beside the customer's mail, the draft of an
// answer. What they have in common is made once. They belong to one goroutine, and the Facts do not change any more.
type Letters struct {
	Facts

	c      *Composer
	line   []store.Message // the timeline by time, the message in hand in it; nil before it is asked for
	offers [][]offer.Offer // what the messages of line offer, where they are ours
	told   *view           // what an escalation shows
}

// Letters writes of a decision.
func (c *Composer) Letters(f Facts) *Letters { return &Letters{Facts: f, c: c} }

// Escalation writes the mail to those who decide.
func (c *Composer) Escalation(f Facts) (Rendered, error) { return c.Letters(f).Escalation() }

// FollowUp writes the mail that brings news on a case to everybody who was mailed on it.
func (c *Composer) FollowUp(f Facts) (Rendered, error) { return c.Letters(f).FollowUp() }

// InPlaceNote writes the note that is laid beside the customer's mail, for our people who work in that mailbox.
func (c *Composer) InPlaceNote(f Facts) (Rendered, error) { return c.Letters(f).InPlaceNote() }

// Draft writes the answer that our own people may finish and send: Appease or Reassure, in the customer's language
// where there are words for it. It is never sent by itself. The error is ErrNoAddress where nobody can be answered.
func (c *Composer) Draft(do escalation.Do, f Facts) (Rendered, error) { return c.Letters(f).Draft(do) }

// Escalation is Composer.Escalation.
func (l *Letters) Escalation() (Rendered, error) { return l.tell(escalation.Escalate) }

// FollowUp is Composer.FollowUp.
func (l *Letters) FollowUp() (Rendered, error) { return l.tell(escalation.FollowUp) }

func (l *Letters) tell(do escalation.Do) (Rendered, error) {
	c, f := l.c, l.Facts
	action, ok := find(f.Actions, do)
	if !ok {
		return Rendered{}, fmt.Errorf("write %s of case %d: no such action follows from the message", do, f.Case.ID)
	}
	v := l.view(do)
	text, err := c.words.Text(templates.Escalation, v)
	if err != nil {
		return Rendered{}, fmt.Errorf("write %s of case %d: %w", do, f.Case.ID, err)
	}
	html, err := c.words.HTML(templates.Escalation, v)
	if err != nil {
		return Rendered{}, fmt.Errorf("write %s of case %d: %w", do, f.Case.ID, err)
	}
	m := envelope{
		id:      cmp.Or(f.MailID, c.messageID(string(do), f)),
		from:    c.from,
		to:      addresses(action.To),
		subject: v.Subject,
		date:    f.Now,
		caseID:  f.Case.ID,
		rules:   action.Rules,
		auto:    true,
		text:    text,
		html:    html,
	}
	if thread := messageIDOf(f.Case.ThreadID); thread != "" && thread != m.id {
		m.inReplyTo, m.references = thread, []string{thread}
	}
	return m.withOriginal(f)
}

// InPlaceNote is Composer.InPlaceNote.
func (l *Letters) InPlaceNote() (Rendered, error) {
	c, f := l.c, l.Facts
	v := l.view(escalation.Escalate)
	text, err := c.words.Text(templates.Note, v)
	if err != nil {
		return Rendered{}, fmt.Errorf("write the note of case %d: %w", f.Case.ID, err)
	}
	m := envelope{
		id:         c.messageID("note", f),
		from:       c.from,
		to:         addresses([]string{f.OwnAddress}),
		subject:    v.noteSubject,
		date:       f.Now,
		caseID:     f.Case.ID,
		rules:      v.rules,
		auto:       true,
		text:       text,
		inReplyTo:  messageIDOf(f.Message.MessageID),
		references: references(f.Message),
	}
	return m.plain()
}

// view is what an escalation or a follow-up shows. The note beside a mail shows what the escalation does.
func (l *Letters) view(do escalation.Do) *view {
	if do != escalation.Escalate {
		return l.viewer(do).view()
	}
	if l.told == nil {
		l.told = l.viewer(do).view()
	}
	return l.told
}

// timeline is everything that is known of the customer, by time, and what was offered in it.
func (l *Letters) timeline() ([]store.Message, [][]offer.Offer) {
	if l.line == nil {
		line := timeline(l.Facts)
		offers := make([][]offer.Offer, len(line))
		for i, m := range line {
			if m.Direction == message.Outbound {
				offers[i] = offer.Find(m.Text)
			}
		}
		l.line, l.offers = line, offers
	}
	return l.line, l.offers
}

// find returns the action that does do.
func find(actions []escalation.Action, do escalation.Do) (escalation.Action, bool) {
	i := slices.IndexFunc(actions, func(a escalation.Action) bool { return a.Do == do })
	if i < 0 {
		return escalation.Action{}, false
	}
	return actions[i], true
}
