// Package intake is the one way from a raw mail to a committed decision: read, hear, decide, keep.
//
// The daemon, replay and the demo all take it, so that what is tried out on stored mail is what happens on live mail.
// Reading and hearing are pure and happen before the transaction; deciding, composing and keeping happen inside it,
// together with the folder's cursor. Nothing is done in the world here: that is the outbox's, after the commit.
package intake

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/alarm"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
	"go.uber.org/zap"
)

// DuplicateWithin is how near in time the same words of the same customer are one message, not two.
const DuplicateWithin = time.Hour

// A Mailbox is what intake has to know about one watched mailbox.
type Mailbox struct {
	Name       string
	Read       message.Mailbox // Sent is set per mail
	OnEscalate OnEscalate
	Team       bool // our own people answer there; no customer does
}

// OnEscalate says what is changed in the watched mailbox when a mail is escalated.
type OnEscalate struct {
	Keyword string // set on the mail, "" for none
	MoveTo  string // folder, "" for none
	Note    bool   // append a note beside the mail
}

// A Robot is what intake has to know about a robot in a group chat: what it wants to hear of.
type Robot struct {
	Name     string
	Channels []string // empty for all
	Rules    []string // empty for all
	Details  bool     // tell who the customer is and what they wrote
}

// Options are the parts that an Intake is built from.
type Options struct {
	Store        *store.Store
	Classifier   *classify.Classifier
	Policy       escalation.Policy
	Playbook     escalation.Playbook
	People       escalation.People
	ContactNames map[string]string // by channel, for the note
	DomesticName string
	Composer     *note.Composer
	Shop         Shop          // what the shop knows of its customers; nil for nothing
	Alarms       alarm.Desk    // for what an administrator has to know
	GroupWait    time.Duration // how long a case's first mail is held back for what may follow it
	Limits       Limits
	Robots       []Robot // that tell group chats
	Mailboxes    []Mailbox
	Team         Team
	Now          func() time.Time
	Log          *zap.Logger
	// After is called for every mail after its commit, in order. It may be nil. It must not block for long: the
	// mailbox waits for it.
	After func(Outcome)
}

// An Intake takes mails in. It may be used by several mailbox loops at once.
type Intake struct {
	Options
	mailboxes map[string]Mailbox
}

// An Outcome is what became of one mail.
type Outcome struct {
	Message store.Message
	Actions []escalation.Action
	Counts  []escalation.Count
	CaseID  int64   // the open case that the mail belongs to, 0 for none
	Opened  bool    // the mail opened that case
	Answer  *Answer // what became of a mail to the team mailbox; nil for any other, and for what is worth no word
	// Unreadable says that nothing could be made of the mail, and that it was passed on for people to read.
	Unreadable bool
	Took       Took
}

// Took says how long the stages of a mail took. Keep is its share of the transaction, the commit not included.
type Took struct{ Read, Hear, Keep time.Duration }

// New returns an Intake.
func New(o Options) *Intake {
	in := &Intake{Options: o, mailboxes: make(map[string]Mailbox, len(o.Mailboxes))}
	for _, mb := range o.Mailboxes {
		in.mailboxes[mb.Name] = mb
	}
	return in
}

var _ mailbox.Preparer = (*Intake)(nil)

// Cursor returns the durable cursor of a folder.
func (in *Intake) Cursor(ctx context.Context, name, folder string) (mailbox.Cursor, bool, error) {
	var c mailbox.Cursor
	validity, uid, ok, err := in.Store.Cursor(ctx, name, folder)
	if err != nil || !ok {
		return c, ok, err
	}
	b, err := in.Store.Beginning(ctx, name, folder)
	return mailbox.Cursor{UIDValidity: validity, UID: uid, Old: b.OldUID, Began: b.At}, ok, err
}

// Deliver reads and hears the mails, decides what follows, and commits all of it together with the folder's cursor.
func (in *Intake) Deliver(ctx context.Context, name, folder string, mails []mailbox.Mail, next mailbox.Cursor) error {
	return in.Prepare(ctx, name, folder, mails)(ctx, next)
}

// Prepare reads and hears the mails, on all processors, and asks the shop what it knows of the customers. What it returns
// decides what follows and commits it.
func (in *Intake) Prepare(ctx context.Context, name, folder string, mails []mailbox.Mail) func(context.Context, mailbox.Cursor) error {
	mb, ok := in.mailboxes[name]
	if !ok {
		return func(context.Context, mailbox.Cursor) error {
			return fmt.Errorf("intake: no mailbox %q is configured", name)
		}
	}
	heard := in.hearAll(mb, mails)
	if err := in.putAside(ctx, mb, folder, heard); err != nil {
		return func(context.Context, mailbox.Cursor) error {
			return fmt.Errorf("mailbox %s, folder %s: %w", name, folder, err)
		}
	}
	for i := range heard {
		in.askShop(ctx, &heard[i])
	}
	return func(ctx context.Context, next mailbox.Cursor) error {
		outcomes, err := in.keep(ctx, mb, folder, heard, next)
		if err != nil {
			return fmt.Errorf("mailbox %s, folder %s: %w", name, folder, err)
		}
		in.tellAll(mb, folder, outcomes)
		return nil
	}
}

// hearAll hears mails side by side, and returns them in their order.
func (in *Intake) hearAll(mb Mailbox, mails []mailbox.Mail) []heardMail {
	heard := make([]heardMail, len(mails))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(mails)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(mails); i = int(next.Add(1)) - 1 {
				heard[i] = in.hear(mb, &mails[i])
			}
		})
	}
	workers.Wait()
	return heard
}

