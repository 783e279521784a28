// Package outbox does what is decided: it sends the mails, appends the drafts and notes, sets the keywords and moves
// the mails that wait as rows in the store.
//
// # Promises
//
// An attempt is written down before it is made, and its end after it, so a crash neither forgets a row nor repeats it
// without a pause. A row is rendered before its first attempt; every attempt carries the same bytes under the same
// Message-ID. Of several recipients each ends on its own: one who has got the mail is never mailed again.
//
// What fails is tried again after five seconds, then after twice as long each time, and every ten minutes at last, for
// as long as it takes. Only what a server refuses for good (see Permanent) is given up; it is then logged as an error
// and shown as undelivered until somebody acts.
//
// One doubt is left, as SMTP has it: where the connection or the process dies between the end of a mail and the
// server's answer, nobody knows whether it was taken. Then it goes again under the same Message-ID.
//
// # How it works
//
// Run is one loop. It alone reads and writes the store. For each destination (SMTP, every mailbox) it has at most one
// row in hand at a time, in a goroutine that it waits for, so that a server that hangs holds up nobody but its own rows.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/heedmail/heed/escalation/store"
)

// The retry schedule, and the bounds of the loop.
const (
	FirstRetry = 5 * time.Second
	LastRetry  = 10 * time.Minute

	recheck     = time.Second      // while a busy destination hides what else is due, or the store fails
	storeLimit  = 30 * time.Second // for one read or write of the store
	mailLimit   = 30 * time.Minute // for one attempt at a mail; the sender has a limit for every step
	actionLimit = 5 * time.Minute  // for one attempt at a draft, note, keyword or move
	grace       = 20 * time.Second // for what is in hand when Run is told to end

	readAhead = 16 // rows for each destination that are read at once
)

// A Store is what the outbox needs of the state file.
type Store interface {
	// Due returns pending rows that are due, the oldest first, at most limit for each destination, but for those in except.
	Due(ctx context.Context, now time.Time, limit int, except ...string) ([]store.Row, error)
	// NextDue returns when the next pending row is due, and false when there is none.
	NextDue(ctx context.Context) (time.Time, bool, error)
	// Attempt keeps that an attempt begins now and when the next one would come. It returns store.ErrNoRow when the row
	// is gone, or is another than the one with this hash by now.
	Attempt(ctx context.Context, id int64, hash string, next time.Time) error
	// Finish keeps the row's State, Error and Recipients.
	Finish(ctx context.Context, row store.Row) error
	// FinishAndAttempt is Finish of a row that encloses no original and Attempt at the next, until next.NextAt, in one write.
	// begun is false when the next is gone, or is another by now.
	FinishAndAttempt(ctx context.Context, ended, next store.Row) (begun bool, err error)
	// The originals that rows enclose.
	Originals
}

// A Writer does what is done in a watched mailbox. Everything may be asked for twice and is done once.
type Writer interface {
	SetKeyword(ctx context.Context, folder string, uidValidity, uid uint32, messageID, keyword string) error
	Move(ctx context.Context, folder string, uidValidity, uid uint32, messageID, dest string) error
	Append(ctx context.Context, folder, messageID string, raw []byte, flags ...string) error
	AppendDraft(ctx context.Context, messageID string, raw []byte) error
}

// An Event is the end of one attempt, for whoever watches: Row as it stands now, and why it failed, if it did.
type Event struct {
	Row store.Row
	Err error
}

// Options are the parts of an Outbox. Store and Mail are required.
type Options struct {
	Store     Store
	Mail      Sender
	Mailboxes map[string]Writer // by name
	Logger    *zap.Logger
	Now       func() time.Time
	Rand      func() float64 // in [0, 1)
	OnEvent   func(Event)    // called by the loop at the end of each attempt, so it has to be quick; may be nil
	Grace     time.Duration  // how long what is in hand may take once Run is told to end; 0 is 20 seconds
}

// An Outbox does the rows of a store. Run must be running for anything to happen.
type Outbox struct {
	o    Options
	log  *zap.Logger
	kick chan struct{} // of capacity one: many kicks make one look

	mu    sync.Mutex
	alive time.Time // when the loop last went round
}

// New makes an Outbox.
func New(o Options) *Outbox {
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Grace == 0 {
		o.Grace = grace
	}
	return &Outbox{o: o, log: o.Logger.Named("outbox"), kick: make(chan struct{}, 1)}
}

