package mailbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// memory is go-imap's own server in memory, with the folders INBOX, Sent and Drafts.
type memory struct {
	account Account
	user    *imapmemserver.User
}

func newMemory(t testing.TB, caps ...imap.Cap) *memory {
	t.Helper()
	m := &memory{user: imapmemserver.NewUser("jane", "secret")}
	for _, folder := range []string{"INBOX", "Sent", "Drafts"} {
		if err := m.user.Create(folder, nil); err != nil {
			t.Fatal(err)
		}
	}
	backend := imapmemserver.New()
	backend.AddUser(m.user)
	set := imap.CapSet{imap.CapIMAP4rev1: {}}
	for _, c := range caps {
		set[c] = struct{}{}
	}
	server := imapserver.New(&imapserver.Options{InsecureAuth: true, Caps: set, Logger: log.New(io.Discard, "", 0),
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return backend.NewSession(), nil, nil
		}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() { // in this order: a server that begins to serve and closes at once does so in a race
		_ = l.Close()
		if err := errors.Join(<-served, server.Close()); err != nil {
			t.Error(err)
		}
	})
	m.account = Account{Name: "support", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: TLSNone, Username: "jane",
		Password: password("secret"), Start: StartAll}
	return m
}

// put appends a mail.
func (m *memory) put(t testing.TB, folder, raw string) {
	t.Helper()
	if _, err := m.user.Append(folder, literal{strings.NewReader(raw)}, &imap.AppendOptions{}); err != nil {
		t.Fatal(err)
	}
}

