package mailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"go.uber.org/zap"

	"github.com/heedmail/heed/internal/testservers"
)

const user, secret = "support@example.com", "s3cret ünd më"

// dovecot is a real server with one user, and the account on it.
func dovecot(t testing.TB, mode TLSMode) (*testservers.IMAP, Account) {
	t.Helper()
	server := testservers.Dovecot(t)
	server.AddUser(user, secret)
	a := Account{Name: "support", Host: server.Host, Port: server.Port, TLS: mode, RootCAs: server.CA, Username: user,
		Password: password(secret), Start: StartAll}
	if mode == TLSImplicit {
		a.Port = server.TLSPort
	}
	return server, a
}

// run starts a Watcher that ends with the test.
func run(t testing.TB, a Account, sink Sink) *Watcher {
	t.Helper()
	w, err := NewWatcher(a, sink, Options{Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

// realSink is a sink whose waits end in real time.
func realSink(t testing.TB) *memSink {
	s := newSink(t)
	s.limit = 20 * time.Second
	return s
}

// client logs a second client in.
func client(t testing.TB, server *testservers.IMAP, folder string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(server.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login(user, secret).Wait(); err != nil {
		t.Fatal(err)
	}
	if folder != "" {
		if _, err := c.Select(folder, nil).Wait(); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// put appends a mail as another client.
func put(t testing.TB, c *imapclient.Client, folder, raw string) {
	t.Helper()
	cmd := c.Append(folder, int64(len(raw)), nil)
	if _, err := cmd.Write([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

// flags lists the flags and the content of all mails in a folder, as other clients see them.
func flags(t testing.TB, server *testservers.IMAP, folder string) (all []string, raws []string) {
	t.Helper()
	c := client(t, server, "")
	box, err := c.Select(folder, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if box.NumMessages == 0 {
		return nil, nil
	}
	var set imap.SeqSet
	set.AddRange(1, 0)
	mails, err := c.Fetch(set, &imap.FetchOptions{Flags: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		var kept []string
		for _, f := range m.Flags {
			if f != `\Recent` {
				kept = append(kept, string(f))
			}
		}
		all = append(all, strings.Join(kept, " "))
		raws = append(raws, string(m.BodySection[0].Bytes))
	}
	return all, raws
}

func TestWatcherOnDovecotReadsInboxAndSentAndSeesNewMailAtOnce(t *testing.T) {
	for _, mode := range []TLSMode{TLSNone, TLSStart, TLSImplicit} {
		t.Run(string(mode), func(t *testing.T) {
			server, a := dovecot(t, mode)
			server.Deliver(user, []byte(letter))
			other := client(t, server, "")
			put(t, other, "Sent", "Message-ID: <ours@example.com>\r\n\r\nWe are sorry.\r\n")
			sink := realSink(t)
			w := run(t, a, sink)
			sink.count(2)
			awaitState(t, w, Watching)

			began := time.Now()
			put(t, other, "INBOX", letter+"now")
			sink.count(3)
			if took := time.Since(began); took > 10*time.Second { // the poll comes after a minute
				t.Errorf("a new mail came after %s", took)
			}
			put(t, other, "Sent", "Message-ID: <ours2@example.com>\r\n\r\nStill sorry.\r\n")
			sink.count(4)
			for i := range 4 {
				m := sink.at(i)
				if m.Sent != (m.Folder == "Sent") || m.Size != int64(len(m.Raw)) || time.Since(m.InternalDate) > time.Hour && m.Folder == "Sent" {
					t.Errorf("%s/%d: sent %v, size %d of %d, arrival %s", m.Folder, m.UID, m.Sent, len(m.Raw), m.Size, m.InternalDate)
				}
			}
			got, raws := flags(t, server, "INBOX")
			if fmt.Sprint(got) != "[ ]" || raws[1] != letter+"now" {
				t.Errorf("INBOX now has %q, %q", got, raws)
			}
		})
	}
}

// awaitState waits until every folder is in a state.
func awaitState(t testing.TB, w *Watcher, want State) {
	t.Helper()
	for i := range w.Health() {
		awaitStateOf(t, w, i, want)
	}
}

// awaitStateOf waits until one folder is in a state.
func awaitStateOf(t testing.TB, w *Watcher, i int, want State) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(20 * time.Second)
	for w.Health()[i].State != want {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s: %+v", want, w.Health())
		}
		<-tick.C
	}
}

func TestWatcherOnDovecotComesBackAfterARestart(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSImplicit)
	sink := realSink(t)
	w := run(t, a, sink)
	awaitState(t, w, Watching)
	server.Stop()
	awaitState(t, w, Waiting)
	server.Deliver(user, []byte(letter))
	server.Start()
	sink.count(1)
	awaitState(t, w, Watching)
}

func TestWatcherOnDovecotWithAMissingFolderStillReadsTheOthers(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSNone)
	server.Deliver(user, []byte(letter))
	a.Folders = []string{"Nowhere", "INBOX"}
	sink := realSink(t)
	w := run(t, a, sink)
	sink.count(1)
	awaitStateOf(t, w, 0, Waiting)
	if h := w.Health()[0]; KindOf(h.Err) != Config {
		t.Errorf("health of the missing folder: %+v", h)
	}
}

func TestWatcherOnDovecotAfterUIDValidityChanged(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSNone)
	server.Deliver(user, []byte(letter), []byte(letter+"2"))
	sink := realSink(t)
	sink.cursors["INBOX"] = Cursor{UIDValidity: 1, UID: 500}
	run(t, a, sink)
	sink.until("the rescan", func() bool { return sink.cursors["INBOX"].UIDValidity > 1 && sink.cursors["INBOX"].UID == 2 })
	// Delivered mail has an INTERNALDATE of 2023 here: it is too old to be read again, and new mail is not.
	put(t, client(t, server, ""), "INBOX", letter+"3")
	sink.count(1)
}

func TestLoginFailuresOnDovecotHaveTheirKinds(t *testing.T) {
	t.Parallel()
	server, good := dovecot(t, TLSImplicit)
	for name, c := range map[string]struct {
		set  func(*Account)
		kind Kind
		want string
	}{
		"wrong password":        {func(a *Account) { a.Password = password("wrong") }, Auth, "check `username` and the password"},
		"unknown authority":     {func(a *Account) { a.RootCAs = nil }, Config, "set `ca_file`"},
		"TLS on a clear port":   {func(a *Account) { a.Port = server.Port }, Config, "the port does not speak TLS"},
		"clear on a TLS port":   {func(a *Account) { a.TLS = TLSNone }, Temporary, "connect to"},
		"nobody listens":        {func(a *Account) { a.Port = 1 }, Temporary, "connection refused"},
		"unknown host":          {func(a *Account) { a.Host = "imap.invalid" }, "", "connect to imap.invalid"},
		"STARTTLS to a bad CA":  {func(a *Account) { a.TLS, a.Port, a.RootCAs = TLSStart, server.Port, nil }, Config, "set `ca_file`"},
		"none of the three TLS": {func(a *Account) { a.TLS = "sometimes" }, Temporary, `"sometimes" is unknown`},
	} {
		t.Run(name, func(t *testing.T) {
			a := good
			c.set(&a)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			r := Check(ctx, a)
			if len(r) != 1 || r[0].Err == nil || !strings.Contains(r[0].Err.Error(), c.want) {
				t.Fatalf("want %q, got %+v", c.want, r)
			}
			if got := KindOf(r[0].Err); c.kind != "" && got != c.kind {
				t.Errorf("kind %s, want %s: %v", got, c.kind, r[0].Err)
			}
		})
	}
}

func TestCheckOnDovecotHasALineForEachThing(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSImplicit)
	server.Deliver(user, []byte(letter))
	a.Folders = []string{"INBOX", "Claims"}
	var lines []string
	for _, r := range Check(t.Context(), a) {
		lines = append(lines, fmt.Sprintf("%s: %v %s%v", r.What, r.OK(), r.Text, r.Err))
	}
	want := []string{
		`login: true logged in as "support@example.com" at ` + server.TLSAddr + "<nil>",
		`folder INBOX: true "INBOX", 1 mails<nil>`,
		`folder Claims: false support: open the folder "Claims": `,
		`sent: true "Sent", 0 mails<nil>`,
		`drafts: true "Drafts", 0 mails<nil>`,
		"idle: true new mail is pushed by the server (IDLE)<nil>",
		"move: true mail can be moved (MOVE)<nil>",
		`keywords: true mail in "INBOX" can be marked<nil>`,
	}
	if len(lines) != len(want) {
		t.Fatalf("got %q", lines)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("got  %s\nwant %s", lines[i], want[i])
		}
	}
	if !strings.HasSuffix(lines[2], `there are: "Drafts", "INBOX", "Sent", "Trash"`) {
		t.Errorf("got %s", lines[2])
	}
	if got, _ := flags(t, server, "INBOX"); fmt.Sprint(got) != "[]" {
		t.Errorf("the check has changed flags: %q", got)
	}
}

// writer is a Writer that ends with the test.
func writer(t testing.TB, a Account) *Writer {
	t.Helper()
	w, err := NewWriter(a, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// place returns where the first mail of INBOX is.
func place(t testing.TB, server *testservers.IMAP) (validity, uid uint32) {
	t.Helper()
	c := client(t, server, "")
	box, err := c.Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	mails, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{UID: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	return box.UIDValidity, uint32(mails[0].UID)
}

func TestWriterOnDovecotSetsAKeywordAndNothingElse(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSImplicit)
	server.Deliver(user, []byte(letter), []byte("Message-ID: <p2@customer.example>\r\n\r\nTwo.\r\n"))
	validity, uid := place(t, server)
	w := writer(t, a)
	for range 2 { // the second time changes nothing
		if err := w.SetKeyword(t.Context(), "INBOX", validity, uid, "p1@customer.example", "$Escalated"); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := flags(t, server, "INBOX"); fmt.Sprintf("%q", got) != `["$Escalated" ""]` {
		t.Errorf("flags %q", got)
	}
	if err := w.SetKeyword(t.Context(), "INBOX", validity+1, 999, "p2@customer.example", "$Escalated"); err != nil {
		t.Errorf("found by its Message-ID: %v", err)
	}
	if got, _ := flags(t, server, "INBOX"); fmt.Sprintf("%q", got) != `["$Escalated" "$Escalated"]` {
		t.Errorf("flags %q", got)
	}
	for name, err := range map[string]error{
		"part of a Message-ID": w.SetKeyword(t.Context(), "INBOX", validity+1, uid, "customer.example", "$Escalated"),
		"no such mail":         w.SetKeyword(t.Context(), "INBOX", validity, 999, "", "$Escalated"),
		"a system flag":        w.SetKeyword(t.Context(), "INBOX", validity, uid, "", `\Seen`),
		"no atom":              w.SetKeyword(t.Context(), "INBOX", validity, uid, "", "a b"),
	} {
		if !IsPermanent(err) {
			t.Errorf("%s: want a permanent error, got %v", name, err)
		}
	}
	if err := w.SetKeyword(t.Context(), "Nowhere", validity, uid, "", "$Escalated"); KindOf(err) != Config {
		t.Errorf("a missing folder: %v", err)
	}
}

func TestWriterOnDovecotMovesOnce(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSImplicit)
	server.Deliver(user, []byte(letter), []byte("Message-ID: <p2@customer.example>\r\n\r\nTwo.\r\n"))
	validity, uid := place(t, server)
	w := writer(t, a)
	for range 3 {
		if err := w.Move(t.Context(), "INBOX", validity, uid, "p1@customer.example", "Escalated/Ärger"); err != nil {
			t.Fatal(err)
		}
	}
	if got, raws := flags(t, server, "Escalated/Ärger"); len(got) != 1 || got[0] != "" || raws[0] != letter {
		t.Errorf("moved: %q %q", got, raws)
	}
	if _, raws := flags(t, server, "INBOX"); len(raws) != 1 || strings.Contains(raws[0], "p1@") {
		t.Errorf("left behind: %q", raws)
	}
	if err := w.Move(t.Context(), "INBOX", validity, 999, "unknown@customer.example", "Escalated/Ärger"); !IsPermanent(err) {
		t.Errorf("a mail that is nowhere: %v", err)
	}
}

func TestWriterOnDovecotMovesWithoutMOVE(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSNone)
	server.Deliver(user, []byte(letter), []byte("Message-ID: <p2@customer.example>\r\n\r\nTwo.\r\n"))
	validity, uid := place(t, server)
	others := client(t, server, "INBOX") // somebody else's mail, marked \Deleted, must stay
	if err := others.Store(imap.SeqSetNum(2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	w := writer(t, a)
	without := func() {
		if err := w.act(t.Context(), "", "", func(s *session) error { delete(s.caps, imap.CapMove); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		without()
		if err := w.Move(t.Context(), "INBOX", validity, uid, "p1@customer.example", "Escalated"); err != nil {
			t.Fatal(err)
		}
	}
	if got, raws := flags(t, server, "Escalated"); len(got) != 1 || got[0] != "" || raws[0] != letter {
		t.Errorf("moved: %q %q", got, raws)
	}
	if got, raws := flags(t, server, "INBOX"); len(raws) != 1 || got[0] != `\Deleted` {
		t.Errorf("left behind: %q %q", got, raws)
	}
}

func TestWriterOnDovecotAppendsDraftsAndNotesOnce(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSStart)
	w := writer(t, a)
	draft := []byte("Message-ID: <heed-1@example.com>\r\nX-Heed-Case: 1\r\n\r\n" + strings.Repeat("We are sorry.\r\n", 10_000))
	note := []byte("Message-ID: <heed-2@example.com>\r\n\r\nEscalated.\r\n")
	for range 2 {
		if err := w.AppendDraft(t.Context(), "heed-1@example.com", draft); err != nil {
			t.Fatal(err)
		}
		if err := w.Append(t.Context(), "INBOX", "heed-2@example.com", note); err != nil {
			t.Fatal(err)
		}
		if err := w.Append(t.Context(), "New/Notes", "heed-2@example.com", note, "$Heed"); err != nil {
			t.Fatal(err)
		}
	}
	for folder, want := range map[string]struct {
		flags string
		raw   []byte
	}{"Drafts": {`\Draft`, draft}, "INBOX": {"", note}, "New/Notes": {"$Heed", note}} {
		got, raws := flags(t, server, folder)
		if len(got) != 1 || got[0] != want.flags || !bytes.Equal([]byte(raws[0]), want.raw) {
			t.Errorf("%s: %d mails, flags %q", folder, len(got), got)
		}
	}
	for name, err := range map[string]error{
		"NUL":     w.Append(t.Context(), "INBOX", "x@example.com", []byte("a\x00b")),
		"no id":   w.Append(t.Context(), "INBOX", "", note),
		"as read": w.Append(t.Context(), "INBOX", "x@example.com", note, `\seen`),
	} {
		if !IsPermanent(err) {
			t.Errorf("%s: want a permanent error, got %v", name, err)
		}
	}
}

// Were a watched folder that was renamed made anew for a note, its watcher would be content with an empty folder.
func TestWriterOnDovecotMakesNoWatchedFolder(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSStart)
	a.Folders = []string{"INBOX", "Claims"}
	w := writer(t, a)
	note := []byte("Message-ID: <heed-1@example.com>\r\n\r\nEscalated.\r\n")
	err := w.Append(t.Context(), "Claims", "heed-1@example.com", note)
	if KindOf(err) != Config || !strings.Contains(err.Error(), "the watched folder is not there") {
		t.Errorf("got %v", err)
	}
	server.DeliverTo(user, "Claims") // now it is there
	if err := w.Append(t.Context(), "Claims", "heed-1@example.com", note); err != nil {
		t.Error(err)
	}
}

func TestWriterOnDovecotSurvivesARestartOfTheServer(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSImplicit)
	w := writer(t, a)
	note := []byte("Message-ID: <heed-1@example.com>\r\n\r\nEscalated.\r\n")
	if err := w.Append(t.Context(), "INBOX", "heed-1@example.com", note); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if err := w.Append(t.Context(), "INBOX", "heed-3@example.com", note); KindOf(err) != Temporary {
		t.Errorf("while the server is away: %v", err)
	}
	server.Start()
	if err := w.Append(t.Context(), "INBOX", "heed-1@example.com", note); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	server.Start() // unnoticed by the kept connection
	if err := w.Append(t.Context(), "INBOX", "heed-1@example.com", note); err != nil {
		t.Fatal(err)
	}
	if got, _ := flags(t, server, "INBOX"); len(got) != 1 {
		t.Errorf("%d notes", len(got))
	}
}

func TestWriterOnDovecotSaysWhenAFolderIsFullOrClosed(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSNone)
	server.Deliver(user, []byte(letter))
	validity, uid := place(t, server)
	w := writer(t, a)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.SetKeyword(ctx, "INBOX", validity, uid, "", "$Escalated"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if os.Getuid() != 0 { // for root, permissions of files are no obstacle
		if err := os.Chmod(filepath.Join(server.Maildir(user), "tmp"), 0); err != nil {
			t.Fatal(err)
		}
		if err := w.Append(t.Context(), "INBOX", "x@example.com", []byte(letter)); err == nil {
			t.Error("a note is kept in a folder that can't be written")
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.SetKeyword(t.Context(), "INBOX", validity, uid, "", "$Escalated"); !IsPermanent(err) {
		t.Errorf("closed: %v", err)
	}
}

// Keywords of what lay there before tell what an earlier life has done; those of new mail tell nothing.
func TestWatcherOnDovecotHandsOnTheKeywordsOfOldMailOnly(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSStart)
	a.Start = StartAll
	marked := "Message-ID: <m1@customer.example>\r\n\r\nI will dispute this.\r\n"
	server.Deliver(user, []byte(marked))
	w := writer(t, a)
	if err := w.SetKeyword(t.Context(), "INBOX", 0, 0, "m1@customer.example", "$Escalated"); err != nil {
		t.Fatal(err)
	}
	sink := realSink(t)
	run(t, a, sink)
	sink.count(1)
	if got := sink.mails[0].Keywords; len(got) != 1 || got[0] != "$Escalated" {
		t.Errorf("keywords %q", got)
	}
	server.Deliver(user, []byte(letter))
	sink.count(2)
	if got := sink.mails[1].Keywords; len(got) != 0 {
		t.Errorf("keywords of new mail: %q", got)
	}
}