// Kick tells the loop that there may be something new. It never blocks.
func (b *Outbox) Kick() {
	select {
	case b.kick <- struct{}{}:
	default:
	}
}

// Alive returns when the loop last went round; zero before Run. It goes round at least every LastRetry.
func (b *Outbox) Alive() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.alive
}

func (b *Outbox) goRound() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.alive = b.o.Now()
}

// Run does what is due until ctx ends. Then it takes up nothing new, gives what is in hand Options.Grace to end,
// writes down how it ended, and returns nil. One Run at a time.
func (b *Outbox) Run(ctx context.Context) error {
	// What is in hand outlives ctx by the grace, and no longer.
	work, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	l := loop{Outbox: b, work: work, busy: map[string]bool{}, results: make(chan result)}

	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case r := <-l.results:
			l.end(ctx, r)
		case <-b.kick:
			l.more = true
		case <-timer.C:
			l.more = true
		}
		if ctx.Err() == nil {
			timer.Reset(l.pass(ctx))
		}
	}
	return l.drain(abort)
}

// A loop is the state of one Run. Only the goroutine of Run touches it.
type loop struct {
	*Outbox
	work    context.Context // for what is in hand
	busy    map[string]bool // destinations with a row in hand
	ahead   []store.Row     // were due when they were read, and wait for their destination; none in hand or unsaved is among them
	more    bool            // others may be due by now
	results chan result
	unsaved []store.Row // ended, but the store could not keep it yet: must not be done again
}

type result struct {
	before, row store.Row // as it was, and as it stands now
	err         error
}

// pass starts what can be started and returns when to look again.
func (l *loop) pass(ctx context.Context) time.Duration {
	l.goRound()
	l.save()
	if err := l.read(ctx); err != nil {
		return l.storeFailed(ctx, "can't read the outbox; nothing is sent until the state file can be read", err)
	}
	rows := l.ahead
	l.ahead = nil
	for i, row := range rows {
		if l.busy[row.Destination()] {
			l.ahead = append(l.ahead, row)
			continue
		}
		if err := l.start(ctx, row); err != nil {
			l.ahead, l.more = append(l.ahead, rows[i:]...), true
			return l.storeFailed(ctx, "can't write the outbox; nothing is sent until the state file can be written", err)
		}
	}
	if len(l.busy) > 0 || len(l.unsaved) > 0 { // NextDue would name a row that has to wait for what is in hand
		return recheck
	}
	return l.untilNext(ctx)
}

// storeFailed logs why nothing can be done now, and says when to try again.
func (l *loop) storeFailed(ctx context.Context, what string, err error) time.Duration {
	if ctx.Err() == nil {
		l.log.Error(what, zap.Error(err))
	}
	return FirstRetry
}

// read reads what is due for those destinations that have nothing to do, when there may be something that is not read yet. To
// find it takes longer than to read it, so that more is read than can be begun. A row that is changed or goes while it waits here
// is not begun: see start.
func (l *loop) read(ctx context.Context) error {
	provided := maps.Clone(l.busy)
	for _, row := range l.ahead {
		provided[row.Destination()] = true
	}
	if !l.more || !l.anyIdle(provided) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	rows, err := l.o.Store.Due(ctx, l.o.Now(), readAhead+len(l.unsaved), slices.Collect(maps.Keys(provided))...)
	if err != nil {
		return err
	}
	// What is unsaved may be due still, and the store does not know yet who has got it.
	l.ahead = append(l.ahead, slices.DeleteFunc(rows, func(row store.Row) bool { return l.isUnsaved(row.ID) })...)
	l.more = false
	return nil
}

// anyIdle reports whether a destination has nothing to do. One that the config has no more waits until one does: nothing can be
// done for it but to say so.
func (l *loop) anyIdle(provided map[string]bool) bool {
	for mailbox := range l.o.Mailboxes {
		if !provided[mailbox] {
			return true
		}
	}
	return !provided[""]
}

func (l *loop) untilNext(ctx context.Context) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	next, ok, err := l.o.Store.NextDue(ctx)
	switch {
	case err != nil:
		return recheck
	case !ok:
		return LastRetry
	}
	// What is due already is due to a row that was started just now and is not written back, or to a clock that was set.
	return min(max(next.Sub(l.o.Now()), time.Millisecond), LastRetry)
}

