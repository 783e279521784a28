// Package remind sees to it that a case does not lie where it was put: it decides who is to be told again, and when, and
// once a day it lists what is open.
//
// Due and Digest.Due are pure decisions over what the store knows and the time. A Loop asks them every minute, writes
// the mails and queues them in the same transaction that keeps that they were written, so that no restart reminds twice.
//
// # When
//
// A case waits from the moment at which the first mail about it had gone out, or at which it was reopened, or at which
// its snooze was over. Somebody who takes it (an answer, `heed cases ack`) ends the reminders; whoever resolves it does
// too. After Policy.After of working time without that the same people are reminded, then every Policy.Repeat, each time
// with one more of Policy.ThenTo, at most Policy.Limit times.
//
// A deadline that a platform or a customer has set is the hard stop. Of a case that nobody has taken, and of one that is
// snoozed, everybody is reminded Policy.BeforeDeadline ahead, at whatever hour, whether or not the limit is used up; if
// the case came later than that, half-way between then and the deadline.
package remind

import (
	"slices"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation/store"
)

// A Policy says when people are reminded.
type Policy struct {
	After          time.Duration // working time without an answer until the first reminder; 0 for no reminders at all
	Repeat         time.Duration // likewise between two
	Limit          int           // how many for want of an answer
	ThenTo         []string      // addresses of the next in line, one more with each reminder after the first
	BeforeDeadline time.Duration
	Hours          Hours
	Zone           *time.Location // of Hours, and of the times in what people answer
}

// A Reminder is one that is due.
type Reminder struct {
	Number   int       // of the case's reminders, from 1
	To       []string  // everybody who gets it
	Deadline time.Time // what it warns of; zero when it is for want of an answer
	Since    time.Time // from when an answer is awaited
	Last     bool      // no other will come for want of an answer
}

// Due says whether people are to be reminded of a case now.
func (p Policy) Due(w store.Waiting, now time.Time) (Reminder, bool) {
	if p.After == 0 || w.Case.State == store.Resolved || isTaken(w.Case) || len(w.Case.Mailed) == 0 {
		return Reminder{}, false
	}
	r := Reminder{Number: len(w.Case.Reminders) + 1, Since: since(w)}
	if deadline, ok := p.deadlineDue(w, now); ok {
		r.Deadline, r.To = deadline, w.Case.Mailed
		return r, true
	}
	sent := sinceThen(w.Case.Reminders, r.Since)
	unanswered := 0
	for _, reminder := range sent {
		if reminder.Deadline.IsZero() {
			unanswered++
		}
	}
	from, wait := r.Since, p.After
	switch {
	case len(sent) > 0:
		from, wait = sent[len(sent)-1].At, p.Repeat
	case !w.Case.SnoozedUntil.IsZero(): // who asked for it then gets it then
		wait = 0
	}
	if unanswered >= p.Limit || now.Before(p.Hours.After(from, wait)) || !p.Hours.Contain(now) {
		return Reminder{}, false
	}
	r.To = union(w.Case.Mailed, p.ThenTo[:min(unanswered, len(p.ThenTo))])
	r.Last = unanswered+1 == p.Limit
	return r, true
}

// isTaken reports whether somebody has said that they see to a case, without asking to be reminded.
func isTaken(c store.Case) bool { return c.State == store.Acked && c.SnoozedUntil.IsZero() }

// since is the moment from which an answer is awaited.
func since(w store.Waiting) time.Time {
	latest := w.ToldAt
	for _, t := range []time.Time{w.Case.ReopenedAt, w.Case.SnoozedUntil} {
		if t.After(latest) {
			latest = t
		}
	}
	return latest
}

func sinceThen(all []store.Reminder, then time.Time) []store.Reminder {
	at := slices.IndexFunc(all, func(r store.Reminder) bool { return !r.At.Before(then) })
	if at < 0 {
		return nil
	}
	return all[at:]
}

// deadlineDue returns the next deadline of a case that people are to be warned of now. A warning is for all deadlines
// that were near then.
func (p Policy) deadlineDue(w store.Waiting, now time.Time) (time.Time, bool) {
	deadlines := slices.Clone(w.Deadlines)
	slices.SortFunc(deadlines, time.Time.Compare)
	for _, d := range deadlines {
		at := d.Add(-p.BeforeDeadline)
		if at.Before(w.ToldAt) { // those who were told just now need no second mail at once
			at = w.ToldAt.Add(d.Sub(w.ToldAt) / 2)
		}
		warned := slices.ContainsFunc(w.Case.Reminders, func(r store.Reminder) bool { return !r.Deadline.IsZero() && !r.At.Before(at) })
		if d.After(now) && !now.Before(at) && !warned {
			return d, true
		}
	}
	return time.Time{}, false
}

// union is a list with those of another behind it that are not in it, whatever the case of their letters.
func union(list, more []string) []string {
	all := slices.Clone(list)
	for _, a := range more {
		if !slices.ContainsFunc(all, func(b string) bool { return strings.EqualFold(a, b) }) {
			all = append(all, a)
		}
	}
	return all
}

// A Digest says when the open cases are listed, and to whom.
type Digest struct {
	At   time.Duration // from midnight, by the clock on the wall
	To   []string      // nobody when there is to be none
	Zone *time.Location
}

// Due returns the day whose digest should have been written by now, as 2026-11-09; "" for none.
func (d Digest) Due(now time.Time) string {
	if len(d.To) == 0 {
		return ""
	}
	now = now.In(d.Zone)
	if now.Before(time.Date(now.Year(), now.Month(), now.Day(), 0, int(d.At/time.Minute), 0, 0, d.Zone)) {
		return ""
	}
	return now.Format(time.DateOnly)
}
