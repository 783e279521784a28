package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// What people do with cases, from the shell and by answering a mail. The methods of Store are a transaction each; those
// of Tx are for whoever has more to keep in the same one.

// Ack keeps that somebody has taken a case, and ends its snooze. Of several times the first stands.
func (s *Store) Ack(ctx context.Context, id int64, at time.Time) error {
	return s.Update(ctx, func(tx *Tx) error { return tx.Ack(id, at) })
}

// Ack is Store.Ack within a transaction.
func (tx *Tx) Ack(id int64, at time.Time) error {
	return tx.change(id, func(c *Case) error {
		if c.State == Resolved {
			return fmt.Errorf("ack case %d: %w: it is resolved; `heed cases reopen %d` comes first", id, ErrCaseState, id)
		}
		if c.State == Acked {
			at = c.AckedAt
		}
		_, err := tx.exec(`UPDATE cases SET state = ?, acked_at = ?, snoozed_until = 0 WHERE id = ?`, Acked, stamp(at), id)
		return err
	})
}

// Snooze takes a case for the time until then: nobody is reminded before, and after it as if the case were new.
func (s *Store) Snooze(ctx context.Context, id int64, at, until time.Time) error {
	return s.Update(ctx, func(tx *Tx) error { return tx.Snooze(id, at, until) })
}

// Snooze is Store.Snooze within a transaction.
func (tx *Tx) Snooze(id int64, at, until time.Time) error {
	if !until.After(at) {
		return fmt.Errorf("snooze case %d: %w: %s is not in the future", id, ErrCaseState, until.Format(time.RFC3339))
	}
	return tx.change(id, func(c *Case) error {
		if c.State == Resolved {
			return fmt.Errorf("snooze case %d: %w: it is resolved; `heed cases reopen %d` comes first", id, ErrCaseState, id)
		}
		if c.State == Acked {
			at = c.AckedAt
		}
		_, err := tx.exec(`UPDATE cases SET state = ?, acked_at = ?, snoozed_until = ? WHERE id = ?`, Acked, stamp(at), stamp(until), id)
		return err
	})
}

// Resolve ends a case. The customer's counters start anew with the next message.
func (s *Store) Resolve(ctx context.Context, id int64, at time.Time) error {
	return s.Update(ctx, func(tx *Tx) error { return tx.Resolve(id, at) })
}

// Resolve is Store.Resolve within a transaction.
func (tx *Tx) Resolve(id int64, at time.Time) error {
	return tx.change(id, func(c *Case) error {
		if c.State == Resolved {
			return nil
		}
		_, err := tx.exec(`UPDATE cases SET state = ?, resolved_at = ?, snoozed_until = 0,
			resolved_after = (SELECT coalesce(max(id), 0) FROM messages) WHERE id = ?`, Resolved, stamp(at), id)
		return err
	})
}

// CallFalseAlarm ends a case that should not have been: what its rules heard was no such thing. Those signals are taken
// out of the counters, on the messages of the case and on those that led to it; the customer's other signals count on,
// since nothing has been settled with them.
func (s *Store) CallFalseAlarm(ctx context.Context, id int64, at time.Time) error {
	return s.Update(ctx, func(tx *Tx) error { return tx.CallFalseAlarm(id, at) })
}

// CallFalseAlarm is Store.CallFalseAlarm within a transaction.
func (tx *Tx) CallFalseAlarm(id int64, at time.Time) error {
	return tx.change(id, func(c *Case) error {
		if c.Outcome == FalseAlarm {
			return nil
		}
		if c.State == Resolved {
			at = c.ResolvedAt
		}
		_, err := tx.exec(`UPDATE cases SET state = ?, outcome = ?, resolved_at = ?, snoozed_until = 0 WHERE id = ?`,
			Resolved, FalseAlarm, stamp(at), id)
		if err != nil {
			return err
		}
		_, err = tx.exec(`UPDATE signals SET dismissed = ?1 WHERE dismissed = 0
			AND signal IN (SELECT signal FROM case_fired WHERE case_id = ?1)
			AND message_id IN (SELECT id FROM messages WHERE customer = ?2 AND (case_id = ?1 OR case_id IS NULL AND id >
				coalesce((SELECT max(resolved_after) FROM cases WHERE customer = ?2 AND state = ?3 AND id <> ?1), 0)))`,
			id, c.Customer, Resolved)
		return err
	})
}

// Reopen takes back that a case was resolved or called a false alarm. What it had counted counts again. It is refused
// while the customer has another case that is not resolved, since there is one at a time.
func (s *Store) Reopen(ctx context.Context, id int64, at time.Time) error {
	return s.Update(ctx, func(tx *Tx) error { return tx.Reopen(id, at) })
}

// Reopen is Store.Reopen within a transaction.
func (tx *Tx) Reopen(id int64, at time.Time) error {
	return tx.change(id, func(c *Case) error {
		if c.State != Resolved {
			return fmt.Errorf("reopen case %d: %w: it is not resolved", id, ErrCaseState)
		}
		if c.MergedInto != 0 {
			return fmt.Errorf("reopen case %d: %w: it was merged into case %d; go on with that one", id, ErrCaseState, c.MergedInto)
		}
		other, err := tx.oneCase(unresolved, c.Customer)
		if err != nil {
			return err
		}
		if other != nil {
			return fmt.Errorf("reopen case %d: %w: case %d of the same customer is open; go on with that one", id, ErrCaseState, other.ID)
		}
		_, err = tx.exec(`UPDATE cases SET state = ?, acked_at = 0, resolved_at = 0, resolved_after = 0, outcome = '',
			reopened_at = ? WHERE id = ?`, Open, stamp(at), id)
		if err != nil {
			return err
		}
		_, err = tx.exec(`UPDATE signals SET dismissed = 0 WHERE dismissed = ?`, id)
		return err
	})
}

// AddNote keeps what one of our people has to say about a case, whatever its state.
func (s *Store) AddNote(ctx context.Context, id int64, at time.Time, text string) error {
	return s.Update(ctx, func(tx *Tx) error { return tx.AddNote(id, at, text) })
}

// AddNote is Store.AddNote within a transaction.
func (tx *Tx) AddNote(id int64, at time.Time, text string) error {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > MaxNote {
		return fmt.Errorf("note on case %d: %d bytes; 1 to %d are allowed", id, len(text), MaxNote)
	}
	return tx.change(id, func(*Case) error {
		_, err := tx.exec(`INSERT INTO case_notes (case_id, at, text) VALUES (?, ?, ?)`, id, stamp(at), text)
		return err
	})
}

// change runs f over one case, which has to be there.
func (tx *Tx) change(id int64, f func(*Case) error) error {
	c, err := tx.Case(id)
	if err != nil {
		return err
	}
	return f(c)
}
