package remind

import (
	"slices"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/store"
)

const office = "Mon-Fri 09:00-18:00"

func policy(t *testing.T) Policy {
	t.Helper()
	return Policy{After: 4 * time.Hour, Repeat: 2 * time.Hour, Limit: 3, ThenTo: []string{"boss@example.com", "YODI@example.com", "owner@example.com"},
		BeforeDeadline: 24 * time.Hour, Hours: hours(t, office), Zone: berlin(t)}
}

// waiting is a case that was told on Monday at ten.
func waiting(t *testing.T, change ...func(*store.Waiting)) store.Waiting {
	t.Helper()
	w := store.Waiting{Case: store.Case{ID: 12, State: store.Open, Mailed: []string{"lu@example.com", "yodi@example.com"}}, ToldAt: clock(t, "2026-11-09 10:00")}
	for _, f := range change {
		f(&w)
	}
	return w
}

func reminded(t *testing.T, at ...string) func(*store.Waiting) {
	return func(w *store.Waiting) {
		for _, one := range at {
			w.Case.Reminders = append(w.Case.Reminders, store.Reminder{At: clock(t, one)})
		}
	}
}

func snoozed(t *testing.T, until string) func(*store.Waiting) {
	return func(w *store.Waiting) {
		w.Case.State, w.Case.AckedAt, w.Case.SnoozedUntil = store.Acked, clock(t, "2026-11-09 11:00"), clock(t, until)
	}
}

func deadline(t *testing.T, at ...string) func(*store.Waiting) {
	return func(w *store.Waiting) {
		for _, one := range at {
			w.Deadlines = append(w.Deadlines, clock(t, one))
		}
	}
}

func warned(t *testing.T, at, of string) func(*store.Waiting) {
	return func(w *store.Waiting) {
		w.Case.Reminders = append(w.Case.Reminders, store.Reminder{At: clock(t, at), Deadline: clock(t, of)})
	}
}

func TestWhoIsRemindedWhen(t *testing.T) {
	t.Parallel()
	told := []string{"lu@example.com", "yodi@example.com"}
	for _, c := range []struct {
		name string
		w    store.Waiting
		now  string
		want []string // nil for nobody
	}{
		{"not before its time", waiting(t), "2026-11-09 13:59", nil},
		{"after four hours", waiting(t), "2026-11-09 14:00", told},
		{"in the night nobody", waiting(t), "2026-11-09 22:00", nil},
		{"but in the morning", waiting(t), "2026-11-10 09:00", told},
		{"not again at once", waiting(t, reminded(t, "2026-11-09 14:00")), "2026-11-09 15:59", nil},
		{"the second time with the next in line", waiting(t, reminded(t, "2026-11-09 14:00")), "2026-11-09 16:00", append(told[:2:2], "boss@example.com")},
		{"the third time with somebody who was told already", waiting(t, reminded(t, "2026-11-09 14:00", "2026-11-09 16:00")), "2026-11-10 09:30", append(told[:2:2], "boss@example.com")},
		{"not a fourth time", waiting(t, reminded(t, "2026-11-09 14:00", "2026-11-09 16:00", "2026-11-10 09:00")), "2026-11-20 12:00", nil},
		{"nobody when it is taken", waiting(t, func(w *store.Waiting) { w.Case.State = store.Acked }), "2026-11-20 12:00", nil},
		{"nobody when it is resolved", waiting(t, func(w *store.Waiting) { w.Case.State = store.Resolved }), "2026-11-20 12:00", nil},
		{"nobody while it is snoozed", waiting(t, snoozed(t, "2026-11-11 11:00")), "2026-11-11 10:59", nil},
		{"at the end of a snooze at once", waiting(t, snoozed(t, "2026-11-11 11:00")), "2026-11-11 11:00", told},
		{"and again as after any other", waiting(t, snoozed(t, "2026-11-11 11:00"), reminded(t, "2026-11-11 11:00")), "2026-11-11 13:00", append(told[:2:2], "boss@example.com")},
		{"those before the snooze don't count", waiting(t, reminded(t, "2026-11-09 14:00", "2026-11-09 16:00", "2026-11-10 09:00"), snoozed(t, "2026-11-12 11:00")), "2026-11-12 11:00", told},
		{"a reopened case begins anew", waiting(t, reminded(t, "2026-11-09 14:00"), func(w *store.Waiting) { w.Case.ReopenedAt = clock(t, "2026-11-12 10:00") }), "2026-11-12 14:00", told},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := policy(t).Due(c.w, clock(t, c.now))
			if ok != (c.want != nil) || !slices.Equal(got.To, c.want) || !got.Deadline.IsZero() {
				t.Errorf("got %+v, %v; want %q", got, ok, c.want)
			}
			if ok && got.Number != len(c.w.Case.Reminders)+1 {
				t.Errorf("it is number %d", got.Number)
			}
		})
	}
}

