package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/heedmail/heed/mailbox/message"
)

// A person may be known under several addresses: a marketplace's alias, a form, their own; or at first under none but an
// order's number. Which of them are one is decided elsewhere (package intake, or somebody with `heed cases merge`). Here
// they are made one: everything that was kept under the one is kept under the other from then on, and an alias remembers
// it for the mail to come. A message keeps the address that wrote it in Writer.

// maxKin bounds how many customers are looked at who named the same order.
const maxKin = 20

// Person returns the customer under whom somebody's mail is kept: themselves, unless they were joined with another.
func (tx *Tx) Person(customer string) (string, error) {
	if tx.foreseen.lacks(byAlias, customer) {
		return customer, nil
	}
	joined, ok, err := tx.find("find whom a customer was joined with", `SELECT customer FROM aliases WHERE alias = ?`, customer)
	if !ok {
		joined = customer
	}
	return joined, err
}

// hasNoAddress is true of a row o of orders whose customer is a stand-in, such as "order:1234". It stands in an index.
const hasNoAddress = `instr(o.customer, '@') = 0`

// HasStandIn reports whether a stand-in named an order.
func (tx *Tx) HasStandIn(order string) (bool, error) {
	if tx.foreseen.lacks(byStandIn, order) {
		return false, nil
	}
	return tx.exists("look for a stand-in that named an order", `SELECT 1 FROM orders o WHERE o.order_no = ? AND `+hasNoAddress, order)
}

// WhoElseNamed returns who but a customer named an order in a mail of their own, and stand-ins.
func (tx *Tx) WhoElseNamed(order, customer string) ([]string, error) {
	all, err := tx.strings(`SELECT o.customer FROM orders o WHERE o.order_no = ?1 AND o.customer <> ?4 AND (`+hasNoAddress+` OR EXISTS (
			SELECT 1 FROM messages m INDEXED BY messages_customer, json_each(m.orders) j WHERE m.customer = o.customer AND m.direction = ?2 AND j.value = ?1))
		ORDER BY o.at DESC, o.customer LIMIT ?3`, order, message.Inbound, maxKin, customer)
	if err != nil {
		return nil, fmt.Errorf("find who else named an order: %w", err)
	}
	return all, nil
}

// namedInMail is true of the orders that customer ?1 named. The table of orders is there to find who named one, and has no
// index for the other way round, which is rarely gone: each mail would have to pay for it.
const namedInMail = `order_no IN (SELECT j.value FROM messages m INDEXED BY messages_customer, json_each(m.orders) j WHERE m.customer = ?1
	UNION ALL SELECT substr(?1, 7) WHERE ?1 LIKE 'order:%')`

// OrdersNamed returns how many different orders somebody has named in their own mails.
func (tx *Tx) OrdersNamed(customer string) (n int, err error) {
	// Left to itself SQLite goes through all inbound messages.
	err = tx.row(`SELECT count(DISTINCT j.value) FROM messages m INDEXED BY messages_customer, json_each(m.orders) j
		WHERE m.customer = ? AND m.direction = ? AND m.notice IS NULL`, customer, message.Inbound).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the orders that somebody named: %w", err)
	}
	return n, nil
}

// JoinCustomers makes two customers one: what was kept under from is kept under into. Where both have a case that is not
// resolved, the two cases are merged. name is what into is called, for a case that knows no name; why says in a few words
// how it is known.
func (tx *Tx) JoinCustomers(from, into, name, why string, at time.Time) error {
	if from == into || from == "" || into == "" {
		return nil
	}
	theirs, err := tx.oneCase(unresolved, from)
	if err != nil {
		return fmt.Errorf("join customers: %w", err)
	}
	ours, err := tx.oneCase(unresolved, into)
	if err != nil {
		return fmt.Errorf("join customers: %w", err)
	}
	if theirs != nil && ours != nil {
		stays, goes := order(ours, theirs)
		if err := tx.mergeCases(stays, goes, at); err != nil {
			return err
		}
	}
	return tx.renameCustomer(from, into, name, why, at)
}

