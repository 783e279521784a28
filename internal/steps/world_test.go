package steps

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/submission"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/internal/sqltap"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
)

const (
	lu   = "lu@example.com"
	yodi = "yodi@example.com"
)

var theMail = []byte("From: Jane Roe <jane@mail.example>\r\nTo: support@example.com\r\nSubject: Order #1234\r\nMessage-ID: <threat@mail.example>\r\n\r\n" +
	"I will dispute the charge with my bank if the money is not back by Friday.\r\n")

// theBigMail is theMail with a file of more than one piece in the state file.
var theBigMail = append(theMail[:len(theMail):len(theMail)], bytes.Repeat([]byte("and so on, a file of many lines\r\n"), 40_000)...)

// builtIn compiles the built-in lexicon once for all tests.
var builtIn = sync.OnceValues(func() (*classify.Classifier, error) { return classify.New(classify.Options{}) })

// A world is one state file, one mailbox with one mail in it, one SMTP server, and the lives of the process over them.
type world struct {
	t    *testing.T
	path string
	gate *gate

	fetch func(n int) error // what the n-th fetch ends with; nil for well
	big   bool              // the mail has a file with it, so that only its texts are fetched at first
	copy  func(n int) error // what the n-th fetch of all of it ends with, in its middle
	tries int               // how often all of it was fetched

	mu           sync.Mutex
	sessions     sync.WaitGroup
	script       []reply
	delivered    []delivered
	dieWhenTaken bool
	lastSession  time.Time
	marks        map[string]bool // what was done in the mailbox
	markFault    *markFault
}

// A markFault is what happens at the first attempt at one kind of mark.
type markFault struct {
	kind string // keyword, note, draft
	how  markHow
}

type markHow string

const (
	refusesNow     markHow = "puts it off"
	refusesForGood markHow = "refuses for good"
	doesAndLoses   markHow = "does it, and the answer is lost"
	deadBefore     markHow = "dead before"
	deadAfter      markHow = "dead after"
)

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{t: t, path: filepath.Join(t.TempDir(), "heed.db"), gate: &gate{}, marks: map[string]bool{}}
}

// live is one life of the process: it watches the mailbox and empties the outbox for so long, or until it dies.
func (w *world) live(d time.Duration) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	w.gate.mu.Lock()
	w.gate.dead, w.gate.die, w.gate.seen = false, cancel, 0
	w.gate.mu.Unlock()
	st, err := store.OpenFile(ctx, w.path, store.Options{Connector: func(c driver.Connector) driver.Connector { return sqltap.Connector(c, w.gate.pass) }})
	if err != nil {
		if !errors.Is(err, errDead) && !errors.Is(err, errFails) {
			w.t.Fatal(err)
		}
		return // the next life begins
	}
	box, in, smtp := w.build(st)
	var parts sync.WaitGroup
	parts.Go(func() { w.watch(ctx, in) })
	parts.Go(func() { box.Run(ctx) }) // an error says that the last write did not succeed, which is what is tried here
	parts.Wait()
	smtp.Close()
	w.sessions.Wait()
	st.Close() // a dead process rolls nothing back either; SQLite does it at the next start
}

func (w *world) build(st *store.Store) (*outbox.Outbox, *intake.Intake, *submission.Sender) {
	w.t.Helper()
	classifier, err := builtIn()
	if err != nil {
		w.t.Fatal(err)
	}
	composer, err := note.New(note.Options{From: "Heed <heed@example.com>"})
	if err != nil {
		w.t.Fatal(err)
	}
	smtp, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None, Dial: w.dial})
	if err != nil {
		w.t.Fatal(err)
	}
	box := outbox.New(outbox.Options{Store: st, Mail: smtp, Mailboxes: map[string]outbox.Writer{"support": w}, Rand: func() float64 { return 0 }})
	in := intake.New(intake.Options{
		Store: st, Classifier: classifier, Policy: escalation.DefaultPolicy(), Composer: composer, Log: zap.NewNop(), Now: time.Now,
		People: escalation.People{Contacts: map[string][]string{"shopify": {lu}}, Domestic: []string{yodi}},
		Mailboxes: []intake.Mailbox{{Name: "support", OnEscalate: intake.OnEscalate{Keyword: "$Escalated", Note: true},
			Read: message.Mailbox{Channel: "shopify", OwnAddresses: []string{"support@example.com"}, EscalatesAs: "heed@example.com"}}},
		After: func(intake.Outcome) { box.Kick() },
	})
	return box, in, smtp
}

