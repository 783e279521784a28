package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
)

// A mail to people may be held back: for group_wait, so that a burst becomes one escalation, or since too many have gone
// already. What is decided stays decided, and is kept and shown at once; only the sending waits, and what is decided
// meanwhile on the same case is joined to the mail that waits, in the transaction that decides it.

// Limits bound how many mails go to people within an hour. 0 is no limit.
type Limits struct {
	Customer int // follow-ups about one customer; an escalation is never held for it, as a case has few of them
	Total    int // escalations and follow-ups about all customers
}

// limitSpan is the hour that limits are counted over.
const limitSpan = time.Hour

// A hold says when a mail may go, and which limit it waits for.
type hold struct {
	until    time.Time
	cap      int  // the limit; 0 when it waits for none
	everyone bool // it is the limit over all customers
}

// holdOf says until when a mail has to wait.
func (in *Intake) holdOf(tx *store.Tx, a escalation.Action, c store.Case, now time.Time) (hold, error) {
	from := now
	if a.Do == escalation.Escalate && c.ThreadID == "" {
		from = now.Add(in.GroupWait)
	}
	if a.Do == escalation.FollowUp {
		return in.holdFor(tx, c.Customer, from, now)
	}
	return in.holdFor(tx, "", from, now)
}

// holdFor applies the limits to a mail that may go from a time on; customer "" is one who has none.
func (in *Intake) holdFor(tx *store.Tx, customer string, from, now time.Time) (hold, error) {
	h := hold{until: from}
	if customer != "" {
		if err := h.limit(tx, customer, in.Limits.Customer, now); err != nil {
			return hold{}, err
		}
	}
	before := h.until
	if err := h.limit(tx, "", in.Limits.Total, now); err != nil {
		return hold{}, err
	}
	h.everyone = h.until.After(before)
	return h, nil
}

// limit puts a hold off until fewer than n mails have gone in the hour before it.
func (h *hold) limit(tx *store.Tx, customer string, n int, now time.Time) error {
	if n == 0 {
		return nil
	}
	nth, err := tx.NthRelease(customer, now.Add(-limitSpan), n)
	if err != nil || nth.IsZero() {
		return err
	}
	if free := nth.Add(limitSpan); free.After(h.until) {
		h.until, h.cap = free, n
	}
	return nil
}

// queueMail queues a mail to people, or joins what it would tell to the one of its case that is held back.
func (in *Intake) queueMail(tx *store.Tx, mb Mailbox, a escalation.Action, letters *note.Letters) error {
	f := &letters.Facts
	var held *store.Row
	var err error
	if f.Case.ThreadID != "" { // else it is the first mail of its case
		held, err = tx.HeldMail(f.Case.Customer, f.Case.ID, f.Now)
	}
	if err != nil {
		return err
	}
	if held != nil {
		err = in.joinHeld(tx, held, a, *f)
	} else {
		err = in.queueNewMail(tx, a, letters)
	}
	if err != nil {
		return err
	}
	if err := tx.AddMailed(f.Case.ID, a.To, f.Message.At); err != nil {
		return err
	}
	return in.queueMarks(tx, mb, a, letters)
}

func (in *Intake) queueNewMail(tx *store.Tx, a escalation.Action, letters *note.Letters) error {
	f := letters.Facts
	h, err := in.holdOf(tx, a, f.Case, f.Now)
	if err != nil {
		return err
	}
	r, err := in.compose(writerOf(a.Do), letters)
	if err != nil {
		return err
	}
	told := tellingOf(a, f)
	told.Cap = h.cap
	row := store.Row{
		Key: store.MailKey(r.MessageID), Kind: store.MailRow, CaseID: f.Case.ID, Place: f.Message.Place, MessageID: r.MessageID,
		From: in.Composer.From(), Recipients: store.Awaiting(a.To), Payload: r.Payload, Fallback: r.Fallback, Enclosed: r.Enclosed,
		State: store.Pending, NextAt: h.until, ReleaseAt: h.until, CreatedAt: f.Now, Told: &told,
	}
	if err := tx.Enqueue(&row); err != nil {
		return err
	}
	if f.Case.ThreadID == "" {
		if err := tx.SetThread(f.Case.ID, r.MessageID); err != nil {
			return err
		}
	}
	if h.everyone {
		return in.alarmOfLimit(tx, f.Now)
	}
	if h.cap > 0 { // a chat is told when people are mailed, and not of each that waits
		return nil
	}
	return in.queueChat(tx, a, f, r.MessageID)
}

