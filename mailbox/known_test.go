package mailbox

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// A listener notes the commands that are sent over connections without TLS.
type listener struct {
	mu       sync.Mutex
	commands []string
}

func (l *listener) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return overheard{conn, l}, err
}

type overheard struct {
	net.Conn
	by *listener
}

func (o overheard) Write(p []byte) (int, error) {
	o.by.mu.Lock()
	defer o.by.mu.Unlock()
	for line := range strings.Lines(string(p)) {
		if tag, command, _ := strings.Cut(line, " "); strings.HasPrefix(tag, "T") && command != "" {
			o.by.commands = append(o.by.commands, strings.TrimSuffix(strings.Fields(command)[0]+" "+strings.Fields(command + " .")[1], " ."))
		}
	}
	return o.Conn.Write(p)
}

// since returns what was sent since the last call.
func (l *listener) since() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.commands = nil }()
	return strings.Join(l.commands, ", ")
}

// draft is a draft and its Message-ID.
func draft(n int) (id string, raw []byte) {
	id = fmt.Sprintf("heed-%d@example.com", n)
	return id, []byte("Message-ID: <" + id + ">\r\n\r\nWe are sorry.\r\n")
}

// ids lists the Message-IDs in a folder.
func ids(t *testing.T, c *imapclient.Client, folder string) []string {
	t.Helper()
	box, err := c.Select(folder, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if box.NumMessages == 0 {
		return nil
	}
	var all imap.SeqSet
	all.AddRange(1, 0)
	mails, err := c.Fetch(all, &imap.FetchOptions{Envelope: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range mails {
		list = append(list, m.Envelope.MessageID)
	}
	return list
}

func TestWriterOnDovecotAsksForFoldersOnceInABurst(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSNone)
	server.Deliver(user, []byte(letter))
	validity, uid := place(t, server)
	var sent listener
	w, err := NewWriter(a, Options{Dial: sent.dial})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	put := func(n int) {
		t.Helper()
		id, raw := draft(n)
		if err := w.AppendDraft(t.Context(), id, raw); err != nil {
			t.Fatal(err)
		}
	}
	mark := func() {
		t.Helper()
		if err := w.SetKeyword(t.Context(), "INBOX", validity, uid, "p1@customer.example", "$Escalated"); err != nil {
			t.Fatal(err)
		}
	}
	put(1)
	if first := sent.since(); !strings.Contains(first, `LIST "", EXAMINE "Drafts", UID SEARCH, APPEND "Drafts"`) {
		t.Errorf("for the first draft: %s", first)
	}
	put(2)
	if second := sent.since(); second != `NOOP, UID SEARCH, APPEND "Drafts"` {
		t.Errorf("for the second draft: %s", second)
	}
	mark()
	sent.since()
	mark()
	if second := sent.since(); second != "NOOP, UID SEARCH, UID STORE, UID FETCH" {
		t.Errorf("for the second keyword: %s", second)
	}
	put(3)
	if third := sent.since(); third != `EXAMINE "Drafts", UID SEARCH, APPEND "Drafts"` {
		t.Errorf("for the third draft: %s", third)
	}
}

// What others do to the folders between two drafts of a burst.
func TestDraftsArriveOnceWhateverOthersDoToTheFolders(t *testing.T) {
	id2, raw2 := draft(2)
	for name, c := range map[string]struct {
		do   func(t *testing.T, c *imapclient.Client)
		want []string // in Drafts, at last
	}{
		"nothing":        {func(*testing.T, *imapclient.Client) {}, []string{"heed-1@example.com", id2}},
		"the same draft": {func(t *testing.T, c *imapclient.Client) { put(t, c, "Drafts", string(raw2)) }, []string{"heed-1@example.com", id2}},
		"renamed": {func(t *testing.T, c *imapclient.Client) {
			must(t, c.Rename("Drafts", "Old", nil).Wait())
		}, []string{id2}},
		"removed": {func(t *testing.T, c *imapclient.Client) {
			must(t, c.Delete("Drafts").Wait())
		}, []string{id2}},
		"renamed, made anew and removed": {func(t *testing.T, c *imapclient.Client) {
			must(t, c.Rename("Drafts", "Old", nil).Wait())
			must(t, c.Create("Drafts", nil).Wait())
			must(t, c.Delete("Old").Wait())
		}, []string{id2}},
		"renamed and made anew": {func(t *testing.T, c *imapclient.Client) {
			must(t, c.Rename("Drafts", "Old", nil).Wait())
			must(t, c.Create("Drafts", nil).Wait())
		}, []string{id2}},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, begin := range map[string]func(*testing.T) (Account, func() *imapclient.Client){
				"Dovecot": func(t *testing.T) (Account, func() *imapclient.Client) {
					server, a := dovecot(t, TLSNone)
					return a, func() *imapclient.Client { return client(t, server, "") }
				},
				"memory": func(t *testing.T) (Account, func() *imapclient.Client) {
					server := newMemory(t) // it serves a folder on that was removed
					return server.account, func() *imapclient.Client { return server.client(t) }
				},
			} {
				t.Run(kind, func(t *testing.T) {
					t.Parallel()
					a, other := begin(t) // each time another client: what one knows of a folder that was made anew confuses Dovecot
					w := writer(t, a)
					id1, raw1 := draft(1)
					must(t, w.AppendDraft(t.Context(), id1, raw1))
					c.do(t, other())
					for range 3 {
						must(t, w.AppendDraft(t.Context(), id2, raw2))
					}
					if got := ids(t, other(), "Drafts"); !slices.Equal(got, c.want) {
						t.Errorf("Drafts holds %q, want %q", got, c.want)
					}
				})
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Between two keywords of a burst the folder is made anew, and the same UID is another mail.
func TestKeywordsOnDovecotGoToTheirMailWhenTheFolderIsMadeAnew(t *testing.T) {
	t.Parallel()
	server, a := dovecot(t, TLSNone)
	other := client(t, server, "")
	const second = "Message-ID: <p2@customer.example>\r\n\r\nTwo.\r\n"
	must(t, other.Create("Claims", nil).Wait())
	put(t, other, "Claims", letter)
	put(t, other, "Claims", second)
	box, err := other.Status("Claims", &imap.StatusOptions{UIDValidity: true}).Wait()
	must(t, err)
	w := writer(t, a)
	must(t, w.SetKeyword(t.Context(), "Claims", box.UIDValidity, 1, "p1@customer.example", "$Escalated"))
	must(t, other.Rename("Claims", "Old", nil).Wait())
	must(t, other.Create("Claims", nil).Wait())
	put(t, other, "Claims", second)
	put(t, other, "Claims", letter)
	must(t, w.SetKeyword(t.Context(), "Claims", box.UIDValidity, 2, "p2@customer.example", "$Escalated"))
	if got, _ := flags(t, server, "Claims"); fmt.Sprintf("%q", got) != `["$Escalated" ""]` {
		t.Errorf("flags %q", got)
	}
}
