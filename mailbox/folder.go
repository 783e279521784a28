package mailbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"time"

	"github.com/emersion/go-imap/v2"
	"go.uber.org/zap"
)

// LongestIdle is how long a folder goes without a look at most: servers and firewalls drop an idle connection after ten
// minutes.
const LongestIdle = 9 * time.Minute

const (
	firstDelay   = time.Second
	longestDelay = time.Minute
	steadyAfter  = time.Minute // a connection that held so long starts the delays anew
	deliverLimit = time.Minute // how long the sink may take for one batch

	rescanAge  = 30 * 24 * time.Hour // how far back a folder is read again when its UIDs have lost their meaning
	rescanMost = 20_000              // and how many mails at most

	idleDeathsMost = 3                // so many connections that died on entering IDLE, and the next one does without
	idleDeathAge   = 10 * time.Second // what counts as entering
)

// folder is the loop over one folder. All its fields but health belong to the loop's goroutine.
type folder struct {
	account Account
	name    string // "" for a Sent folder that has to be found
	sent    bool
	sink    Sink
	options Options
	log     *zap.Logger

	push   chan struct{} // of capacity one: the server said that the number of mails changed
	taker  taker
	health *health
	delay  time.Duration // of the last reconnect, 0 after a good connection

	idleDeaths int
}

// newFolder makes the loop, which run starts.
func newFolder(a Account, name string, sent bool, sink Sink, o Options) *folder {
	log := o.Logger.With(zap.String("mailbox", a.Name))
	f := &folder{account: a, name: name, sent: sent, sink: sink, options: o, log: log, push: make(chan struct{}, 1)}
	f.health = &health{log: log, now: o.Now, onState: o.OnState,
		is: FolderHealth{Folder: name, Sent: sent, State: Connecting, Since: o.Now()}}
	return f
}

// run connects again and again until the context ends.
func (f *folder) run(ctx context.Context) {
	for ctx.Err() == nil {
		f.health.enter(Connecting, nil)
		began := f.options.Now()
		err := f.connection(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			continue
		}
		f.health.enter(Waiting, err)
		if f.options.Now().Sub(began) >= steadyAfter {
			f.delay = 0
		}
		pause(ctx, f.nextDelay(err))
	}
}

// nextDelay doubles the delay from a second to a minute, less up to half of it by chance, so that a server that comes
// back is not met by everybody at once. A refused login waits the full minute: servers lock out who tries too often.
func (f *folder) nextDelay(err error) time.Duration {
	f.delay = min(max(2*f.delay, firstDelay), longestDelay)
	if KindOf(err) == Auth {
		f.delay = longestDelay
	}
	return f.delay - time.Duration(f.options.Rand()*float64(f.delay)/2)
}

// pause waits, but not longer than the context.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// connection is the life of one connection: from dialling to the error that ends it (nil: it ended by plan). A panic is such an error too: it
// must not stop the other folders.
func (f *folder) connection(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = f.panicked(p, debug.Stack())
		}
	}()
	s, err := connect(ctx, f.account, f.dial, f.pushed)
	if err != nil {
		return err
	}
	defer s.close()
	name, err := f.find(ctx, s)
	if err != nil {
		return err
	}
	if name == "" {
		f.health.succeeded()
		f.health.enter(Absent, nil)
		pause(ctx, max(f.account.Poll, longestDelay))
		return nil
	}
	f.taker.prepare = f.preparer(name)
	f.taker.missed = func(uid uint32, fault string) {
		f.log.Warn("mail not taken whole", zap.String("folder", name), zap.Uint32("uid", uid), zap.String("fault", fault))
	}
	return f.watch(ctx, s, name)
}

// dial opens a connection on which the folder's health listens.
func (f *folder) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := f.options.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return listening{conn, f.health.heard}, nil
}

// panicked reports a panic and makes the error of it that ends the connection.
func (f *folder) panicked(value any, stack []byte) error {
	f.log.DPanic("mailbox folder panicked; please report this", zap.Any("panic", value), zap.ByteString("stack", stack))
	return fmt.Errorf("%s: panic: %v", f.account.Name, value)
}

