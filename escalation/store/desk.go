package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// What people do with cases.

// Ack keeps that somebody has taken a case. Once is enough: the first time stands.
func (s *Store) Ack(ctx context.Context, id int64, at time.Time) error {
	return s.change(ctx, id, func(tx *Tx, c *Case) error {
		switch c.State {
		case Acked:
			return nil
		case Resolved:
			return fmt.Errorf("ack case %d: %w: it is resolved; `heed cases reopen %d` comes first", id, ErrCaseState, id)
		}
		_, err := tx.exec(`UPDATE cases SET state = ?, acked_at = ? WHERE id = ?`, Acked, stamp(at), id)
		return err
	})
}

// Resolve ends a case. The customer's counters start anew with the next message.
func (s *Store) Resolve(ctx context.Context, id int64, at time.Time) error {
	return s.change(ctx, id, func(tx *Tx, c *Case) error {
		if c.State == Resolved {
			return nil
		}
		_, err := tx.exec(`UPDATE cases SET state = ?, resolved_at = ?,
			resolved_after = (SELECT coalesce(max(id), 0) FROM messages) WHERE id = ?`, Resolved, stamp(at), id)
		return err
	})
}

// Reopen takes back that a case was resolved. What it had counted counts again. It is refused while the customer has
// another case that is not resolved, since there is one at a time.
func (s *Store) Reopen(ctx context.Context, id int64, _ time.Time) error {
	return s.change(ctx, id, func(tx *Tx, c *Case) error {
		if c.State != Resolved {
			return fmt.Errorf("reopen case %d: %w: it is not resolved", id, ErrCaseState)
		}
		other, err := tx.oneCase(`WHERE customer = ? AND state <> ?`, c.Customer, Resolved)
		if err != nil {
			return err
		}
		if other != nil {
			return fmt.Errorf("reopen case %d: %w: case %d of the same customer is open; go on with that one", id, ErrCaseState, other.ID)
		}
		_, err = tx.exec(`UPDATE cases SET state = ?, acked_at = 0, resolved_at = 0, resolved_after = 0 WHERE id = ?`, Open, id)
		return err
	})
}

// AddNote keeps what one of our people has to say about a case, whatever its state.
func (s *Store) AddNote(ctx context.Context, id int64, at time.Time, text string) error {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxNote {
		return fmt.Errorf("note on case %d: %d bytes; 1 to %d are allowed", id, len(text), maxNote)
	}
	return s.change(ctx, id, func(tx *Tx, _ *Case) error {
		_, err := tx.exec(`INSERT INTO case_notes (case_id, at, text) VALUES (?, ?, ?)`, id, stamp(at), text)
		return err
	})
}

// change runs f over one case, which has to be there.
func (s *Store) change(ctx context.Context, id int64, f func(*Tx, *Case) error) error {
	return s.Update(ctx, func(tx *Tx) error {
		c, err := tx.Case(id)
		if err != nil {
			return err
		}
		return f(tx, c)
	})
}
