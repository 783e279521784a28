package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A ChatNotice is what a chat is told of one mail: the Payload of a chat row, as JSON. Text is what people read; the rest is
// for programs. Customer, Order and Quote are empty unless the config asks for details.
type ChatNotice struct {
	Case      int64     `json:"case"`
	Do        string    `json:"do"`
	Rules     []string  `json:"rules"`
	Signals   []string  `json:"signals"`
	Channel   string    `json:"channel"`
	Mailbox   string    `json:"mailbox"`
	At        time.Time `json:"at"`
	Amount    string    `json:"amount,omitempty"`
	Deadline  string    `json:"deadline,omitempty"`
	MessageID string    `json:"message_id"` // of the mail that says more
	Customer  string    `json:"customer,omitempty"`
	Order     string    `json:"order,omitempty"`
	Quote     string    `json:"quote,omitempty"`
	Text      string    `json:"text"`
}

// ChatBatch returns the notices that a robot posts next, together and in order: as long as the oldest pending one has
// failed, those that were attempted with it, else all that were never attempted, at most limit. Later ones wait, so that
// what gathered while a robot was out of reach goes in one post. NextAt says when they are due.
func (s *Store) ChatBatch(ctx context.Context, robot string, limit int) (rows []Row, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		rows, err = tx.rows(`WHERE o.kind = 'chat' AND o.state = 'pending' AND o.argument = ?1 AND o.attempts = (SELECT attempts
			FROM outbox WHERE kind = 'chat' AND state = 'pending' AND argument = ?1 ORDER BY id LIMIT 1)
			ORDER BY o.id LIMIT ?2`, robot, limit)
		if err != nil {
			return err
		}
		rows, err = tx.loadPayloads(rows)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return rows, nil
}

// AttemptChat is Attempt for the rows of one post: all of them begin, or none.
func (s *Store) AttemptChat(ctx context.Context, rows []Row, next time.Time) error {
	return s.Update(ctx, func(tx *Tx) error {
		for _, r := range rows {
			result, err := tx.exec(`UPDATE outbox SET attempts = attempts + 1, next_at = ? WHERE id = ? AND state = 'pending'`, stamp(next), r.ID)
			if err := oneRow(result, err, "begin attempt", r.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// FinishChat keeps how a post ended: State, Error and NextAt of its rows. What is not pending any more loses its words.
// A row that is gone, since its customer was forgotten meanwhile, is passed over.
func (s *Store) FinishChat(ctx context.Context, rows []Row) error {
	return s.Update(ctx, func(tx *Tx) error {
		for _, r := range rows {
			done := time.Time{}
			if r.State != Pending {
				done = s.now()
			}
			result, err := tx.exec(`UPDATE outbox SET state = ?1, error = ?2, next_at = ?3, done_at = ?4,
				payload = CASE ?1 WHEN 'pending' THEN payload END WHERE id = ?5 AND state = 'pending'`,
				r.State, clip(r.Error, maxError), stamp(r.NextAt), stamp(done), r.ID)
			if err := oneRow(result, err, "finish", r.ID); err != nil && !errors.Is(err, ErrNoRow) {
				return err
			}
		}
		return nil
	})
}

// DropChat gives up what waits for robots that are not among those named: they were taken out of the config.
func (s *Store) DropChat(ctx context.Context, robots []string) error {
	keep, err := encode(append([]string{}, robots...))
	if err != nil {
		return fmt.Errorf("give up notices: %w", err)
	}
	return s.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(`UPDATE outbox SET state = 'failed', error = 'the config has no such robot any more', done_at = ?, payload = NULL
			WHERE kind = 'chat' AND state = 'pending' AND argument NOT IN (SELECT value FROM json_each(?))`, stamp(s.now()), keep)
		if err != nil {
			return fmt.Errorf("give up notices: %w", err)
		}
		return nil
	})
}
