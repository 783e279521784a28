package endtoend

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
)

// letter is a customer's mail.
func letter(from, id, subject string, lines ...string) []byte {
	return []byte("From: " + from + "\r\nTo: " + support + "\r\nSubject: " + subject + "\r\nDate: Mon, 09 Nov 2026 09:12:00 +0000\r\n" +
		"Message-ID: <" + id + ">\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
		strings.Join(lines, "\r\n") + "\r\n")
}

func threat(n int) []byte {
	return letter(fmt.Sprintf("Jane %d <jane%d@mail.example>", n, n), fmt.Sprintf("threat-%d@mail.example", n), fmt.Sprintf("Order #%d", 1000+n),
		"Hello,", "", "I will dispute the charge with my bank if the money is not back by Friday.", "Größe 42, by the way.", "Jane")
}

// attached returns the customer's mail as it is attached to an escalation.
func attached(t *testing.T, raw []byte) []byte {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatalf("no attached original: %v", err)
		}
		if kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); kind == "message/rfc822" {
			body, err := io.ReadAll(p)
			if err != nil {
				t.Fatal(err)
			}
			return body
		}
	}
}

func escalations(mails []mail) int { return count(mails, with("X-Heed-Case", "")) }

func TestAThreatIsForwardedWhileTheMailboxIdles(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name    string
		replace func(*site) []string
	}{
		{"over TLS and STARTTLS with a login", func(*site) []string { return nil }},
		{"in clear text on loopback", func(s *site) []string {
			return []string{`tls = "implicit"`, `tls = "none"`, fmt.Sprintf("port = %d", s.imap.TLSPort), fmt.Sprintf("port = %d", s.imap.Port),
				`tls = "starttls"`, `tls = "none"`}
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			d := s.start(s.config(way.replace(s)...))
			watched, desk := s.look(support, "INBOX"), s.look(yodi, "INBOX")
			// An ordinary mail first: when its successor comes, the daemon has caught up and is in IDLE.
			s.send("olive@hart.example", support, letter("Olive <olive@hart.example>", "olive@hart.example", "Thank you", "A lovely lamp, thank you."))
			watched.until("the ordinary mail", func(m []mail) bool { return len(m) == 1 })

			// Three times, and the fastest counts: other tests keep this machine busy.
			fastest := time.Hour
			var got []mail
			for n := 1; n <= 3; n++ {
				start := time.Now()
				s.send(fmt.Sprintf("jane%d@mail.example", n), support, threat(n))
				got = desk.until("the escalation", func(m []mail) bool { return escalations(m) == n })
				fastest = min(fastest, time.Since(start))
			}
			t.Logf("from the customer's SMTP session to the decision maker's mailbox: %v", fastest.Round(time.Millisecond))
			if fastest > 2*time.Second {
				t.Errorf("a threat took %v to be forwarded, want 2 s at most", fastest)
			}
			s.check(watched, find(t, got, with("X-Heed-Case", "1")))
			if got := d.stop(); got != 0 {
				t.Errorf("exit status %d after SIGTERM, want 0\n%s", got, d.log)
			}
		})
	}
}

// check looks at everything that one threat leaves behind.
func (s *site) check(watched *reader, escalation mail) {
	s.t.Helper()
	marked := func(m mail) bool { return with("Message-ID", "<threat-1@mail.example>")(m) && has(m, "$Escalated") }
	mails := watched.until("the marked mails and the notes beside them", func(m []mail) bool {
		return count(m, func(m mail) bool { return has(m, "$Escalated") }) == 3 && count(m, with("X-Heed-Case", "")) == 3
	})
	for _, m := range mails {
		if has(m, imap.FlagSeen) {
			s.t.Errorf("a mail in the watched mailbox is marked as read:\n%s", m.raw)
		}
	}
	if original := find(s.t, mails, marked).raw; !bytes.Equal(attached(s.t, escalation.raw), original) {
		s.t.Errorf("the attached original is not what lies in the mailbox:\n%q\n%q", attached(s.t, escalation.raw), original)
	}
	drafts := s.look(support, "Drafts").until("the drafts", func(m []mail) bool { return len(m) == 3 })
	if !has(drafts[0], imap.FlagDraft) || !with("X-Heed-Case", "1")(drafts[0]) {
		s.t.Errorf("the first draft is no draft of case 1:\n%s", drafts[0].raw)
	}
	for _, desk := range []string{contact, silver} {
		s.look(desk, "INBOX").until("the escalation at "+desk, func(m []mail) bool { return escalations(m) == 3 })
	}
}

