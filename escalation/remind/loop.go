package remind

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
)

// Every is how often a Loop looks, unless it is told otherwise.
const Every = time.Minute

// storeLimit bounds one look.
const storeLimit = time.Minute

// Options are what a Loop is made from.
type Options struct {
	Store    *store.Store
	Composer *note.Composer
	Policy   Policy
	Digest   Digest
	Rules    escalation.Policy // whose silences hold for reminders too
	Now      func() time.Time
	Log      *zap.Logger
	Every    time.Duration // 0 is Every
	Queued   func()        // called when there is something new in the outbox; may be nil
}

// A Loop looks now and then who is to be reminded.
type Loop struct{ Options }

// New makes a Loop.
func New(o Options) *Loop {
	if o.Every == 0 {
		o.Every = Every
	}
	if o.Queued == nil {
		o.Queued = func() {}
	}
	return &Loop{o}
}

// Run looks until the context ends, and returns nil then. What can't be looked at now is looked at the next time.
func (l *Loop) Run(ctx context.Context) error {
	if l.Policy.After == 0 && len(l.Digest.To) == 0 {
		return nil
	}
	tick := time.NewTicker(l.Every)
	defer tick.Stop()
	for {
		if err := l.Look(ctx); err != nil && ctx.Err() == nil {
			l.Log.Error("not everybody could be reminded; it is tried again in a while", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Look reminds everybody who is to be reminded now.
func (l *Loop) Look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	return errors.Join(l.remind(ctx), l.digest(ctx))
}

func (l *Loop) remind(ctx context.Context) error {
	if l.Policy.After == 0 {
		return nil
	}
	waiting, err := l.Store.Waiting(ctx)
	if err != nil {
		return err
	}
	now := l.Now()
	var failures []error
	for _, w := range waiting { // one that can't be written does not keep the others from being reminded of
		if _, due := l.Policy.Due(w, now); due && !l.silent(w.Case, now) {
			failures = append(failures, l.remindOf(ctx, w, now))
		}
	}
	return errors.Join(failures...)
}

// silent reports whether the administrator wants nobody to be told of a case for now.
func (l *Loop) silent(c store.Case, now time.Time) bool {
	var rules []string
	for key := range c.Used {
		if key.Do == escalation.Escalate {
			rules = append(rules, key.Rule)
		}
	}
	return l.Rules.Silent(now, c.Customer, c.Channel, rules)
}

// remindOf writes the reminder of one case, and keeps in the same transaction that it was written.
func (l *Loop) remindOf(ctx context.Context, w store.Waiting, now time.Time) error {
	messages, err := l.Store.CaseMessages(ctx, w.Case.ID)
	if err != nil {
		return err
	}
	var r Reminder
	due := false
	err = l.Store.Update(ctx, func(tx *store.Tx) error {
		c, err := tx.Case(w.Case.ID) // somebody may have answered just now
		if err != nil {
			return err
		}
		w.Case = *c
		if r, due = l.Policy.Due(w, now); !due {
			return nil
		}
		mail, err := l.write(note.Reminder{Case: *c, Messages: messages, Number: r.Number, Since: r.Since, Deadline: r.Deadline, Last: r.Last, To: r.To, Now: now})
		if err != nil {
			return err
		}
		if due, err = tx.AddReminder(c.ID, r.Number, store.Reminder{At: now, Deadline: r.Deadline}); err != nil || !due {
			return err
		}
		if err := tx.AddMailed(c.ID, r.To, now); err != nil {
			return err
		}
		return queue(tx, l.Composer.From(), c.ID, mail, r.To, now)
	})
	if err != nil {
		return fmt.Errorf("remind of case %d: %w", w.Case.ID, err)
	}
	if due {
		l.Log.Info("people are reminded", zap.Int64("case", w.Case.ID), zap.Int("number", r.Number), zap.Strings("to", r.To), zap.Time("deadline", r.Deadline))
		l.Queued()
	}
	return nil
}

// write renders a reminder. A case whose words break the writing of it is called to mind without them.
func (l *Loop) write(r note.Reminder) (mail note.Rendered, err error) {
	mail, err = l.guarded(r)
	if err == nil {
		return mail, nil
	}
	l.Log.Error("a reminder could not be written; it is tried again without the customer's words", zap.Int64("case", r.Case.ID), zap.Error(err))
	r.Messages, r.Case.CustomerName, r.Case.Order = nil, "", ""
	return l.guarded(r)
}

func (l *Loop) guarded(r note.Reminder) (mail note.Rendered, err error) {
	defer func() {
		if p := recover(); p != nil {
			l.Log.DPanic("a reminder broke the writing of it; it is tried again from less, please report this", zap.Int64("case", r.Case.ID), zap.Any("panic", p))
			err = fmt.Errorf("write reminder of case %d: panic: %v", r.Case.ID, p)
		}
	}()
	return l.Composer.Reminder(r)
}

// digest writes the list of open cases, once a day.
func (l *Loop) digest(ctx context.Context) error {
	now := l.Now()
	day := l.Digest.Due(now)
	if day == "" {
		return nil
	}
	begun, err := l.Store.DigestBegun(ctx, day)
	if err != nil || begun {
		return err
	}
	cases, err := l.Store.Unresolved(ctx)
	if err != nil {
		return err
	}
	fresh := false
	err = l.Store.Update(ctx, func(tx *store.Tx) error {
		if fresh, err = tx.BeginDigest(day); err != nil || !fresh || len(cases) == 0 {
			return err
		}
		mail, err := l.Composer.Digest(note.Digest{Day: day, Cases: cases, To: l.Digest.To, Now: now})
		if err != nil {
			return err
		}
		return queue(tx, l.Composer.From(), 0, mail, l.Digest.To, now)
	})
	if err != nil {
		return fmt.Errorf("write the digest of %s: %w", day, err)
	}
	if fresh && len(cases) > 0 {
		l.Log.Info("the digest is written", zap.String("day", day), zap.Int("cases", len(cases)))
		l.Queued()
	}
	return nil
}

func queue(tx *store.Tx, from string, caseID int64, mail note.Rendered, to []string, now time.Time) error {
	return tx.Enqueue(&store.Row{
		Key: store.MailKey(mail.MessageID), Kind: store.MailRow, CaseID: caseID, MessageID: mail.MessageID, From: from,
		Recipients: store.Awaiting(to), Payload: mail.Payload, State: store.Pending, NextAt: now, CreatedAt: now,
	})
}
