package mailbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fakeServer speaks just enough IMAP to be watched, and misbehaves on demand: a hook may answer any command in
// place of the server. It has one INBOX and no other folder.
type fakeServer struct {
	t        testing.TB
	greeting string
	caps     string
	hooks    map[string]hook // by command, as "UID FETCH"
	way      Dial            // how to get to it; nil = dial

	mu       sync.Mutex
	validity uint32
	next     uint32 // UIDNEXT, 0 = not told
	mails    []fakeMail
	commands []string // everything that was asked, without tags
	opened   int      // connections
	idling   *fakeConn
}

// A hook answers a command. It returns false to leave it to the server.
type hook func(c *fakeConn, tag, args string) bool

// fakeMail is a mail on the server.
type fakeMail struct {
	uid  uint32
	body string
	size int // RFC822.SIZE; 0 = the true one
}

// fakeConn is one connection to it.
type fakeConn struct {
	net.Conn
	server *fakeServer
	lines  *bufio.Reader
}

// newFake makes a server with mails under the UIDs 1, 2, ….
func newFake(t testing.TB, bodies ...string) *fakeServer {
	s := &fakeServer{t: t, greeting: "* OK hello", caps: "IMAP4rev1 IDLE AUTH=PLAIN SASL-IR UIDPLUS MOVE", validity: 7, next: 1, hooks: map[string]hook{}}
	for _, b := range bodies {
		s.mails = append(s.mails, fakeMail{uid: s.next, body: b})
		s.next++
	}
	return s
}

// account is one that the server lets in.
func (s *fakeServer) account() Account {
	return Account{Name: "support", Host: "127.0.0.1", Port: 143, TLS: TLSNone, Username: "jane", Password: password("secret"), Start: StartAll}
}

// dial connects to it without a network.
func (s *fakeServer) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go s.serve(server)
	return client, nil
}

// serve is the life of one connection.
func (s *fakeServer) serve(conn net.Conn) {
	c := &fakeConn{Conn: conn, server: s, lines: bufio.NewReader(conn)}
	defer c.Close()
	s.mu.Lock()
	s.opened++
	greeting := s.greeting
	s.mu.Unlock()
	if c.send(greeting) != nil {
		return
	}
	for {
		line, err := c.lines.ReadString('\n')
		if err != nil {
			return
		}
		tag, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		command, args, _ := strings.Cut(rest, " ")
		if command == "UID" {
			second, more, _ := strings.Cut(args, " ")
			command, args = command+" "+second, more
		}
		s.mu.Lock()
		if command != "AUTHENTICATE" {
			s.commands = append(s.commands, strings.TrimSpace(command+" "+args))
		} else {
			s.commands = append(s.commands, command)
		}
		h := s.hooks[command]
		s.mu.Unlock()
		if h == nil || !h(c, tag, args) {
			if c.answer(tag, command, args) != nil {
				return
			}
		}
	}
}

// send writes a line.
func (c *fakeConn) send(format string, args ...any) error {
	_, err := fmt.Fprintf(c, format+"\r\n", args...)
	return err
}

// raw writes bytes as they are.
func (c *fakeConn) raw(s string) { _, _ = io.WriteString(c, s) } // fails when the client has hung up, which the test sees

// answer does what a good server would.
func (c *fakeConn) answer(tag, command, args string) error {
	s := c.server
	switch command {
	case "CAPABILITY":
		_ = c.send("* CAPABILITY %s", s.caps)
	case "AUTHENTICATE", "LOGIN":
		// Without the code the library asks for the capabilities in a goroutine that may wait for a mutex through the
		// whole of IDLE, which synctest does not take for waiting.
		return c.send("%s OK [CAPABILITY %s] come in", tag, s.caps)
	case "LIST":
		_ = c.send(`* LIST () "/" INBOX`)
	case "EXAMINE", "SELECT":
		s.mu.Lock()
		n, next, validity := len(s.mails), s.next, s.validity
		s.mu.Unlock()
		_ = c.send("* %d EXISTS", n)
		_ = c.send("* FLAGS (\\Seen \\Deleted)")
		_ = c.send("* OK [PERMANENTFLAGS (\\Seen \\*)] yes")
		if next != 0 {
			_ = c.send("* OK [UIDNEXT %d] next", next)
		}
		_ = c.send("* OK [UIDVALIDITY %d] valid", validity)
	case "UID SEARCH":
		if criteria, ranges := strings.CutPrefix(args, "RETURN (ALL) "); ranges {
			if found := strings.Fields(s.found(criteria)); len(found) > 0 {
				return errors.Join(c.send("* ESEARCH (TAG %q) UID ALL %s", tag, strings.Join(found, ",")), c.send("%s OK done", tag))
			}
			return errors.Join(c.send("* ESEARCH (TAG %q) UID", tag), c.send("%s OK done", tag))
		}
		_ = c.send("* SEARCH%s", s.found(args))
	case "UID FETCH", "FETCH":
		c.fetch(command == "UID FETCH", args)
	case "IDLE":
		_ = c.send("+ idling")
		s.mu.Lock()
		s.idling = c
		s.mu.Unlock()
		if _, err := c.lines.ReadString('\n'); err != nil {
			return err
		}
	}
	return c.send("%s OK done", tag)
}

