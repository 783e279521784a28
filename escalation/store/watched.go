package store

import (
	"context"
	"fmt"
	"time"
)

// A Watched is what is known of the watching of one mailbox.
type Watched struct {
	Mailbox     string
	LastSuccess time.Time // when the stalest of its folders had last been read to its end; zero for never
	AlarmSince  time.Time // LastSuccess at the alarm that stands; zero while all is well
}

// Watched returns what is known of every mailbox that was ever watched, by name.
func (s *Store) Watched(ctx context.Context) (map[string]Watched, error) {
	all := map[string]Watched{}
	err := s.view(ctx, func(tx *Tx) error {
		return tx.each(func(rows record) error {
			var w Watched
			var last, since int64
			err := rows.Scan(&w.Mailbox, &last, &since)
			w.LastSuccess, w.AlarmSince = unstamp(last), unstamp(since)
			all[w.Mailbox] = w
			return err
		}, `SELECT mailbox, last_success, alarm_since FROM watched`)
	})
	if err != nil {
		return nil, fmt.Errorf("read how the mailboxes are watched: %w", err)
	}
	return all, nil
}

// SetWatched keeps what is known of one mailbox.
func (tx *Tx) SetWatched(w Watched) error {
	_, err := tx.exec(`INSERT INTO watched (mailbox, last_success, alarm_since) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET last_success = excluded.last_success, alarm_since = excluded.alarm_since`,
		w.Mailbox, stamp(w.LastSuccess), stamp(w.AlarmSince))
	if err != nil {
		return fmt.Errorf("write how mailbox %s is watched: %w", w.Mailbox, err)
	}
	return nil
}
