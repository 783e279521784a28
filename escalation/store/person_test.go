package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox/message"
)

// jane leaves these words in each place where words are kept.
const marker = "marker-of-jane"

func withTwoPeople(t *testing.T, path string) *Store {
	t.Helper()
	s := openAt(t, path)
	update(t, s, func(tx *Tx) error {
		for n, customer := range []string{"jane@mail.example", "joe@mail.example"} {
			m := inbound(customer, uint32(n+1), classify.LegalThreat)
			m.Orders = []string{"1234"}
			if n == 0 {
				m.Subject, m.Text, m.Signals[0].Evidence = marker, marker, marker
			}
			c := &Case{Customer: customer, OpenedAt: noon, Order: "1234"}
			noError(t, tx.OpenCase(c))
			m.CaseID = c.ID
			noError(t, tx.AddMessage(m))
			noError(t, tx.RememberDispute("PP-D-1", customer, noon))
			noError(t, escalate(tx, c, m, []byte(m.Text)))
		}
		return nil
	})
	bounce := inbound("jane@mail.example", 9)
	bounce.Customer, bounce.Direction, bounce.Ignored, bounce.Text = "", message.Ignored, message.AutoReply, marker
	update(t, s, func(tx *Tx) error { return tx.AddMessage(bounce) })
	noError(t, s.AddNote(t.Context(), 1, noon, marker))
	inEveryTable(t, s)
	return s
}

// inEveryTable leaves traces of Jane where withTwoPeople has not: in what belongs to her case, in a notice for a chat, a mail
// that is held back, one about a mail that could not be read, and a digest.
func inEveryTable(t *testing.T, s *Store) {
	t.Helper()
	big, err := s.PutAside(t.Context(), inbound("jane@mail.example", 1).Place, func(w io.Writer) error { _, err := io.WriteString(w, marker); return err })
	noError(t, err)
	update(t, s, func(tx *Tx) error {
		noError(t, tx.UseSteps(1, []escalation.StepKey{{Rule: "law", At: 1, Do: escalation.Escalate}}, 1))
		noError(t, tx.AddFired(1, []classify.Signal{classify.LegalThreat}))
		noError(t, tx.SetSilenced(1, marker))
		_, err := tx.AddReply(Reply{MessageID: marker, Sender: "yodi@example.com", CaseID: 1, At: noon, Verb: "note"})
		noError(t, err)
		_, err = tx.exec(`INSERT INTO case_reminders (case_id, number, at, deadline) VALUES (1, 1, 0, 0)`)
		noError(t, err)
		_, err = tx.exec(`INSERT INTO aliases (alias, customer, why, at) VALUES (?1, 'jane@mail.example', ?1, 1)`, marker)
		noError(t, err)
		words := []byte(marker)
		told := &Telling{Customer: "unreadable/jane@mail.example", Joined: 1}
		bounce := inbound("jane@mail.example", 9).Place
		for _, r := range []*Row{
			{Key: "chat/a", Kind: ChatRow, CaseID: 1, Argument: "ops", Payload: words, NextAt: noon.Add(99 * time.Hour)},
			{Key: "mail/held", Kind: MailRow, CaseID: 1, Payload: words, Enclosed: &Enclosed{Original: big}, Told: &Telling{Customer: "jane@mail.example"}, NextAt: noon.Add(99 * time.Hour)},
			{Key: "unreadable/a", Kind: MailRow, Place: bounce, Payload: words, Told: told, NextAt: noon.Add(99 * time.Hour)},
			{Key: "mail/digest", Kind: MailRow, MessageID: "heed-digest-1", Payload: words, NextAt: noon.Add(99 * time.Hour)},
		} {
			noError(t, tx.Enqueue(r))
		}
		return nil
	})
}