// order returns two cases by their numbers.
func order(a, b *Case) (lower, higher *Case) {
	if a.ID < b.ID {
		return a, b
	}
	return b, a
}

// renameCustomer moves all that is kept of a customer.
func (tx *Tx) renameCustomer(from, into, name, why string, at time.Time) error {
	for _, query := range []string{
		`INSERT INTO orders (order_no, customer, at) SELECT order_no, ?2, at FROM orders WHERE customer = ?1 AND ` + namedInMail + `
			ON CONFLICT DO UPDATE SET at = max(at, excluded.at)`,
		`DELETE FROM orders WHERE customer = ?1 AND ` + namedInMail,
		`UPDATE messages SET writer = CASE writer WHEN '' THEN customer ELSE writer END, customer = ?2 WHERE customer = ?1`,
		`UPDATE cases SET customer = ?2, customer_name = CASE customer_name WHEN '' THEN ?3 ELSE customer_name END WHERE customer = ?1`,
		`INSERT INTO disputes (dispute, customer, at) SELECT dispute, ?2, at FROM disputes WHERE customer = ?1
			ON CONFLICT DO UPDATE SET at = max(at, excluded.at)`,
		`DELETE FROM disputes WHERE customer = ?1`,
		`UPDATE aliases SET customer = ?2 WHERE customer = ?1`,
		`DELETE FROM aliases WHERE alias = ?2`,
		`INSERT INTO aliases (alias, customer, why, at) VALUES (?1, ?2, ?4, ?5)
			ON CONFLICT DO UPDATE SET customer = excluded.customer, why = excluded.why, at = excluded.at`,
	} {
		if _, err := tx.exec(query, from, into, clip(name, maxLine), clip(why, maxLine), stamp(at)); err != nil {
			return fmt.Errorf("join customers: %w", err)
		}
	}
	return tx.rehash(into)
}

// rehash finds the words of somebody again under their new name: the same words on two ways are one message.
func (tx *Tx) rehash(customer string) error {
	bodies := map[int64]string{}
	err := tx.each(func(rows record) error {
		var id int64
		var body string
		err := rows.Scan(&id, &body)
		bodies[id] = body
		return err
	}, `SELECT id, body FROM messages WHERE customer = ? AND text_hash <> '' AND writer <> '' ORDER BY at DESC LIMIT ?`, customer, maxMessages)
	if err != nil {
		return fmt.Errorf("read the words of a joined customer: %w", err)
	}
	for id, body := range bodies {
		if _, err := tx.exec(`UPDATE messages SET text_hash = ? WHERE id = ?`, TextHash(customer, body), id); err != nil {
			return fmt.Errorf("keep the words of a joined customer: %w", err)
		}
	}
	return nil
}

// Merge makes two cases one by hand, and with them their customers: messages, counters, timeline and notes. The case with
// the lower number stays, the other one is closed and names it.
func (s *Store) Merge(ctx context.Context, a, b int64, at time.Time) (stays int64, err error) {
	err = s.Update(ctx, func(tx *Tx) error {
		first, err := tx.Case(a)
		if err != nil {
			return err
		}
		second, err := tx.Case(b)
		if err != nil {
			return err
		}
		keep, gone := order(first, second)
		stays = keep.ID
		if err := tx.mayMerge(keep, gone); err != nil {
			return fmt.Errorf("merge case %d into case %d: %w", gone.ID, keep.ID, err)
		}
		if err := tx.mergeCases(keep, gone, at); err != nil {
			return err
		}
		if gone.Customer == keep.Customer {
			return nil
		}
		return tx.renameCustomer(gone.Customer, keep.Customer, keep.CustomerName, fmt.Sprintf("case %d was merged into case %d", gone.ID, keep.ID), at)
	})
	return stays, err
}

