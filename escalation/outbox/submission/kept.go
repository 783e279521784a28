package submission

import (
	"context"
	"time"
)

// The bounds of a session that is kept for the next mail. A server spends a process on each, and many allow few.
const (
	keptFor       = 2 * time.Second
	mailsASession = 100
)

// begin opens a transaction up to where the mail itself is wanted: in the session that was kept where all goes smoothly there,
// else in a new one. A server may have closed a kept session, or have had its fill of it, so that what it refuses there decides
// nothing; and nothing of the mail was said by then, so that nothing is doubled. The session comes with an error of MAIL, too,
// ended, since it knows what the server can take.
func (s *Sender) begin(ctx context.Context, from string, r *run) (*conn, error) {
	if c := s.take(ctx); c != nil {
		open := r.open
		if err := c.envelope(from, r); err == nil && len(r.taken) == len(open) {
			return c, nil
		}
		c.quit()
		r.open, r.taken = open, nil
	}
	c, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.envelope(from, r); err != nil {
		c.quit()
		return c, err
	}
	return c, nil
}

// take takes up the session that was kept for a mail that has until the end of ctx; nil for none.
func (s *Sender) take(ctx context.Context) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.kept
	if c == nil {
		return nil
	}
	s.kept = nil
	s.resting.Stop()
	c.watch(ctx)
	return c
}

// keep has a session wait for the next mail. Its mail was taken, for everybody whom it was for: what a server thinks of a session
// in which it has refused something is not worth finding out.
func (s *Sender) keep(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.mails++
	unasked := c.client.Text.R.Buffered() > 0 // would be taken for the reply to MAIL
	if s.closed || s.kept != nil || c.mails >= mailsASession || unasked || !c.stop() {
		c.quit()
		return
	}
	s.kept = c
	s.resting = time.AfterFunc(keptFor, s.hangUp)
}

// hangUp ends the session that is kept.
func (s *Sender) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept != nil {
		s.kept.quit()
		s.kept = nil
	}
}

// Close ends the session that waits for the next mail. What is sent afterwards has a session of its own, each time.
func (s *Sender) Close() {
	s.mu.Lock()
	s.closed = true
	if s.resting != nil {
		s.resting.Stop()
	}
	s.mu.Unlock()
	s.hangUp() // waits for that of the timer, if it is at it
}