// pushed notes that the server pushed something. Many pushes make one look.
func (f *folder) pushed() {
	select {
	case f.push <- struct{}{}:
	default:
	}
}

// find returns the folder's name; "" when the account has no Sent folder, or its Sent folder is one of the inbound ones.
func (f *folder) find(ctx context.Context, s *session) (string, error) {
	if f.name != "" {
		return f.name, nil
	}
	name, err := s.special(ctx, imap.MailboxAttrSent)
	if err != nil || name == "" {
		return "", err
	}
	for _, inbound := range f.account.inbound() {
		if sameFolder(name, inbound) {
			return "", nil
		}
	}
	f.health.named(name)
	return name, nil
}

// preparer hands batches to the sink, with contexts that outlive a stop: what is fetched is finished.
func (f *folder) preparer(name string) func(context.Context, []Mail, Cursor) func() error {
	return func(ctx context.Context, mails []Mail, next Cursor) func() error {
		for i := range mails {
			m := &mails[i]
			m.Folder, m.UIDValidity, m.Sent = name, next.UIDValidity, f.sent
			if m.InternalDate.IsZero() {
				m.InternalDate = f.options.Now()
			}
		}
		ctx = context.WithoutCancel(ctx)
		keep := f.prepare(ctx, name, mails)
		return func() error {
			ctx, cancel := context.WithTimeout(ctx, deliverLimit)
			defer cancel()
			if err := keep(ctx, next); err != nil {
				return &Error{Kind: Temporary, Where: f.account.Name + "/" + name, Doing: "keep what was fetched", Err: err}
			}
			f.health.succeeded()
			return nil
		}
	}
}

