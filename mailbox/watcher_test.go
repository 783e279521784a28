package mailbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

const letter = "From: Jane Roe <jane@customer.example>\r\nSubject: Parcel\r\nMessage-ID: <p1@customer.example>\r\n\r\nWhere is it?\r\n"

// rig is a Watcher on a fake server inside a synctest bubble, where waiting takes no time.
type rig struct {
	*testing.T
	server  *fakeServer
	sink    *memSink
	watcher *Watcher
	logs    *observer.ObservedLogs
	states  func() []State // that the folder went through
	stop    func()
}

// watch starts the rig. It is stopped, and checked for leftovers, at the end of the bubble.
func watch(t *testing.T, server *fakeServer, account Account, sink *memSink) *rig {
	t.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	var mu sync.Mutex
	var states []State
	dial := server.way
	if dial == nil && account.Port == 143 { // else it listens on a real port
		dial = server.dial
	}
	w, err := NewWatcher(account, sink, Options{Logger: zap.New(core), Dial: dial, Rand: func() float64 { return 0 },
		OnState: func(h FolderHealth) {
			mu.Lock()
			defer mu.Unlock()
			states = append(states, h.State)
		}})
	if err != nil {
		t.Fatal(err)
	}
	w.folders = w.folders[:len(w.folders)-1] // the Sent folder has tests of its own
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
	t.Cleanup(stop)
	return &rig{T: t, server: server, sink: sink, watcher: w, logs: logs, stop: stop, states: func() []State {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(states)
	}}
}

func TestWatcherReadsWhatIsThereThenIdlesThenHandsOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter, letter+"2")
		r := watch(t, server, server.account(), newSink(t))
		r.sink.count(2)
		synctest.Wait()
		began := time.Now()
		server.add(letter+"three", true)
		r.sink.count(3)
		if took := time.Since(began); took > 0 {
			t.Errorf("a pushed mail came after %s", took)
		}
		if got, want := r.sink.list(), fmt.Sprintf("INBOX/1:%d INBOX/2:%d INBOX/3:%d", len(letter), len(letter)+1, len(letter)+5); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := r.sink.cursor("INBOX"), (Cursor{UIDValidity: 7, UID: 3, Old: 2}); got != want {
			t.Errorf("cursor %v, want %v", got, want)
		}
		synctest.Wait()
		if h := r.watcher.Health()[0]; h.State != Watching || h.Err != nil || h.LastSuccess.IsZero() {
			t.Errorf("health %+v", h)
		}
		if got := r.states(); !slices.Equal(got, []State{Reading, Watching}) {
			t.Errorf("states %q", got)
		}
		if got := r.logs.Len(); got != 2 {
			t.Errorf("%d lines logged where all is well: %v", got, r.logs.All())
		}
		if server.asked("SELECT") > 0 || server.asked("UID STORE") > 0 || strings.Contains(strings.Join(server.log(), "\n"), "BODY[") {
			t.Errorf("something could have changed a flag: %q", server.log())
		}
	})
}

func TestWatcherFindsByThePollWhatTheServerForgotToPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter)
		r := watch(t, server, server.account(), newSink(t))
		r.sink.count(1)
		synctest.Wait()
		began := time.Now()
		server.add(letter, false)
		r.sink.count(2)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("took %s, want the poll interval at most", took)
		}
	})
}

func TestWatcherLeavesIdleBeforeFirewallsDropIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		account := server.account()
		account.Poll = time.Hour
		r := watch(t, server, account, newSink(t))
		time.Sleep(30 * time.Minute)
		if got := server.asked("IDLE"); got < 4 {
			t.Errorf("IDLE was entered %d times in half an hour", got)
		}
		if server.connections() != 1 {
			t.Errorf("%d connections", server.connections())
		}
		r.stop()
	})
}

func TestWatcherPollsWhereThereIsNoIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		server.caps = "IMAP4rev1"
		r := watch(t, server, server.account(), newSink(t))
		synctest.Wait()
		server.add(letter, false)
		r.sink.count(1)
		if server.asked("IDLE") > 0 || server.asked("NOOP") == 0 || server.asked("LOGIN") == 0 {
			t.Errorf("asked %q", server.log())
		}
	})
}

