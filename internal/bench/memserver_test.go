package bench

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// A memServer is an IMAP server in memory. It pushes what arrives within a millisecond or two, where a Dovecot takes half
// a second, which would be half an hour for what is measured with it.
type memServer struct {
	address string
	port    int
	users   []*imapmemserver.User
}

// newMemServer starts a server with so many users, "user0@example.com" and on, which ends with the test.
func newMemServer(t *testing.T, users int) *memServer {
	t.Helper()
	mem := imapmemserver.New()
	s := &memServer{}
	for i := range users {
		u := imapmemserver.NewUser(fmt.Sprintf("user%d@example.com", i), password)
		for _, folder := range []string{"INBOX", "Sent", "Drafts"} {
			if err := u.Create(folder, nil); err != nil {
				t.Fatal(err)
			}
		}
		mem.AddUser(u)
		s.users = append(s.users, u)
	}
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return pushing{mem.NewSession().(imapserver.SessionIMAP4rev2)}, nil, nil
		},
		Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}}, InsecureAuth: true, Logger: log.New(io.Discard, "", 0),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address, s.port = l.Addr().String(), l.Addr().(*net.TCPAddr).Port
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }() // says that it was closed
	t.Cleanup(func() { l.Close(); server.Close(); <-done })
	return s
}

// put lays a mail into a user's INBOX.
func (s *memServer) put(t *testing.T, user int, raw []byte) {
	t.Helper()
	if _, err := s.users[user].Append("INBOX", sized{bytes.NewReader(raw)}, &imap.AppendOptions{Time: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

type sized struct{ *bytes.Reader }

func (s sized) Size() int64 { return s.Reader.Size() }

// pushing is a session whose IDLE loses nothing: the memory server's own misses what arrives in the moment before it
// begins to listen.
type pushing struct{ imapserver.SessionIMAP4rev2 }

// Idle looks for news again and again until the client has had enough.
func (s pushing) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if err := s.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
	}
}

// pollEvery is how often the memory server looks. What it costs is not measured: the clock starts at the EXISTS.
const pollEvery = 20 * time.Millisecond