func TestTheLastReminderSaysSo(t *testing.T) {
	t.Parallel()
	for n, at := range []string{"2026-11-09 14:00", "2026-11-09 16:00", "2026-11-10 09:00"} {
		before := []string{"2026-11-09 14:00", "2026-11-09 16:00"}[:n]
		if got, ok := policy(t).Due(waiting(t, reminded(t, before...)), clock(t, at)); !ok || got.Number != n+1 || got.Last != (n == 2) {
			t.Errorf("the %d. reminder: %+v, %v", n+1, got, ok)
		}
	}
}

func TestADeadlineIsTheHardStop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		w    store.Waiting
		now  string
		want string // the deadline, "" for no warning
	}{
		{"a day ahead, in the night too", waiting(t, deadline(t, "2026-11-12 03:00")), "2026-11-11 03:00", "2026-11-12 03:00"},
		{"not sooner", waiting(t, deadline(t, "2026-11-12 03:00"), reminded(t, "2026-11-10 16:00")), "2026-11-11 02:59", ""},
		{"once", waiting(t, deadline(t, "2026-11-12 03:00"), warned(t, "2026-11-11 03:00", "2026-11-12 03:00")), "2026-11-11 04:00", ""},
		{"not when it is over", waiting(t, deadline(t, "2026-11-12 03:00")), "2026-11-12 03:00", ""},
		{"half-way when the case came late", waiting(t, deadline(t, "2026-11-09 20:00")), "2026-11-09 15:00", "2026-11-09 20:00"},
		{"not at once when the case came late", waiting(t, deadline(t, "2026-11-09 20:00")), "2026-11-09 13:00", ""},
		{"though it is snoozed", waiting(t, deadline(t, "2026-11-12 03:00"), snoozed(t, "2026-11-30 10:00")), "2026-11-11 04:00", "2026-11-12 03:00"},
		{"though the limit is used up", waiting(t, deadline(t, "2026-11-12 03:00"), reminded(t, "2026-11-09 14:00", "2026-11-09 16:00", "2026-11-10 09:00")), "2026-11-11 04:00", "2026-11-12 03:00"},
		{"not when somebody has taken it", waiting(t, deadline(t, "2026-11-12 03:00"), func(w *store.Waiting) { w.Case.State = store.Acked }), "2026-11-11 04:00", ""},
		{"two that are near are one warning", waiting(t, deadline(t, "2026-11-12 04:00", "2026-11-12 03:00"), warned(t, "2026-11-11 04:10", "2026-11-12 03:00")), "2026-11-11 04:11", ""},
		{"a later one has its own", waiting(t, deadline(t, "2026-11-12 03:00", "2026-11-20 03:00"), warned(t, "2026-11-11 03:00", "2026-11-12 03:00")), "2026-11-19 03:30", "2026-11-20 03:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := policy(t).Due(c.w, clock(t, c.now))
			if warns := ok && !got.Deadline.IsZero(); warns != (c.want != "") || warns && !got.Deadline.Equal(clock(t, c.want)) {
				t.Errorf("got %+v, %v; want %q", got, ok, c.want)
			}
		})
	}
}

func TestWithoutTheSectionNobodyIsReminded(t *testing.T) {
	t.Parallel()
	if got, ok := (Policy{}).Due(waiting(t, deadline(t, "2026-11-12 03:00")), clock(t, "2026-11-11 12:00")); ok {
		t.Errorf("got %+v", got)
	}
}

func TestTheDigestIsDueOnceItIsTime(t *testing.T) {
	t.Parallel()
	d := Digest{At: 8*time.Hour + 30*time.Minute, To: []string{"yodi@example.com"}, Zone: berlin(t)}
	for now, want := range map[string]string{
		"2026-11-09 08:29": "", "2026-11-09 08:30": "2026-11-09", "2026-11-09 23:59": "2026-11-09", "2026-11-10 00:00": "",
		"2026-10-25 08:30": "2026-10-25", "2026-10-25 08:29": "", // that night had an hour more
	} {
		if got := d.Due(clock(t, now)); got != want {
			t.Errorf("at %s: %q, want %q", now, got, want)
		}
	}
	if got := (Digest{Zone: berlin(t)}).Due(clock(t, "2026-11-09 12:00")); got != "" {
		t.Errorf("to nobody: %q", got)
	}
}