// keep decides on the mails and commits all that follows. A mail that breaks the deciding takes the transaction with it:
// it is put aside as poison, and the others are taken again without it, so that it is met once and not for ever.
func (in *Intake) keep(ctx context.Context, mb Mailbox, folder string, heard []heardMail, next mailbox.Cursor) ([]Outcome, error) {
	for {
		var outcomes []Outcome
		var broken *heardMail
		err := in.Store.Update(ctx, func(tx *store.Tx) (err error) {
			if outcomes, broken, err = in.takeAll(tx, mb, heard); err != nil {
				return err
			}
			return errors.Join(tx.DropOriginals(aside(heard)), tx.SetCursor(mb.Name, folder, next.UIDValidity, next.UID),
				tx.SetBeginning(mb.Name, folder, store.Beginning{OldUID: next.Old, At: next.Began}))
		})
		if err == nil {
			return outcomes, nil
		}
		if broken == nil || broken.poison {
			if ids := aside(heard); len(ids) > 0 {
				err = errors.Join(err, in.Store.DropOriginals(context.WithoutCancel(ctx), ids))
			}
			return nil, err
		}
		broken.poison = true
	}
}

// takeAll keeps the mails of a batch, one after the other. It returns the one that breaks, if any, with the error.
func (in *Intake) takeAll(tx *store.Tx, mb Mailbox, heard []heardMail) (outcomes []Outcome, broken *heardMail, err error) {
	outcomes = make([]Outcome, len(heard))
	rows := make([]*store.Message, len(heard))
	for i := range heard {
		rows[i] = &outcomes[i].Message
		err := in.contain(mb, &heard[i], func() error {
			*rows[i] = in.row(mb, &heard[i])
			return nil
		})
		if err != nil {
			return nil, &heard[i], err
		}
	}
	began := in.Now()
	if len(heard) > 1 {
		if err := tx.Foresee(rows, DuplicateWithin); err != nil {
			return nil, nil, err
		}
	}
	now := in.Now()
	share := now.Sub(began) / time.Duration(max(1, len(heard)))
	kept := 0
	for i := range heard {
		h, o := &heard[i], &outcomes[i]
		began = now
		fresh := false
		err := in.contain(mb, h, func() (err error) {
			fresh, err = in.take(tx, mb, h, o)
			return err
		})
		if err != nil {
			if errors.Is(err, errBroke) {
				broken = h
			}
			return nil, broken, fmt.Errorf("keep mail UID %d: %w", h.mail.UID, err)
		}
		now = in.Now()
		if fresh {
			o.Took = h.took
			o.Took.Keep = share + now.Sub(began)
			outcomes[kept] = *o
			kept++
		}
	}
	return outcomes[:kept], nil, nil
}

// toldEach is up to how many mails of a batch each get a line in the log.
const toldEach = 10

// tellAll reports what became of a batch: in the log, and to whoever else listens. Of a large batch, as after a pause or at
// the first start, the mails that nothing followed from share one line: the journal drops lines that come too thick, and
// the others must not be among them.
func (in *Intake) tellAll(mb Mailbox, folder string, outcomes []Outcome) {
	quiet := make(map[message.Direction]int)
	for i := range outcomes {
		o := &outcomes[i]
		if len(outcomes) > toldEach && o.quiet() {
			quiet[o.Message.Direction]++
		} else {
			in.tell(o)
		}
		if in.After != nil {
			in.After(*o)
		}
	}
	if len(quiet) > 0 {
		in.Log.Info("mails taken that nothing follows from", zap.String("mailbox", mb.Name), zap.String("folder", folder),
			zap.Uint32("from_uid", outcomes[0].Message.Place.UID), zap.Uint32("to_uid", outcomes[len(outcomes)-1].Message.Place.UID),
			zap.Int("inbound", quiet[message.Inbound]), zap.Int("outbound", quiet[message.Outbound]), zap.Int("ignored", quiet[message.Ignored]))
	}
}

// quiet reports that a mail carries nothing, joins no case and has no fault.
func (o *Outcome) quiet() bool {
	return !o.Queued() && len(o.Message.Signals) == 0 && len(o.Message.Faults) == 0 && o.CaseID == 0
}

// Queued reports whether something is to be done because of the mail.
func (o *Outcome) Queued() bool { return len(o.Actions) > 0 || o.Unreadable || o.Answer != nil }

// tell writes one line about a committed outcome.
func (in *Intake) tell(o *Outcome) {
	m := &o.Message
	in.Log.Info("mail taken",
		zap.String("mailbox", m.Place.Mailbox), zap.String("folder", m.Place.Folder), zap.Uint32("uid", m.Place.UID),
		zap.String("message_id", m.MessageID), zap.String("direction", string(m.Direction)),
		zap.String("ignored", string(m.Ignored)), zap.Strings("signals", signalNames(m.Signals)),
		zap.Strings("do", dos(o.Actions)), zap.Int64("case", o.CaseID))
	if o.Answer != nil {
		in.tellAnswer(o)
	}
	for _, f := range m.Faults {
		in.Log.Warn("mail has a fault", zap.String("mailbox", m.Place.Mailbox), zap.String("folder", m.Place.Folder),
			zap.Uint32("uid", m.Place.UID), zap.String("fault", unquoted(f)))
	}
	if o.Unreadable {
		in.Log.Error("a mail could not be read; it was passed on for people to read", zap.String("mailbox", m.Place.Mailbox),
			zap.String("folder", m.Place.Folder), zap.Uint32("uid", m.Place.UID))
	}
}

func signalNames(hits []classify.Hit) []string {
	names := make([]string, len(hits))
	for i, h := range hits {
		names[i] = string(h.Signal)
	}
	return names
}

func dos(actions []escalation.Action) []string {
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = string(a.Do)
	}
	return names
}
