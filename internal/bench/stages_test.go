package bench

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/model"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
)

// The stages of one mail's way, each alone, over the mails of the backlog. `go test -bench` prints them for benchstat.

func shop() message.Mailbox {
	return message.Mailbox{Channel: "web", OwnAddresses: []string{"support@example.com"}, EscalatesAs: "heed@example.com"}
}

func classifier(b testing.TB) *classify.Classifier {
	b.Helper()
	rules, err := classify.New(classify.Options{})
	if err != nil {
		b.Fatal(err)
	}
	second, err := model.BuiltIn(model.RulesOf(rules))
	if err != nil {
		b.Fatal(err)
	}
	return rules.With(second)
}

// answers are the mails from number `from` on.
func answers(from, n int) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = newLetter(from + i).answer()
	}
	return all
}

func BenchmarkStageRead(b *testing.B) {
	mails := answers(0, 1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		message.Read(mails[i%len(mails)], shop())
	}
}

func BenchmarkStageHear(b *testing.B) {
	c := classifier(b)
	var read []*message.Message
	bytes := 0
	for _, raw := range answers(0, 1000) {
		m := message.Read(raw, shop())
		read, bytes = append(read, m), bytes+len(m.OwnSubject)+len(m.Text)
	}
	b.SetBytes(int64(bytes / len(read)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		intake.Hear(c, read[i%len(read)])
	}
}

// BenchmarkStageDeliver is a batch from raw bytes to the commit; the figures are per mail.
func BenchmarkStageDeliver(b *testing.B) {
	st, err := store.OpenFile(b.Context(), filepath.Join(b.TempDir(), "heed.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	in := newIntake(b, st)
	b.ReportAllocs()
	at, began := 0, processor(b)
	for b.Loop() {
		var batch []mailbox.Mail
		b.StopTimer()
		for _, raw := range answers(at, mailbox.MaxBatch) {
			at++
			batch = append(batch, mailbox.Mail{Folder: "INBOX", UIDValidity: 1, UID: uint32(at), InternalDate: time.Now(), Raw: raw, Size: int64(len(raw))})
		}
		b.StartTimer()
		if err := in.Deliver(b.Context(), "m", "INBOX", batch, mailbox.Cursor{UIDValidity: 1, UID: uint32(at)}); err != nil {
			b.Fatal(fmt.Errorf("mail %d: %w", at, err))
		}
	}
	b.ReportMetric(float64((processor(b)-began).Microseconds())/float64(at), "cpu-µs/mail")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(at), "µs/mail")
}

// processor is the processor time that this process has used, which a busy machine does not lengthen.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
