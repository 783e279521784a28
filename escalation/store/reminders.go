package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/heedmail/heed/mailbox/message"
)

// A Reminder is one that was sent for a case.
type Reminder struct {
	At       time.Time
	Deadline time.Time // the deadline that it warned of; zero when it was for want of an answer
}

// A Waiting is a case that people have been told of and that is not resolved.
type Waiting struct {
	Case      Case
	ToldAt    time.Time   // when the first mail about it had gone out, or was refused for good
	Deadlines []time.Time // that its messages set, in no order
}

// AddReminder keeps that a reminder of a case has been written, and reports false where the one of that number is there
// already: two looks at the same time must not remind twice.
func (tx *Tx) AddReminder(caseID int64, number int, r Reminder) (fresh bool, err error) {
	var one int
	err = tx.row(`INSERT INTO case_reminders (case_id, number, at, deadline) VALUES (?, ?, ?, ?)
		ON CONFLICT DO NOTHING RETURNING 1`, caseID, number, stamp(r.At), stamp(r.Deadline)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("keep reminder %d of case %d: %w", number, caseID, err)
	}
	return true, nil
}

// Waiting lists the cases that people have been told of and that are not resolved, the oldest first.
func (s *Store) Waiting(ctx context.Context) (all []Waiting, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		cases, err := tx.cases(`WHERE state <> ? ORDER BY id LIMIT ?`, Resolved, maxCases)
		if err != nil {
			return err
		}
		for _, c := range cases {
			w := Waiting{Case: c}
			if w.ToldAt, err = tx.toldAt(c.ID); err != nil {
				return err
			}
			if w.ToldAt.IsZero() {
				continue // the mail is on its way still, or it is an appeased case that nobody was mailed on
			}
			if w.Deadlines, err = tx.deadlines(c.ID); err != nil {
				return err
			}
			all = append(all, w)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read waiting cases: %w", err)
	}
	return all, nil
}

func (tx *Tx) toldAt(caseID int64) (time.Time, error) {
	var at int64
	err := tx.row(`SELECT coalesce(min(done_at), 0) FROM outbox WHERE case_id = ? AND kind = ? AND done_at <> 0`, caseID, MailRow).Scan(&at)
	return unstamp(at), err
}

// deadlines are those that the newest messages of a case set.
func (tx *Tx) deadlines(caseID int64) ([]time.Time, error) {
	var all []time.Time
	err := tx.each(func(rows record) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		var facts message.Facts
		if err := json.Unmarshal([]byte(text), &facts); err != nil {
			return err
		}
		for _, d := range facts.Deadlines {
			if !d.At.IsZero() {
				all = append(all, d.At)
			}
		}
		return nil
	}, `SELECT facts FROM messages WHERE case_id = ? AND direction = ? ORDER BY id DESC LIMIT ?`, caseID, message.Inbound, maxList)
	return all, err
}

func (tx *Tx) reminders(caseID int64) ([]Reminder, error) {
	var all []Reminder
	err := tx.each(func(rows record) error {
		var at, deadline int64
		err := rows.Scan(&at, &deadline)
		all = append(all, Reminder{At: unstamp(at), Deadline: unstamp(deadline)})
		return err
	}, `SELECT at, deadline FROM case_reminders WHERE case_id = ? ORDER BY at, number`, caseID)
	return slices.Clip(all), err
}

// BeginDigest keeps that the digest of a day is being written, and reports false where that was done before.
func (tx *Tx) BeginDigest(day string) (bool, error) {
	var one int
	err := tx.row(`INSERT INTO digests (day) VALUES (?) ON CONFLICT DO NOTHING RETURNING 1`, day).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("begin the digest of %s: %w", day, err)
	}
	return true, nil
}

// DigestBegun reports whether the digest of a day has been written.
func (s *Store) DigestBegun(ctx context.Context, day string) (begun bool, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		begun, err = tx.exists("look for the digest", `SELECT 1 FROM digests WHERE day = ?`, day)
		return err
	})
	return begun, err
}

// Unresolved lists the cases that are not resolved, the oldest first.
func (s *Store) Unresolved(ctx context.Context) (cases []Case, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		cases, err = tx.cases(`WHERE state <> ? ORDER BY id LIMIT ?`, Resolved, maxCases)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list open cases: %w", err)
	}
	return cases, nil
}
