package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Reply is an answer of one of our people to a mail about a case.
type Reply struct {
	MessageID string
	Sender    string
	CaseID    int64
	At        time.Time
	Verb      string // what it asked for: "resolve", "note", …
}

// AddReply keeps an answer. It reports false for one that is known, which must not be obeyed again.
func (tx *Tx) AddReply(r Reply) (fresh bool, err error) {
	var one int
	err = tx.row(`INSERT INTO case_replies (message_id, sender, case_id, at, verb) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING RETURNING 1`, short(r.MessageID), short(r.Sender), r.CaseID, stamp(r.At), r.Verb).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("keep the answer %s: %w", r.MessageID, err)
	}
	return true, nil
}

// CaseReplies returns the answers to the mails of a case, the oldest first.
func (s *Store) CaseReplies(ctx context.Context, caseID int64) (replies []Reply, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		return tx.each(func(rows record) error {
			r := Reply{CaseID: caseID}
			var at int64
			err := rows.Scan(&r.MessageID, &r.Sender, &at, &r.Verb)
			r.At = unstamp(at)
			replies = append(replies, r)
			return err
		}, `SELECT message_id, sender, at, verb FROM case_replies WHERE case_id = ? ORDER BY at, message_id LIMIT ?`, caseID, maxMessages)
	})
	if err != nil {
		return nil, fmt.Errorf("read answers to case %d: %w", caseID, err)
	}
	return replies, nil
}

// CaseOfMail returns the case that one of our own mails is about, found by its Message-ID; 0 when it is none of ours.
func (tx *Tx) CaseOfMail(messageID string) (int64, error) {
	var id int64
	err := tx.row(`SELECT coalesce(case_id, 0) FROM outbox WHERE key = ?`, MailKey(messageID)).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("look for our mail %s: %w", messageID, err)
	}
	return id, nil
}

// MailKey is the key of the outbox row of a mail.
func MailKey(messageID string) string { return "mail/" + messageID }

// Bounced keeps that a mail which a server had taken came back from one of its recipients. It reports false when no such
// mail went to that address. From then on the recipient counts as not told.
func (tx *Tx) Bounced(messageID, address, why string) (bool, error) {
	result, err := tx.exec(`UPDATE recipients SET state = ?, error = ? WHERE address = ? COLLATE NOCASE
		AND row_id = (SELECT id FROM outbox WHERE key = ?)`, Failed, clip(why, maxError), address, MailKey(messageID))
	if err != nil {
		return false, fmt.Errorf("keep that %s came back: %w", messageID, err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
