package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/mailbox"
)

// newTestEar has one mailbox and the hearing that it is given.
func newTestEar(t *testing.T, h hearing) *ear {
	t.Helper()
	st, err := store.OpenFile(t.Context(), store.Memory, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() }) // it is in memory
	in := intake.New(intake.Options{Store: st, Log: zap.NewNop(), Now: time.Now, Mailboxes: []intake.Mailbox{{Name: "support"}}})
	return &ear{Intake: in, hearing: h}
}

func TestMailsWaitUntilTheyCanBeHeardAndCursorsDoNot(t *testing.T) {
	built := make(chan struct{})
	e := newTestEar(t, func() (*classify.Classifier, error) {
		<-built
		return classify.New(classify.Options{Only: true})
	})
	if _, known, err := e.Cursor(t.Context(), "support", "INBOX"); known || err != nil {
		t.Errorf("the cursor is known: %v, %v", known, err)
	}
	kept := make(chan error)
	go func() {
		mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 1, UID: 1, Raw: []byte("From: jane@mail.example\r\n\r\nhello\r\n"), InternalDate: time.Now()}
		kept <- e.Deliver(context.Background(), "support", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 1, UID: 1})
	}()
	close(built)
	if err := <-kept; err != nil {
		t.Error(err)
	}
	if cur, _, err := e.Cursor(t.Context(), "support", "INBOX"); cur.UID != 1 || err != nil {
		t.Errorf("the cursor is %v, %v", cur, err)
	}
}

func TestWithoutAClassifierNothingIsKept(t *testing.T) {
	missing := errors.New("line 3: no such signal")
	e := newTestEar(t, func() (*classify.Classifier, error) { return nil, missing })
	if err := e.Deliver(t.Context(), "support", "INBOX", nil, mailbox.Cursor{UIDValidity: 1, UID: 1}); !errors.Is(err, missing) {
		t.Errorf("got %v", err)
	}
	if _, known, err := e.Cursor(t.Context(), "support", "INBOX"); known || err != nil {
		t.Errorf("the cursor was moved (%v)", err)
	}
}

func TestALexiconWithFaultsEndsTheDaemonAsAnyFaultOfTheConfig(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"own.toml": "this is no lexicon",
		"password": "secret\n",
		"heed.toml": "state = \"heed.db\"\nlisten = \"127.0.0.1:0\"\n[[mailbox]]\nname = \"m\"\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nusername = \"m\"\npassword_file = \"password\"\n" +
			"[smtp]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nfrom = \"heed@example.com\"\n[domestic]\nto = [\"yodi@example.com\"]\n[classify]\nlexicon = [\"own.toml\"]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "heed.toml"))
	if err != nil {
		t.Fatal(err)
	}
	err = Run(t.Context(), Options{Config: cfg, Log: zap.NewNop()})
	var mistake ConfigError
	if !errors.As(err, &mistake) || !strings.Contains(err.Error(), "own.toml") {
		t.Errorf("it ended with %v", err)
	}
}
