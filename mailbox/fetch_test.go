package mailbox

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
)

// oneBody is a hook that answers the fetch of bodies, and leaves that of sizes to the server.
func oneBody(answer func(c *fakeConn, tag, args string) bool) hook {
	return func(c *fakeConn, tag, args string) bool {
		return strings.Contains(args, "BODY.PEEK") && answer(c, tag, args)
	}
}

// times lets a hook act so often, and then leaves all to the server.
func times(n int32, h hook) hook {
	var used atomic.Int32 // connections have a goroutine each
	return func(c *fakeConn, tag, args string) bool { return used.Add(1) <= n && h(c, tag, args) }
}

func TestTruncatedBodyNeverCounts(t *testing.T) {
	full := letter + strings.Repeat("All of it must come. ", 500)
	cut := func(c *fakeConn) {
		c.raw(fmt.Sprintf("* 1 FETCH (UID 1 BODY[] {%d}\r\n%s", len(full), full[:len(full)/3]))
		c.Close()
	}
	t.Run("by FIN", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := newFake(t, full)
			server.hooks["UID FETCH"] = oneBody(times(2, func(c *fakeConn, _, _ string) bool { cut(c); return true }))
			r := watch(t, server, server.account(), newSink(t))
			r.sink.count(1)
			if got := string(r.sink.at(0).Raw); got != full {
				t.Errorf("%d of %d bytes were handed on", len(got), len(full))
			}
			if server.connections() != 3 {
				t.Errorf("%d connections, want a new one after each cut", server.connections())
			}
		})
	})
	t.Run("by RST", func(t *testing.T) {
		server := newFake(t, full)
		server.hooks["UID FETCH"] = oneBody(times(1, func(c *fakeConn, _, _ string) bool {
			_ = c.Conn.(*net.TCPConn).SetLinger(0)
			cut(c)
			return true
		}))
		account := server.account()
		account.Port = listen(t, server)
		r := watch(t, server, account, newSink(t))
		r.sink.count(1)
		if got := string(r.sink.at(0).Raw); got != full {
			t.Errorf("%d of %d bytes were handed on", len(got), len(full))
		}
	})
}

// listen serves the fake server on a port until the test ends.
func listen(t *testing.T, server *fakeServer) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go server.serve(conn)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func TestBodyBeforeItsUIDIsFetchedBySequenceNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter, letter+"2", letter+"3")
		uidLast := func(c *fakeConn, tag, _ string) bool {
			for i, m := range server.mails {
				c.raw(fmt.Sprintf("* %d FETCH (BODY[] {%d}\r\n%s UID %d)\r\n", i+1, len(m.body), m.body, m.uid))
			}
			return c.send("%s OK done", tag) == nil
		}
		server.hooks["UID FETCH"] = oneBody(uidLast)
		server.hooks["FETCH"] = oneBody(func(c *fakeConn, tag, args string) bool {
			var seq int
			_, _ = fmt.Sscanf(args, "%d", &seq) // 0 finds no mail, which fails the test
			m := server.mails[seq-1]
			c.raw(fmt.Sprintf("* %d FETCH (BODY[] {%d}\r\n%s UID %d)\r\n", seq, len(m.body), m.body, m.uid))
			return c.send("%s OK done", tag) == nil
		})
		r := watch(t, server, server.account(), newSink(t))
		r.sink.count(3)
		for i, m := range server.mails {
			if got := r.sink.at(i); got.UID != m.uid || string(got.Raw) != m.body || got.Fault != "" {
				t.Errorf("mail %d came as UID %d, %q, fault %q", i+1, got.UID, got.Raw, got.Fault)
			}
		}
	})
}

func TestServersWithESEARCHAreAskedForRanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		server.caps += " ESEARCH"
		r := watch(t, server, server.account(), newSink(t))
		synctest.Wait() // nothing is found
		for i := range 3 {
			server.add(fmt.Sprint(letter, i), i == 2)
		}
		r.sink.count(3)
		if n := server.asked("UID SEARCH"); n != server.asked("UID SEARCH RETURN (ALL)") || n == 0 {
			t.Errorf("asked %q", server.log())
		}
	})
}

