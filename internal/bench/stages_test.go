package bench

import (
	"fmt"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/model"
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
	in := shop()
	in.Arrived = time.Now() // as the server says
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		message.Read(mails[i%len(mails)], in)
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
	in := newIntake(b, openState(b, filepath.Join(b.TempDir(), "heed.db")))
	b.ReportAllocs()
	at, began := 0, processor(b)
	for b.Loop() {
		b.StopTimer()
		batch := envelopes(at, mailbox.MaxBatch)
		at += len(batch)
		b.StartTimer()
		if err := in.Deliver(b.Context(), "m", "INBOX", batch, mailbox.Cursor{UIDValidity: 1, UID: uint32(at)}); err != nil {
			b.Fatal(fmt.Errorf("mail %d: %w", at, err))
		}
	}
	b.ReportMetric(float64((processor(b)-began).Microseconds())/float64(at), "cpu-µs/mail")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(at), "µs/mail")
}

// BenchmarkStagePrepare is the reading and hearing of a batch on all processors. What they have to hand to each other shows here, and
// in none of the two stages alone. The figures are per mail.
func BenchmarkStagePrepare(b *testing.B) {
	in := newIntake(b, openState(b, filepath.Join(b.TempDir(), "heed.db")))
	batch := envelopes(0, 1000)
	began, n := processor(b), 0
	for b.Loop() {
		in.Prepare(b.Context(), "m", "INBOX", batch)
		n += len(batch)
	}
	b.ReportMetric(float64((processor(b)-began).Nanoseconds())/1e3/float64(n), "cpu-µs/mail")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/mail")
}

// BenchmarkStageKeep is one batch's transaction alone: its mails are read and heard already. The figures are per mail.
func BenchmarkStageKeep(b *testing.B) {
	in := newIntake(b, openState(b, filepath.Join(b.TempDir(), "heed.db")))
	var kept, made uint64
	var took time.Duration
	at := 0
	for b.Loop() {
		b.StopTimer()
		batch := envelopes(at, mailbox.MaxBatch)
		at += len(batch)
		keep := in.Prepare(b.Context(), "m", "INBOX", batch)
		began, garbage := processor(b), allocated()
		b.StartTimer()
		if err := keep(b.Context(), mailbox.Cursor{UIDValidity: 1, UID: uint32(at)}); err != nil {
			b.Fatal(fmt.Errorf("mail %d: %w", at, err))
		}
		b.StopTimer()
		took += processor(b) - began
		now := allocated()
		kept, made = kept+now[0]-garbage[0], made+now[1]-garbage[1]
		b.StartTimer()
	}
	b.ReportMetric(float64(took.Nanoseconds())/1e3/float64(at), "cpu-µs/mail")
	b.ReportMetric(float64(kept)/float64(at), "B/mail")
	b.ReportMetric(float64(made)/float64(at), "allocs/mail")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(at), "µs/mail")
}

// BenchmarkStageTell is one transaction with mails that people are all told of: what it costs beside the keeping of a mail to
// write the notes, mails and drafts. The figures are per mail.
func BenchmarkStageTell(b *testing.B) {
	in := newIntake(b, openState(b, filepath.Join(b.TempDir(), "heed.db")))
	b.ReportAllocs()
	var took time.Duration
	at := 0
	for b.Loop() {
		b.StopTimer()
		batch := threatening(at, 100)
		at += len(batch)
		keep := in.Prepare(b.Context(), "m", "INBOX", batch)
		began := processor(b)
		b.StartTimer()
		if err := keep(b.Context(), mailbox.Cursor{UIDValidity: 1, UID: batch[len(batch)-1].UID}); err != nil {
			b.Fatal(fmt.Errorf("mail %d: %w", at, err))
		}
		took += processor(b) - began
	}
	b.ReportMetric(float64(took.Nanoseconds())/1e3/float64(at), "cpu-µs/mail")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(at), "µs/mail")
}

// threatening are mails with a threat, as a server hands them on, from the `from`th threat on.
func threatening(from, n int) []mailbox.Mail {
	var batch []mailbox.Mail
	for i := range n {
		batch = append(batch, envelopes((from+i)*oneIn+oneIn/2, 1)...)
	}
	return batch
}

// envelopes are mails as a server hands them on, from number `from` on.
func envelopes(from, n int) []mailbox.Mail {
	batch := make([]mailbox.Mail, n)
	for i, raw := range answers(from, n) {
		batch[i] = mailbox.Mail{Folder: "INBOX", UIDValidity: 1, UID: uint32(from + i + 1), InternalDate: time.Now(), Raw: raw, Size: int64(len(raw))}
	}
	return batch
}

// allocated is how many bytes were allocated so far, in how many pieces.
func allocated() [2]uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return [2]uint64{m.TotalAlloc, m.Mallocs}
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
