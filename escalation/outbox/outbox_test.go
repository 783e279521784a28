package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
)

func TestEveryKindOfRowIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com"), boxRow(2, store.DraftRow), boxRow(3, store.NoteRow), boxRow(4, store.KeywordRow), boxRow(5, store.MoveRow)}}
		w.run(t, time.Minute)
		for _, r := range w.rows {
			if r.State != store.Done || r.Attempts != 1 {
				t.Errorf("row %d (%s): %s after %d attempts: %s", r.ID, r.Kind, r.State, r.Attempts, r.Error)
			}
		}
		want := map[string]string{"draft m2@example.com": "mail 2", "append INBOX m3@example.com": "mail 3", "keyword INBOX 1/4": "$Escalated", "move INBOX 1/5": "$Escalated"}
		if fmt.Sprint(w.boxes) != fmt.Sprint(want) || len(w.mails) != 1 {
			t.Errorf("mailbox: %v, mails %d", w.boxes, len(w.mails))
		}
	})
}

func TestRetriesComeAfterFiveSecondsThenDoubleAndStayAtTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com")}}
		for range 12 {
			w.script = append(w.script, map[string]error{"": fault(outbox.Temporary)})
		}
		w.run(t, 2*time.Hour)
		var gaps []string
		for i := 1; i < len(w.tries); i++ {
			gaps = append(gaps, w.tries[i].Sub(w.tries[i-1]).Round(time.Second).String())
		}
		if got, want := strings.Join(gaps, " "), "5s 10s 20s 40s 1m20s 2m40s 5m20s 10m0s 10m0s 10m0s 10m0s 10m0s"; got != want {
			t.Errorf("pauses %s, want %s", got, want)
		}
		if r := w.rows[0]; r.State != store.Done || r.Attempts != 13 || r.Error != "" {
			t.Errorf("row: %+v", r)
		}
	})
}

func TestJitterOnlyLengthensAPauseByATenth(t *testing.T) {
	for n := 1; n < 40; n++ {
		low, high := outbox.Pause(n, 0), outbox.Pause(n, 0.999999)
		if low < outbox.FirstRetry || low > outbox.LastRetry || high < low || high > low+low/10 {
			t.Errorf("attempt %d: %v to %v", n, low, high)
		}
	}
}

func TestEveryRecipientEndsOnItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{rows: []store.Row{mailRow(1, "done@example.com", "gone@example.com", "busy@example.com")},
			script: []map[string]error{{"gone@example.com": fault(outbox.Permanent), "busy@example.com": fault(outbox.Temporary)}}}
		w.run(t, time.Minute)
		var got []string
		for _, m := range w.mails {
			got = append(got, strings.Join(m.To, ",")+" "+string(m.Payload))
		}
		if want := []string{"done@example.com mail 1", "busy@example.com mail 1"}; !slices.Equal(got, want) {
			t.Errorf("mailed %q, want %q", got, want)
		}
		r := w.rows[0]
		if r.State != store.Done || r.Recipients[0].State != store.Done || r.Recipients[1].State != store.Failed || r.Recipients[2].State != store.Done {
			t.Errorf("row: %+v", r)
		}
		if r.Recipients[1].Error == "" {
			t.Error("the refusal is not shown")
		}
	})
}

func TestARefusalForGoodIsLoudAndFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		w := &world{rows: []store.Row{mailRow(12, "gone@example.com")}, script: []map[string]error{{"": fault(outbox.Permanent)}}}
		w.run(t, time.Hour, func(o *outbox.Options) { o.Logger = zap.New(core) })
		if r := w.rows[0]; r.State != store.Failed || r.Attempts != 1 || r.Error == "" {
			t.Errorf("row: %+v", r)
		}
		if logs.Len() != 1 {
			t.Fatalf("%d lines in the log", logs.Len())
		}
		line := logs.All()[0]
		f := line.ContextMap()
		if line.Level != zap.ErrorLevel || f["case"] != int64(12) || f["recipient"] != "gone@example.com" ||
			!strings.Contains(fmt.Sprint(f["error"]), "550") && !strings.Contains(fmt.Sprint(f["error"]), "no") || !strings.Contains(fmt.Sprint(f["advice"]), "case 12") {
			t.Errorf("logged: %s %v", line.Message, f)
		}
	})
}

func TestTheSameTroubleIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		same := map[string]error{"": fault(outbox.Temporary)}
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com")}, script: []map[string]error{same, same, same, {"": errors.New("something else")}, same}}
		w.run(t, time.Hour, func(o *outbox.Options) { o.Logger = zap.New(core) })
		var levels []string
		for _, l := range logs.All() {
			levels = append(levels, l.Level.String())
		}
		if got := strings.Join(levels, " "); got != "warn warn warn info" { // appears, changes, changes back, is over
			t.Errorf("logged %s", got)
		}
	})
}

func TestABusyDestinationHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		for i := int64(1); i <= 3; i++ {
			w.rows = append(w.rows, mailRow(i, "lu@example.com"))
		}
		w.rows = append(w.rows, boxRow(4, store.KeywordRow), boxRow(5, store.KeywordRow))
		hung := &hanging{}
		w.run(t, time.Minute, func(o *outbox.Options) { o.Mail = hung; o.Grace = time.Second })
		if hung.most != 1 {
			t.Errorf("%d mails in hand at once", hung.most)
		}
		if w.rows[3].State != store.Done || w.rows[4].State != store.Done {
			t.Error("the mailbox waited for the mail server")
		}
		for _, r := range w.rows[:3] {
			if r.State != store.Pending {
				t.Errorf("row %d: %s", r.ID, r.State)
			}
		}
		if w.rows[0].Error == "" {
			t.Error("how the mail in hand was broken off is not written down")
		}
	})
}

// What is read while a mail is in hand does not know yet who has got it: it must not be begun from that.
func TestAMailThatTookLongerThanItsPauseGoesAgainOnlyToWhoHasNotGotIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{script: []map[string]error{{"yodi@example.com": fault(outbox.Temporary)}}}
		for i := int64(1); i <= 40; i++ {
			w.rows = append(w.rows, mailRow(i, "lu@example.com", "yodi@example.com"))
		}
		w.run(t, time.Hour, func(o *outbox.Options) { o.Mail = &late{w, 20 * time.Second} })
		got := map[string]int{}
		for _, m := range w.mails {
			for _, to := range m.To {
				got[string(m.Payload)+" to "+to]++
			}
		}
		for what, n := range got {
			if n != 1 {
				t.Errorf("%s: %d times", what, n)
			}
		}
		if len(got) != 80 {
			t.Errorf("%d of 80 have got their mail", len(got))
		}
	})
}

// late is a mail server that answers the first mail after a while.
type late struct {
	*world
	after time.Duration
}

func (l *late) Send(ctx context.Context, m outbox.Mail) []outbox.Outcome {
	<-time.After(l.after)
	l.after = 0
	return l.world.Send(ctx, m)
}

// hanging is a mail server that never answers.
type hanging struct{ now, most int }

func (h *hanging) Send(ctx context.Context, m outbox.Mail) []outbox.Outcome {
	h.now++
	h.most = max(h.most, h.now)
	<-ctx.Done()
	h.now--
	return []outbox.Outcome{{Address: m.To[0], Err: ctx.Err()}}
}