// start begins an attempt at a row whose destination is free. What is about to be done is written down first.
func (l *loop) start(ctx context.Context, row store.Row) error {
	row = l.attempted(row)
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	switch err := l.o.Store.Attempt(ctx, row.ID, row.Hash, row.NextAt); {
	case errors.Is(err, store.ErrNoRow): // it was removed, or something was joined to it, in the meantime
		return nil
	case err != nil:
		return err
	}
	l.hand(row)
	return nil
}

// attempted is a row as it is when an attempt at it begins now.
func (l *loop) attempted(row store.Row) store.Row {
	row.Attempts++
	row.NextAt = l.o.Now().Add(Pause(row.Attempts, l.o.Rand()))
	return row
}

// hand takes a row in hand, of which is written down that an attempt begins.
func (l *loop) hand(row store.Row) {
	l.busy[row.Destination()] = true
	go func() {
		done, err := l.do(l.work, row)
		l.results <- result{row, done, err}
	}()
}

// Pause is how long to wait after the n-th attempt: five seconds, then twice as long each time, ten minutes at last,
// and up to a tenth more, so that what failed together is not tried again together.
func Pause(n int, random float64) time.Duration {
	d := FirstRetry
	for i := 1; i < n && d < LastRetry; i++ {
		d *= 2
	}
	d = min(d, LastRetry)
	return d + time.Duration(random*float64(d)/10)
}

// end takes in how an attempt ended. It is written down before anything else: until then a crash would do it again.
func (l *loop) end(ctx context.Context, r result) {
	destination := r.row.Destination()
	delete(l.busy, destination)
	next := slices.IndexFunc(l.ahead, func(row store.Row) bool { return row.Destination() == destination })
	l.more = l.more || next < 0
	if next < 0 || ctx.Err() != nil || !l.goOn(r.row, next) {
		l.unsaved = append(l.unsaved, r.row)
		l.save()
	}
	l.report(r.before, r.row, r.err)
	if l.o.OnEvent != nil {
		l.o.OnEvent(Event{Row: r.row, Err: r.err})
	}
}

// goOn writes down how an attempt ended, and in the same write that one at the row that waits at ahead[next] begins, which is then
// in hand. It reports whether it did; where it could not, each is tried alone, so that none keeps the other from being written.
func (l *loop) goOn(ended store.Row, next int) bool {
	if len(l.unsaved) > 0 || ended.Enclosed != nil {
		return false
	}
	row := l.attempted(l.ahead[next])
	ctx, cancel := context.WithTimeout(l.work, storeLimit)
	defer cancel()
	begun, err := l.o.Store.FinishAndAttempt(ctx, ended, row)
	if err != nil {
		return false
	}
	l.ahead = slices.Delete(l.ahead, next, next+1)
	if begun {
		l.hand(row)
	}
	return true
}

// save writes down how attempts ended. What can't be written stays in memory and is not done again meanwhile: a full
// disk must not send a mail twice.
func (l *loop) save() {
	for len(l.unsaved) > 0 {
		ctx, cancel := context.WithTimeout(l.work, storeLimit)
		err := l.o.Store.Finish(ctx, l.unsaved[0])
		cancel()
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			l.log.Error("can't write down what was done; it is kept in memory and tried again", zap.Int64("row", l.unsaved[0].ID), zap.Error(err))
			return
		}
		l.unsaved = l.unsaved[1:]
	}
	l.unsaved = nil
}

func (l *loop) isUnsaved(id int64) bool {
	for _, row := range l.unsaved {
		if row.ID == id {
			return true
		}
	}
	return false
}

// drain waits for what is in hand, for the grace and then for the abort, and writes it down.
func (l *loop) drain(abort context.CancelFunc) error {
	l.ahead = nil // nothing new is begun
	timer := time.AfterFunc(l.o.Grace, abort)
	defer timer.Stop()
	for len(l.busy) > 0 {
		l.end(l.work, <-l.results)
	}
	// The abort must not keep what did happen from being written down.
	l.work = context.WithoutCancel(l.work)
	l.save()
	if n := len(l.unsaved); n > 0 {
		return fmt.Errorf("outbox: %d rows were done but could not be written down; they will be done once more, under the same Message-ID", n)
	}
	return nil
}