// joinHeld writes a held mail anew, so that it tells of this message too, under the Message-ID that it has. The newest
// original is attached; the others are named. An escalation takes a follow-up that waits along.
func (in *Intake) joinHeld(tx *store.Tx, held *store.Row, a escalation.Action, f note.Facts) error {
	earlier, err := tx.Messages(held.Told.Messages)
	if err != nil {
		return err
	}
	urgent := a.Do == escalation.Escalate && held.Told.Do == escalation.FollowUp
	held.Told.Join(tellingOf(a, f))
	in.sortRules(held.Told.Rules)
	for _, to := range a.To {
		if !slices.ContainsFunc(held.Recipients, func(r store.Recipient) bool { return strings.EqualFold(r.Address, to) }) {
			held.Recipients = append(held.Recipients, store.Recipient{Address: to, State: store.Pending})
		}
	}
	together := escalation.Action{Do: held.Told.Do, Rules: held.Told.Rules}
	for _, r := range held.Recipients {
		together.To = append(together.To, r.Address)
	}
	f.Actions = append(slices.DeleteFunc(slices.Clone(f.Actions), func(o escalation.Action) bool { return o.Do == a.Do }), together)
	f.Counts = held.Told.Counts
	f.MailID = held.MessageID
	f.Joined = note.Joined{Messages: earlier, Total: held.Told.Joined, Cap: held.Told.Cap}
	r, err := in.compose(writerOf(together.Do), in.Composer.Letters(f))
	if err != nil {
		return err
	}
	held.Payload, held.Fallback, held.Enclosed = r.Payload, r.Fallback, r.Enclosed
	h, err := in.holdOf(tx, a, f.Case, f.Now)
	if err != nil {
		return err
	}
	if urgent && h.until.Before(held.NextAt) {
		held.NextAt, held.ReleaseAt = h.until, h.until
	}
	if err := tx.Rewrite(*held); err != nil {
		return fmt.Errorf("join message to the mail that waits: %w", err)
	}
	return nil
}

func writerOf(do escalation.Do) func(*note.Letters) (note.Rendered, error) {
	if do == escalation.FollowUp {
		return (*note.Letters).FollowUp
	}
	return (*note.Letters).Escalation
}

func tellingOf(a escalation.Action, f note.Facts) store.Telling {
	t := store.Telling{Customer: f.Case.Customer, Do: a.Do, Rules: slices.Clone(a.Rules), Messages: []int64{f.Message.ID}, Joined: 1}
	if a.Do == escalation.Escalate {
		t.Counts = slices.Clone(f.Counts)
	}
	return t
}

// sortRules puts names of rules into policy order.
func (in *Intake) sortRules(names []string) {
	place := func(name string) int {
		return slices.IndexFunc(in.Policy.Rules, func(r escalation.Rule) bool { return r.Name == name })
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
}

// alarmOfLimit tells the administrator that mails of all customers wait, once an hour.
func (in *Intake) alarmOfLimit(tx *store.Tx, now time.Time) error {
	hour := now.UTC().Truncate(limitSpan)
	return in.Alarms.Queue(tx, note.Alarm{
		Key: "limit/" + hour.Format(time.RFC3339), Kind: note.MailHeld, Since: now,
		Problem: fmt.Sprintf("more than %d escalations and follow-ups within an hour", in.Limits.Total),
	}, now)
}
