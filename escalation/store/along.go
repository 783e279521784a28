package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
)

// Of a small write, such as "this mail was sent", nearly all is the commit: the disk has to say that it has it. While mails are
// read in batches, such writes wait for each batch; so they go along with it, and the disk is asked once for all of them.

// A passenger is a small write that waits for its turn to write, or for somebody who takes it along.
type passenger struct {
	f     func(*Tx) error
	leave context.CancelFunc // it need not wait for its turn any more
	alone bool               // it has got its own transaction
	err   error              // what f returned
	end   chan error         // of capacity one: how the transaction ended that took it along
}

// passengers are those that wait.
type passengers struct {
	mu   sync.Mutex
	wait []*passenger
}

// has takes one that waits out of those who wait, and reports whether it was among them.
func (all *passengers) has(p *passenger) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	i := slices.Index(all.wait, p)
	if i >= 0 {
		all.wait = slices.Delete(all.wait, i, i+1)
	}
	return i >= 0
}

// errTaken says that a passenger has been taken along, and must not be written a second time.
var errTaken = errors.New("it went along with another write")

// alone does what a passenger wants in a transaction of its own. That may have been got in the very moment in which somebody
// took the passenger along.
func (all *passengers) alone(tx *Tx, p *passenger) error {
	if p.alone = all.has(p); !p.alone {
		return errTaken
	}
	return p.f(tx)
}

// updateAlong is Update for a small write, which may be committed together with what others write. What becomes of it is its own:
// an error or a panic of f harms nobody else. It is on the disk before updateAlong returns nil.
func (s *Store) updateAlong(ctx context.Context, f func(*Tx) error) error {
	turn, leave := context.WithCancel(ctx)
	defer leave()
	p := &passenger{f: f, leave: leave, end: make(chan error, 1)}
	s.along.mu.Lock()
	s.along.wait = append(s.along.wait, p)
	s.along.mu.Unlock()

	err := s.update(turn, ctx, func(tx *Tx) error { return s.along.alone(tx, p) })
	if p.alone || s.along.has(p) {
		return err
	}
	return <-p.end
}

// board returns those who wait, who wait no more for turns of their own. arrive has to follow.
func (all *passengers) board() []*passenger {
	all.mu.Lock()
	defer all.mu.Unlock()
	boarded := all.wait
	all.wait = nil
	for _, p := range boarded {
		p.leave()
	}
	return boarded
}

// takeAlong does in a transaction that is about to be committed what passengers want.
func (tx *Tx) takeAlong(all []*passenger) error {
	for _, p := range all {
		guest := &Tx{ctx: tx.brief, brief: tx.brief, conn: tx.conn, now: tx.now}
		if err := guest.apart(p); err != nil {
			return err
		}
	}
	return nil
}

// arrive tells passengers how the transaction ended.
func (s *Store) arrive(all []*passenger, err error) {
	for _, p := range all {
		p.end <- cmp.Or(err, s.explain(p.err))
	}
}

// apart does what a passenger wants, or nothing of it when that fails. The error is about the transaction. The rows of mails that
// wait to be written together are written before the savepoint, as before every statement that is no question (see passesBy).
func (tx *Tx) apart(p *passenger) error {
	if _, err := tx.exec(`SAVEPOINT passenger`); err != nil {
		return err
	}
	func() {
		defer func() {
			if panicked := recover(); panicked != nil {
				p.err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
			}
		}()
		p.err = p.f(tx)
	}()
	if p.err != nil {
		if _, err := tx.exec(`ROLLBACK TO passenger`); err != nil {
			return err
		}
	}
	_, err := tx.exec(`RELEASE passenger`)
	return err
}