func TestAKickIsHeardAtOnceAndManyKicksAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		ctx, cancel := context.WithCancel(t.Context())
		b := outbox.New(outbox.Options{Store: w, Mail: w})
		ended := make(chan error)
		go func() { ended <- b.Run(ctx) }()
		synctest.Wait()
		began := time.Now()
		w.mu.Lock()
		w.rows = append(w.rows, mailRow(1, "lu@example.com"))
		w.mu.Unlock()
		for range 100 {
			b.Kick()
		}
		synctest.Wait()
		if w.rows[0].State != store.Done || time.Since(began) != 0 {
			t.Errorf("%s after %v", w.rows[0].State, time.Since(began))
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Each batch of mails that is read kicks, and reading rows is most of what the loop does.
func TestARowIsReadOnceHoweverManyKicksCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		for i := int64(1); i <= 40; i++ {
			w.rows = append(w.rows, mailRow(i, "lu@example.com"))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		b := outbox.New(outbox.Options{Store: w, Mail: &slow{world: w, took: time.Second}, Mailboxes: map[string]outbox.Writer{"support": w}})
		ended := make(chan error)
		go func() { ended <- b.Run(ctx) }()
		for i := int64(41); i <= 50; i++ { // what comes for another destination meanwhile waits for none of them
			time.Sleep(time.Second / 4)
			w.mu.Lock()
			w.rows = append(w.rows, boxRow(i, store.KeywordRow))
			w.mu.Unlock()
			b.Kick()
			synctest.Wait()
			if r := w.rows[i-1]; r.State != store.Done {
				t.Errorf("keyword %d: %s", i, r.State)
			}
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if len(w.mails) != 40 || w.read != 50 {
			t.Errorf("%d mails went; %d rows were read", len(w.mails), w.read)
		}
	})
}

func TestNobodyLooksForWhatIsDueWhileAllHaveEnoughToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		for i := int64(1); i <= 40; i++ {
			w.rows = append(w.rows, mailRow(i, "lu@example.com"))
		}
		b := outbox.New(outbox.Options{Store: w, Mail: &slow{world: w, took: time.Second}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go func() {
			for range 400 {
				<-time.After(time.Second / 10)
				b.Kick()
			}
		}()
		if err := b.Run(ctx); err != nil {
			t.Error(err)
		}
		if len(w.mails) != 40 || w.looks > 5 {
			t.Errorf("%d mails went; it was looked %d times", len(w.mails), w.looks)
		}
	})
}

func TestTheMailInHandIsFinishedWhenTheDaemonStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com"), mailRow(2, "lu@example.com")}}
		slow := &slow{world: w, took: 5 * time.Second}
		began := time.Now()
		w.run(t, time.Second, func(o *outbox.Options) { o.Mail = slow })
		if w.rows[0].State != store.Done || w.rows[1].State != store.Pending || w.rows[1].Attempts != 0 {
			t.Errorf("rows: %s, %s after %d attempts", w.rows[0].State, w.rows[1].State, w.rows[1].Attempts)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("ended after %v", took)
		}
	})
}

type slow struct {
	*world
	took time.Duration
}

func (s *slow) Send(ctx context.Context, m outbox.Mail) []outbox.Outcome {
	select {
	case <-time.After(s.took):
		return s.world.Send(ctx, m)
	case <-ctx.Done():
		return []outbox.Outcome{{Address: m.To[0], Err: ctx.Err()}}
	}
}

func TestAFullDiskSendsNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com"), mailRow(2, "lu@example.com")}, fail: map[string]error{"Finish": full, "FinishAndAttempt": full}}
		time.AfterFunc(10*time.Minute, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.fail = nil
		})
		w.run(t, 20*time.Minute)
		if len(w.mails) != 2 || w.rows[0].State != store.Done || w.rows[1].State != store.Done {
			t.Errorf("%d mails, rows %s %s", len(w.mails), w.rows[0].State, w.rows[1].State)
		}
	})
}