// A table that is added has to be thought of here: either a person leaves a trace in it, and then Forget has to remove
// that, or it holds nothing of persons.
func TestEveryTableIsThoughtOf(t *testing.T) {
	t.Parallel()
	ofNobody := []string{"cursors", "watched", "digests", "sqlite_sequence", "sqlite_stat1"}
	s := withTwoPeople(t, filepath.Join(t.TempDir(), "heed.db"))
	noError(t, s.view(t.Context(), func(tx *Tx) error {
		tables, err := tx.strings(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
		noError(t, err)
		for _, table := range tables {
			some, err := tx.exists("look", `SELECT 1 FROM "`+table+`"`)
			noError(t, err)
			if !some && !slices.Contains(ofNobody, table) {
				t.Errorf("nobody leaves a trace in table %s: let inEveryTable leave one, and see that Export and Forget know of it", table)
			}
		}
		return nil
	}))
}

func TestForgottenPersonIsGoneFromTheFileItself(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heed.db")
	s := withTwoPeople(t, path)
	update(t, s, func(tx *Tx) error { // what our own people say of her, and a list of open cases that waits
		answer := inbound("jane@mail.example", 10)
		answer.From, answer.Direction, answer.Ignored, answer.Text, answer.CaseID = "yodi@example.com", message.Ignored, message.TeamAnswer, marker, 1
		_, err := tx.AddReply(Reply{MessageID: "a@example.com", Sender: "yodi@example.com", CaseID: 1, At: noon, Verb: "note"})
		digest := Row{Key: MailKey("heed-digest-2026-03-02-x@example.com"), Kind: MailRow, MessageID: "heed-digest-2026-03-02-x@example.com", Payload: []byte(marker)}
		return errors.Join(err, tx.AddMessage(answer), tx.Enqueue(&digest))
	})
	if !inFiles(t, path, marker) {
		t.Fatal("the marker is not where it is looked for")
	}
	noError(t, s.Forget(t.Context(), "jane@mail.example"))
	for _, trace := range []string{marker, "jane@mail.example"} {
		if inFiles(t, path, trace) {
			t.Errorf("%s is still in the file or its journal", trace)
		}
	}
	if _, err := s.Export(t.Context(), "jane@mail.example"); !errors.Is(err, ErrNobody) {
		t.Errorf("export afterwards: %v", err)
	}
	if err := s.Forget(t.Context(), "jane@mail.example"); !errors.Is(err, ErrNobody) {
		t.Errorf("forgetting twice: %v", err)
	}
	joe, err := s.Export(t.Context(), "joe@mail.example")
	noError(t, err)
	if len(joe.Messages) != 1 || len(joe.Cases) != 1 || due(t, s, noon.Add(time.Hour)) != "m2@mail.example" {
		t.Errorf("joe was touched: %+v", joe)
	}
	if _, uid, _, err := s.Cursor(t.Context(), "support", "INBOX"); uid != 2 || err != nil {
		t.Errorf("the cursor moved to %d, %v", uid, err)
	}
}

func inFiles(t *testing.T, path, trace string) bool {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	noError(t, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		noError(t, err)
		if bytes.Contains(data, []byte(trace)) {
			return true
		}
	}
	return false
}

func TestExportShowsAllThatIsKept(t *testing.T) {
	t.Parallel()
	s := withTwoPeople(t, Memory)
	noError(t, s.Resolve(t.Context(), 1, noon.Add(time.Hour)))
	p, err := s.Export(t.Context(), "jane@mail.example")
	noError(t, err)
	got, err := json.MarshalIndent(p, "", "  ")
	noError(t, err)
	golden(t, "testdata/export.golden.json", append(got, '\n'))
}

func TestExportHasNoNulls(t *testing.T) {
	t.Parallel()
	s := openAt(t, Memory)
	update(t, s, func(tx *Tx) error { return tx.AddMessage(inbound("jane@mail.example", 1)) })
	p, err := s.Export(t.Context(), "jane@mail.example")
	noError(t, err)
	got, err := json.Marshal(p)
	noError(t, err)
	if bytes.Contains(got, []byte("null")) {
		t.Errorf("%s", got)
	}
}

func TestWhatIsHeldBackIsPendingAndNotOverdue(t *testing.T) {
	t.Parallel()
	s := openAt(t, Memory)
	held := Row{Key: "held", Kind: MailRow, CreatedAt: noon.Add(-time.Hour), NextAt: noon.Add(time.Minute), Recipients: []Recipient{{Address: "lu@example.com"}}}
	update(t, s, func(tx *Tx) error { return tx.Enqueue(&held) })
	st, err := s.Stats(t.Context())
	noError(t, err)
	if st.Pending != 1 || !st.OldestPending.IsZero() {
		t.Errorf("held back: %d pending, the oldest since %s", st.Pending, st.OldestPending)
	}
	due := Row{Key: "due", Kind: MailRow, CreatedAt: noon.Add(-time.Hour), NextAt: noon.Add(-time.Minute), Recipients: held.Recipients}
	update(t, s, func(tx *Tx) error { return tx.Enqueue(&due) })
	st, err = s.Stats(t.Context())
	noError(t, err)
	if st.Pending != 2 || !st.OldestPending.Equal(due.NextAt) {
		t.Errorf("due: %d pending, the oldest since %s", st.Pending, st.OldestPending)
	}
}

func TestStatsCount(t *testing.T) {
	t.Parallel()
	s := withTwoPeople(t, Memory)
	st, err := s.Stats(t.Context())
	noError(t, err)
	if st.OpenCases != 2 || st.Pending != 6 || !st.OldestPending.Equal(noon) {
		t.Errorf("%+v", st)
	}
	noError(t, s.Ack(t.Context(), 1, noon))
	noError(t, s.Resolve(t.Context(), 2, noon))
	st, err = s.Stats(t.Context())
	noError(t, err)
	if st.OpenCases != 1 {
		t.Errorf("%d open cases, where one is seen to and the other is resolved", st.OpenCases)
	}
}
