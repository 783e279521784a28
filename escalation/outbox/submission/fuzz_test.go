package submission_test

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"unicode"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/submission"
)

// Whatever a server says, an attempt ends, every recipient has an outcome of a known kind in one printable line, nobody is
// counted as reached unless the server took the end of the mail, and no mail is said twice. Two mails follow each other.
func FuzzWhateverAServerSaysAnAttemptEnds(f *testing.F) {
	f.Add("220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n221 bye\r\n")
	f.Add("220 x\r\n250-x\r\n250 8BITMIME\r\n250 ok\r\n550-no\r\n550 never\r\n221 bye\r\n")
	f.Add("220-\r\n220-\r\n220 \x1b[2J\r\n")
	f.Add("220 x\n250 x\n451 \u202elater\n")
	f.Add("554 go away\r\n")
	f.Add("220 x\r\n500 ?\r\n500 ?\r\n")
	f.Add("220 x\r\n250-SIZE 99999999999999999999\r\n250 SIZE -1\r\n552 big\r\n")
	f.Add("+OK POP3 here\r\n")
	f.Add(strings.Repeat("\x1b", 5000) + "\r\n")
	f.Add("220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n221 bye\r\n")
	f.Add("220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n421 enough\r\n")
	f.Add("\x16\x03\x01\x00\x00")
	f.Fuzz(func(t *testing.T, says string) {
		synctest.Test(t, func(t *testing.T) {
			var sessions sync.WaitGroup
			heard := make(chan string, 16) // one a connection; a smaller mail may follow one that is too big
			dial := func(context.Context, string, string) (net.Conn, error) {
				client, server := net.Pipe()
				var said strings.Builder
				sessions.Go(func() { _, _ = io.Copy(&said, server); heard <- said.String() })
				sessions.Go(func() { _, _ = io.WriteString(server, says); _ = server.Close() })
				return here{client}, nil
			}
			sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None, Dial: dial})
			if err != nil {
				t.Fatal(err)
			}
			m := mailTo("lu@example.com", "yodi@example.com")
			m.Fallback = []byte("Subject: s\r\n\r\n")
			reached := 0
			for range 2 {
				if checkOutcomes(t, sender.Send(t.Context(), m)) {
					reached++
				}
			}
			sender.Close()
			sessions.Wait()
			close(heard)
			all := ""
			for said := range heard {
				all += said
			}
			if ended := strings.Count(all, "\r\n.\r\n"); reached > ended {
				t.Errorf("%d mails taken, though %d were ended", reached, ended)
			}
			if n := strings.Count(all, payload); n > 2 {
				t.Errorf("two mails were said %d times", n)
			}
		})
	})
}

// checkOutcomes looks at how an attempt ended, and reports whether anybody was reached.
func checkOutcomes(t *testing.T, outcomes []outbox.Outcome) (reached bool) {
	t.Helper()
	if len(outcomes) != 2 {
		t.Fatalf("%d outcomes", len(outcomes))
	}
	for _, o := range outcomes {
		if o.Err == nil {
			reached = true
			continue
		}
		switch outbox.KindOf(o.Err) {
		case outbox.Temporary, outbox.Config, outbox.Permanent:
		default:
			t.Errorf("kind %q", outbox.KindOf(o.Err))
		}
		if line := o.Err.Error(); len(line) > 4<<10 || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%d bytes: %q", len(line), line)
		}
	}
	return reached
}

// What an address becomes is one argument of a command, whatever is in it.
func FuzzAnAddressIsOneArgument(f *testing.F) {
	for _, s := range []string{"lu@example.com", "a b@example.com", `"a b"@example.com`, "x@[127.0.0.1]", "lu@bücher.example", "jörg@example.com",
		"a@b> SIZE=1", "a@b\r\nDATA", "<a@b>", "@example.com", "lu", "Lu <lu@example.com>", "a@b (comment)", strings.Repeat("x", 400) + "@example.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		synctest.Test(t, func(t *testing.T) {
			server, o := send(t, script{}, mailTo(address))
			for _, line := range server.lines {
				if !strings.HasPrefix(line, "RCPT") {
					continue
				}
				argument := strings.TrimPrefix(line, "RCPT TO:")
				quoted := strings.HasPrefix(argument, `<"`)
				if !strings.HasPrefix(argument, "<") || !strings.HasSuffix(argument, ">") || strings.Count(argument, ">") != 1 ||
					!quoted && strings.ContainsAny(argument, " \t") || strings.ContainsFunc(argument, func(r rune) bool { return r > 0x7e || r < ' ' && r != '\t' }) {
					t.Errorf("%q becomes %q", address, line)
				}
			}
			if o[0].Err == nil && len(server.deliveries()) != 1 {
				t.Error("counted as delivered, and was not")
			}
		})
	})
}