// mayMerge says why two cases can't be merged: one of them has been, or a third one of the same people is open, and a
// customer has one open case.
func (tx *Tx) mayMerge(keep, gone *Case) error {
	if keep.ID == gone.ID {
		return fmt.Errorf("%w: they are one and the same", ErrCaseState)
	}
	for _, c := range []*Case{keep, gone} {
		if c.MergedInto != 0 {
			return fmt.Errorf("%w: case %d was merged into case %d; name that one", ErrCaseState, c.ID, c.MergedInto)
		}
	}
	var others []Case
	for _, customer := range []string{keep.Customer, gone.Customer} {
		open, err := tx.oneCase(unresolved, customer)
		if err != nil {
			return err
		}
		if open != nil && open.ID != keep.ID && open.ID != gone.ID {
			others = append(others, *open)
		}
	}
	bothResolved := keep.State == Resolved && gone.State == Resolved
	switch {
	case len(others) == 0, len(others) == 1 && bothResolved, bothResolved && others[0].ID == others[len(others)-1].ID:
		return nil
	}
	return fmt.Errorf("%w: case %d of the same people is open; merge or resolve that one first", ErrCaseState, others[0].ID)
}

// mergeCases moves all that belongs to one case into another. The one that stays is as open as the two were.
func (tx *Tx) mergeCases(stays, goes *Case, at time.Time) error {
	for _, query := range []string{
		`UPDATE messages SET case_id = ?1 WHERE case_id = ?2`,
		`UPDATE outbox SET case_id = ?1 WHERE case_id = ?2`,
		`UPDATE case_notes SET case_id = ?1 WHERE case_id = ?2`,
		`UPDATE case_replies SET case_id = ?1 WHERE case_id = ?2`,
		`UPDATE OR IGNORE case_steps SET case_id = ?1 WHERE case_id = ?2`,
		`UPDATE OR IGNORE case_fired SET case_id = ?1 WHERE case_id = ?2`,
		`UPDATE OR IGNORE case_mailed SET case_id = ?1 WHERE case_id = ?2`,
		`UPDATE OR IGNORE case_reminders SET case_id = ?1 WHERE case_id = ?2`,
		`UPDATE cases SET previous = ?1 WHERE previous = ?2 AND id <> ?1`,
	} {
		if _, err := tx.exec(query, stays.ID, goes.ID); err != nil {
			return fmt.Errorf("merge case %d into case %d: %w", goes.ID, stays.ID, err)
		}
	}
	state := stays.State
	if state == Resolved {
		state = goes.State
	}
	// First the one that goes is closed: its customer may not have two that are not. It settles nothing (resolved_after
	// stays 0): its messages count on in the other.
	_, err := tx.exec(`UPDATE cases SET state = ?, resolved_at = ?, resolved_after = 0, merged_into = ?, snoozed_until = 0 WHERE id = ?`,
		Resolved, stamp(at), stays.ID, goes.ID)
	if err == nil && state != stays.State {
		_, err = tx.exec(`UPDATE cases SET state = ?, acked_at = ?, resolved_at = 0, resolved_after = 0, outcome = '' WHERE id = ?`,
			state, stamp(goes.AckedAt), stays.ID)
	}
	if err == nil {
		_, err = tx.exec(`UPDATE cases SET order_no = CASE order_no WHEN '' THEN ?2 ELSE order_no END,
			thread_id = CASE thread_id WHEN '' THEN ?3 ELSE thread_id END WHERE id = ?1`, stays.ID, goes.Order, goes.ThreadID)
	}
	if err != nil {
		return fmt.Errorf("merge case %d into case %d: %w", goes.ID, stays.ID, err)
	}
	err = tx.AddNote(stays.ID, at, fmt.Sprintf("Heed: case %d was merged into this one.", goes.ID))
	return errors.Join(err, tx.AddNote(goes.ID, at, fmt.Sprintf("Heed: merged into case %d.", stays.ID)))
}

// CurrentCase returns a case, or the one that it has become part of: mail about it may be answered for a long time.
func (tx *Tx) CurrentCase(id int64) (*Case, error) {
	for {
		c, err := tx.Case(id)
		if err != nil || c.MergedInto == 0 {
			return c, err
		}
		id = c.MergedInto // always a lower number, so that this ends
	}
}
