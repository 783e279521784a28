package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
)

// maxCases bounds a list of cases.
const maxCases = 1000

// MaxNote bounds what one of our people writes into a case, in bytes.
const MaxNote = 4 << 10

// ErrNoCase means that there is no case of that number.
var ErrNoCase = errors.New("there is no such case; `heed cases list` shows all")

// ErrCaseState means that a case can't go from its state to the one asked for. The error that wraps it says why.
var ErrCaseState = errors.New("not possible")

// OpenCase keeps a new case and sets its ID. A customer has at most one case that is not resolved.
func (tx *Tx) OpenCase(c *Case) error {
	if c.State == "" {
		c.State = Open
	}
	result, err := tx.execForeseen(`INSERT INTO cases (customer, customer_name, channel, mailbox, state, opened_at, acked_at, resolved_at,
		previous, order_no, thread_id, silenced) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.Customer, clip(c.CustomerName, maxLine), c.Channel,
		c.Mailbox, c.State, stamp(c.OpenedAt), stamp(c.AckedAt), stamp(c.ResolvedAt), optional(c.Previous), c.Order, c.ThreadID,
		clip(c.Silenced, maxLine))
	if err == nil {
		c.ID, err = result.LastInsertId()
	}
	if err != nil {
		return fmt.Errorf("open case: %w", err)
	}
	tx.foreseen.add(byOpenCase, c.Customer)
	return nil
}

// UseSteps keeps that steps of a case have fired or were passed over because of a message.
func (tx *Tx) UseSteps(caseID int64, keys []escalation.StepKey, messageID int64) error {
	for _, k := range keys {
		_, err := tx.exec(`INSERT INTO case_steps (case_id, rule, at, do, message_id) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, caseID, k.Rule, k.At, k.Do, messageID)
		if err != nil {
			return fmt.Errorf("use step %s of case %d: %w", k.Rule, caseID, err)
		}
	}
	return nil
}

// AddFired keeps the signals of the rules that fired in a case.
func (tx *Tx) AddFired(caseID int64, signals []classify.Signal) error {
	for _, s := range signals {
		if _, err := tx.exec(`INSERT INTO case_fired (case_id, signal) VALUES (?, ?) ON CONFLICT DO NOTHING`, caseID, s); err != nil {
			return fmt.Errorf("keep that %s fired in case %d: %w", s, caseID, err)
		}
	}
	return nil
}

