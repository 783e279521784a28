// Package memimap is an IMAP server on loopback that holds all mail in memory, for the demo and the benchmarks.
//
// It is go-imap's own, but for IDLE: that one misses what arrives in the moment before it begins to listen. Here a push
// comes within some milliseconds, where a Dovecot takes up to half a second, and the server says who is in IDLE.
package memimap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// ErrNoUser says that nobody has such an address.
var ErrNoUser = errors.New("no such user here")

// pollEvery is how often a connection in IDLE looks for news.
const pollEvery = 20 * time.Millisecond

// A Server is a running server. Connections are in clear text.
type Server struct {
	Addr *net.TCPAddr

	server   *imapserver.Server
	listener net.Listener
	served   chan struct{} // closed when it has ended
	users    map[string]*imapmemserver.User

	mu      sync.Mutex
	idle    int           // connections in IDLE
	changed chan struct{} // closed, and made anew, when that changes
}

// Start starts a server on a port of its own choosing, with the folders INBOX, Sent and Drafts for each user. Who calls
// it closes it.
func Start(password string, users ...string) (*Server, error) {
	s := &Server{users: map[string]*imapmemserver.User{}, served: make(chan struct{}), changed: make(chan struct{})}
	mem := imapmemserver.New()
	for _, name := range users {
		u := imapmemserver.NewUser(name, password)
		for _, folder := range []string{"INBOX", "Sent", "Drafts"} {
			if err := u.Create(folder, nil); err != nil {
				return nil, fmt.Errorf("create folder %s of %s: %w", folder, name, err)
			}
		}
		mem.AddUser(u)
		s.users[strings.ToLower(name)] = u
	}
	s.server = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return session{mem.NewSession().(imapserver.SessionIMAP4rev2), s}, nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	s.listener, s.Addr = l, l.Addr().(*net.TCPAddr)
	go func() {
		defer close(s.served)
		_ = s.server.Serve(l) // says that it was closed
	}()
	return s, nil
}

// Close stops the server and waits for its end. The listener is closed here, and the server only when it has ended:
// one that has not come to serve yet does not know its listener, and begins to serve and closes in a race.
func (s *Server) Close() {
	s.listener.Close()
	<-s.served
	s.server.Close()
}

// Has reports whether there is such a user.
func (s *Server) Has(user string) bool { return s.users[strings.ToLower(user)] != nil }

// Put lays a mail into a folder, as a server does on delivery.
func (s *Server) Put(user, folder string, raw []byte, at time.Time) error {
	u := s.users[strings.ToLower(user)]
	if u == nil {
		return ErrNoUser
	}
	_, err := u.Append(folder, literal{bytes.NewReader(raw)}, &imap.AppendOptions{Time: at})
	return err
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// UntilIdle waits until so many connections, or more, are in IDLE.
func (s *Server) UntilIdle(ctx context.Context, connections int) error {
	for {
		s.mu.Lock()
		idle, changed := s.idle, s.changed
		s.mu.Unlock()
		if idle >= connections {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for IDLE: %d of %d connections: %w", idle, connections, ctx.Err())
		}
	}
}

func (s *Server) countIdle(change int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle += change
	close(s.changed)
	s.changed = make(chan struct{})
}

// A session is one of the memory server's whose IDLE loses nothing.
type session struct {
	imapserver.SessionIMAP4rev2
	server *Server
}

// Idle looks for news many times a second until the client has had enough (RFC 9051, 6.3.13).
func (s session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	s.server.countIdle(1)
	defer s.server.countIdle(-1)
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
