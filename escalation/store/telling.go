package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/heedmail/heed/escalation"
)

// maxTold bounds the messages that a telling lists: the others are in the case's timeline.
const maxTold = 20

// Join adds what a further mail of the same case tells: its rules and counts where they are new, and its message.
func (t *Telling) Join(more Telling) {
	if more.Do == escalation.Escalate {
		t.Do = escalation.Escalate
	}
	for _, rule := range more.Rules {
		if !slices.Contains(t.Rules, rule) {
			t.Rules = append(t.Rules, rule)
		}
	}
	for _, c := range more.Counts {
		at := slices.IndexFunc(t.Counts, func(o escalation.Count) bool { return o.Rule == c.Rule })
		if at < 0 {
			t.Counts = append(t.Counts, c)
		} else {
			t.Counts[at] = c
		}
	}
	t.Messages = append(t.Messages, more.Messages...)
	t.Messages = t.Messages[max(0, len(t.Messages)-maxTold):]
	t.Joined += more.Joined
	t.Cap = max(t.Cap, more.Cap)
}

// HeldMail returns the mail that is held back for a customer (of a case; of no case when that is 0), or nil. Only while its
// time has not come can it be joined.
func (tx *Tx) HeldMail(customer string, caseID int64, now time.Time) (*Row, error) {
	rows, err := tx.rows(`INDEXED BY outbox_release WHERE o.told <> '' AND o.release_at > ?1 AND o.next_at > ?1 AND o.state = 'pending' AND o.attempts = 0
		AND o.created_at < o.release_at AND coalesce(o.case_id, 0) = ?2 AND json_extract(o.told, '$.customer') = ?3
		ORDER BY o.id LIMIT 1`, stamp(now), caseID, customer)
	if err != nil {
		return nil, fmt.Errorf("look for a mail that is held back: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

// Rewrite keeps a held mail as it reads after something was joined to it. It is refused with ErrNoRow when an attempt at
// it has begun.
func (tx *Tx) Rewrite(r Row) error {
	told, err := r.Told.encode()
	if err != nil {
		return fmt.Errorf("rewrite %s: %w", r.Key, err)
	}
	original, slots, err := r.Enclosed.columns()
	if err != nil {
		return fmt.Errorf("rewrite %s: %w", r.Key, err)
	}
	r.Hash = r.hashOf()
	result, err := tx.exec(`UPDATE outbox SET original = ?, slots = ?, payload = ?, fallback = ?, hash = ?, told = ?, next_at = ?, release_at = ?
		WHERE id = ? AND state = 'pending' AND attempts = 0`, original, slots, r.Payload, r.Fallback, r.Hash, told, stamp(r.NextAt), stamp(r.ReleaseAt), r.ID)
	if err := oneRow(result, err, "rewrite", r.ID); err != nil {
		return err
	}
	return tx.writeRecipients(r)
}

// NthRelease returns when the n-th newest mail that tells people something went or will go, counting those after a time;
// the zero time where there are fewer. customer "" counts those of everybody.
func (tx *Tx) NthRelease(customer string, after time.Time, n int) (time.Time, error) {
	var at int64
	err := tx.row(`SELECT release_at FROM outbox WHERE told <> '' AND release_at > ?1
		AND (?2 = '' OR json_extract(told, '$.customer') = ?2) ORDER BY release_at DESC LIMIT 1 OFFSET ?3`,
		stamp(after), customer, n-1).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("count mails: %w", err)
	}
	return unstamp(at), nil
}

// Messages returns messages by their numbers, the oldest first; those that are gone are left out.
func (tx *Tx) Messages(ids []int64) ([]Message, error) {
	list, err := encode(append([]int64{}, ids...))
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	messages, err := tx.messages(`WHERE id IN (SELECT value FROM json_each(?)) ORDER BY at, id`, list)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return messages, nil
}

// Held counts the mails whose time to go first has not come.
func (s *Store) Held(ctx context.Context, now time.Time) (n int, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		return tx.row(`SELECT count(*) FROM outbox WHERE told <> '' AND release_at > ? AND state = 'pending'`, stamp(now)).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count held mails: %w", err)
	}
	return n, nil
}

// encode writes a telling as it is kept; "" for none.
func (t *Telling) encode() (string, error) {
	if t == nil {
		return "", nil
	}
	return encode(t)
}

func decodeTelling(text string) (*Telling, error) {
	if text == "" {
		return nil, nil
	}
	t := new(Telling)
	if err := json.Unmarshal([]byte(text), t); err != nil {
		return nil, fmt.Errorf("read what a mail tells: %w", err)
	}
	return t, nil
}
