package store

import (
	"context"
	"fmt"
	"time"
)

// Stats are numbers for the status page, for health and for metrics. They are asked for again and again, so none of them is found
// by reading all messages.
type Stats struct {
	OpenCases     int       // cases that are not resolved
	Pending       int       // outbox rows that are to be done
	Failed        int       // outbox rows but chat notices that were refused for good and are undelivered still
	OldestPending time.Time // since when the oldest pending row could have been done; zero when none could: what is held back waits for its time
	OldestMail    time.Time // since when the oldest pending mail could have gone; zero when none waits for its server
}

// Stats counts.
func (s *Store) Stats(ctx context.Context) (st Stats, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		if err := tx.row(`SELECT count(*) FROM cases WHERE state <> 'resolved'`).Scan(&st.OpenCases); err != nil {
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
