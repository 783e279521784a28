package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heedmail/heed/internal/sqltap"
)

// A counted is a store that counts its commits; while full is set, they fail.
type counted struct {
	*Store
	commits atomic.Int32
	full    atomic.Bool
}

func openCounted(t *testing.T) *counted {
	t.Helper()
	c := &counted{}
	tap := func(query string, _ []driver.NamedValue) (func() error, error) {
		if strings.HasPrefix(query, sqltap.Commit) {
			if c.full.Load() {
				return nil, errors.New("disk full")
			}
			c.commits.Add(1)
		}
		return nil, nil
	}
	s, err := OpenFile(t.Context(), filepath.Join(t.TempDir(), "heed.db"), Options{Now: clock, Connector: func(base driver.Connector) driver.Connector { return sqltap.Connector(base, tap) }})
	noError(t, err)
	t.Cleanup(func() { noError(t, s.Close()) })
	c.Store = s
	return c
}

// attemptOfOneRow queues the row "a" and returns what begins an attempt of it.
func (c *counted) attemptOfOneRow(t *testing.T) func(context.Context) error {
	t.Helper()
	r := &Row{Key: "a", Kind: MailRow, Payload: []byte("a")}
	enqueue(t, c.Store, r)
	return func(ctx context.Context) error { return c.Attempt(ctx, r.ID, r.Hash, noon.Add(time.Minute)) }
}

// meanwhile makes a small write that waits for the transaction that calls meanwhile. What becomes of it comes out of the channel.
func meanwhile(ctx context.Context, s *Store, write func(context.Context) error) <-chan error {
	s.along.mu.Lock()
	before := len(s.along.wait)
	s.along.mu.Unlock()
	end := make(chan error, 1)
	go func() { end <- write(ctx) }()
	for {
		s.along.mu.Lock()
		waiting := len(s.along.wait)
		s.along.mu.Unlock()
		if waiting > before {
			return end
		}
		runtime.Gosched()
	}
}

func TestSmallWritesGoAlongWithWhatIsWrittenJustThen(t *testing.T) {
	t.Parallel()
	s := openCounted(t)
	rows := []*Row{{Key: "a", Kind: MailRow, Payload: []byte("a")}, {Key: "b", Kind: MailRow, Payload: []byte("b")}}
	enqueue(t, s.Store, rows...)
	before := s.commits.Load()
	var ends []<-chan error
	update(t, s.Store, func(tx *Tx) error {
		for _, r := range rows {
			ends = append(ends, meanwhile(t.Context(), s.Store, func(ctx context.Context) error { return s.Attempt(ctx, r.ID, r.Hash, noon.Add(time.Minute)) }))
		}
		ends = append(ends, meanwhile(t.Context(), s.Store, func(ctx context.Context) error { return s.Attempt(ctx, 99, "", noon) })) // there is no such row
		return tx.Enqueue(&Row{Key: "c", Kind: MailRow})
	})
	for i, want := range []error{nil, nil, ErrNoRow} {
		if err := <-ends[i]; !errors.Is(err, want) {
			t.Errorf("write %d: %v, want %v", i, err, want)
		}
	}
	if n := s.commits.Load() - before; n != 1 {
		t.Errorf("%d commits", n)
	}
	if got := due(t, s.Store, noon); got != "c" {
		t.Errorf("due is %q", got)
	}
}

func TestASmallWriteThatBreaksHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	s := openCounted(t)
	breaks := func(how func() error) func(context.Context) error {
		return func(ctx context.Context) error {
			return s.updateAlong(ctx, func(tx *Tx) error {
				if err := tx.Enqueue(&Row{Key: "half", Kind: MailRow}); err != nil {
					return err
				}
				return how()
			})
		}
	}
	var failed, panicked, well <-chan error
	update(t, s.Store, func(tx *Tx) error {
		failed = meanwhile(t.Context(), s.Store, breaks(func() error { return errors.New("no") }))
		panicked = meanwhile(t.Context(), s.Store, breaks(func() error { panic("oops") }))
		well = meanwhile(t.Context(), s.Store, func(ctx context.Context) error {
			return s.updateAlong(ctx, func(tx *Tx) error { return tx.Enqueue(&Row{Key: "well", Kind: MailRow}) })
		})
		return tx.Enqueue(&Row{Key: "batch", Kind: MailRow})
	})
	if err := <-failed; err == nil || err.Error() != "no" {
		t.Errorf("failed: %v", err)
	}
	if err := <-panicked; err == nil || !strings.Contains(err.Error(), "oops") {
		t.Errorf("panicked: %v", err)
	}
	noError(t, <-well)
	if got := due(t, s.Store, noon); got != "batch well" {
		t.Errorf("due is %q", got)
	}
}

