package escalation

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// day is what an admin means by "90d": 24 hours, with no regard to clocks that are put forward and back.
const day = 24 * time.Hour

// units by falling size, as they are written.
func units() []unit {
	return []unit{{"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
}

type unit struct {
	name string
	size time.Duration
}

var errDuration = errors.New(`want a number with d, h, m or s, such as "90d", "12h" or "1h30m"`)

// ParseDuration reads a duration as it is written in heed.toml: whole days, hours, minutes and seconds, in that order,
// each at most once. It knows days, which time.ParseDuration does not.
func ParseDuration(text string) (time.Duration, error) {
	var total time.Duration
	rest := text
	for _, u := range units() {
		digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
		after, found := strings.CutPrefix(rest[len(digits):], u.name)
		if digits == "" || !found {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n > int64((1<<63-1-total)/u.size) {
			return 0, fmt.Errorf("duration %q is too long", text)
		}
		total += time.Duration(n) * u.size
		rest = after
	}
	if text == "" || rest != "" {
		return 0, fmt.Errorf("duration %q: %w", text, errDuration)
	}
	return total, nil
}

// FormatDuration writes a duration of whole seconds in the shortest form that ParseDuration reads.
func FormatDuration(d time.Duration) string {
	var b strings.Builder
	for _, u := range units() {
		if n := d / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d -= n * u.size
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}
