package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/mailbox"
)

// newTestIntake has one mailbox, a state in memory, and ears as far as it has been given some.
func newTestIntake(t *testing.T, ears *classify.Classifier) *intake.Intake {
	t.Helper()
	st, err := store.OpenFile(t.Context(), store.Memory, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() }) // it is in memory
	return intake.New(intake.Options{Store: st, Classifier: ears, Log: zap.NewNop(), Now: time.Now, Mailboxes: []intake.Mailbox{{Name: "support"}}})
}

func TestMailsWaitUntilTheyCanBeHeardAndCursorsDoNot(t *testing.T) {
	ears, err := classify.New(classify.Options{Only: true})
	if err != nil {
		t.Fatal(err)
	}
	e := newEar()
	e.open(newTestIntake(t, ears))
	if _, known, err := e.Cursor(t.Context(), "support", "INBOX"); known || err != nil {
		t.Errorf("the cursor is known: %v, %v", known, err)
	}
	kept := make(chan error)
	go func() {
		mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 1, UID: 1, Raw: []byte("From: jane@mail.example\r\n\r\nhello\r\n"), InternalDate: time.Now()}
		kept <- e.Deliver(context.Background(), "support", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 1, UID: 1})
	}()
	if cur, _, err := e.Cursor(t.Context(), "support", "INBOX"); cur.UID != 0 || err != nil {
		t.Errorf("kept too early: the cursor is %v, %v", cur, err)
	}
	e.listen(nil)
	if err := <-kept; err != nil {
		t.Error(err)
	}
	if cur, _, err := e.Cursor(t.Context(), "support", "INBOX"); cur.UID != 1 || err != nil {
		t.Errorf("the cursor is %v, %v", cur, err)
	}
}

func TestCursorsWaitForTheStateOrForTheEnd(t *testing.T) {
	e := newEar()
	ended, end := context.WithCancel(t.Context())
	end()
	if _, _, err := e.Cursor(ended, "support", "INBOX"); !errors.Is(err, context.Canceled) {
		t.Errorf("without a state: %v", err)
	}
	told := make(chan error)
	go func() {
		_, _, err := e.Cursor(context.Background(), "support", "INBOX")
		told <- err
	}()
	e.open(newTestIntake(t, nil))
	if err := <-told; err != nil {
		t.Errorf("with a state: %v", err)
	}
}

func TestAfterAStartThatFailedNothingIsKept(t *testing.T) {
	missing := errors.New("line 3: no such signal")
	e := newEar()
	e.open(newTestIntake(t, nil))
	e.listen(missing)
	if err := e.Deliver(t.Context(), "support", "INBOX", nil, mailbox.Cursor{UIDValidity: 1, UID: 1}); !errors.Is(err, missing) {
		t.Errorf("got %v", err)
	}
	if _, known, err := e.Cursor(t.Context(), "support", "INBOX"); known || err != nil {
		t.Errorf("the cursor was moved (%v)", err)
	}
}

// loaded is the config of a mailbox on an IMAP server, with more lines at its head and at its end, and files beside it.
func loaded(t *testing.T, server net.Addr, head, end string, files map[string]string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{
		"password": "secret\n",
		"heed.toml": fmt.Sprintf("%s[[mailbox]]\nname = \"m\"\nhost = \"127.0.0.1\"\nport = %d\ntls = \"none\"\nusername = \"m\"\npassword_file = \"password\"\n"+
			"[smtp]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nfrom = \"heed@example.com\"\n[domestic]\nto = [\"yodi@example.com\"]\n%s",
			head, server.(*net.TCPAddr).Port, end),
	}
	maps.Copy(all, files)
	for name, text := range all {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "heed.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// speechless is a server that takes connections and says nothing. It tells of each.
func speechless(t *testing.T) (net.Addr, <-chan struct{}) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() }) // the other end has closed it
			taken <- struct{}{}
		}
	}()
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr(), taken
}

// The mailboxes are being connected to when these faults are found; that is to change nothing.
func TestFaultsEndTheDaemonWhateverItsMailboxesAreDoing(t *testing.T) {
	server, _ := speechless(t)
	const state, page = "state = \"heed.db\"\n", "listen = \"\"\n"
	for name, c := range map[string]struct {
		head, end string
		files     map[string]string
		mistake   bool // of the config, so that to start again is of no use
		want      string
	}{
		"a lexicon":    {state + page, "[classify]\nlexicon = [\"own.toml\"]\n", map[string]string{"own.toml": "this is no lexicon"}, true, "own.toml"},
		"a taken port": {state + fmt.Sprintf("listen = %q\n", server), "", nil, false, "another Heed may be running"},
		"a state file": {"state = \"heed.toml\"\n" + page, "", nil, false, "heed.toml"},
	} {
		t.Run(name, func(t *testing.T) {
			core, log := observer.New(zap.WarnLevel)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // so that a fault that is not found fails the test soon
			defer cancel()
			err := Run(ctx, Options{Config: loaded(t, server, c.head, c.end, c.files), Log: zap.New(core)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("it ended with %v", err)
			}
			if mistake := new(ConfigError); errors.As(err, mistake) != c.mistake {
				t.Errorf("taken for a mistake in the config: %v, want %v (%v)", !c.mistake, c.mistake, err)
			}
			if n := log.Len(); n > 0 {
				t.Errorf("beside the error it says %v", log.All())
			}
		})
	}
}

func TestADaemonThatIsEndedWhileItConnectsEndsInGoodOrder(t *testing.T) {
	server, taken := speechless(t)
	cfg := loaded(t, server, "state = \"heed.db\"\nlisten = \"\"\n", "", nil)
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- Run(ctx, Options{Config: cfg, Log: zap.NewNop()}) }()
	<-taken
	end()
	if err := <-done; err != nil {
		t.Errorf("it ended with %v", err)
	}
}
