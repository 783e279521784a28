package daemon

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/alarm"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
	"go.uber.org/zap"
)

var noon = time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)

// A watch is a guard over one mailbox, on a clock of the test.
type watch struct {
	t     *testing.T
	store *store.Store
	path  string
	now   time.Time
	last  time.Time
	guard *guard
}

func newWatch(t *testing.T) *watch {
	t.Helper()
	w := &watch{t: t, path: filepath.Join(t.TempDir(), "heed.db"), now: noon}
	w.start()
	t.Cleanup(func() { w.store.Close() })
	return w
}

// start is a start of Heed: nothing is known but what the file holds.
func (w *watch) start() {
	w.t.Helper()
	var err error
	if w.store, err = store.OpenFile(w.t.Context(), w.path, store.Options{Now: func() time.Time { return w.now }}); err != nil {
		w.t.Fatal(err)
	}
	composer, err := note.New(note.Options{From: "heed@example.com"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.last = time.Time{}
	w.guard = &guard{store: w.store, desk: alarm.Desk{Composer: composer, To: []string{"admin@example.com"}}, after: 15 * time.Minute,
		log: zap.NewNop(), now: func() time.Time { return w.now }, started: w.now, queued: func() {},
		health: func() map[string][]mailbox.FolderHealth {
			return map[string][]mailbox.FolderHealth{"us": {
				{Folder: "INBOX", LastSuccess: w.now}, {Folder: "Sent", LastSuccess: w.last, Err: errors.New("connection refused")}}}
		}}
}

func (w *watch) restart() {
	w.t.Helper()
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.start()
}

// pass lets time pass, a minute at a time; well says whether the mailbox is read in it.
func (w *watch) pass(d time.Duration, well bool) {
	w.t.Helper()
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(time.Minute)
		if well {
			w.last = w.now
		}
		if err := w.guard.look(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// expect compares the alarms that were queued so far, by the kinds in their header.
func (w *watch) expect(what string, kinds ...string) {
	w.t.Helper()
	rows, err := w.store.Due(w.t.Context(), w.now.Add(time.Hour), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		_, after, _ := strings.Cut(string(r.Payload), "X-Heed-Alarm: ")
		kind, _, _ := strings.Cut(after, "\r\n")
		got = append(got, kind)
	}
	if strings.Join(got, " ") != strings.Join(kinds, " ") {
		w.t.Errorf("%s: alarms %q, want %q", what, got, kinds)
	}
}

func TestASilentMailboxRaisesOneAlarmAndOneWhenItIsWell(t *testing.T) {
	w := newWatch(t)
	w.pass(time.Hour, true)
	w.expect("all is well")
	w.pass(15*time.Minute, false)
	w.expect("silent, but not for long enough")
	w.pass(2*time.Hour, false)
	w.expect("silent", "mailbox-silent")
	w.pass(time.Hour, true)
	w.expect("well again", "mailbox-silent", "mailbox-well")
	w.pass(time.Hour, false)
	w.expect("silent again", "mailbox-silent", "mailbox-well", "mailbox-silent")
}

func TestARestartNeitherForgetsASilenceNorTellsOfItTwice(t *testing.T) {
	w := newWatch(t)
	w.pass(time.Hour, true)
	for range 4 { // Heed is started again every ten minutes, and never gets so far as to read the mailbox
		w.pass(10*time.Minute, false)
		w.restart()
	}
	w.expect("silent over restarts", "mailbox-silent")
	w.pass(time.Hour, false)
	w.restart()
	w.pass(time.Minute, true)
	w.restart()
	w.pass(time.Hour, true)
	w.expect("well again", "mailbox-silent", "mailbox-well")
}

func TestAMailboxThatWasNeverReadRaisesAnAlarm(t *testing.T) {
	w := newWatch(t)
	w.pass(16*time.Minute, false)
	w.expect("never read", "mailbox-silent")
	w.restart()
	w.pass(time.Hour, false)
	w.expect("never read, started again", "mailbox-silent")
}

func TestAMachineThatWasOffRaisesNoAlarm(t *testing.T) {
	w := newWatch(t)
	w.pass(time.Hour, true)
	w.now = w.now.Add(7 * 24 * time.Hour)
	w.restart()
	w.pass(startGrace-time.Minute, false)
	w.pass(time.Hour, true)
	w.expect("a week off")
}

// The file may bear a time to come when the clock was set back.
func TestAClockThatWasSetBackRaisesNoAlarm(t *testing.T) {
	w := newWatch(t)
	w.pass(time.Hour, true)
	w.now = w.now.Add(-24 * time.Hour)
	w.restart()
	w.pass(10*time.Minute, false)
	w.expect("set back")
	w.pass(10*time.Minute, false)
	w.expect("and silent for too long", "mailbox-silent")
}
