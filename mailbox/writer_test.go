package mailbox

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fakeWriter is a Writer on a fake server. It has to be closed inside the bubble.
func fakeWriter(t *testing.T, server *fakeServer) *Writer {
	t.Helper()
	w, err := NewWriter(server.account(), Options{Dial: server.dial})
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

// storing makes a server keep keywords.
func storing(server *fakeServer) {
	server.hooks["UID FETCH"] = func(c *fakeConn, tag, args string) bool {
		if !strings.Contains(args, "FLAGS") {
			return false
		}
		_ = c.send("* 1 FETCH (UID 1 FLAGS (\\Seen $escalated))") // case does not matter
		return c.send("%s OK done", tag) == nil
	}
}

func TestWriterKeepsItsConnectionForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter)
		storing(server)
		w := fakeWriter(t, server)
		mark := func() {
			t.Helper()
			if err := w.SetKeyword(t.Context(), "INBOX", 7, 1, "", "$Escalated"); err != nil {
				t.Fatal(err)
			}
		}
		mark()
		mark()
		if server.asked("SELECT") != 1 || server.asked("NOOP") != 1 || server.connections() != 1 {
			t.Errorf("used twice at once: %q", server.log())
		}
		time.Sleep(time.Minute)
		mark()
		if server.asked("SELECT") != 2 || server.asked("NOOP") != 2 || server.connections() != 1 {
			t.Errorf("used again after a minute: %q", server.log())
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if w.session != nil {
			t.Error("an unused connection stays open")
		}
		mark()
		if server.connections() != 2 {
			t.Errorf("%d connections", server.connections())
		}
	})
}

func TestKeptConnectionThatDiedIsReplaced(t *testing.T) {
	for _, silent := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			server := newFake(t, letter)
			storing(server)
			w := fakeWriter(t, server)
			if err := w.SetKeyword(t.Context(), "INBOX", 7, 1, "", "$Escalated"); err != nil {
				t.Fatal(err)
			}
			dies := times(1, func(c *fakeConn, _, _ string) bool { return silent || c.Close() == nil })
			server.mu.Lock()
			server.hooks["NOOP"], server.hooks["SELECT"] = dies, dies
			server.mu.Unlock()
			time.Sleep(time.Minute)
			if err := w.SetKeyword(t.Context(), "INBOX", 7, 1, "", "$Escalated"); err != nil {
				t.Errorf("silent %v: %v", silent, err)
			}
		})
	}
}

func TestKeywordThatTheServerForgetsIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter)
		server.hooks["UID FETCH"] = func(c *fakeConn, tag, _ string) bool {
			_ = c.send("* 1 FETCH (UID 1 FLAGS ())")
			return c.send("%s OK done", tag) == nil
		}
		err := fakeWriter(t, server).SetKeyword(t.Context(), "INBOX", 7, 1, "", "$Escalated")
		if !IsPermanent(err) || !strings.Contains(err.Error(), "does not keep the keyword") {
			t.Errorf("got %v", err)
		}
	})
}

func TestKeywordsThatTheFolderDoesNotAllowAreNotTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter)
		server.hooks["SELECT"] = func(c *fakeConn, tag, _ string) bool {
			_ = c.send("* 1 EXISTS")
			_ = c.send(`* OK [PERMANENTFLAGS (\Seen \Deleted)] no keywords`)
			_ = c.send("* OK [UIDVALIDITY 7] valid")
			return c.send("%s OK done", tag) == nil
		}
		err := fakeWriter(t, server).SetKeyword(t.Context(), "INBOX", 7, 1, "", "$Escalated")
		if !IsPermanent(err) || server.asked("UID STORE") != 0 {
			t.Errorf("got %v after %q", err, server.log())
		}
	})
}

func TestMailIsNotRemovedWhenItsCopyIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the library's own substitute for MOVE would remove it
		server := newFake(t, letter)
		server.caps = "IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS"
		server.hooks["UID COPY"] = func(c *fakeConn, tag, _ string) bool { return c.send("%s NO [OVERQUOTA] full", tag) == nil }
		err := fakeWriter(t, server).Move(t.Context(), "INBOX", 7, 1, "p1@customer.example", "Escalated")
		if KindOf(err) != Temporary || server.asked("UID COPY") != 1 {
			t.Errorf("got %v after %q", err, server.log())
		}
		if server.asked("UID STORE")+server.asked("UID EXPUNGE")+server.asked("EXPUNGE") != 0 {
			t.Errorf("the mail is removed: %q", server.log())
		}
	})
}

func TestRefusedAppendSaysWhyAndLeavesTheWriterUsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the library hangs up when a server refuses an APPEND at its first line
		server := newFake(t)
		storing(server)
		server.hooks["APPEND"] = func(c *fakeConn, tag, _ string) bool {
			return c.send("%s NO [OVERQUOTA] the mailbox is full", tag) == nil
		}
		w := fakeWriter(t, server)
		err := w.Append(t.Context(), "INBOX", "heed-1@example.com", []byte("Message-ID: <heed-1@example.com>\r\n\r\nx\r\n"))
		want := `support/INBOX: append "heed-1@example.com": the server says NO [OVERQUOTA] "the mailbox is full"`
		if err == nil || err.Error() != want || KindOf(err) != Temporary {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		server.add(letter, false)
		if err := w.SetKeyword(t.Context(), "INBOX", 7, 1, "", "$Escalated"); err != nil {
			t.Error(err)
		}
	})
}

func TestSlowUploadIsNotCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		raw := "Message-ID: <heed-1@example.com>\r\n\r\n" + strings.Repeat("x", 4<<20)
		server.hooks["APPEND"] = func(c *fakeConn, tag, args string) bool {
			_ = c.send("+ go on")
			buf, got := make([]byte, 64<<10), 0
			for got < len(raw) {
				time.Sleep(2 * time.Second) // 32 KiB a second
				n, err := c.lines.Read(buf)
				if got += n; err != nil {
					t.Errorf("after %d bytes: %v", got, err)
					return true
				}
			}
			_, _ = c.lines.ReadString('\n')
			return c.send("%s OK done", tag) == nil
		}
		began := time.Now()
		if err := fakeWriter(t, server).Append(t.Context(), "INBOX", "heed-1@example.com", []byte(raw)); err != nil {
			t.Error(fmt.Errorf("after %s: %w", time.Since(began), err))
		}
	})
}
