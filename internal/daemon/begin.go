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

// To build a classifier with a lexicon of the administrator's own takes about as long as to log in to a mail server and to fetch
// the first mails. So both are done side by side: the mailboxes are watched at once, and the first mails wait until they can be heard.

// A hearing is a classifier that is being built. To call it is to wait for it.
type hearing func() (*classify.Classifier, error)

// beginHearing starts to build the classifier. Whoever gets the hearing calls it at least once.
func beginHearing(lexicons []string) hearing {
	build := sync.OnceValues(func() (*classify.Classifier, error) { return NewClassifier(lexicons) })
	go build() //nolint:errcheck // whoever calls it next gets the error
	return build
}

// An ear is an intake that gets its classifier when the first mail asks for it.
type ear struct {
	*intake.Intake
	hearing hearing
	once    sync.Once
	err     error
}

var _ mailbox.Preparer = (*ear)(nil)

// open waits for the classifier, and returns why there is none.
func (e *ear) open() error {
	e.once.Do(func() {
		if e.Classifier, e.err = e.hearing(); e.err != nil {
			e.err = ConfigError{e.err}
		}
	})
	return e.err
}

// Prepare is that of the intake. Without a classifier nothing is kept; the daemon is ending then.
func (e *ear) Prepare(ctx context.Context, name, folder string, mails []mailbox.Mail) func(context.Context, mailbox.Cursor) error {
	if err := e.open(); err != nil {
		return func(context.Context, mailbox.Cursor) error { return err }
	}
	return e.Intake.Prepare(ctx, name, folder, mails)
}

// Deliver is Prepare and what it returns.
func (e *ear) Deliver(ctx context.Context, name, folder string, mails []mailbox.Mail, next mailbox.Cursor) error {
	return e.Prepare(ctx, name, folder, mails)(ctx, next)
}

// settleAfter is when a start is over, also one that finds a small backlog.
const settleAfter = 10 * time.Second

// settle gives back to the system what only the start needed: to compile a lexicon takes several times the memory that
// it has in the end, and while no mail comes the collector has no cause to look for it.
func settle(ctx context.Context) {
	timer := time.NewTimer(settleAfter)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
		debug.FreeOSMemory()
	}
}
