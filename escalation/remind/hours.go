package remind

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Hours are the working hours of a week, in one time zone. The zero value is around the clock.
type Hours struct {
	week [7][]span // by time.Weekday, in order, without overlaps
	any  bool      // some span is there
	zone *time.Location
}

// A span is a part of a day, in minutes from midnight by the clock on the wall.
type span struct{ from, to int }

// minutesOfDay ends a day: 24:00.
const minutesOfDay = 24 * 60

var (
	errHours  = errors.New(`want days and times such as "Mon-Fri 09:00-18:00, Sat 10:00-14:00"`)
	hoursForm = regexp.MustCompile(`^([A-Za-z]{3})(?:-([A-Za-z]{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)$`)
)

// ParseHours reads working hours: days and times, several with a comma between them; "" is around the clock. The times
// are those of a clock in zone.
func ParseHours(text string, zone *time.Location) (Hours, error) {
	h := Hours{zone: zone}
	if strings.TrimSpace(text) == "" {
		return h, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		m := hoursForm.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return Hours{}, fmt.Errorf("%q: %w", part, errHours)
		}
		first, ok1 := weekday(m[1])
		last, ok2 := first, true
		if m[2] != "" {
			last, ok2 = weekday(m[2])
		}
		from, ok3 := minutes(m[3], m[4])
		to, ok4 := minutes(m[5], m[6])
		if !ok1 || !ok2 || !ok3 || !ok4 || from >= to {
			return Hours{}, fmt.Errorf("%q: %w", part, errHours)
		}
		for day := first; ; day = (day + 1) % 7 { // "Sun-Thu" and "Fri-Mon" go over the end of the list
			if err := h.add(day, span{from, to}); err != nil {
				return Hours{}, fmt.Errorf("%q: %w", part, err)
			}
			if day == last {
				break
			}
		}
	}
	return h, nil
}

// add puts a span into a day, in order.
func (h *Hours) add(day time.Weekday, s span) error {
	at := 0
	for _, other := range h.week[day] {
		if s.from < other.to && other.from < s.to {
			return fmt.Errorf("%s is there twice", day)
		}
		if other.from < s.from {
			at++
		}
	}
	spans := h.week[day]
	h.week[day] = append(append(append([]span{}, spans[:at]...), s), spans[at:]...)
	h.any = true
	return nil
}

func weekday(name string) (time.Weekday, bool) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(day.String()[:3], name) {
			return day, true
		}
	}
	return 0, false
}

func minutes(hour, minute string) (int, bool) {
	h, err1 := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	n := h*60 + m
	return n, err1 == nil && err2 == nil && m < 60 && n <= minutesOfDay
}

// Contain reports whether people are at work at a time.
func (h Hours) Contain(t time.Time) bool {
	return !h.any || h.After(t, 0).Equal(t)
}

// After returns when so much working time has gone by since a time. After(t, 0) is t, or the next moment at which people
// are at work.
func (h Hours) After(t time.Time, d time.Duration) time.Time {
	if !h.any {
		return t.Add(d)
	}
	t = t.In(h.zone)
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, h.zone)
	// A week has at least a minute of work, so that this comes to its end; nobody's reminder is years away.
	for {
		for _, s := range h.week[midnight.Weekday()] {
			from, to := h.at(midnight, s.from), h.at(midnight, s.to)
			if !t.Before(to) {
				continue
			}
			if t.Before(from) {
				t = from
			}
			left := to.Sub(t)
			if d < left {
				return t.Add(d)
			}
			d, t = d-left, to
		}
		midnight = time.Date(midnight.Year(), midnight.Month(), midnight.Day()+1, 0, 0, 0, 0, h.zone)
	}
}

// at is a time of day by the clock on the wall, also on the days that have 23 or 25 hours.
func (h Hours) at(midnight time.Time, minutes int) time.Time {
	return time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, minutes, 0, 0, h.zone)
}
