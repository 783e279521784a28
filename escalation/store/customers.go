package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox/message"
)

// maxCounted bounds a history. Nobody's threshold is near it, so that what a flood of mail pushes out is not missed; and
// it is read for every mail, so that a flood does not make each further mail slower.
const maxCounted = 2000

// unresolved finds a customer's open case. The state stands in it as a literal: with a parameter SQLite would have to plan
// the query anew each time, to see whether the index over unresolved cases may be used.
const unresolved = `WHERE customer = ? AND state <> 'resolved'`

// UnresolvedCase returns the number of a customer's case that is not resolved, 0 for none.
func (tx *Tx) UnresolvedCase(customer string) (id int64, err error) {
	if tx.foreseen.lacks(byOpenCase, customer) {
		return 0, nil
	}
	err = tx.row(`SELECT id FROM cases `+unresolved, customer).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("look for an open case: %w", err)
	}
	return id, nil
}

// History returns what is known of a customer for deciding about a message that arrived at a time: the messages with
// signals since the last resolved case that lie at most longest away from it, and the unresolved case, or nil.
//
// "Since" goes by the order in which messages were added, not by their times: what somebody resolves is what Heed had
// seen by then. The clocks of a mail server and of this machine need not agree on it.
func (tx *Tx) History(customer string, at time.Time, longest time.Duration) (escalation.History, *Case, error) {
	var h escalation.History
	var c *Case
	var err error
	if !tx.foreseen.lacks(byOpenCase, customer) {
		c, err = tx.oneCase(unresolved, customer)
	}
	if err != nil {
		return h, nil, fmt.Errorf("read open case: %w", err)
	}
	if c != nil {
		h.Open, h.Used, h.Mailed = true, c.Used, c.Mailed
	}
	h.Counted, err = tx.counted(customer, at.Add(-longest), at.Add(longest))
	if err != nil {
		return h, nil, fmt.Errorf("read history: %w", err)
	}
	return h, c, nil
}

func (tx *Tx) counted(customer string, from, to time.Time) ([]escalation.Counted, error) {
	var all []escalation.Counted
	var last int64
	err := tx.each(func(rows record) error {
		var id, at int64
		var signal classify.Signal
		if err := rows.Scan(&id, &at, &signal); err != nil {
			return err
		}
		if id != last {
			all = append(all, escalation.Counted{At: unstamp(at)})
			last = id
		}
		newest := &all[len(all)-1]
		newest.Signals = append(newest.Signals, signal)
		return nil
	}, `SELECT m.id, m.at, s.signal FROM messages m JOIN signals s ON s.message_id = m.id
		WHERE m.customer = ?1 AND m.at BETWEEN ?2 AND ?3 AND m.direction = ?4 AND s.dismissed = 0
		AND m.id > coalesce((SELECT max(resolved_after) FROM cases WHERE customer = ?1 AND state = ?5), 0)
		ORDER BY m.at DESC, m.id DESC LIMIT ?6`,
		customer, stamp(from), stamp(to), message.Inbound, Resolved, maxCounted)
	return all, err
}

// LastResolved returns the number of a customer's last resolved case, 0 for none.
func (tx *Tx) LastResolved(customer string) (id int64, err error) {
	err = tx.row(`SELECT id FROM cases WHERE customer = ? AND state = ? AND merged_into IS NULL ORDER BY id DESC LIMIT 1`, customer, Resolved).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("look for the last resolved case: %w", err)
	}
	return id, nil
}

// rememberOrders keeps that a customer named orders.
func (tx *Tx) rememberOrders(customer string, orders []string, at time.Time) error {
	if customer == "" {
		return nil
	}
	p := &tx.conn.orders
	for _, order := range orders[:min(len(orders), maxList)] {
		if order == "" {
			continue
		}
		if p.rows == piledAtOnce {
			if err := tx.writeWhole(p); err != nil {
				return err
			}
		}
		order = clip(order, maxLine)
		p.put(append(p.args, order, customer, stamp(at)))
		if !strings.Contains(customer, "@") {
			tx.foreseen.add(byStandIn, order)
		}
	}
	return nil
}

func newOrderPile() pile {
	return newPile("orders", `INSERT INTO orders (order_no, customer, at) VALUES `, `(?, ?, ?)`, ` ON CONFLICT DO UPDATE SET at = max(at, excluded.at)`)
}

// LastOrder returns the order that a customer named last, "" when none.
func (tx *Tx) LastOrder(customer string) (string, error) {
	order, _, err := tx.find("find last order of customer",
		`SELECT order_no FROM orders WHERE customer = ?1 AND `+namedInMail+` ORDER BY at DESC, order_no LIMIT 1`, customer)
	return order, err
}

// CustomerOfOrder returns who named an order last. A person goes before the stand-in that a notice without a buyer was
// kept under, such as "order:1234".
func (tx *Tx) CustomerOfOrder(order string) (customer string, ok bool, err error) {
	return tx.find("find customer of order", `SELECT customer FROM orders WHERE order_no = ?
		ORDER BY customer NOT LIKE '%@%', at DESC, customer LIMIT 1`, order)
}

// RememberDispute keeps whom a dispute is with.
func (tx *Tx) RememberDispute(dispute, customer string, at time.Time) error {
	if customer == "" || dispute == "" {
		return nil
	}
	_, err := tx.exec(`INSERT INTO disputes (dispute, customer, at) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET at = max(at, excluded.at)`, dispute, customer, stamp(at))
	if err != nil {
		return fmt.Errorf("remember dispute %q: %w", dispute, err)
	}
	return nil
}

// CustomerOfDispute returns whom a dispute is with, as far as is known.
func (tx *Tx) CustomerOfDispute(dispute string) (customer string, ok bool, err error) {
	return tx.find("find customer of dispute", `SELECT customer FROM disputes WHERE dispute = ?
		ORDER BY customer NOT LIKE '%@%', at DESC, customer LIMIT 1`, dispute)
}

// ChannelOfCustomer returns the channel of the last message that a customer wrote, notices aside; "" when there is none.
func (tx *Tx) ChannelOfCustomer(customer string) (string, error) {
	channel, _, err := tx.find("find channel of customer", `SELECT channel FROM messages
		WHERE customer = ? AND direction = ? AND notice IS NULL AND channel <> '' ORDER BY at DESC, id DESC LIMIT 1`,
		customer, message.Inbound)
	return channel, err
}

// NameOfCustomer returns the name under which a customer wrote last, "" when none is known.
func (tx *Tx) NameOfCustomer(customer string) (string, error) {
	name, _, err := tx.find("find name of customer", `SELECT customer_name FROM messages
		WHERE customer = ? AND direction = ? AND customer_name <> '' ORDER BY at DESC, id DESC LIMIT 1`,
		customer, message.Inbound)
	return name, err
}

func (tx *Tx) find(what, query string, args ...any) (found string, ok bool, err error) {
	err = tx.row(query, args...).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("%s: %w", what, err)
	}
	return found, true, nil
}