func TestRangesThatAServerFindsAreUnderstoodOrAskedForInAnotherWay(t *testing.T) {
	for answer, want := range map[string]string{
		"UID ALL 7,1:3,2:4":   "[1 2 3 4 7] <nil>",
		"UID ALL 3:1":         "[1 2 3] <nil>",
		"UID COUNT 2 ALL 2,1": "[1 2] <nil>",
		"UID":                 "[] <nil>",
		"ALL 1:3":             "[4 5] <nil>", // not UIDs: asked for a list
		"BAD":                 "[4 5] <nil>",
		"UID ALL 1:*":         "[] in response-data: imapclient: server returned a dynamic ALL number set in SEARCH response",
	} {
		synctest.Test(t, func(t *testing.T) {
			server := newFake(t)
			server.caps += " ESEARCH"
			server.hooks["UID SEARCH"] = func(c *fakeConn, tag, args string) bool {
				switch {
				case !strings.HasPrefix(args, "RETURN"):
					_ = c.send("* SEARCH 4 5")
				case answer == "BAD":
					return c.send("%s BAD what is RETURN?", tag) == nil
				default:
					_ = c.send("* ESEARCH (TAG %q) %s", tag, answer)
				}
				return c.send("%s OK done", tag) == nil
			}
			s, err := connect(t.Context(), server.account(), server.dial, func() {})
			if err != nil {
				t.Fatal(err)
			}
			defer s.close()
			uids, err := s.above(t.Context(), 0)
			if got := fmt.Sprint(uids, err); got != want {
				t.Errorf("%s: got %s, want %s", answer, got, want)
			}
		})
	}
}

func TestFlagsPushedIntoAFetchHideNoMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the library takes the push for the answer and drops the body behind it
		server := newFake(t, letter, letter+"2")
		server.hooks["UID FETCH"] = oneBody(func(c *fakeConn, tag, args string) bool {
			_ = c.send(`* 2 FETCH (UID 2 FLAGS (\Seen))`)
			return false
		})
		r := watch(t, server, server.account(), newSink(t))
		r.sink.count(2)
		if got := string(r.sink.at(1).Raw); got != letter+"2" {
			t.Errorf("got %q", got)
		}
	})
}

func TestDataThatNoClientKnowsOnlyCostsTheConnection(t *testing.T) {
	for _, line := range []string{"* XFOO bar", "* VANISHED (EARLIER) 1:5", "* 1 FETCH (UID 1 X-GM-MSGID 1278455344230334865)"} {
		t.Run(line, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newFake(t, letter, letter)
				server.hooks["UID FETCH"] = times(1, func(c *fakeConn, _, _ string) bool { _ = c.send(line); return false })
				r := watch(t, server, server.account(), newSink(t))
				r.sink.count(2)
			})
		})
	}
}

func TestSilenceInTheMiddleOfABodyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, strings.Repeat("x", 8<<20)) // so big that the whole of it may take ten minutes
		server.hooks["UID FETCH"] = oneBody(times(1, func(c *fakeConn, _, _ string) bool {
			c.raw("* 1 FETCH (UID 1 BODY[] {8388608}\r\nFrom: ")
			_, _ = io.Copy(io.Discard, c) // until the client has had enough
			return true
		}))
		began := time.Now()
		r := watch(t, server, server.account(), newSink(t))
		r.sink.count(1)
		if took := time.Since(began); took > 2*time.Minute {
			t.Errorf("took %s", took)
		}
	})
}

func TestSlowBodyThatKeepsComingIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // slower than the library's own five minutes for a literal
		body := strings.Repeat("x", 12<<20)
		server := newFake(t, body)
		server.hooks["UID FETCH"] = oneBody(func(c *fakeConn, tag, _ string) bool {
			c.raw(fmt.Sprintf("* 1 FETCH (UID 1 BODY[] {%d}\r\n", len(body)))
			for i := range 12 {
				time.Sleep(40 * time.Second)
				c.raw(body[i<<20 : (i+1)<<20])
			}
			_ = c.send(")")
			return c.send("%s OK done", tag) == nil
		})
		r := watch(t, server, server.account(), newSink(t))
		r.sink.count(1)
		if got := len(r.sink.at(0).Raw); got != len(body) || server.connections() != 1 {
			t.Errorf("%d of %d bytes in %d connections", got, len(body), server.connections())
		}
	})
}

func TestEndlessAnswerIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter)
		sent := 0
		server.hooks["UID SEARCH"] = times(1, func(c *fakeConn, _, _ string) bool {
			c.raw("* SEARCH")
			for ; sent < 100<<20; sent += 7000 {
				if _, err := io.WriteString(c, strings.Repeat(" 123456", 1000)); err != nil {
					return true
				}
			}
			return true
		})
		r := watch(t, server, server.account(), newSink(t))
		r.sink.count(1)
		synctest.Wait()
		if sent > 40<<20 {
			t.Errorf("%d bytes were taken", sent)
		}
	})
}

func TestBodyBiggerThanAnyMailMayBeIsTakenInPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, announced := range []int{0, 1000} { // the truth, or a lie
			body := letter + strings.Repeat("x", MaxMail)
			server := newFake(t, letter)
			server.mails = append(server.mails, fakeMail{uid: 2, body: body, size: announced}, fakeMail{uid: 3, body: letter})
			server.next = 4
			r := watch(t, server, server.account(), newSink(t))
			r.sink.count(3)
			m := r.sink.at(1)
			if len(m.Raw) != MaxPart || m.Fault == "" || m.Size <= int64(len(m.Raw)) && announced == 0 {
				t.Errorf("announced as %d: %d of %d bytes, fault %q", announced, len(m.Raw), m.Size, m.Fault)
			}
			if r.logs.FilterMessage("mail not taken whole").Len() == 0 {
				t.Error("nothing was logged")
			}
			r.stop()
		}
	})
}

func TestSizesAnnouncedWrongDoNoHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		server.mails = []fakeMail{{uid: 1, body: letter, size: len(letter) - 7}, {uid: 2, body: letter, size: len(letter) + 7}}
		server.next = 3
		r := watch(t, server, server.account(), newSink(t))
		r.sink.count(2)
		for i := range 2 {
			if m := r.sink.at(i); string(m.Raw) != letter || m.Size != int64(len(letter)) || m.Fault != "" {
				t.Errorf("UID %d: size %d, fault %q", m.UID, m.Size, m.Fault)
			}
		}
	})
}

func TestMailThatKillsTheConnectionIsIsolated(t *testing.T) {
	for _, c := range []struct {
		name    string
		from    string // the portion in whose answer the server breaks; "" = in any
		wantLen int
	}{
		{"in its body", "BODY.PEEK[]", len("From: Jane Roe <jane@customer.example>\r\nSubject: Parcel\r\nMessage-ID: <p1@customer.example>\r\n\r\n")},
		{"in anything, even its size", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newFake(t, letter, letter, letter, letter, letter)
				server.hooks["UID FETCH"] = func(conn *fakeConn, tag, args string) bool {
					set, items, _ := strings.Cut(args, " ")
					if inSet(set, 3, false) && strings.Contains(items, c.from) {
						conn.Close()
						return true
					}
					return false
				}
				began := time.Now()
				r := watch(t, server, server.account(), newSink(t))
				r.sink.count(5)
				if took := time.Since(began); took > 3*time.Minute {
					t.Errorf("the others waited %s", took)
				}
				m := r.sink.at(2)
				if m.UID != 3 || len(m.Raw) != c.wantLen || m.Fault == "" {
					t.Errorf("UID %d: %d bytes, fault %q", m.UID, len(m.Raw), m.Fault)
				}
				if got := r.sink.cursor("INBOX"); got.UID != 5 {
					t.Errorf("cursor %v", got)
				}
			})
		})
	}
}

func TestMailThatIsListedButWithheldIsIsolated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter, letter, letter)
		withhold := func(c *fakeConn, tag, args string) bool {
			_ = c.send("* 2 FETCH (UID 2 BODY[] NIL)")
			return false
		}
		server.hooks["UID FETCH"] = oneBody(func(c *fakeConn, tag, args string) bool {
			if set, _, _ := strings.Cut(args, " "); !inSet(set, 2, false) {
				return false
			}
			return withhold(c, tag, args)
		})
		server.hooks["FETCH"] = oneBody(func(c *fakeConn, tag, args string) bool { return c.send("%s NO can't read it", tag) == nil })
		r := watch(t, server, server.account(), newSink(t))
		r.sink.count(3)
		if m := r.sink.at(1); m.UID != 2 || m.Fault == "" {
			t.Errorf("UID %d, fault %q", m.UID, m.Fault)
		}
	})
}

func TestMailThatVanishesMeanwhileIsPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter, letter, letter)
		server.hooks["UID FETCH"] = times(1, func(c *fakeConn, tag, _ string) bool {
			server.mu.Lock()
			server.mails = append(server.mails[:1:1], server.mails[2:]...)
			server.mu.Unlock()
			return false
		})
		r := watch(t, server, server.account(), newSink(t))
		r.sink.until("the end", func() bool { return r.sink.cursors["INBOX"].UID == 3 })
		if len(r.sink.mails) != 2 {
			t.Errorf("%d mails", len(r.sink.mails))
		}
		synctest.Wait()
		if server.connections() != 1 {
			t.Errorf("%d connections", server.connections())
		}
	})
}

func TestBatchesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		for i := range 250 {
			body := letter
			if i%50 == 0 {
				body += strings.Repeat("x", MaxBatchBytes/16*9)
			}
			server.mails = append(server.mails, fakeMail{uid: server.next, body: body})
			server.next += 3
		}
		sink := newSink(t)
		sink.fail = func(mails []Mail, _ Cursor) error {
			total := 0
			for _, m := range mails {
				total += len(m.Raw)
			}
			if total > MaxBatchBytes {
				t.Errorf("%d bytes in one batch", total)
			}
			return nil
		}
		r := watch(t, server, server.account(), sink)
		r.sink.count(250)
		if got, want := r.sink.cursor("INBOX"), (Cursor{UIDValidity: 7, UID: 748, Old: 750}); got != want {
			t.Errorf("cursor %v, want %v", got, want)
		}
	})
}

func TestWhatTheSinkRefusesComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter, letter)
		sink := newSink(t)
		refused := 0
		sink.fail = func([]Mail, Cursor) error {
			if refused++; refused <= 8 {
				return fmt.Errorf("disk full")
			}
			return nil
		}
		r := watch(t, server, server.account(), sink)
		r.sink.count(2)
		if got, want := r.sink.list(), fmt.Sprintf("INBOX/1:%d INBOX/2:%d", len(letter), len(letter)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if l := r.logs.FilterLevelExact(1).All(); len(l) != 1 || !strings.Contains(fmt.Sprint(l[0].Context), "keep what was fetched: disk full") {
			t.Errorf("logged %v", l)
		}
	})
}

func TestRunEndsAtOnceWhateverTheServerDoes(t *testing.T) {
	hang := func(c *fakeConn, _, _ string) bool { _, _ = io.Copy(io.Discard, c); return true }
	for _, command := range []string{"greeting", "CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID SEARCH", "UID FETCH", "IDLE", "waiting"} {
		t.Run(command, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // a goroutine that is left would end the bubble with a deadlock
				server := newFake(t, letter)
				server.hooks[command] = hang
				if command == "greeting" {
					server.greeting = "*"
				}
				if command == "waiting" {
					server.hooks["EXAMINE"] = func(c *fakeConn, _, _ string) bool { c.Close(); return true }
				}
				r := watch(t, server, server.account(), newSink(t))
				time.Sleep(500 * time.Millisecond)
				began := time.Now()
				r.stop()
				if took := time.Since(began); took > 0 {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

func TestBatchInHandIsFinishedWhenRunIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter)
		sink := newSink(t)
		inHand, stopped := make(chan struct{}), make(chan struct{})
		sink.fail = func([]Mail, Cursor) error {
			close(inHand)
			<-stopped
			return nil
		}
		r := watch(t, server, server.account(), sink)
		<-inHand
		go func() { synctest.Wait(); close(stopped) }()
		r.stop()
		if got := r.sink.cursor("INBOX").UID; got != 1 {
			t.Errorf("cursor at %d", got)
		}
	})
}

func TestLongestUIDHasNothingAboveIt(t *testing.T) {
	s := &session{}
	if got, err := s.above(t.Context(), ^uint32(0)); got != nil || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestFoundUIDsAreNeverExpandedAsAWhole(t *testing.T) {
	found := foundUIDs{{Start: 5, Stop: 5}, {Start: 9, Stop: ^imap.UID(0)}}
	if got := found.above(5, 3); fmt.Sprint(got) != "[9 10 11]" {
		t.Errorf("got %v", got)
	}
}

func TestAMailWithoutAByteIsAMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, "", "")
		r := watch(t, server, server.account(), newSink(t))
		r.sink.count(2)
		if server.asked("UID FETCH") != 2 || server.asked("FETCH") != 0 {
			t.Errorf("asked was %q", server.log())
		}
	})
}
