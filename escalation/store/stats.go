package store

import (
	"context"
	"fmt"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/mailbox/message"
)

// Stats are numbers for the status page and for metrics.
type Stats struct {
	Messages      map[message.Direction]int // ignored ones included
	Ignored       map[message.Reason]int
	Signals       map[classify.Signal]int // messages that carry it
	Cases         map[CaseState]int
	Pending       int       // outbox rows that are to be done
	Failed        int       // outbox rows but chat notices that were refused for good and are undelivered still
	OldestPending time.Time // since when the oldest pending row could have been done; zero when none could: what is held back waits for its time
	OldestMail    time.Time // since when the oldest pending mail could have gone; zero when none waits for its server
}

// Stats counts.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	st := Stats{
		Messages: make(map[message.Direction]int), Ignored: make(map[message.Reason]int),
		Signals: make(map[classify.Signal]int), Cases: make(map[CaseState]int),
	}
	err := s.view(ctx, func(tx *Tx) error {
		if err := tx.countMessages(&st); err != nil {
			return err
		}
		if err := countBy(tx, st.Signals, `SELECT signal, count(*) FROM signals GROUP BY signal`); err != nil {
			return err
		}
		if err := countBy(tx, st.Cases, `SELECT state, count(*) FROM cases GROUP BY state`); err != nil {
			return err
		}
		var oldest int64
		err := tx.row(`SELECT count(*), coalesce(min(CASE WHEN release_at <= ? THEN release_at END), 0) FROM outbox WHERE state = 'pending'`, stamp(s.now())).Scan(&st.Pending, &oldest)
		if err != nil {
			return err
		}
		st.OldestPending = unstamp(oldest)
		err = tx.row(`SELECT coalesce(min(release_at), 0) FROM outbox WHERE state = 'pending' AND kind = 'mail' AND attempts > 0`).Scan(&oldest)
		if err != nil {
			return err
		}
		st.OldestMail = unstamp(oldest)
		return tx.row(`SELECT count(*) FROM outbox o `+refusedAndOpen+` AND o.kind <> 'chat'`, s.refusedSince()).Scan(&st.Failed)
	})
	if err != nil {
		return Stats{}, fmt.Errorf("count: %w", err)
	}
	return st, nil
}

func (tx *Tx) countMessages(st *Stats) error {
	var all int
	if err := tx.row(`SELECT count(*) FROM messages`).Scan(&all); err != nil {
		return err
	}
	err := tx.each(func(rows record) error {
		var d message.Direction
		var why message.Reason
		var n int
		err := rows.Scan(&d, &why, &n)
		st.Messages[d] += n
		if why != message.NotIgnored {
			st.Ignored[why] += n
		}
		all -= n
		return err
	}, `SELECT direction, ignored, count(*) FROM messages WHERE direction <> 'inbound' GROUP BY direction, ignored`)
	if all > 0 {
		st.Messages[message.Inbound] = all
	}
	return err
}

func countBy[K ~string](tx *Tx, counts map[K]int, query string) error {
	return tx.each(func(rows record) error {
		var k K
		var n int
		err := rows.Scan(&k, &n)
		counts[k] = n
		return err
	}, query)
}