func TestCapabilitiesAreThoseAfterTheLogin(t *testing.T) {
	for range 50 { // the library answers from before the login, now and then
		synctest.Test(t, func(t *testing.T) {
			server := newFake(t)
			server.hooks["AUTHENTICATE"] = func(c *fakeConn, tag, _ string) bool { return c.send("%s OK come in", tag) == nil }
			server.hooks["CAPABILITY"] = func(c *fakeConn, tag, _ string) bool {
				caps := "IMAP4rev1 AUTH=PLAIN SASL-IR"
				if server.asked("AUTHENTICATE") > 0 {
					caps = "IMAP4rev1 MOVE"
				}
				_ = c.send("* CAPABILITY %s", caps)
				return c.send("%s OK done", tag) == nil
			}
			s, err := connect(t.Context(), server.account(), server.dial, func() {})
			if err != nil {
				t.Fatal(err)
			}
			defer s.close()
			if !s.caps.Has(imap.CapMove) {
				t.Fatalf("capabilities %v", s.caps)
			}
		})
	}
}

func TestWatcherPollsWhereIdleKillsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		server.hooks["IDLE"] = func(c *fakeConn, _, _ string) bool {
			_ = c.send("+ idling")
			_ = c.send("* XFOO what no client knows")
			return true
		}
		r := watch(t, server, server.account(), newSink(t))
		time.Sleep(2 * time.Minute)
		server.add(letter, false)
		r.sink.count(1)
		if got := server.asked("IDLE"); got != idleDeathsMost {
			t.Errorf("IDLE was tried %d times", got)
		}
	})
}

func TestReconnectsAfterASecondDoublingToAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		began := time.Now()
		server := newFake(t)
		account := server.account()
		w, err := NewWatcher(account, newSink(t), Options{Rand: func() float64 { return 0 },
			Dial: func(context.Context, string, string) (net.Conn, error) {
				at = append(at, time.Since(began))
				return nil, errors.New("connection refused")
			}})
		if err != nil {
			t.Fatal(err)
		}
		w.folders = w.folders[:1]
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
		defer cancel()
		if err := w.Run(ctx); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{0, 1, 3, 7, 15, 31, 63, 123, 183}
		for i := range want {
			if i >= len(at) || at[i] != want[i]*time.Second {
				t.Fatalf("dialled at %v", at)
			}
		}
	})
}

func TestConnectionThatHeldForAWhileStartsTheDelaysAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		server.hooks["IDLE"] = func(c *fakeConn, _, _ string) bool {
			_ = c.send("+ idling")
			time.Sleep(2 * time.Minute)
			c.Close()
			return true
		}
		account := server.account()
		account.Poll = time.Hour
		r := watch(t, server, account, newSink(t))
		time.Sleep(time.Hour)
		r.stop()
		time.Sleep(3 * time.Minute)                // the server is still asleep
		if got := server.connections(); got < 29 { // one every 121 seconds; with growing delays it would be 21
			t.Errorf("%d connections in an hour", got)
		}
	})
}

func TestJitterTakesUpToHalfOfADelayAway(t *testing.T) {
	for _, c := range []struct {
		rand float64
		want time.Duration
	}{{0, 8 * time.Second}, {0.5, 6 * time.Second}, {0.999999, 4 * time.Second}} {
		f := folder{options: Options{Rand: func() float64 { return c.rand }}, delay: 4 * time.Second}
		if got := f.nextDelay(errClosed).Round(time.Millisecond); got != c.want {
			t.Errorf("chance %v: %s, want %s", c.rand, got, c.want)
		}
	}
}