// AddMailed keeps who was mailed on a case. Whoever was mailed before is not added again.
func (tx *Tx) AddMailed(caseID int64, addrs []string, at time.Time) error {
	for _, a := range addrs {
		_, err := tx.exec(`INSERT INTO case_mailed (case_id, address, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
			caseID, a, stamp(at))
		if err != nil {
			return fmt.Errorf("add recipient to case %d: %w", caseID, err)
		}
	}
	return nil
}

// SetThread keeps the Message-ID of a case's first mail, which all later ones refer to.
func (tx *Tx) SetThread(caseID int64, messageID string) error {
	if _, err := tx.execForeseen(`UPDATE cases SET thread_id = ? WHERE id = ?`, messageID, caseID); err != nil {
		return fmt.Errorf("set thread of case %d: %w", caseID, err)
	}
	return nil
}

// SetSilenced keeps why the last news of a case was told to nobody; "" when it was told.
func (tx *Tx) SetSilenced(caseID int64, why string) error {
	if _, err := tx.execForeseen(`UPDATE cases SET silenced = ?1 WHERE id = ?2 AND silenced <> ?1`, clip(why, maxLine), caseID); err != nil {
		return fmt.Errorf("set silence of case %d: %w", caseID, err)
	}
	return nil
}

// A Filter chooses cases.
type Filter struct {
	States   []CaseState // all when empty
	Customer string      // everybody when ""
	Limit    int         // the newest so many; 0 for as many as can be had at once
}

// Cases lists cases, the newest first.
func (s *Store) Cases(ctx context.Context, f Filter) (cases []Case, err error) {
	where := []string{"TRUE"}
	var args []any
	if len(f.States) > 0 {
		where = append(where, "state IN (?"+strings.Repeat(", ?", len(f.States)-1)+")")
		for _, state := range f.States {
			args = append(args, state)
		}
	}
	if f.Customer != "" {
		where = append(where, "customer = ?")
		args = append(args, f.Customer)
	}
	limit := maxCases
	if f.Limit > 0 {
		limit = min(limit, f.Limit)
	}
	err = s.view(ctx, func(tx *Tx) error {
		cases, err = tx.cases("WHERE "+strings.Join(where, " AND ")+" ORDER BY id DESC LIMIT ?", append(args, limit)...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	return cases, nil
}

// Case returns one case, or ErrNoCase.
func (s *Store) Case(ctx context.Context, id int64) (c *Case, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		c, err = tx.Case(id)
		return err
	})
	return c, err
}

// Case returns one case, or ErrNoCase.
func (tx *Tx) Case(id int64) (*Case, error) {
	c, err := tx.oneCase(`WHERE id = ?`, id)
	if err == nil && c == nil {
		err = ErrNoCase
	}
	if err != nil {
		return nil, fmt.Errorf("case %d: %w", id, err)
	}
	return c, nil
}

func (tx *Tx) oneCase(where string, args ...any) (*Case, error) {
	cases, err := tx.cases(where, args...)
	if err != nil || len(cases) == 0 {
		return nil, err
	}
	return &cases[0], nil
}

// cases reads the cases that a WHERE clause names, with all that belongs to them.
func (tx *Tx) cases(where string, args ...any) ([]Case, error) {
	var cases []Case
	err := tx.each(func(rows record) error {
		var c Case
		var opened, acked, resolved, reopened, snoozed int64
		err := rows.Scan(&c.ID, &c.Customer, &c.CustomerName, &c.Channel, &c.Mailbox, &c.State, &opened, &acked, &resolved,
			&c.Previous, &c.Order, &c.ThreadID, &reopened, &snoozed, &c.Outcome, &c.Silenced, &c.MergedInto)
		c.OpenedAt, c.AckedAt, c.ResolvedAt = unstamp(opened), unstamp(acked), unstamp(resolved)
		c.ReopenedAt, c.SnoozedUntil = unstamp(reopened), unstamp(snoozed)
		cases = append(cases, c)
		return err
	}, `SELECT id, customer, customer_name, channel, mailbox, state, opened_at, acked_at, resolved_at, coalesce(previous, 0),
		order_no, thread_id, reopened_at, snoozed_until, outcome, silenced, coalesce(merged_into, 0) FROM cases `+where, args...)
	if err != nil {
		return nil, err
	}
	for i := range cases {
		if err := tx.completeCase(&cases[i]); err != nil {
			return nil, err
		}
	}
	return cases, nil
}

func (tx *Tx) completeCase(c *Case) error {
	c.Used = make(map[escalation.StepKey]bool)
	err := tx.each(func(rows record) error {
		var k escalation.StepKey
		err := rows.Scan(&k.Rule, &k.At, &k.Do)
		c.Used[k] = true
		return err
	}, `SELECT rule, at, do FROM case_steps WHERE case_id = ?`, c.ID)
	if err != nil {
		return err
	}
	c.Mailed, err = tx.strings(`SELECT address FROM case_mailed WHERE case_id = ? ORDER BY id`, c.ID)
	if err != nil {
		return err
	}
	c.Notes, err = tx.strings(`SELECT text FROM case_notes WHERE case_id = ? ORDER BY id`, c.ID)
	if err != nil {
		return err
	}
	c.Reminders, err = tx.reminders(c.ID)
	return err
}

func (tx *Tx) strings(query string, args ...any) ([]string, error) {
	var all []string
	err := tx.each(func(rows record) error {
		var one string
		err := rows.Scan(&one)
		all = append(all, one)
		return err
	}, query, args...)
	return all, err
}
