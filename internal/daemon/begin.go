package daemon

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/mailbox"
)

// To log in to a mail server, to look into a large folder for the first time and to get the first mails takes it longer than a
// start takes here. So the mailboxes are watched at once, and everything else is made ready meanwhile, in the order in which
// the Watchers ask for it: the state, which knows their cursors, and then what the mails are read and answered with. If
// something of it is missing, nothing was done but to look.

// An ear is what the Watchers hand their mails to: an intake that comes later than they.
type ear struct {
	opened chan struct{}  // closed when there is the intake, which can tell cursors
	intake *intake.Intake // of use once opened is closed
	ready  chan struct{}  // closed when it can take mails, or never will
	err    error          // why it never will, once ready is closed
}

var _ mailbox.Preparer = (*ear)(nil)

// newEar makes an ear without an intake.
func newEar() *ear { return &ear{opened: make(chan struct{}), ready: make(chan struct{})} }

// open tells of the intake, which has a state by now.
func (e *ear) open(in *intake.Intake) {
	e.intake = in
	close(e.opened)
}

// listen tells that the intake has all that it needs, or why it has not.
func (e *ear) listen(err error) {
	e.err = err
	close(e.ready)
}

// Cursor is that of the intake, as soon as there is one.
func (e *ear) Cursor(ctx context.Context, name, folder string) (mailbox.Cursor, bool, error) {
	select {
	case <-e.opened:
		return e.intake.Cursor(ctx, name, folder)
	case <-ctx.Done():
		return mailbox.Cursor{}, false, ctx.Err()
	}
}

// Prepare is that of the intake, as soon as it is ready. When it never will be nothing is kept; the daemon is ending then.
func (e *ear) Prepare(ctx context.Context, name, folder string, mails []mailbox.Mail) func(context.Context, mailbox.Cursor) error {
	<-e.ready // which comes: a start ends, one way or the other
	if e.err != nil {
		return func(context.Context, mailbox.Cursor) error { return e.err }
	}
	return e.intake.Prepare(ctx, name, folder, mails)
}

// Deliver is Prepare and what it returns.
func (e *ear) Deliver(ctx context.Context, name, folder string, mails []mailbox.Mail, next mailbox.Cursor) error {
	return e.Prepare(ctx, name, folder, mails)(ctx, next)
}

// beginHearing starts to build the classifier, which takes about as long as everything else, and much longer with a lexicon of
// the administrator's own. The function that it returns waits for it, and is called at least once.
func beginHearing(lexicons []string) func() (*classify.Classifier, error) {
	build := sync.OnceValues(func() (*classify.Classifier, error) { return NewClassifier(lexicons) })
	go build() //nolint:errcheck // whoever calls it next gets the error
	return build
}

// settleAfter is when a start is over, also one that finds a small backlog.
const settleAfter = 10 * time.Second

// settle gives back to the system what only the start needed: to compile a lexicon takes several times the memory that
// it has in the end, and while no mail comes the collector has no cause to look for it.
func settle(ctx context.Context) error {
	timer := time.NewTimer(settleAfter)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
		debug.FreeOSMemory()
	}
	return nil
}