// prepare has the sink prepare a batch, where it can.
func (f *folder) prepare(ctx context.Context, name string, mails []Mail) func(context.Context, Cursor) error {
	sink, ok := f.sink.(Preparer)
	if !ok {
		return func(ctx context.Context, next Cursor) error {
			return f.sink.Deliver(ctx, f.account.Name, name, mails, next)
		}
	}
	limit := deliverLimit
	for _, m := range mails {
		if m.Original != nil {
			limit += transfer(m.Size)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return sink.Prepare(ctx, f.account.Name, name, mails)
}

// watch takes what is new and waits for more, until something fails.
func (f *folder) watch(ctx context.Context, s *session, name string) error {
	box, err := s.examine(ctx, name)
	if err != nil {
		return err
	}
	f.health.enter(Reading, nil)
	cur, err := f.begin(ctx, s, name, box)
	s.old = cur.Old
	for err == nil {
		f.drain()
		before := cur
		if cur, err = f.taker.takeAll(ctx, s, cur); cur != before {
			f.delay = 0
		}
		if err != nil {
			break
		}
		f.health.succeeded()
		f.health.enter(Watching, nil)
		err = f.wait(ctx, s)
	}
	if p, ok := errors.AsType[panicked](err); ok {
		return f.panicked(p.value, p.stack)
	}
	if _, ok := errors.AsType[*Error](err); !ok {
		err = &Error{Kind: Temporary, Where: f.account.Name + "/" + name, Doing: "read the folder", Err: err}
	}
	return err
}

// drain forgets a push that the coming look will answer.
func (f *folder) drain() {
	select {
	case <-f.push:
	default:
	}
}

// wait returns when it is time to look again: something was pushed, or the poll interval is over. Servers may lose a
// push, so that even a quiet IDLE ends with the interval.
func (f *folder) wait(ctx context.Context, s *session) error {
	most := min(f.account.Poll, LongestIdle)
	if !s.caps.Has(imap.CapIdle) || f.idleDeaths >= idleDeathsMost {
		if err := f.sleep(ctx, s, most); err != nil {
			f.idleDeaths = 0
			return err
		}
		return s.noop(ctx)
	}
	began := f.options.Now()
	err := f.idle(ctx, s, most)
	switch {
	case err == nil:
		f.idleDeaths = 0
	case f.options.Now().Sub(began) < idleDeathAge:
		f.idleDeaths++
	}
	return err
}

// idle waits in IDLE (RFC 2177).
func (f *folder) idle(ctx context.Context, s *session, d time.Duration) error {
	stop, err := s.idle(ctx)
	if err != nil {
		return err
	}
	if err := f.sleep(ctx, s, d); err != nil {
		return err
	}
	return stop()
}

// sleep waits for a push or for the time to be over. It fails when the connection or the context ends.
func (f *folder) sleep(ctx context.Context, s *session, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-f.push:
		return nil
	case <-t.C:
		return nil
	case <-s.client.Closed():
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin returns the cursor to read from.
func (f *folder) begin(ctx context.Context, s *session, name string, box *imap.SelectData) (Cursor, error) {
	cur, known, err := f.sink.Cursor(ctx, f.account.Name, name)
	if err != nil {
		return cur, &Error{Kind: Temporary, Where: f.account.Name + "/" + name, Doing: "read the cursor", Err: err}
	}
	where := zap.String("folder", name)
	if known && cur.UIDValidity == box.UIDValidity && (box.UIDNext == 0 || cur.UID < uint32(box.UIDNext)) {
		return cur, nil
	}
	fresh := Cursor{UIDValidity: box.UIDValidity, Began: cur.Began}
	if fresh.Old, err = s.newest(ctx, box); err != nil {
		return cur, err
	}
	age := rescanAge
	if !cur.Began.IsZero() { // what lay there before the first reading is none of ours, now as then
		age = min(age, max(f.options.Now().Sub(cur.Began), 0))
	}
	switch {
	case !known:
		f.log.Info("folder is read for the first time", where, zap.String("start", f.account.Start.String()))
		if fresh, err = f.first(ctx, s, box, fresh); err == nil && f.account.Start == StartAll {
			return fresh, nil
		}
	case cur.UIDValidity != box.UIDValidity:
		f.log.Warn("UIDVALIDITY changed, so the end of the folder is read again; mails that are known count once", where, zap.Duration("back", age),
			zap.Uint32("was", cur.UIDValidity), zap.Uint32("is", box.UIDValidity))
		fresh.UID, err = f.since(ctx, s, box, age, rescanMost)
	default:
		f.log.Warn("the server has gone back behind our cursor (restored from a backup?), so the end of the folder is read again; mails that are known count once", where, zap.Duration("back", age),
			zap.Uint32("cursor", cur.UID), zap.Uint32("uidnext", uint32(box.UIDNext)))
		fresh.UID, err = f.since(ctx, s, box, age, rescanMost)
	}
	if err != nil {
		return cur, err
	}
	f.taker.forget()
	// Kept at once: a first run that finds no mail must know next time where it began.
	return fresh, f.preparer(name)(ctx, nil, fresh)()
}

// first is the cursor of a folder that was never read.
func (f *folder) first(ctx context.Context, s *session, box *imap.SelectData, fresh Cursor) (Cursor, error) {
	var err error
	now := f.options.Now().UTC().Truncate(time.Microsecond) // as it is kept
	switch age := time.Duration(f.account.Start); f.account.Start {
	case StartAll:
	case StartNow:
		fresh.UID, fresh.Began = fresh.Old, now
	default:
		fresh.Began = now.Add(-age)
		fresh.UID, err = f.since(ctx, s, box, age, 0)
	}
	return fresh, err
}

// since returns the UID below the first mail that arrived within an age, but not below the last most mails (0 = any
// number).
func (f *folder) since(ctx context.Context, s *session, box *imap.SelectData, age time.Duration, most uint32) (uint32, error) {
	// SINCE compares days without a zone (RFC 9051, 6.4.4): a day more makes up for it.
	day := f.options.Now().Add(-age).AddDate(0, 0, -1)
	found, err := s.search(ctx, &imap.SearchCriteria{Since: day})
	if err != nil {
		return 0, err
	}
	first := found.above(0, 1)
	if len(first) == 0 {
		return s.newest(ctx, box)
	}
	floor := first[0] - 1
	if most > 0 && box.NumMessages > most {
		bound, err := s.uidOf(ctx, box.NumMessages-most)
		if err != nil {
			return 0, err
		}
		floor = max(floor, bound)
	}
	return floor, nil
}