func TestErrorsAreOneSentenceOfAKindThatSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(s *fakeServer, a *Account)
		kind Kind
		want string
	}{
		{"wrong password", func(s *fakeServer, _ *Account) {
			s.hooks["AUTHENTICATE"] = func(c *fakeConn, tag, _ string) bool {
				return c.send("%s NO [AUTHENTICATIONFAILED] Authentication failed.", tag) == nil
			}
		}, Auth, `support: log in as "jane" at 127.0.0.1:143: the server says NO [AUTHENTICATIONFAILED] "Authentication failed."; check ` +
			"`username` and the password of this mailbox"},
		{"wrong password without a code", func(s *fakeServer, _ *Account) {
			s.caps = "IMAP4rev1"
			s.hooks["LOGIN"] = func(c *fakeConn, tag, _ string) bool { return c.send("%s NO go away", tag) == nil }
		}, Auth, `support: log in as "jane" at 127.0.0.1:143: the server says NO "go away"; check ` + "`username` and the password of this mailbox"},
		{"login server down", func(s *fakeServer, _ *Account) {
			s.hooks["AUTHENTICATE"] = func(c *fakeConn, tag, _ string) bool { return c.send("%s NO [UNAVAILABLE] later", tag) == nil }
		}, Temporary, `support: log in as "jane" at 127.0.0.1:143: the server says NO [UNAVAILABLE] "later"`},
		{"password unreadable", func(_ *fakeServer, a *Account) {
			a.Password = func(context.Context) (string, error) {
				return "", errors.New("open /etc/heed/password: permission denied")
			}
		}, Auth, `support: log in as "jane" at 127.0.0.1:143: open /etc/heed/password: permission denied; make the password readable for Heed`},
		{"missing folder", func(s *fakeServer, _ *Account) {
			s.hooks["EXAMINE"] = func(c *fakeConn, tag, _ string) bool { return c.send("%s NO [NONEXISTENT] no such folder", tag) == nil }
		}, Config, "support/INBOX: open the folder: the server says NO [NONEXISTENT] \"no such folder\"; check the folder's name, or create it (`heed check` lists what is there)"},
		{"a log line forged by the server", func(s *fakeServer, _ *Account) {
			s.hooks["EXAMINE"] = func(c *fakeConn, tag, _ string) bool { return c.send("%s NO \x1b[31mall is well", tag) == nil }
		}, Config, `support/INBOX: open the folder: the server says NO "\x1b[31mall is well"; check the folder's name, or create it (` + "`heed check` lists what is there)"},
		{"bye", func(s *fakeServer, _ *Account) { s.greeting = "* BYE too many connections" }, Temporary,
			`support: connect to 127.0.0.1:143: the server says BYE "too many connections"`},
		{"no passwords in clear text", func(s *fakeServer, _ *Account) { s.caps = "IMAP4rev1 LOGINDISABLED" }, Config,
			"support: log in as \"jane\" at 127.0.0.1:143: the server forbids passwords on this connection; set `tls` to \"implicit\" or \"starttls\""},
		{"no UIDVALIDITY", func(s *fakeServer, _ *Account) { s.validity = 0 }, Config,
			"support/INBOX: open the folder: the server gives it no UIDVALIDITY; this folder can't be watched; take it out of `folders`"},
		{"silence", func(s *fakeServer, _ *Account) {
			s.hooks["EXAMINE"] = func(*fakeConn, string, string) bool { return true }
		}, Temporary, "support/INBOX: open the folder: the server did not answer in time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newFake(t, letter)
				account := server.account()
				c.set(server, &account)
				r := watch(t, server, account, newSink(t))
				time.Sleep(5 * time.Minute)
				r.stop()
				h := r.watcher.Health()[0]
				if h.Err == nil || h.Err.Error() != c.want {
					t.Errorf("got  %v\nwant %s", h.Err, c.want)
				}
				if got := KindOf(h.Err); got != c.kind {
					t.Errorf("kind %s, want %s", got, c.kind)
				}
				if server.connections() < 3 {
					t.Errorf("tried %d times only", server.connections())
				}
				if c.kind == Auth && server.connections() > 6 {
					t.Errorf("tried %d times in five minutes: servers lock out who does that", server.connections())
				}
				if n := r.logs.FilterLevelExact(zapcore.ErrorLevel).Len() + r.logs.FilterLevelExact(zapcore.WarnLevel).Len(); n != 1 {
					t.Errorf("%d lines logged for one lasting failure", n)
				}
				if strings.Contains(fmt.Sprint(r.logs.All()), "secret") {
					t.Error("the password is in the log")
				}
			})
		})
	}
}

