package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/heedmail/heed/mailbox/message"
)

// ErrNobody means that nothing is kept of a person.
var ErrNobody = errors.New("nothing is kept of this address")

// A Person is all that is kept of one customer, in a form to be handed to them.
type Person struct {
	Customer   string          `json:"customer"`
	Aliases    []string        `json:"aliases,omitempty"` // other addresses and numbers that they are known under
	ExportedAt time.Time       `json:"exported_at"`
	Orders     []string        `json:"orders"`
	Disputes   []string        `json:"disputes"`
	Messages   []PersonMessage `json:"messages"`
	Cases      []PersonCase    `json:"cases"`
}

// A PersonMessage is a message in a Person.
type PersonMessage struct {
	At        time.Time      `json:"at"`
	Mailbox   string         `json:"mailbox"`
	Folder    string         `json:"folder"`
	MessageID string         `json:"message_id"`
	Name      string         `json:"name"`
	Channel   string         `json:"channel"`
	Direction string         `json:"direction"`
	Ignored   string         `json:"ignored"`
	Subject   string         `json:"subject"`
	Text      string         `json:"text"`
	Lang      string         `json:"lang"`
	Orders    []string       `json:"orders"`
	Signals   []PersonSignal `json:"signals"`
	Facts     message.Facts  `json:"facts"`
	Auth      string         `json:"auth"` // what our mail server said of the sender
	Case      int64          `json:"case"`
}

// A PersonSignal is what was heard in a PersonMessage.
type PersonSignal struct {
	Signal   string `json:"signal"`
	Evidence string `json:"evidence"`
}

// A PersonCase is a case in a Person.
type PersonCase struct {
	Number     int64       `json:"case"`
	State      string      `json:"state"`
	OpenedAt   time.Time   `json:"opened_at"`
	ResolvedAt *time.Time  `json:"resolved_at"` // null while it is not resolved
	Outcome    string      `json:"outcome"`     // "false alarm", or ""
	Order      string      `json:"order"`
	ToldTo     []string    `json:"told_to"`
	Notes      []string    `json:"notes"`
	Silenced   string      `json:"silenced"` // why its last news was told to nobody
	Queued     []PersonRow `json:"queued"`   // what was to be sent, written or set because of it
}

