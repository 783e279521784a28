package store

import (
	"context"
	"fmt"
	"time"
)

// Expire removes what is older than a time and belongs to no case that is open: messages, then resolved cases that have
// none left, what is known of orders and disputes, and what was done in no case. It removes at most limit of each, so that
// nobody waits long for the file, and returns how many; 0 means that nothing is left to remove. The room that it makes in
// the file is used again.
func (s *Store) Expire(ctx context.Context, before time.Time, limit int) (removed int, err error) {
	at := stamp(before)
	for _, query := range []string{
		`DELETE FROM messages WHERE id IN (SELECT m.id FROM messages m WHERE m.at < ?1 AND ` + unneeded("m") + ` ORDER BY m.at LIMIT ?2)`,
		`DELETE FROM cases WHERE id IN (SELECT c.id FROM cases c WHERE c.state = 'resolved' AND c.resolved_at < ?1
			AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.case_id = c.id) LIMIT ?2)`,
		`DELETE FROM orders WHERE (order_no, customer) IN (SELECT m.order_no, m.customer FROM orders m WHERE m.at < ?1 AND ` + unneeded("m") + ` LIMIT ?2)`,
		`DELETE FROM disputes WHERE (dispute, customer) IN (SELECT m.dispute, m.customer FROM disputes m WHERE m.at < ?1 AND ` + unneeded("m") + ` LIMIT ?2)`,
		`DELETE FROM aliases WHERE alias IN (SELECT m.alias FROM aliases m WHERE m.at < ?1 AND ` + unneeded("m") + `
			AND NOT EXISTS (SELECT 1 FROM messages k WHERE k.customer = m.customer) LIMIT ?2)`,
		`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE case_id IS NULL AND state <> 'pending' AND done_at < ?1 LIMIT ?2)`,
	} {
		err := s.Update(ctx, func(tx *Tx) error {
			result, err := tx.exec(query, at, limit)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			removed += int(n)
			return err
		})
		if err != nil {
			return removed, fmt.Errorf("remove what is older than %s: %w", before.Format(time.DateOnly), err)
		}
	}
	if removed > 0 {
		return removed, s.emptyJournal(ctx)
	}
	return 0, nil
}

// unneeded is true of a row whose customer has no case that is not resolved.
func unneeded(row string) string {
	return `NOT EXISTS (SELECT 1 FROM cases o WHERE o.customer = ` + row + `.customer AND o.state <> 'resolved')`
}
