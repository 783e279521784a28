package remind

import (
	"testing"
	"time"
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func hours(t *testing.T, text string) Hours {
	t.Helper()
	h, err := ParseHours(text, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestWorkingTimeGoesByOnlyAtWork(t *testing.T) {
	t.Parallel()
	const office = "Mon-Fri 09:00-18:00"
	for _, c := range []struct {
		name, hours, from string
		d                 time.Duration
		want              string
	}{
		{"around the clock", "", "2026-11-07 22:00", 4 * time.Hour, "2026-11-08 02:00"},
		{"within a day", office, "2026-11-09 10:00", 4 * time.Hour, "2026-11-09 14:00"},
		{"over a night", office, "2026-11-09 16:00", 4 * time.Hour, "2026-11-10 11:00"},
		{"over a weekend", office, "2026-11-06 16:30", 4 * time.Hour, "2026-11-09 11:30"},
		{"from a Sunday", office, "2026-11-08 03:00", 4 * time.Hour, "2026-11-09 13:00"},
		{"from before work", office, "2026-11-09 07:00", time.Hour, "2026-11-09 10:00"},
		{"to the end of a day is the next morning", office, "2026-11-09 14:00", 4 * time.Hour, "2026-11-10 09:00"},
		{"two weeks of work", office, "2026-11-09 09:00", 90 * time.Hour, "2026-11-23 09:00"},
		{"with a break at noon", "Mon-Fri 09:00-12:00, Mon-Fri 13:00-18:00", "2026-11-09 11:00", 2 * time.Hour, "2026-11-09 14:00"},
		{"without a break", "Mon-Fri 09:00-12:00, Mon-Fri 12:00-18:00", "2026-11-09 11:00", 2 * time.Hour, "2026-11-09 13:00"},
		{"the later part first", "Mon 13:00-18:00, Mon 09:00-12:00", "2026-11-09 11:00", 2 * time.Hour, "2026-11-09 14:00"},
		{"days over the end of the week", "Fri-Mon 10:00-12:00", "2026-11-08 11:00", 2 * time.Hour, "2026-11-09 11:00"},
		{"to midnight", "Mon-Sun 20:00-24:00", "2026-11-09 23:00", 2 * time.Hour, "2026-11-10 21:00"},
		{"the night of 25 hours", "Sat-Sun 00:00-24:00", "2026-10-25 00:00", 4 * time.Hour, "2026-10-25 03:00"},
		{"the night of 23 hours", "Sat-Sun 00:00-24:00", "2026-03-29 00:00", 4 * time.Hour, "2026-03-29 05:00"},
		{"nothing, at work", office, "2026-11-09 10:00", 0, "2026-11-09 10:00"},
		{"nothing, at night", office, "2026-11-09 20:00", 0, "2026-11-10 09:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := hours(t, c.hours).After(clock(t, c.from), c.d)
			if want := clock(t, c.want); !got.Equal(want) {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func clock(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestHoursThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"always", "09:00-18:00", "Mon-Fri", "Mon-Fri 9-18", "Mon-Fri 18:00-09:00", "Mon 09:00-09:00", "Mon 09:60-10:00", "Mon 09:00-24:01",
		"Moo 09:00-18:00", "Mon-Foo 09:00-18:00", "Mon-Fri 09:00-18:00,", "Mon-Fri 09:00-18:00, Fri 17:00-19:00",
	} {
		if _, err := ParseHours(text, time.UTC); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func FuzzHours(f *testing.F) {
	f.Add("Mon-Fri 09:00-18:00", int64(0), int64(time.Hour))
	f.Add("Sat-Sun 00:00-24:00, Mon 08:00-08:01", int64(1e9), int64(48*time.Hour))
	f.Fuzz(func(t *testing.T, text string, at, d int64) {
		h, err := ParseHours(text, time.UTC)
		if err != nil {
			return
		}
		from := time.Unix(at%4e9, 0)
		wait := max(0, time.Duration(d)%(24*time.Hour))
		got := h.After(from, wait)
		if got.Before(from.Add(wait)) {
			t.Errorf("%q: %s of work after %s is over at %s already", text, wait, from, got)
		}
		if !h.Contain(got) {
			t.Errorf("%q: nobody is at work at %s", text, got)
		}
	})
}
