// Package mailbox watches an IMAP account (RFC 9051, RFC 3501): it fetches new mail by UID from a durable cursor, waits
// in IDLE, reconnects, and never changes what it watches. Marking, moving and appending go through a Writer, which has
// a session of its own.
//
// It hands on raw mail and UIDs and knows nothing of what is in them.
//
// # How a folder is read
//
// A Watcher has one loop for each folder, and each loop has a connection of its own, opened with EXAMINE so that no
// flag can change. The loop asks for the UIDs above the cursor, fetches them in batches, and hands each batch to the Sink
// together with the cursor that follows from it; the next batch is fetched meanwhile. When nothing is left it waits in
// IDLE, at most for the poll interval, and looks again. Whatever fails ends the connection; the loop reconnects after a second,
// doubling up to a minute.
//
// # What is promised
//
// Every UID above the cursor is delivered at least once, and the cursor never passes a UID that was not delivered,
// unless the server says that the mail is gone. A body counts only when it has the length that the server announced
// and the whole command ended well. Of a mail with attached files only the texts are fetched, with the structure around
// them, until somebody asks for its Original. A mail that can't be had, because it is too big or because the server breaks on
// it, is delivered in part, or empty at last, with Mail.Fault saying why: one mail never blocks a folder.
//
// All memory is bounded, whatever the server sends: by three times MaxBatchBytes per folder while there is a backlog, and by MaxMail
// beside that for a mail whose texts can't be had alone and for what a server sends beyond what it announced. Every wait has an end.
package mailbox

import (
	"context"
	"io"
	"time"
)

// What is held in memory at once, per folder.
const (
	MaxMail       = 32 << 20 // a bigger mail is taken only up to MaxPart
	MaxPart       = 1 << 20  // how much is taken of a mail that can't be taken whole
	MaxBatch      = 500      // mails in one Deliver: so many share a commit and what it has to wait for
	MaxBatchBytes = 4 << 20  // bytes in one Deliver, unless one mail alone is bigger
)

// A Mail is one message as the server holds it.
type Mail struct {
	Folder       string
	UIDValidity  uint32
	UID          uint32
	InternalDate time.Time // the time of arrival
	Size         int64     // RFC822.SIZE, which is more than len(Raw) when the mail was too big to be taken whole
	Raw          []byte    // used again for others once the mail was kept, or that has failed: a Sink that holds on to it copies it
	Keywords     []string  // that it bore when it was fetched; only of mails up to Cursor.Old
	Sent         bool      // the folder is the mailbox's Sent folder
	Fault        string    // why Raw is not the whole mail, one sentence; "" when it is

	// Original fetches the whole mail where Raw holds only its texts (see MaxSmall), and writes it as it comes; nil when Raw
	// is the whole. After an error what was written is worth nothing. It may be called, by one goroutine at a time, until
	// Prepare returns. A Sink that is no Preparer can't call it.
	Original func(ctx context.Context, w io.Writer) error
}

// A Cursor is the place in a folder up to which everything has been taken.
type Cursor struct {
	UIDValidity uint32
	UID         uint32 // the highest UID taken, 0 for none

	// Old is the highest UID that lay in the folder when the reading of it began, for the first time or anew. Keywords on
	// mails up to it may tell what was done in an earlier life.
	Old uint32
	// Began is since when mail counts: how far back the first reading went. Zero for always, and for not known.
	Began time.Time
}

// A Sink takes what a Watcher fetched. For each folder its methods are called one after the other. A Sink may be a
// Preparer too.
type Sink interface {
	// Cursor returns the durable cursor of a folder, and false when the folder has never been read.
	Cursor(ctx context.Context, mailbox, folder string) (Cursor, bool, error)
	// Deliver keeps the mails and the cursor in one transaction. The mails are in UID order; there may be none, when
	// only the cursor moves. After an error nothing is kept and the same mails come again. The context does not end
	// when the Watcher is stopped, so that the batch in hand is finished.
	Deliver(ctx context.Context, mailbox, folder string, mails []Mail, next Cursor) error
}