// A PersonRow is a row of the outbox in a Person. What it says is made of the messages.
type PersonRow struct {
	Kind      string    `json:"kind"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
	To        []string  `json:"to"`
}

// theirs are a person's messages: those that are kept as theirs, and those of theirs that were ignored and are nobody's.
const theirs = `(customer = ?1 OR customer = '' AND sender = ?1)`

// Export returns all that is kept of a customer, or ErrNobody.
func (s *Store) Export(ctx context.Context, customer string) (Person, error) {
	p := Person{
		Customer: customer, ExportedAt: s.now().UTC(),
		Orders: []string{}, Disputes: []string{}, Messages: []PersonMessage{}, Cases: []PersonCase{},
	}
	err := s.view(ctx, func(tx *Tx) error {
		customer, err := tx.Person(customer)
		if err != nil {
			return err
		}
		if err := tx.known(customer); err != nil {
			return err
		}
		aliases, err := tx.strings(`SELECT alias FROM aliases WHERE customer = ? ORDER BY alias`, customer)
		if err != nil {
			return err
		}
		p.Customer, p.Aliases = customer, aliases
		orders, err := tx.strings(`SELECT order_no FROM orders WHERE customer = ? ORDER BY order_no`, customer)
		if err != nil {
			return err
		}
		disputes, err := tx.strings(`SELECT dispute FROM disputes WHERE customer = ? ORDER BY dispute`, customer)
		if err != nil {
			return err
		}
		messages, err := tx.messages(`WHERE `+theirs+` ORDER BY at, id`, customer)
		if err != nil {
			return err
		}
		cases, err := tx.cases(`WHERE customer = ? ORDER BY id`, customer)
		if err != nil {
			return err
		}
		p.Orders, p.Disputes = append(p.Orders, orders...), append(p.Disputes, disputes...)
		for _, m := range messages {
			p.Messages = append(p.Messages, personMessage(m))
		}
		for _, c := range cases {
			rows, err := tx.rows(`WHERE o.case_id = ? ORDER BY o.id LIMIT ?`, c.ID, maxMessages)
			if err != nil {
				return err
			}
			p.Cases = append(p.Cases, personCase(c, rows))
		}
		return nil
	})
	if err != nil {
		return Person{}, fmt.Errorf("export %s: %w", customer, err)
	}
	return p, nil
}

func personMessage(m Message) PersonMessage {
	out := PersonMessage{
		At: m.At, Mailbox: m.Place.Mailbox, Folder: m.Place.Folder, MessageID: m.MessageID, Name: m.CustomerName, Channel: m.Channel,
		Direction: string(m.Direction), Ignored: string(m.Ignored), Subject: m.Subject, Text: m.Text, Lang: m.Lang,
		Orders: append([]string{}, m.Orders...), Signals: []PersonSignal{}, Facts: m.Facts, Auth: string(m.Auth), Case: m.CaseID,
	}
	for _, h := range m.Signals {
		out.Signals = append(out.Signals, PersonSignal{Signal: string(h.Signal), Evidence: h.Evidence})
	}
	return out
}

func personCase(c Case, rows []Row) PersonCase {
	out := PersonCase{
		Number: c.ID, State: string(c.State), OpenedAt: c.OpenedAt, Outcome: c.Outcome, Order: c.Order,
		ToldTo: append([]string{}, c.Mailed...), Notes: append([]string{}, c.Notes...), Silenced: c.Silenced, Queued: []PersonRow{},
	}
	for _, r := range rows {
		row := PersonRow{Kind: string(r.Kind), State: string(r.State), CreatedAt: r.CreatedAt, To: []string{}}
		for _, to := range r.Recipients {
			row.To = append(row.To, to.Address)
		}
		out.Queued = append(out.Queued, row)
	}
	if !c.ResolvedAt.IsZero() {
		out.ResolvedAt = &c.ResolvedAt
	}
	return out
}

// Forget removes all that is kept of a customer: messages, cases, and what stands in the outbox for them, sent or not.
// It returns ErrNobody when there is nothing. What lies in the mailboxes is not touched, nor is it read again, since the
// cursors stay.
func (s *Store) Forget(ctx context.Context, customer string) error {
	err := s.Update(ctx, func(tx *Tx) error {
		customer, err := tx.Person(customer)
		if err != nil {
			return err
		}
		if err := tx.known(customer); err != nil {
			return err
		}
		for _, query := range []string{
			// Mails about their unreadable mails belong to no case.
			`DELETE FROM outbox WHERE case_id IS NULL AND (mailbox, folder, uidvalidity, uid) IN
				(SELECT mailbox, folder, uidvalidity, uid FROM messages WHERE ` + theirs + `)`,
			`DELETE FROM messages WHERE ` + theirs,
			`DELETE FROM cases WHERE customer = ?`, // what is kept of them and the outbox goes with them
			// A digest that waits, or was refused, names every customer with an open case.
			`DELETE FROM outbox WHERE case_id IS NULL AND message_id LIKE 'heed-digest-%' AND ?1 <> ''`,
			`DELETE FROM orders WHERE customer = ?`,
			`DELETE FROM disputes WHERE customer = ?`,
			`DELETE FROM aliases WHERE customer = ?`,
		} {
			if _, err := tx.exec(query, customer); err != nil {
				return err
			}
		}
		return tx.dropUnreferenced() // a crash may have left a mail of theirs behind
	})
	if err != nil {
		return fmt.Errorf("forget %s: %w", customer, err)
	}
	return s.emptyJournal(ctx)
}

// known returns ErrNobody when nothing is kept of a customer.
func (tx *Tx) known(customer string) error {
	found, err := tx.exists("look for the person", `SELECT 1 FROM messages WHERE `+theirs+`
		UNION ALL SELECT 1 FROM cases WHERE customer = ?1 UNION ALL SELECT 1 FROM orders WHERE customer = ?1
		UNION ALL SELECT 1 FROM disputes WHERE customer = ?1`, customer)
	if err == nil && !found {
		err = ErrNobody
	}
	return err
}

// emptyJournal carries the journal over into the file and empties it, since it still holds what was removed there. It
// waits for those who read; should one read on and on, the journal is emptied with the next commits.
func (s *Store) emptyJournal(ctx context.Context) error {
	if s.path == Memory {
		return nil
	}
	var busy, frames, moved int
	err := s.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved)
	if err != nil {
		return s.explain(fmt.Errorf("empty the journal: %w", err))
	}
	return nil
}
