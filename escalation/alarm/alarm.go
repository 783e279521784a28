// Package alarm queues the mails that tell an administrator that something needs a hand.
//
// An alarm is a row of the outbox like every other mail: it is decided in a transaction, survives a crash, and is sent
// once. Its key says what it is about and since when, so that the same trouble is told once, however often it is noticed.
package alarm

import (
	"time"

	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
)

// A Desk queues alarms for the people who run Heed.
type Desk struct {
	Composer *note.Composer
	To       []string // addresses; none: nobody is mailed, the log and the status page have to do
}

// Queue puts an alarm into the outbox. One whose key has been queued before is not queued again.
func (d Desk) Queue(tx *store.Tx, a note.Alarm, now time.Time) error {
	if len(d.To) == 0 {
		return nil
	}
	a.To, a.Now = d.To, now
	r, err := d.Composer.Alarm(a)
	if err != nil {
		return err
	}
	return tx.Enqueue(&store.Row{
		Key: store.MailKey(r.MessageID), Kind: store.MailRow, MessageID: r.MessageID, From: d.Composer.From(), Recipients: store.Awaiting(d.To),
		Payload: r.Payload, State: store.Pending, NextAt: now, CreatedAt: now,
	})
}