// The rows of a batch are written late, several at a time: before what may be taken back, not within it.
func TestASmallWriteThatFailsTakesNoMailWithIt(t *testing.T) {
	t.Parallel()
	s, batch := openCounted(t), foreseen(2)
	var failed <-chan error
	update(t, s.Store, func(tx *Tx) error {
		noError(t, tx.Foresee(batch, time.Hour))
		failed = meanwhile(t.Context(), s.Store, func(ctx context.Context) error { return s.Attempt(ctx, 99, "", noon) })
		return errors.Join(tx.AddMessage(batch[0]), tx.AddMessage(batch[1]))
	})
	if err := <-failed; !errors.Is(err, ErrNoRow) {
		t.Errorf("%v", err)
	}
	for _, m := range batch {
		noError(t, s.view(t.Context(), func(tx *Tx) error {
			if known, err := tx.Known(m.Place); err != nil || !known {
				t.Errorf("UID %d is not there: %v", m.Place.UID, err)
			}
			return nil
		}))
	}
}

func TestASmallWriteHasItsOwnTurnWhereTheOtherFails(t *testing.T) {
	t.Parallel()
	s := openCounted(t)
	attempt := s.attemptOfOneRow(t)
	var end <-chan error
	err := s.Update(t.Context(), func(*Tx) error {
		end = meanwhile(t.Context(), s.Store, attempt)
		return errors.New("this batch broke")
	})
	if err == nil {
		t.Fatal("no error")
	}
	noError(t, <-end)
	if got := due(t, s.Store, noon); got != "" {
		t.Errorf("due is %q", got)
	}
}

func TestASmallWriteIsNotDoneUntilTheCommitIs(t *testing.T) {
	t.Parallel()
	s := openCounted(t)
	attempt := s.attemptOfOneRow(t)
	var end <-chan error
	s.full.Store(true)
	err := s.Update(t.Context(), func(*Tx) error {
		end = meanwhile(t.Context(), s.Store, attempt)
		return nil
	})
	if err == nil || <-end == nil {
		t.Error("a write is done that was not committed")
	}
	s.full.Store(false)
	if got := due(t, s.Store, noon); got != "a" {
		t.Errorf("due is %q", got)
	}
}

func TestASmallWriteWaitsNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	s := openCounted(t)
	attempt := s.attemptOfOneRow(t)
	update(t, s.Store, func(*Tx) error {
		ctx, cancel := context.WithCancel(t.Context())
		end := meanwhile(ctx, s.Store, attempt)
		cancel()
		if err := <-end; !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		return nil
	})
	if got := due(t, s.Store, noon); got != "a" {
		t.Errorf("due is %q: what was given up was written", got)
	}
}

func TestASmallWriteIsNotDoneTwiceWhereItsTurnComesLate(t *testing.T) {
	t.Parallel()
	s := openCounted(t)
	p := &passenger{f: func(*Tx) error { t.Error("done again"); return nil }} // it has been taken along
	if err := s.Update(t.Context(), func(tx *Tx) error { return s.along.alone(tx, p) }); !errors.Is(err, errTaken) || p.alone {
		t.Errorf("%v", err)
	}
}

// Whoever takes them along, and however often their own turn comes first, each is done once.
func TestEverySmallWriteIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := openCounted(t)
	rows := []*Row{{Key: "a", Kind: MailRow}, {Key: "b", Kind: MailRow}, {Key: "c", Kind: MailRow}, {Key: "d", Kind: MailRow}}
	enqueue(t, s.Store, rows...)
	const times = 40
	var all sync.WaitGroup
	for _, r := range rows {
		all.Go(func() {
			for range times {
				if err := s.Attempt(context.Background(), r.ID, r.Hash, noon); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range times {
		update(t, s.Store, func(tx *Tx) error { return tx.Enqueue(&Row{Key: fmt.Sprint(i), Kind: MailRow}) })
	}
	all.Wait()
	due, err := s.Due(t.Context(), noon, 1000)
	noError(t, err)
	for _, r := range due[:len(rows)] {
		if r.Attempts != times {
			t.Errorf("%s: attempted %d times of %d", r.Key, r.Attempts, times)
		}
	}
	if len(due) != times+len(rows) {
		t.Errorf("%d rows", len(due))
	}
}
