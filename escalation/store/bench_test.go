package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
)

// mailBytes is the size of the escalation that BenchmarkMail queues.
const mailBytes = 6 << 10

// BenchmarkMail measures what it costs to keep one mail with all that follows from it, and, in the same run, to write
// and sync as many bytes as its words and its escalation have. x-file is the ratio of the two.
func BenchmarkMail(b *testing.B) {
	payload := bytes.Repeat([]byte("0123456789abcde\n"), mailBytes/16)
	text := strings.Repeat("I want my money back. ", 50)
	bare := bareWrite(b, append(payload, text...))
	b.ResetTimer()
	s := open(b)
	n := uint32(0)
	for b.Loop() {
		n++
		keepMail(b, s, n, payload, text)
	}
	per := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(per)/float64(bare), "x-file")
}

// bareWrite is the time that a write and an fsync take.
func bareWrite(b *testing.B, data []byte) time.Duration {
	f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	noError(b, err)
	defer f.Close()
	const rounds = 500
	begin := time.Now()
	for range rounds {
		_, err := f.Write(data)
		noError(b, err)
		noError(b, f.Sync())
	}
	return time.Since(begin) / rounds
}

// keepMail keeps mail number n of one of 500 customers.
func keepMail(tb testing.TB, s *Store, n uint32, payload []byte, text string) {
	tb.Helper()
	noError(tb, mailTransaction(s, n, payload, text))
}

// mailTransaction is the transaction of a mail that escalates, as intake does it.
func mailTransaction(s *Store, n uint32, payload []byte, text string) error {
	m := inbound(fmt.Sprintf("c%d@mail.example", n%500), n, classify.Abuse, classify.LegalThreat, classify.ChurnThreat)
	m.Text, m.Orders = text+m.Text, []string{"1234"}
	return s.Update(context.Background(), func(tx *Tx) error {
		if _, err := tx.Known(m.Place); err != nil {
			return err
		}
		if _, err := tx.Duplicate(m, time.Hour); err != nil {
			return err
		}
		_, c, err := tx.History(m.Customer, m.At, 90*24*time.Hour)
		if err != nil {
			return err
		}
		if c == nil {
			c = &Case{Customer: m.Customer, OpenedAt: m.At}
			if err := tx.OpenCase(c); err != nil {
				return err
			}
		}
		m.CaseID = c.ID
		if err := tx.AddMessage(m); err != nil {
			return err
		}
		return escalate(tx, c, m, payload)
	})
}

func escalate(tx *Tx, c *Case, m *Message, payload []byte) error {
	to := []Recipient{{Address: "lu@example.com"}, {Address: "yodi@example.com"}}
	row := &Row{Key: m.MessageID, Kind: MailRow, CaseID: c.ID, Place: m.Place, Payload: payload, Recipients: to}
	for _, step := range []func() error{
		func() error {
			return tx.UseSteps(c.ID, []escalation.StepKey{{Rule: "legal-threat", At: 1, Do: escalation.Escalate}}, m.ID)
		},
		func() error { return tx.Enqueue(row) },
		func() error { return tx.SetThread(c.ID, m.MessageID) },
		func() error { return tx.AddMailed(c.ID, []string{"lu@example.com", "yodi@example.com"}, m.At) },
		func() error { return tx.SetCursor(m.Place.Mailbox, m.Place.Folder, m.Place.UIDValidity, m.Place.UID) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