func TestStopBetweenDialAndGreetingLeavesNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the bubble ends with a deadlock if there is one
		server := newFake(t)
		account := server.account()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := connect(ctx, account, func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := server.dial(ctx, network, address)
			cancel()
			return conn, err
		}, func() {})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestPasswordIsAskedForAtEveryLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		given := []string{}
		account := server.account()
		account.Password = func(context.Context) (string, error) {
			given = append(given, "secret")
			return "secret", nil
		}
		server.hooks["EXAMINE"] = func(c *fakeConn, tag, _ string) bool { return len(given) < 3 && c.Close() == nil }
		r := watch(t, server, account, newSink(t))
		r.sink.until("the start", func() bool { return true })
		time.Sleep(time.Minute)
		r.stop()
		synctest.Wait()
		if len(given) != 3 {
			t.Errorf("asked %d times", len(given))
		}
	})
}

func TestRecoveryIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter)
		var repaired atomic.Bool
		server.hooks["EXAMINE"] = func(c *fakeConn, tag, _ string) bool { return !repaired.Load() && c.Close() == nil }
		r := watch(t, server, server.account(), newSink(t))
		time.Sleep(10 * time.Minute)
		repaired.Store(true)
		r.sink.count(1)
		time.Sleep(10 * time.Minute)
		var lines []string
		for _, l := range r.logs.All() {
			lines = append(lines, l.Message)
		}
		want := []string{"mailbox folder lost, connecting again", "folder is read for the first time", "mailbox folder watched"}
		if strings.Join(lines, "|") != strings.Join(want, "|") {
			t.Errorf("logged %q", lines)
		}
	})
}

func TestPanicInTheSinkEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter)
		sink := newSink(t)
		calls := 0
		sink.fail = func([]Mail, Cursor) error {
			if calls++; calls == 1 {
				panic("a bug")
			}
			return nil
		}
		r := watch(t, server, server.account(), sink)
		r.sink.count(1)
		if r.logs.FilterMessageSnippet("panicked; please report this").Len() != 1 {
			t.Errorf("logged %v", r.logs.All())
		}
	})
}

func TestAccountWithoutASentFolderIsAskedAgainNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		core, logs := observer.New(zapcore.DebugLevel)
		w, err := NewWatcher(server.account(), newSink(t), Options{Logger: zap.New(core), Dial: server.dial})
		if err != nil {
			t.Fatal(err)
		}
		w.folders = w.folders[1:]
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute+time.Second)
		defer cancel()
		if err := w.Run(ctx); err != nil {
			t.Fatal(err)
		}
		h := w.Health()[0]
		if h.State != Absent || !h.Sent || h.Err != nil || time.Since(h.LastSuccess) > time.Minute+time.Second {
			t.Errorf("health %+v", h)
		}
		if got := server.asked("LIST"); got != 11 {
			t.Errorf("asked %d times in ten minutes", got)
		}
		if logs.FilterMessageSnippet("no Sent folder").Len() != 1 || logs.Len() != 1 {
			t.Errorf("logged %v", logs.All())
		}
	})
}

func TestSentFolderThatIsInboundIsNotReadTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter)
		server.hooks["LIST"] = func(c *fakeConn, tag, _ string) bool {
			_ = c.send(`* LIST (\Sent) "/" INBOX`)
			return c.send("%s OK done", tag) == nil
		}
		sink := newSink(t)
		w, err := NewWatcher(server.account(), sink, Options{Dial: server.dial})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		if err := w.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if len(sink.mails) != 1 || sink.mails[0].Sent {
			t.Errorf("got %s", sink.list())
		}
	})
}