// found is the answer to the searches that are used: UID sets and SINCE, which finds all.
func (s *fakeServer) found(args string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list strings.Builder
	for i, m := range s.mails {
		set, bySet := strings.CutPrefix(args, "UID ")
		if !bySet || inSet(set, m.uid, i == len(s.mails)-1) {
			fmt.Fprintf(&list, " %d", m.uid)
		}
	}
	return list.String()
}

// inSet reports whether a number is in a set such as "3:*,7". "n:*" holds the last one whatever n is.
func inSet(set string, n uint32, last bool) bool {
	for part := range strings.SplitSeq(set, ",") {
		lo, hi, isRange := strings.Cut(part, ":")
		from, _ := strconv.ParseUint(lo, 10, 32)
		to, _ := strconv.ParseUint(hi, 10, 32)
		switch {
		case !isRange && uint64(n) == from:
			return true
		case isRange && hi == "*" && (uint64(n) >= from || last):
			return true
		case isRange && hi != "*" && uint64(n) >= from && uint64(n) <= to:
			return true
		}
	}
	return false
}

// fetch answers the two kinds of FETCH that are used.
func (c *fakeConn) fetch(byUID bool, args string) {
	set, items, _ := strings.Cut(args, " ")
	c.server.mu.Lock()
	mails := c.server.mails
	c.server.mu.Unlock()
	for i, m := range mails {
		key := uint32(i + 1)
		if byUID {
			key = m.uid
		}
		if inSet(set, key, i == len(mails)-1) {
			c.one(i+1, m, items)
		}
	}
}

// one sends one mail's data.
func (c *fakeConn) one(seq int, m fakeMail, items string) {
	data := fmt.Sprintf("UID %d", m.uid)
	if strings.Contains(items, "RFC822.SIZE") {
		size := m.size
		if size == 0 {
			size = len(m.body)
		}
		data += fmt.Sprintf(" RFC822.SIZE %d", size)
	}
	if strings.Contains(items, "INTERNALDATE") {
		data += ` INTERNALDATE "20-Nov-2026 10:00:00 +0000"`
	}
	if section, body, ok := cutBody(items, m.body); ok {
		data += fmt.Sprintf(" %s {%d}\r\n%s", section, len(body), body)
	}
	_ = c.send("* %d FETCH (%s)", seq, data)
}

// cutBody returns the section as it is answered, and the bytes that belong to it.
func cutBody(items, body string) (section, bytes string, ok bool) {
	switch {
	case strings.Contains(items, "BODY.PEEK[]<0."):
		return "BODY[]<0>", body[:min(len(body), MaxPart)], true
	case strings.Contains(items, "BODY.PEEK[HEADER]<0."):
		head, _, _ := strings.Cut(body, "\r\n\r\n")
		return "BODY[HEADER]<0>", head + "\r\n\r\n", true
	case strings.Contains(items, "BODY.PEEK[]"):
		return "BODY[]", body, true
	}
	return "", "", false
}

// add puts a mail on the server, and pushes it to who idles.
func (s *fakeServer) add(body string, push bool) {
	s.mu.Lock()
	s.mails = append(s.mails, fakeMail{uid: s.next, body: body})
	s.next++
	n, c := len(s.mails), s.idling
	s.mu.Unlock()
	if push && c != nil {
		_ = c.send("* %d EXISTS", n)
	}
}

// asked counts the commands that begin with a prefix.
func (s *fakeServer) asked(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.commands {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

// connections counts the connections that there were.
func (s *fakeServer) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// log lists what was asked.
func (s *fakeServer) log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}