func TestTheEndOfAnAttemptAndTheBeginningOfTheNextAreOneWrite(t *testing.T) {
	for name, c := range map[string]struct {
		fail   map[string]error
		writes int
	}{
		"as a rule":                       {nil, 6 + 2},
		"each alone, where that can't be": {map[string]error{"FinishAndAttempt": errors.New("one of them is damaged")}, 2 * 6},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{fail: c.fail, rows: []store.Row{mailRow(1, "lu@example.com"), mailRow(2, "lu@example.com"), mailRow(3, "lu@example.com"),
					boxRow(4, store.DraftRow), boxRow(5, store.NoteRow), boxRow(6, store.KeywordRow)}}
				w.run(t, time.Minute)
				for _, r := range w.rows {
					if r.State != store.Done || r.Attempts != 1 {
						t.Errorf("row %d: %s after %d attempts", r.ID, r.State, r.Attempts)
					}
				}
				if len(w.mails) != 3 || w.writes != c.writes {
					t.Errorf("%d mails, %d writes of the state, want 3 and %d", len(w.mails), w.writes, c.writes)
				}
			})
		})
	}
}

// What goes along with another write can be taken back, for which SQLite would hold the pieces of a big original in memory.
func TestTheEndOfARowThatEnclosesAnOriginalIsAWriteOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com"), mailRow(2, "lu@example.com"), mailRow(3, "lu@example.com")}}
		w.rows[0].Enclosed = &store.Enclosed{Original: store.Original{ID: 1, Size: 100}}
		w.run(t, time.Minute)
		if want := 2 + 1 + 2; len(w.mails) != 3 || w.writes != want {
			t.Errorf("%d mails, %d writes of the state, want 3 and %d", len(w.mails), w.writes, want)
		}
	})
}

func TestARowThatIsBegunWithTheEndOfAnotherIsTriedAgainAfterTheSamePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		failure := map[string]error{"": fault(outbox.Temporary)}
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com"), mailRow(2, "lu@example.com")}, script: []map[string]error{failure, failure, failure, failure}}
		w.run(t, time.Minute)
		var got []time.Duration
		for _, at := range w.tries {
			got = append(got, at.Sub(began).Round(time.Second))
		}
		if want := []time.Duration{0, 0, 5 * time.Second, 5 * time.Second, 15 * time.Second, 15 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("tried after %s, want %s", got, want)
		}
	})
}

func TestNothingNewIsBegunWithTheEndOfWhatWasInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com"), mailRow(2, "lu@example.com")}}
		w.run(t, time.Second, func(o *outbox.Options) { o.Mail = &slow{w, 5 * time.Second} })
		if w.rows[0].State != store.Done || w.rows[1].Attempts != 0 {
			t.Errorf("the mail in hand is %s, %d attempts were made at the next", w.rows[0].State, w.rows[1].Attempts)
		}
	})
}

func TestNothingIsDoneThatCouldNotBeWrittenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com")}, fail: map[string]error{"Attempt": errors.New("disk full")}}
		w.run(t, time.Hour)
		if len(w.mails) != 0 {
			t.Error("a mail was sent")
		}
		w.fail = nil
		w.run(t, time.Minute)
		if len(w.mails) != 1 {
			t.Errorf("%d mails after the disk was cleared", len(w.mails))
		}
	})
}

func TestAMailboxThatIsNotConfiguredIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := boxRow(1, store.KeywordRow)
		r.Place.Mailbox = "gone"
		w := &world{rows: []store.Row{r}}
		w.run(t, time.Minute)
		if r := w.rows[0]; r.State != store.Pending || !strings.Contains(r.Error, "heed.toml") {
			t.Errorf("row: %s %q", r.State, r.Error)
		}
	})
}

func TestWhatAMailboxRefusesForGoodIsGivenUp(t *testing.T) {
	for kind, want := range map[mailbox.Kind]store.RowState{mailbox.Permanent: store.Failed, mailbox.Temporary: store.Pending, mailbox.Auth: store.Pending, mailbox.Config: store.Pending} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{rows: []store.Row{boxRow(1, store.KeywordRow)},
					fail: map[string]error{"keyword INBOX 1/1": &mailbox.Error{Kind: kind, Where: "support", Doing: "set", Err: errors.New("no")}}}
				w.run(t, time.Minute)
				if w.rows[0].State != want {
					t.Errorf("%s, want %s", w.rows[0].State, want)
				}
			})
		})
	}
}

