package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/heedmail/heed/classify"
)

// A Misheard is a message in which something was heard that, by the word of our people, is not in it.
type Misheard struct {
	CaseID   int64
	Message  int64
	Lang     string
	Subject  string // where the words stand that were misheard in it; else "", since it may not be the customer's own
	Text     string
	Remained []classify.Signal // what is in it all the same, as far as nobody has objected
}

// FalseAlarms calls f with each message that made a false alarm, in the order in which they came. A platform's notices
// are left out: nothing is heard in those but what the platform says. The messages are read while f runs; it must not
// write.
func (s *Store) FalseAlarms(ctx context.Context, f func(Misheard) error) error {
	err := s.view(ctx, func(tx *Tx) error {
		var all []Misheard
		err := tx.each(func(rows record) error {
			var m Misheard
			err := rows.Scan(&m.Message, &m.CaseID)
			all = append(all, m)
			return err
		}, `SELECT DISTINCT m.id, s.dismissed FROM signals s JOIN messages m ON m.id = s.message_id
			WHERE s.dismissed <> 0 AND m.notice IS NULL ORDER BY m.id`)
		if err != nil {
			return err
		}
		for _, m := range all { // one text at a time, however many there are
			if err := tx.row(`SELECT lang, subject, body FROM messages WHERE id = ?`, m.Message).Scan(&m.Lang, &m.Subject, &m.Text); err != nil {
				return err
			}
			evidence, err := tx.strings(`SELECT evidence FROM signals WHERE message_id = ? AND dismissed <> 0`, m.Message)
			if err != nil {
				return err
			}
			inSubject := func(words string) bool { return strings.Contains(m.Subject, words) && !strings.Contains(m.Text, words) }
			if m.Text != "" && !slices.ContainsFunc(evidence, inSubject) {
				m.Subject = ""
			}
			remained, err := tx.strings(`SELECT signal FROM signals WHERE message_id = ? AND dismissed = 0 ORDER BY signal`, m.Message)
			if err != nil {
				return err
			}
			for _, signal := range remained {
				m.Remained = append(m.Remained, classify.Signal(signal))
			}
			if err := f(m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read false alarms: %w", err)
	}
	return nil
}
