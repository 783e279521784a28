package submission_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	gomessage "github.com/emersion/go-message"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/submission"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/testservers"
)

func TestPostfix(t *testing.T) {
	dovecot := testservers.Dovecot(t)
	dovecot.AddUser("yodi@example.com", "secret")
	postfix := testservers.Postfix(t, dovecot)
	password := "secret"
	var sessions atomic.Int32
	sender, err := submission.New(submission.Options{Host: postfix.Host, Port: postfix.Port, TLS: submission.StartTLS, RootCAs: postfix.CA,
		Username: "yodi@example.com", Password: func() (string, error) { return password, nil },
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			sessions.Add(1)
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	t.Run("originals arrive byte for byte", func(t *testing.T) {
		originalsArrive(t, sender, dovecot)
		if n := sessions.Load(); n > 5 { // of seven mails: not one, since a machine may be so slow that a session is not waited for
			t.Errorf("they took %d sessions", n)
		}
	})
	t.Run("a restart between two mails costs no attempt", func(t *testing.T) {
		for range 2 {
			if o := sender.Send(t.Context(), mailTo("yodi@example.com")); o[0].Err != nil {
				t.Fatal(o[0].Err)
			}
			postfix.Stop()
			postfix.Start()
		}
	})
	t.Run("refusals are understood", func(t *testing.T) {
		o, err := sender.Check(t.Context(), "heed@example.com", []string{"yodi@example.com", "nobody@example.com", "someone@elsewhere.example"})
		if err != nil || o[0].Err != nil || outbox.KindOf(o[1].Err) != outbox.Permanent || outbox.KindOf(o[2].Err) != outbox.Permanent {
			t.Errorf("%v %v", o, err)
		}
		password = "wrong"
		if _, err := sender.Check(t.Context(), "heed@example.com", nil); outbox.KindOf(err) != outbox.Config || !strings.Contains(err.Error(), "smtp.username") {
			t.Errorf("%v", err)
		}
	})
}

// originalsArrive shows that what a decision maker takes out of the mail is the customer's mail byte for byte, whatever
// the customer's mail is like.
func originalsArrive(t *testing.T, sender *submission.Sender, dovecot *testservers.IMAP) {
	composer, err := note.New(note.Options{From: "Heed <heed@example.com>"})
	if err != nil {
		t.Fatal(err)
	}
	originals := []string{
		"Subject: seven bits\r\n\r\n.\r\n..\r\nFrom here\r\nno final line end",
		"Subject: gr\xc3\xbc\xc3\x9fe\r\n\r\n\xe4\xf6\xfc\r\n",
		"Subject: bare LF\n\nbody\n",
		"Subject: bare CR\r\n\r\na\rb\x00c\r\n",
		"Subject: long\r\n\r\n" + strings.Repeat("x", 999) + "\r\n",
		"Subject: white space \t\r\n\r\n \r\nend \t\r\n\r\n\r\n",
		"",
	}
	inbox := watch(t, dovecot, len(originals))
	for i, raw := range originals {
		r, err := composer.Escalation(note.Facts{
			Case:    store.Case{ID: int64(i + 1), Customer: "jane@customer.example"},
			Actions: []escalation.Action{{Do: escalation.Escalate, Rules: []string{"abuse"}, To: []string{"yodi@example.com"}}},
			Raw:     []byte(raw), Now: time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC),
		})
		if err != nil {
			t.Fatal(err)
		}
		o := sender.Send(t.Context(), outbox.Mail{From: composer.From(), To: []string{"yodi@example.com"}, Payload: r.Payload, Fallback: r.Fallback})
		if o[0].Err != nil {
			t.Fatal(o[0].Err)
		}
	}
	var got []string
	for _, mail := range inbox() {
		got = append(got, lastPart(t, mail))
	}
	slices.Sort(got)
	slices.Sort(originals)
	if !slices.Equal(got, originals) {
		t.Errorf("arrived:\n%q\nwant:\n%q", got, originals)
	}
}

// watch idles in yodi's INBOX; what it returns waits until n mails are there and fetches them.
func watch(t *testing.T, server *testservers.IMAP, n int) func() [][]byte {
	t.Helper()
	pushed := make(chan uint32, 64)
	c, err := imapclient.DialInsecure(server.Addr, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				pushed <- *d.NumMessages
			}
		}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login("yodi@example.com", "secret").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	return func() [][]byte {
		t.Helper()
		limit := time.After(30 * time.Second)
		for have := uint32(0); have < uint32(n); {
			select {
			case have = <-pushed:
			case <-limit:
				t.Fatalf("%d of %d mails arrived", have, n)
			}
		}
		if err := idle.Close(); err != nil {
			t.Fatal(err)
		}
		all := imap.SeqSet{}
		all.AddRange(1, uint32(n))
		got, err := c.Fetch(all, &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
		if err != nil {
			t.Fatal(err)
		}
		var mails [][]byte
		for _, m := range got {
			mails = append(mails, m.BodySection[0].Bytes)
		}
		return mails
	}
}

// lastPart is the decoded body of the last part of a mail.
func lastPart(t *testing.T, mail []byte) string {
	t.Helper()
	e, err := gomessage.Read(bytes.NewReader(mail))
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	parts := e.MultipartReader()
	for {
		p, err := parts.NextPart()
		if err == io.EOF {
			return last
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		last = string(body)
	}
}