func TestNothingIsLostOrDoubledByKill9(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	config := s.config()
	desk := s.look(silver, "INBOX")
	d := s.start(config)
	s.send("jane1@mail.example", support, threat(1))
	desk.until("the first escalation", func(m []mail) bool { return escalations(m) == 1 })
	d.kill()

	s.send("jane2@mail.example", support, threat(2)) // while nobody watches
	d = s.start(config)
	desk.until("the second escalation", func(m []mail) bool { return escalations(m) == 2 })
	d.kill()

	// Now at any moment: a burst of threats, and the daemon is killed in the middle of it, again and again.
	const burst = 12
	for n := 3; n < 3+burst; n++ {
		s.send(fmt.Sprintf("jane%d@mail.example", n), support, threat(n))
		if n%3 == 0 {
			d = s.start(config)
			desk.until("one more escalation", func(m []mail) bool { return escalations(m) > n-3 })
			d.kill()
		}
	}
	d = s.start(config)
	mails := desk.until("all escalations", func(m []mail) bool { return len(ids(m)) == 2+burst })
	watched := s.look(support, "INBOX").until("all marks and notes", func(m []mail) bool {
		return count(m, func(m mail) bool { return has(m, "$Escalated") }) == 2+burst && count(m, with("X-Heed-Case", "")) >= 2+burst
	})
	// One whose attempt was cut off comes again after the pause that was written down before the attempt.
	s.look(support, "Drafts").until("all drafts", func(m []mail) bool { return len(m) >= 2+burst })
	if status := d.stop(); status != 0 {
		t.Errorf("exit status %d after SIGTERM", status)
	}
	if notes := count(watched, with("X-Heed-Case", "")); notes != 2+burst {
		t.Errorf("%d notes for %d escalations", notes, 2+burst)
	}
	drafts := s.look(support, "Drafts").all()
	if len(drafts) != 2+burst {
		t.Errorf("%d drafts for %d threats", len(drafts), 2+burst)
	}
	for id, n := range ids(mails) {
		if n > 1 { // the one doubt that SMTP leaves: the same mail under the same Message-ID
			t.Logf("escalation %s came %d times: heed was killed between the server's answer and writing it down", id, n)
		}
	}
}

// ids counts the escalations by Message-ID.
func ids(mails []mail) map[string]int {
	n := map[string]int{}
	for _, m := range mails {
		parsed, err := netmail.ReadMessage(bytes.NewReader(m.raw))
		if err == nil && parsed.Header.Get("X-Heed-Case") != "" {
			n[parsed.Header.Get("Message-Id")]++
		}
	}
	return n
}

func TestAMailHostThatGoesAwayIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := s.start(s.config())
	desk := s.look(silver, "INBOX")
	s.send("jane1@mail.example", support, threat(1))
	desk.until("the first escalation", func(m []mail) bool { return escalations(m) == 1 })

	s.imap.Stop() // Postfix keeps what it can't deliver, and so does the outbox
	s.smtp.Stop()
	s.imap.Start()
	s.smtp.Start()
	s.send("jane2@mail.example", support, threat(2))
	s.look(silver, "INBOX").until("the second escalation", func(m []mail) bool { return escalations(m) == 2 })
	if status := d.stop(); status != 0 {
		t.Errorf("exit status %d after SIGTERM", status)
	}
}
