package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox/message"
)

// noon is when the tests take place.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

// open gives an empty state file.
func open(t testing.TB) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "heed.db"))
}

func openAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := OpenFile(t.Context(), path, Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { noError(t, s.Close()) })
	return s
}

func update(t testing.TB, s *Store, f func(*Tx) error) {
	t.Helper()
	noError(t, s.Update(context.Background(), f))
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// inbound is a customer's message number n, an hour after the one before, with signals.
func inbound(customer string, n uint32, signals ...classify.Signal) *Message {
	m := &Message{
		Place:     Place{Mailbox: "support", Folder: "INBOX", UIDValidity: 7, UID: n},
		MessageID: fmt.Sprintf("m%d@mail.example", n),
		At:        noon.Add(time.Duration(n) * time.Hour), From: customer, Customer: customer, CustomerName: "Jane Roe",
		Channel: "shopify", Direction: message.Inbound, Subject: "My order",
		Text: fmt.Sprintf("These are words number %d.", n), Lang: "en",
	}
	for _, s := range signals {
		m.Signals = append(m.Signals, classify.Hit{Signal: s, Evidence: "words", Sentence: "These are words"})
	}
	return m
}

func TestWhatIsWrittenReadsBackTheSame(t *testing.T) {
	t.Parallel()
	for _, path := range []string{filepath.Join(t.TempDir(), "heed.db"), Memory} {
		s := openAt(t, path)
		m := inbound("jane@mail.example", 1, classify.Abuse, classify.LegalThreat)
		update(t, s, func(tx *Tx) error {
			c := &Case{Customer: m.Customer, OpenedAt: noon}
			if err := tx.OpenCase(c); err != nil {
				return err
			}
			m.CaseID = c.ID
			if err := tx.AddMessage(m); err != nil {
				return err
			}
			if err := tx.UseSteps(c.ID, []escalation.StepKey{{Rule: "legal-threat", At: 1, Do: escalation.Escalate}}, m.ID); err != nil {
				return err
			}
			return tx.Enqueue(&Row{Key: "k", Kind: MailRow, CaseID: c.ID, Payload: []byte("mail"), Recipients: []Recipient{{Address: "lu@example.com"}}})
		})
		got, err := s.CaseMessages(t.Context(), m.CaseID)
		noError(t, err)
		if len(got) != 1 || got[0].Signals[0].Signal != classify.LegalThreat {
			t.Fatalf("%+v", got)
		}
		rows, err := s.Due(t.Context(), noon, 10)
		noError(t, err)
		if len(rows) != 1 || string(rows[0].Payload) != "mail" || rows[0].Recipients[0].Address != "lu@example.com" {
			t.Fatalf("%+v", rows)
		}
		_, err = s.Stats(t.Context())
		noError(t, err)
		_, err = s.Export(t.Context(), m.Customer)
		noError(t, err)
		noError(t, s.Forget(t.Context(), m.Customer))
	}
}
