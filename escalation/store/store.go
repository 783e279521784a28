// Package store keeps Heed's state in one SQLite file: messages, signals, cases, the outbox and the cursors.
//
// # Promises
//
// Everything that follows from a batch of mails is written in one transaction (Store.Update), so that after a crash
// either all of it is there or none. The file is opened in WAL mode with synchronous=FULL: what is committed survives
// a loss of power. A mail is kept once (its place is unique), a step fires once in a case, a decision is queued once
// (its key is unique), and a customer has one case that is not resolved: the schema holds these, whatever the code does.
//
// What is kept of one mail is bounded, and a mail that has been sent leaves only its hash. The original stays in the
// mailbox. Forget removes a person to the last byte.
//
// # For administrators
//
// The file may be read with any SQLite tool while Heed runs, and copied with BackUp (`heed backup`) or `sqlite3 FILE .backup COPY`. It is changed by
// Heed alone. A newer Heed upgrades it when it opens it, in one transaction; an older one refuses it then.
package store

import (
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox/message"
)

// A Place is where a mail lies: one UID in one folder, for as long as the folder keeps its UIDVALIDITY (RFC 9051, 2.3.1.1).
type Place struct {
	Mailbox     string
	Folder      string
	UIDValidity uint32
	UID         uint32
}

// A Message is one mail that was read, whatever became of it.
type Message struct {
	ID           int64
	Place        Place
	MessageID    string // RFC 5322 Message-ID without brackets; made from a hash of the mail when it has none
	References   []string
	At           time.Time
	From         string // the address in From, normalised
	Customer     string
	Writer       string // the address that wrote it, where it is kept under another of the same person; "" for Customer
	CustomerName string
	Channel      string
	Direction    message.Direction
	Ignored      message.Reason
	Subject      string
	Text         string
	TextHash     string // of customer and text (see the function TextHash), for finding the same words sent again
	Lang         string
	Orders       []string
	Facts        message.Facts
	Notice       *message.Notice
	Faults       []string
	Auth         message.Authentication // of From
	Signals      []classify.Hit
	CaseID       int64 // the case that it belongs to, 0 for none
}

// A CaseState says how far a case has come.
type CaseState string

// A case is Open until somebody takes it (Acked) and ends it (Resolved).
const (
	Open     CaseState = "open"
	Acked    CaseState = "acked"
	Resolved CaseState = "resolved"
)

// FalseAlarm is the outcome of a case that should not have been.
const FalseAlarm = "false alarm"

// A Case is everything about one customer from the first fired step until it is resolved.
type Case struct {
	ID           int64
	Customer     string
	CustomerName string
	Channel      string
	Mailbox      string
	State        CaseState
	OpenedAt     time.Time
	AckedAt      time.Time
	ResolvedAt   time.Time
	Previous     int64 // the case before this one, 0 for none
	MergedInto   int64 // the case that it has become part of, 0 for none
	Order        string
	Used         map[escalation.StepKey]bool
	Mailed       []string
	ThreadID     string   // Message-ID of the case's first mail, which all later ones refer to; "" before it
	Silenced     string   // why its last news was told to nobody; "" when it was told
	Notes        []string // what our people wrote with `heed cases note`, or in an answer
	ReopenedAt   time.Time
	SnoozedUntil time.Time // until then nobody is reminded; zero for a case that is not snoozed
	Outcome      string    // of a resolved case: "" or FalseAlarm
	Reminders    []Reminder
}

// A Kind says what an outbox row does.
type Kind string

// The kinds of outbox rows.
const (
	MailRow    Kind = "mail"    // send Payload by SMTP to Recipients
	DraftRow   Kind = "draft"   // append Payload to the mailbox's Drafts folder
	NoteRow    Kind = "note"    // append Payload beside the customer's mail (Place.Folder)
	KeywordRow Kind = "keyword" // set Argument on the mail at Place
	MoveRow    Kind = "move"    // move the mail at Place to the folder Argument
	ChatRow    Kind = "chat"    // post Payload, a notice, by the robot whose name is Argument
)

// A RowState says how far an outbox row has come.
type RowState string

// The states of outbox rows.
const (
	Pending RowState = "pending" // to be done at NextAt
	Done    RowState = "done"
	Failed  RowState = "failed" // refused for good; shown as undelivered until somebody acts
)

// A Row is one thing that is decided but not yet done. Payload is rendered once, before the first attempt, and never
// again: every attempt carries the same bytes under the same Message-ID.
type Row struct {
	ID         int64
	Key        string // unique: the same decision is never queued twice
	Kind       Kind
	CaseID     int64
	Place      Place // the customer's mail; for drafts only Mailbox counts
	MessageID  string
	From       string // envelope sender of a mail
	Recipients []Recipient
	Payload    []byte
	Fallback   []byte    // the same mail for a server that can't take Payload; nil when it needs none, or one can be made of it
	Enclosed   *Enclosed // the original that goes into Payload and Fallback when they are sent; nil where they are whole
	Hash       string    // SHA-256 of Payload and of the enclosed original's hash, kept when these are cleared
	Argument   string
	State      RowState
	Attempts   int
	NextAt     time.Time
	Error      string // the last failure, in words for the administrator
	CreatedAt  time.Time
	ReleaseAt  time.Time // when it was to go first; later than CreatedAt for a mail that was held back
	DoneAt     time.Time
	Told       *Telling // of an escalation or follow_up; nil for all other rows
}

// A Telling is what an escalation or follow_up tells. It is kept so that further news of the case can be joined to the
// mail while it is held back.
type Telling struct {
	Customer string             `json:"customer"`
	Do       escalation.Do      `json:"do"`
	Rules    []string           `json:"rules,omitempty"`
	Counts   []escalation.Count `json:"counts,omitempty"`
	Messages []int64            `json:"messages"`      // the newest of them, the newest last
	Joined   int                `json:"joined"`        // how many messages it tells of; may be more than are listed
	Cap      int                `json:"cap,omitempty"` // the mails an hour that it was held back for; 0 when it was not for that
}

// A Recipient is one address of a mail row; each ends on its own.
type Recipient struct {
	Address string
	State   RowState
	Error   string
}

// Awaiting makes recipients of addresses, of whom nobody has got the mail yet.
func Awaiting(addresses []string) []Recipient {
	list := make([]Recipient, len(addresses))
	for i, a := range addresses {
		list[i] = Recipient{Address: a, State: Pending}
	}
	return list
}
