package remind

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
)

// A bench is a loop over a state of its own, with a clock that is set by hand.
type bench struct {
	t      *testing.T
	store  *store.Store
	loop   *Loop
	now    time.Time
	queued int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, now: clock(t, "2026-11-09 10:00")}
	st, err := store.OpenFile(t.Context(), filepath.Join(t.TempDir(), "heed.db"), store.Options{Now: func() time.Time { return b.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	b.store = st
	b.restart()
	return b
}

// restart is what a crash leaves: the state.
func (b *bench) restart() {
	b.t.Helper()
	c, err := note.New(note.Options{From: "Heed <heed@example.com>", Answers: true})
	if err != nil {
		b.t.Fatal(err)
	}
	b.loop = New(Options{Store: b.store, Composer: c, Policy: policy(b.t), Now: func() time.Time { return b.now }, Log: zaptest.NewLogger(b.t),
		Digest: Digest{At: 8 * time.Hour, To: []string{"yodi@example.com"}, Zone: berlin(b.t)}, Queued: func() { b.queued++ }})
}

// open opens a case that two people are told of, and says whether the mail has gone out.
func (b *bench) open(customer string, sent bool) int64 {
	b.t.Helper()
	c := store.Case{Customer: customer, OpenedAt: b.now.Add(-time.Minute), ThreadID: customer}
	key := "mail/" + customer
	err := b.store.Update(b.t.Context(), func(tx *store.Tx) error {
		if err := tx.OpenCase(&c); err != nil {
			return err
		}
		told := []string{"lu@example.com", "yodi@example.com"}
		if err := tx.AddMailed(c.ID, told, b.now); err != nil {
			return err
		}
		if err := tx.UseSteps(c.ID, []escalation.StepKey{{Rule: "legal-threat", At: 1, Do: escalation.Escalate}}, 1); err != nil {
			return err
		}
		row := store.Row{Key: key, Kind: store.MailRow, CaseID: c.ID, Payload: []byte("x")}
		if sent {
			row.State, row.DoneAt = store.Done, b.now
		}
		return tx.Enqueue(&row)
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return c.ID
}

// at looks at a time, and returns what is queued then: who gets a mail of which subject.
func (b *bench) at(when string) []string {
	b.t.Helper()
	b.now = clock(b.t, when)
	before := b.mails()
	if err := b.loop.Look(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	var fresh []string
	for _, m := range b.mails() {
		if !slices.Contains(before, m) {
			fresh = append(fresh, m)
		}
	}
	return fresh
}

func (b *bench) mails() []string {
	b.t.Helper()
	rows, err := b.store.Due(b.t.Context(), b.now.Add(100*24*time.Hour), 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for _, r := range rows {
		if r.MessageID == "" {
			continue
		}
		var to []string
		for _, one := range r.Recipients {
			to = append(to, strings.TrimSuffix(one.Address, "@example.com"))
		}
		id, _, _ := strings.Cut(r.MessageID, "@")
		all = append(all, id[:strings.LastIndexByte(id, '-')]+" to "+strings.Join(to, " "))
	}
	return all
}

func (b *bench) want(got []string, want ...string) {
	b.t.Helper()
	if !slices.Equal(got, want) {
		b.t.Errorf("at %s: %q, want %q", b.now.Format("2 Jan 15:04"), got, want)
	}
}

const digestOf10 = "heed-digest-2026-11-10 to yodi"

func TestNobodyAnswersAndTheNextInLineIsTold(t *testing.T) {
	b := newBench(t)
	b.at("2026-11-09 09:59") // the digest of a day without cases
	b.now = clock(t, "2026-11-09 10:00")
	b.open("jane@mail.example", true)
	b.want(b.at("2026-11-09 13:59"))
	b.want(b.at("2026-11-09 14:00"), "heed-1-reminder-1 to lu yodi")
	b.want(b.at("2026-11-09 14:00"))
	b.restart()
	b.want(b.at("2026-11-09 14:01"))
	b.want(b.at("2026-11-09 16:00"), "heed-1-reminder-2 to lu yodi boss")
	b.want(b.at("2026-11-10 07:00"))
	b.want(b.at("2026-11-10 09:30"), "heed-1-reminder-3 to lu yodi boss", digestOf10)
	b.want(b.at("2026-11-10 17:00"))
	if c, err := b.store.Case(t.Context(), 1); err != nil || len(c.Reminders) != 3 || !slices.Contains(c.Mailed, "boss@example.com") {
		t.Errorf("case %+v, %v", c, err)
	}
	if b.queued != 4 {
		t.Errorf("the outbox was told of %d", b.queued)
	}
}

func TestAnAnswerEndsTheReminders(t *testing.T) {
	b := newBench(t)
	b.at("2026-11-09 09:59")
	id := b.open("jane@mail.example", true)
	b.want(b.at("2026-11-09 14:00"), "heed-1-reminder-1 to lu yodi")
	if err := b.store.Ack(t.Context(), id, b.now); err != nil {
		t.Fatal(err)
	}
	b.want(b.at("2026-11-10 12:00"), digestOf10)
	if err := b.store.Snooze(t.Context(), id, b.now, clock(t, "2026-11-11 10:00")); err != nil {
		t.Fatal(err)
	}
	b.want(b.at("2026-11-11 07:59"))
	b.want(b.at("2026-11-11 10:00"), "heed-1-reminder-2 to lu yodi", "heed-digest-2026-11-11 to yodi")
	if err := b.store.Resolve(t.Context(), id, b.now); err != nil {
		t.Fatal(err)
	}
	b.want(b.at("2026-11-12 12:00"))
}

func TestWhoWasNotToldYetIsNotReminded(t *testing.T) {
	b := newBench(t)
	b.at("2026-11-09 09:59")
	b.open("jane@mail.example", false) // the mail server is down
	b.want(b.at("2026-11-09 17:00"))
}

func TestASilenceHoldsForRemindersToo(t *testing.T) {
	b := newBench(t)
	b.at("2026-11-09 09:59")
	b.loop.Rules.Silences = []escalation.Silence{{Customer: "jane@mail.example", Until: clock(t, "2026-11-09 16:00")}}
	b.open("jane@mail.example", true)
	b.want(b.at("2026-11-09 14:00"))
	b.want(b.at("2026-11-09 16:00"), "heed-1-reminder-1 to lu yodi")
}

func TestTheDigestComesOnceADay(t *testing.T) {
	b := newBench(t)
	b.want(b.at("2026-11-09 12:00")) // nothing is open
	id := b.open("jane@mail.example", false)
	b.want(b.at("2026-11-09 12:01")) // and what is opened later belongs to the next day's
	b.want(b.at("2026-11-10 07:59"))
	b.want(b.at("2026-11-10 08:00"), digestOf10)
	b.restart()
	b.want(b.at("2026-11-10 08:01"))
	if err := b.store.Resolve(t.Context(), id, b.now); err != nil {
		t.Fatal(err)
	}
	b.want(b.at("2026-11-11 08:00"))
}

func TestALoopLooksAtOnce(t *testing.T) {
	b := newBench(t)
	b.at("2026-11-09 09:59")
	b.open("jane@mail.example", true)
	b.now = clock(t, "2026-11-09 14:00")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	reminded := false
	b.loop.Queued = func() { reminded = true; cancel() }
	if err := b.loop.Run(ctx); err != nil || !reminded {
		t.Errorf("reminded: %v, %v", reminded, err)
	}
}

func TestALoopGoesOnAfterTroubleAloud(t *testing.T) {
	b := newBench(t)
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	said := 0
	b.loop.Every = time.Millisecond
	b.loop.Log = zaptest.NewLogger(t, zaptest.WrapOptions(zap.Hooks(func(zapcore.Entry) error {
		if said++; said == 2 {
			cancel()
		}
		return nil
	})))
	if err := b.loop.Run(ctx); err != nil || said != 2 {
		t.Errorf("said %d times: %v", said, err)
	}
}

func TestALoopWithoutWorkEndsAtOnce(t *testing.T) {
	if err := New(Options{Now: time.Now}).Run(t.Context()); err != nil {
		t.Error(err)
	}
}
