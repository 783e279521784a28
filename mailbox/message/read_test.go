package message

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write the .want files anew")

// shop is the mailbox in which the mails of testdata lie.
func shop(sent bool) Mailbox {
	return Mailbox{
		Channel:      "web",
		OwnAddresses: []string{"support@example.com"},
		Staff:        []string{"lu@example.com"},
		EscalatesAs:  "heed@example.com",
		Sent:         sent,
	}
}

// TestMailsReadAsWritten reads every mail of testdata and compares what was understood with the .want file beside it.
// A new case needs no Go: put a mail there and run the test with -update.
func TestMailsReadAsWritten(t *testing.T) {
	mails, err := filepath.Glob("testdata/*/*.eml")
	if err != nil || len(mails) == 0 {
		t.Fatalf("no mails in testdata: %v", err)
	}
	for _, path := range mails {
		name := strings.TrimSuffix(filepath.ToSlash(path), ".eml")
		t.Run(strings.TrimPrefix(name, "testdata/"), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := describe(Read(raw, shop(strings.Contains(name, "/sent/"))))
			if *update {
				if err := os.WriteFile(name+".want", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(name + ".want")
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("read differently\n--- got\n%s--- want\n%s", got, want)
			}
		})
	}
}

// IMAP servers send CRLF, mailboxes on disk have LF: both read alike.
func TestLineEndsDoNotMatter(t *testing.T) {
	mails, err := filepath.Glob("testdata/*/*.eml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range mails {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(raw, '\r') >= 0 {
			continue
		}
		crlf := bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
		if lf, got := describe(Read(raw, shop(false))), describe(Read(crlf, shop(false))); got != lf {
			t.Errorf("%s: with CRLF\n%swith LF\n%s", path, got, lf)
		}
	}
}

// A mail is the same to a daemon that reads a thousand of them at once.
func TestReadIsSafeForConcurrentUse(t *testing.T) {
	raw := typicalMail()
	want := describe(Read(raw, shop(false)))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got := describe(Read(raw, shop(false))); got != want {
					t.Errorf("read differently: %s", got)
				}
			}
		})
	}
	wg.Wait()
}

// describe writes down a message so that a person can check it.
func describe(m *Message) string {
	var out strings.Builder
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&out, "%s: %s\n", label, value)
		}
	}
	line("direction", string(m.Direction))
	line("ignored", string(m.Ignored))
	line("customer", m.Customer)
	line("name", m.CustomerName)
	line("channel", m.Channel)
	line("own subject", m.OwnSubject)
	line("orders", strings.Join(m.Orders, ", "))
	if n := m.Notice; n != nil {
		line("notice", fmt.Sprintf("%s %s", n.Platform, n.Kind))
		line("buyer", n.Buyer)
		line("dispute", n.Dispute)
		line("amount", n.Amount)
		line("deadline", n.Deadline)
		line("words", fmt.Sprintf("%q", n.Words))
		line("verified", fmt.Sprint(n.Verified))
	}
	for _, a := range m.Facts.Amounts {
		line("sum", fmt.Sprintf("%q is %d %s", a.Text, a.Minor, a.Currency))
	}
	for _, d := range m.Facts.Deadlines {
		line("until", fmt.Sprintf("%q is %s", d.Text, d.At.Format("Mon 2 Jan 2006 15:04 -0700")))
	}
	line("phones", strings.Join(m.Facts.Phones, ", "))
	line("numbers", strings.Join(m.Facts.Numbers, ", "))
	for _, f := range m.Faults {
		line("fault", f)
	}
	fmt.Fprintf(&out, "text:\n%s\n", m.Text)
	return out.String()
}

// The HTML of a mail whose plain text says it all is not decoded: it is no fault of the mail that it could not be, and takes
// nothing of what may be read of the others.
func TestHTMLThatNobodyAsksForIsNotRead(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<p>We are sorry that the lamp flickers.</p>\n", 20_000)
	m := Read([]byte(fields+"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=b\n\n"+
		"--b\nContent-Type: text/plain\n\nThe lamp flickers.\n\nOn 5 May 2026 at 10:00 Shop <support@example.com> wrote:\n> We are sorry.\n"+
		"--b\nContent-Type: text/html; charset=x-none\nContent-Transfer-Encoding: x-none\n\n"+long+"--b--\n"+
		"--a\nContent-Type: text/plain\n\n"+strings.Repeat("It hums, too.\n", 20_000)+"--a--\n"), shop(false))
	if len(m.Faults) > 0 || !strings.HasPrefix(m.Text, "The lamp flickers.\n\nIt hums, too.\n") {
		t.Errorf("read with faults %q: %.60q", m.Faults, m.Text)
	}
}
