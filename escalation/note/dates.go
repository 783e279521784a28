package note

import (
	"strconv"
	"time"
)

// when writes a time in full.
func (b *viewer) when(t time.Time) string {
	return b.written(t, "Mon 2 Jan 2006, 15:04 MST", "2006-01-02 15:04 MST")
}

// moment writes a time for a reader who knows which year and zone are meant: those of the message in hand.
func (b *viewer) moment(t time.Time) string {
	if b.farOff(t) {
		return b.written(t, "2 Jan 2006, 15:04", "2006-01-02 15:04")
	}
	return b.written(t, "Mon 2 Jan, 15:04", "1月2日 15:04")
}

// dueAt writes when something is due, with its zone: who decides may live in another.
func (b *viewer) dueAt(t time.Time) string {
	return b.written(t, "Mon 2 Jan, 15:04 MST", "1月2日 15:04 MST")
}

// day writes a date.
func (b *viewer) day(t time.Time) string {
	if b.farOff(t) {
		return b.date(t)
	}
	return b.written(t, "2 Jan", "1月2日")
}

// date writes a date with its year.
func (b *viewer) date(t time.Time) string { return b.written(t, "2 Jan 2006", "2006-01-02") }

// farOff says that a date needs its year.
func (b *viewer) farOff(t time.Time) bool {
	const half = 183 * 24 * time.Hour
	return t.Sub(b.f.Now).Abs() > half
}

func (b *viewer) written(t time.Time, en, zh string) string {
	if t.IsZero() {
		return ""
	}
	if b.c.language == "zh" {
		en = zh
	}
	return t.In(b.c.zone).Format(en)
}

// window writes a window in days where it is whole days.
func (b *viewer) window(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d <= 0:
		return ""
	case d%day == 0:
		return b.say("days", int(d/day))
	default:
		return b.say("hours", strconv.FormatFloat(d.Hours(), 'f', -1, 64))
	}
}