func TestRowsThatCanNeverBeDoneAreGivenUpAloud(t *testing.T) {
	for name, row := range map[string]store.Row{"a mail to nobody": mailRow(1), "an unknown kind": boxRow(1, "telegram")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				core, logs := observer.New(zap.ErrorLevel)
				row.NextAt = time.Now()
				w := &world{rows: []store.Row{row}}
				w.run(t, time.Hour, func(o *outbox.Options) { o.Logger = zap.New(core) })
				if w.rows[0].State != store.Failed || w.rows[0].Error == "" || logs.Len() != 1 || len(w.tries) != 0 {
					t.Errorf("%+v, logged %v", w.rows[0], logs.All())
				}
			})
		})
	}
}

func TestABugInASenderStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com"), boxRow(2, store.KeywordRow)}}
		w.run(t, time.Minute, func(o *outbox.Options) { o.Mail = panicking{} })
		if w.rows[0].State != store.Pending || !strings.Contains(w.rows[0].Error, "bug") || w.rows[1].State != store.Done {
			t.Errorf("rows: %+v", w.rows)
		}
	})
}

type panicking struct{}

func (panicking) Send(context.Context, outbox.Mail) []outbox.Outcome { panic("oops") }

func TestEventsTellOfEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{rows: []store.Row{mailRow(1, "lu@example.com")}, script: []map[string]error{{"": fault(outbox.Temporary)}}}
		var got []string
		w.run(t, time.Minute, func(o *outbox.Options) {
			o.OnEvent = func(e outbox.Event) { got = append(got, fmt.Sprint(e.Row.State, " ", e.Err != nil)) }
		})
		if want := []string{"pending true", "done false"}; !slices.Equal(got, want) {
			t.Errorf("events %q", got)
		}
	})
}

// Whatever the step at which the process dies, after a restart every mail has gone, and a second copy is the same mail
// and exists only where the process died between the server's answer and its own note of it. Which step that is is not
// the same each time: the mail server and the mailbox are seen to side by side.
func TestDeathAtAnyStepLosesNothingAndDoublesOnlyTheSameMail(t *testing.T) {
	rows := func() []store.Row {
		return []store.Row{mailRow(1, "lu@example.com", "yodi@example.com"), mailRow(2, "yodi@example.com"), boxRow(3, store.NoteRow), boxRow(4, store.KeywordRow)}
	}
	steps := 0
	synctest.Test(t, func(t *testing.T) {
		w := &world{rows: rows()}
		w.run(t, time.Minute)
		steps = w.steps
	})
	if steps < 12 {
		t.Fatalf("only %d steps", steps)
	}
	doubled := 0
	for at := 1; at <= steps+1; at++ {
		t.Run(fmt.Sprint("step ", at), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{rows: rows(), dieAt: at}
				w.run(t, time.Minute)
				unnoted := w.unnoted()
				w.dieAt = 0
				w.run(t, time.Hour)
				copies := map[string]int{}
				for _, m := range w.mails {
					copies[string(m.Payload)]++
				}
				if len(copies) != 2 || len(w.boxes) != 2 {
					t.Fatalf("mails %v, mailbox %v", copies, w.boxes)
				}
				if len(w.mails) != 2+unnoted || unnoted > 1 {
					t.Errorf("%d mails were sent, where the death left %d that the server had taken and nobody had noted", len(w.mails), unnoted)
				}
				doubled += unnoted
				for _, r := range w.rows {
					if r.State != store.Done {
						t.Errorf("row %d: %s", r.ID, r.State)
					}
				}
			})
		})
	}
	if doubled == 0 {
		t.Errorf("none of %d deaths came between a server's answer and the note of it", steps)
	}
}