// watch stands in for the folder's loop: what lies above the cursor is handed on, again and again until it is kept.
func (w *world) watch(ctx context.Context, in *intake.Intake) {
	for n := 1; ctx.Err() == nil; n++ {
		cursor, _, err := in.Cursor(ctx, "support", "INBOX")
		if err == nil && cursor.UID == 1 {
			return
		}
		if err == nil && w.fetch != nil {
			err = w.fetch(n)
		}
		if err == nil && !w.isDead() {
			mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: 1, Raw: theMail, Size: int64(len(theMail)), InternalDate: time.Now()}
			if w.big {
				mail.Size, mail.Original = int64(len(theBigMail)), w.original
			}
			// What fails here is tried again, as the mailbox's loop does.
			_ = in.Deliver(context.WithoutCancel(ctx), "support", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: 1})
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// original hands out all of the big mail.
func (w *world) original(_ context.Context, to io.Writer) error {
	half := len(theBigMail) / 2
	if _, err := to.Write(theBigMail[:half]); err != nil {
		return err
	}
	if w.tries++; w.copy != nil {
		if err := w.copy(w.tries); err != nil {
			return err
		}
	}
	_, err := to.Write(theBigMail[half:])
	return err
}

func (w *world) isDead() bool {
	w.gate.mu.Lock()
	defer w.gate.mu.Unlock()
	return w.gate.dead
}

func (w *world) die() {
	w.gate.mu.Lock()
	defer w.gate.mu.Unlock()
	w.gate.kill()
}

// mark does something in the mailbox: once, however often it is asked for, as the real Writer does it. It takes a second,
// so that the mail is always out before.
func (w *world) mark(kind string) error {
	<-time.After(time.Second)
	w.mu.Lock()
	f := w.markFault
	if f != nil && f.kind == kind {
		w.markFault = nil
	} else {
		f = nil
	}
	w.mu.Unlock()
	if w.isDead() {
		return errDead
	}
	if f == nil {
		w.done(kind)
		return nil
	}
	switch f.how {
	case refusesNow:
		return &mailbox.Error{Kind: mailbox.Temporary, Where: "support/INBOX", Doing: kind, Err: errors.New("try again")}
	case refusesForGood:
		return &mailbox.Error{Kind: mailbox.Permanent, Where: "support/INBOX", Doing: kind, Err: errors.New("the mail is no longer in the folder")}
	case doesAndLoses:
		w.done(kind)
		return &mailbox.Error{Kind: mailbox.Temporary, Where: "support/INBOX", Doing: kind, Err: errors.New("connection reset")}
	case deadBefore:
		w.die()
	case deadAfter:
		w.done(kind)
		w.die()
	}
	return errDead
}

func (w *world) done(kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.marks[kind] = true
}

func (w *world) SetKeyword(context.Context, string, uint32, uint32, string, string) error {
	return w.mark("keyword")
}

func (w *world) Move(context.Context, string, uint32, uint32, string, string) error {
	return w.mark("move")
}

func (w *world) Append(context.Context, string, string, []byte, ...string) error {
	return w.mark("note")
}

func (w *world) AppendDraft(context.Context, string, []byte) error { return w.mark("draft") }

// end says what has become of the mail, in the words of the table.
func (w *world) end() string {
	w.t.Helper()
	var parts []string
	for _, to := range []string{lu, yodi} {
		copies := map[string]int{}
		n := 0
		for _, d := range w.delivered {
			if d.to == to {
				copies[d.mail]++
				n++
				if w.big && !strings.Contains(d.mail, string(theBigMail)) {
					parts = append(parts, "the original is not in it")
				}
			}
		}
		name, _, _ := strings.Cut(to, "@")
		switch {
		case n == 0:
			parts = append(parts, name+" got nothing")
		case len(copies) > 1:
			parts = append(parts, name+" got different mails")
		case n > 1:
			parts = append(parts, fmt.Sprintf("%s got it %d times, the same mail", name, n))
		}
	}
	for _, kind := range []string{"keyword", "note", "draft"} {
		if !w.marks[kind] {
			parts = append(parts, "no "+kind)
		}
	}
	return w.kept(parts)
}

// kept adds what the state file says.
func (w *world) kept(parts []string) string {
	w.t.Helper()
	st, err := store.OpenFile(context.Background(), w.path, store.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer st.Close()
	stats, err := st.Stats(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	if n := w.count(`messages WHERE direction = 'inbound'`); n != 1 || stats.OpenCases != 1 {
		parts = append(parts, fmt.Sprintf("%d messages and %d cases kept", n, stats.OpenCases))
	}
	if stats.Pending > 0 {
		parts = append(parts, fmt.Sprintf("%d things still to do", stats.Pending))
	}
	if stats.Failed > 0 {
		parts = append(parts, "shown as not done")
	}
	if n := w.count("original_pieces"); n > 0 && stats.Failed == 0 {
		parts = append(parts, fmt.Sprintf("%d pieces of the original are left", n))
	}
	slices.Sort(parts)
	if len(parts) == 0 {
		return once
	}
	return strings.Join(parts, "; ")
}

// count counts rows of a table in the state file.
func (w *world) count(table string) (n int) {
	w.t.Helper()
	db, err := sql.Open("sqlite", w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
