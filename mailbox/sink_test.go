package mailbox

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// memSink is a Sink in memory that checks what the contract promises.
type memSink struct {
	t     testing.TB
	fail  func(mails []Mail, next Cursor) error // nil = never
	limit time.Duration                         // how long until waits

	mu      sync.Mutex
	cursors map[string]Cursor
	mails   []Mail
	changed chan struct{} // closed and replaced at every Deliver
}

func newSink(t testing.TB) *memSink {
	return &memSink{t: t, cursors: map[string]Cursor{}, changed: make(chan struct{}), limit: 10 * time.Minute}
}

func (s *memSink) Cursor(_ context.Context, _, folder string) (Cursor, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cursors[folder]
	return c, ok, nil
}

func (s *memSink) Deliver(ctx context.Context, mailbox, folder string, mails []Mail, next Cursor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(mails, next); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, m := range mails {
		switch {
		case m.Folder != folder || m.UIDValidity != next.UIDValidity || m.UID > next.UID:
			s.t.Errorf("mail %s/%d/%d is delivered to %s with cursor %v", m.Folder, m.UIDValidity, m.UID, folder, next)
		case i > 0 && m.UID <= mails[i-1].UID:
			s.t.Errorf("UID %d is delivered after %d", m.UID, mails[i-1].UID)
		case m.InternalDate.IsZero():
			s.t.Errorf("UID %d has no time of arrival", m.UID)
		}
	}
	if len(mails) > MaxBatch {
		s.t.Errorf("%d mails in one batch", len(mails))
	}
	s.cursors[folder] = next
	for _, m := range mails {
		m.Raw = bytes.Clone(m.Raw)
		s.mails = append(s.mails, m)
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// until waits until a condition holds, which is looked at after every Deliver.
func (s *memSink) until(what string, holds func() bool) {
	s.t.Helper()
	limit := time.NewTimer(s.limit)
	defer limit.Stop()
	for {
		s.mu.Lock()
		ok, changed := holds(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			s.t.Fatalf("waited in vain for %s; there are %s", what, s.list())
		}
	}
}

// count waits until so many mails have come.
func (s *memSink) count(n int) {
	s.t.Helper()
	s.until(fmt.Sprintf("%d mails", n), func() bool { return len(s.mails) >= n })
}

// list describes the mails that came, as "INBOX/1:120 INBOX/2:120!".
func (s *memSink) list() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list string
	for i, m := range s.mails {
		if i > 0 {
			list += " "
		}
		list += fmt.Sprintf("%s/%d:%d", m.Folder, m.UID, len(m.Raw))
		if m.Fault != "" {
			list += "!"
		}
	}
	return list
}

// at returns the i-th mail that came.
func (s *memSink) at(i int) Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails[i]
}

// cursor returns a folder's cursor.
func (s *memSink) cursor(folder string) Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursors[folder]
}

// password is a source of a fixed password.
func password(secret string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return secret, nil }
}