// literal is what the server wants.
type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// client logs another client in.
func (m *memory) client(t testing.TB) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(m.account.address(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // the server may be gone
	if err := c.Login("jane", "secret").Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// look lists a folder's mails as "subject [flags]".
func (m *memory) look(t testing.TB, folder string) []string {
	t.Helper()
	c := m.client(t)
	if box, err := c.Select(folder, nil).Wait(); err != nil || box.NumMessages == 0 {
		return nil
	}
	var set imap.SeqSet
	set.AddRange(1, 0)
	mails, err := c.Fetch(set, &imap.FetchOptions{Flags: true, Envelope: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range mails {
		slices.Sort(m.Flags)
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %v", m.Envelope.MessageID, m.Flags)))
	}
	slices.Sort(list)
	return list
}

func TestWatcherOnTheServerInMemory(t *testing.T) {
	server := newMemory(t, imap.CapIdle)
	server.put(t, "INBOX", letter)
	server.put(t, "Sent", "Message-ID: <ours@example.com>\r\n\r\nWe are sorry.\r\n")
	server.account.Poll = time.Second // its IDLE loses a push at times: an append between "+ idling" and its registration
	sink := realSink(t)
	w := run(t, server.account, sink)
	sink.count(2)
	awaitState(t, w, Watching)
	for i := range 20 {
		server.put(t, "INBOX", fmt.Sprintf("%s%d", letter, i))
		sink.count(3 + i)
	}
	if got := w.Health(); got[1].Folder != "Sent" || !got[1].Sent || got[0].LastSuccess.IsZero() {
		t.Errorf("health %+v", got)
	}
}

// lossy is a way to a server on which the connection is cut in place of the n-th finished command's answer, once.
type lossy struct {
	inner Dial

	mu sync.Mutex
	n  int
}

func (l *lossy) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := l.inner(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &lossyConn{Conn: conn, lines: bufio.NewReader(conn), path: l}, nil
}

// cuts counts an answer, and reports whether it is the one that is lost.
func (l *lossy) cuts() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n--
	return l.n == 0
}

// lossyConn is a connection on that way. It reads line by line.
type lossyConn struct {
	net.Conn
	lines *bufio.Reader
	rest  []byte
	path  *lossy
}

func (c *lossyConn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		line, err := c.lines.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return 0, err
		}
		if line[0] == 'T' && strings.Contains(string(line), " OK ") && c.path.cuts() {
			_ = c.Conn.Close() // the end of it either way
			return 0, io.EOF
		}
		c.rest = line
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// Whatever answer is lost, asking again ends with the thing done, once.
func TestWriterDoesThingsOnceWhateverAnswerIsLost(t *testing.T) {
	draft := []byte("Message-ID: <heed-1@example.com>\r\n\r\nWe are sorry.\r\n")
	for name, c := range map[string]struct {
		caps []imap.Cap
		do   func(w *Writer) error
		want map[string][]string
	}{
		"keyword": {nil, func(w *Writer) error {
			return w.SetKeyword(t.Context(), "INBOX", 1, 1, "p1@customer.example", "$Escalated")
		}, map[string][]string{"INBOX": {"p1@customer.example [$escalated]", "p2@customer.example []"}, "Sent": nil}},
		"move": {[]imap.Cap{imap.CapMove, imap.CapUIDPlus}, func(w *Writer) error {
			return w.Move(t.Context(), "INBOX", 1, 1, "p1@customer.example", "Escalated")
		}, map[string][]string{"INBOX": {"p2@customer.example []"}, "Escalated": {"p1@customer.example []"}}},
		"move without MOVE": {[]imap.Cap{imap.CapUIDPlus}, func(w *Writer) error {
			return w.Move(t.Context(), "INBOX", 1, 1, "p1@customer.example", "Escalated")
		}, map[string][]string{"INBOX": {"p2@customer.example []"}, "Escalated": {"p1@customer.example []"}}},
		"draft": {nil, func(w *Writer) error {
			return w.AppendDraft(t.Context(), "heed-1@example.com", draft)
		}, map[string][]string{"Drafts": {"heed-1@example.com [\\Draft]"}}},
		"note in a new folder": {nil, func(w *Writer) error {
			return w.Append(t.Context(), "Notes", "heed-1@example.com", draft)
		}, map[string][]string{"Notes": {"heed-1@example.com []"}}},
	} {
		t.Run(name, func(t *testing.T) {
			lost := 1
			for ; ; lost++ {
				server := newMemory(t, c.caps...)
				server.put(t, "INBOX", letter)
				server.put(t, "INBOX", "Message-ID: <p2@customer.example>\r\n\r\nTwo.\r\n")
				path := &lossy{n: lost, inner: (&net.Dialer{}).DialContext}
				w, err := NewWriter(server.account, Options{Dial: path.dial})
				if err != nil {
					t.Fatal(err)
				}
				first := c.do(w)
				if first != nil && KindOf(first) != Temporary {
					t.Errorf("answer %d lost: kind %s: %v", lost, KindOf(first), first)
				}
				for range 2 {
					if err := c.do(w); err != nil {
						t.Errorf("answer %d lost, asked again: %v", lost, err)
					}
				}
				for folder, want := range c.want {
					if got := server.look(t, folder); !slices.Equal(got, want) {
						t.Errorf("answer %d lost: %s holds %q, want %q", lost, folder, got, want)
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				if first == nil {
					break
				}
			}
			if lost < 4 {
				t.Errorf("only %d answers were lost: the test does not test", lost-1)
			}
		})
	}
}

func TestMoveIsRefusedWhereItCouldRemoveOthersMail(t *testing.T) {
	server := newMemory(t)
	server.put(t, "INBOX", letter)
	w := writer(t, server.account)
	err := w.Move(t.Context(), "INBOX", 1, 1, "p1@customer.example", "Escalated")
	if !IsPermanent(err) || !strings.Contains(err.Error(), "neither MOVE nor UIDPLUS") {
		t.Errorf("got %v", err)
	}
	if got := server.look(t, "INBOX"); len(got) != 1 {
		t.Errorf("INBOX holds %q", got)
	}
}

func TestWritersCallersTakeTurns(t *testing.T) {
	server := newMemory(t)
	w := writer(t, server.account)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			id := fmt.Sprintf("heed-%d@example.com", i%10)
			if err := w.Append(t.Context(), "INBOX", id, []byte("Message-ID: <"+id+">\r\n\r\nx\r\n")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := server.look(t, "INBOX"); len(got) != 10 {
		t.Errorf("%d mails: %q", len(got), got)
	}
}

// Whatever answer is lost, a Watcher delivers every mail, once.
func TestWatcherDeliversOnceWhateverAnswerIsLost(t *testing.T) {
	lost, all := 1, false
	for ; !all; lost++ {
		synctest.Test(t, func(t *testing.T) {
			server := newFake(t, letter, letter+"2", letter+"3")
			path := &lossy{n: lost, inner: server.dial}
			server.way = path.dial
			r := watch(t, server, server.account(), newSink(t))
			time.Sleep(5 * time.Minute)
			r.stop()
			if got, want := r.sink.list(), fmt.Sprintf("INBOX/1:%d INBOX/2:%d INBOX/3:%d", len(letter), len(letter)+1, len(letter)+1); got != want {
				t.Errorf("answer %d lost: got %s, want %s", lost, got, want)
			}
			synctest.Wait()
			all = server.connections() == 1
		})
	}
	if lost < 8 {
		t.Errorf("only %d answers were lost: the test does not test", lost-2)
	}
}
