package customers

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"
)

// How patient an Asker is.
const (
	AnswerWithin = 2 * time.Second  // how long a mail waits for what the shop knows
	slow         = AnswerWithin / 4 // a failure that took longer is remembered
	Pause        = 30 * time.Second // for so long
)

// An Asker asks a Source for mails that can't wait. A Source that failed slowly is not asked again for a while, so that
// a backlog is not held up by every mail of it; one that fails at once costs nothing and is asked again. It may be used
// by several goroutines.
type Asker struct {
	source Source
	now    func() time.Time
	log    *zap.Logger
	within time.Duration

	mu    sync.Mutex
	fault string    // of the last answer, "" when it was good
	until time.Time // nobody asks before
}

// NewAsker returns an Asker, which closes the Source with itself.
func NewAsker(source Source, now func() time.Time, log *zap.Logger) *Asker {
	return &Asker{source: source, now: now, log: log, within: AnswerWithin}
}

// Close closes the Source.
func (a *Asker) Close() error { return a.source.Close() }

// Ask returns what the shop knows, and why it could not be asked: a few words for people, "" when it could.
func (a *Asker) Ask(ctx context.Context, q Query) (Answer, string) {
	if fault := a.resting(); fault != "" {
		return Answer{}, fault
	}
	asking, cancel := context.WithTimeout(ctx, a.within)
	defer cancel()
	start := a.now()
	answer, err := a.source.Find(asking, q)
	if err != nil && ctx.Err() != nil { // Heed is stopping; that says nothing about the source
		return Answer{}, "Heed was being stopped"
	}
	if err != nil && errors.Is(asking.Err(), context.DeadlineExceeded) {
		err = errors.Join(errSlow, err)
	}
	return answer, a.judge(err, a.now().Sub(start))
}

var errSlow = errors.New("no answer within " + AnswerWithin.String())

// resting returns the remembered fault while nobody is to ask. When the pause is over, one asks; the others go on
// resting until it knows.
func (a *Asker) resting() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.until.IsZero() {
		return ""
	}
	if now := a.now(); !now.Before(a.until) {
		a.until = now.Add(a.within)
		return ""
	}
	return a.fault
}

// judge remembers how it went, and tells the log when that has changed.
func (a *Asker) judge(err error, took time.Duration) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.fault
	switch {
	case err == nil:
		a.fault, a.until = "", time.Time{}
		if before != "" {
			a.log.Info("customer data can be asked for again")
		}
		return ""
	case errors.Is(err, errSlow):
		a.fault = "the shop's customer data did not answer within " + AnswerWithin.String()
	default:
		a.fault = "the shop's customer data could not be reached"
	}
	a.until = time.Time{}
	if took >= slow || errors.Is(err, errSlow) {
		a.until = a.now().Add(Pause)
	}
	if a.fault != before {
		a.log.Warn("customer data can't be asked for; notes go out without it", zap.Error(err))
	}
	return a.fault
}
