package bench

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// A sink is an SMTP server that takes every mail, and knows when it had it.
type sink struct {
	port int

	mu       sync.Mutex
	accepted []time.Time
	more     chan struct{} // of capacity one
}

// newSink starts a sink that ends with the test.
func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{more: make(chan struct{}, 1)}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return delivery{s}, nil }))
	server.Domain, server.AllowInsecureAuth = "localhost", true
	server.MaxMessageBytes = 64 << 20
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }() // says that it was closed
	// The listener is closed here too: a server that has not come to serve yet does not know it.
	t.Cleanup(func() { l.Close(); server.Close(); <-done })
	return s
}

// until waits until the sink has had so many mails.
func (s *sink) until(t *testing.T, n int) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		had := len(s.accepted)
		s.mu.Unlock()
		if had >= n {
			return
		}
		select {
		case <-s.more:
		case <-deadline.C:
			t.Fatalf("%d of %d mails came", had, n)
		}
	}
}

// delivery is one SMTP session.
type delivery struct{ *sink }

func (delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (delivery) Reset()                               {}
func (delivery) Logout() error                        { return nil }

// Data takes a mail. The 250 goes out when it returns.
func (d delivery) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.accepted = append(d.accepted, time.Now())
	d.mu.Unlock()
	select {
	case d.more <- struct{}{}:
	default:
	}
	return nil
}
