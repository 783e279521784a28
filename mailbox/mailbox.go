// Package mailbox watches an IMAP account (RFC 9051, RFC 3501): it fetches new mail by UID from a durable cursor, waits
// in IDLE, reconnects, and never changes what it watches. Marking, moving and appending go through a Writer, which has
// a session of its own.
//
// It hands on raw mail and UIDs and knows nothing of what is in them.
package mailbox

import (
	"context"
	"time"
)

// A Mail is one message as the server holds it.
type Mail struct {
	Folder       string
	UIDValidity  uint32
	UID          uint32
	InternalDate time.Time // the time of arrival
	Size         int64     // RFC822.SIZE, which is more than len(Raw) when the mail was too big to be taken whole
	Raw          []byte
	Sent         bool // the folder is the mailbox's Sent folder
}

// A Cursor is the place in a folder up to which everything has been taken.
type Cursor struct {
	UIDValidity uint32
	UID         uint32 // the highest UID taken, 0 for none
}

// A Sink takes what a Watcher fetched.
type Sink interface {
	// Cursor returns the durable cursor of a folder, and false when the folder has never been read.
	Cursor(ctx context.Context, mailbox, folder string) (Cursor, bool, error)
	// Deliver keeps the mails and the cursor in one transaction. The mails are in UID order; there may be none, when
	// only the cursor moves. After an error nothing is kept and the same mails come again.
	Deliver(ctx context.Context, mailbox, folder string, mails []Mail, next Cursor) error
}
