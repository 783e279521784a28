package note

import (
	"regexp"
	"slices"
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

var (
	phoneLike = regexp.MustCompile(`\+?\(?\d[\d ()./\-]{5,22}\d`)
	dateLike  = regexp.MustCompile(`^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})(?: |$)`)
)

// phone finds the number that a customer who wants to be called has written, in the message in hand first and then in
// earlier ones, so that whoever decides can call at once. It is "" where nobody asked for a call.
func (b *viewer) phone() string {
	wanted := func(m store.Message) bool {
		return slices.ContainsFunc(m.Signals, func(h classify.Hit) bool {
			return h.Signal == classify.PhoneRequest || h.Signal == classify.PhoneOnly
		})
	}
	if !wanted(b.f.Message) {
		return ""
	}
	messages := slices.Clone(b.line)
	slices.Reverse(messages)
	for _, m := range append([]store.Message{b.f.Message}, messages...) {
		if m.Direction != message.Inbound {
			continue
		}
		if number := findPhone(clean(m.Text, 0), m.Orders); number != "" {
			return number
		}
	}
	return ""
}

// findPhone returns the first phone number in a text: seven to fifteen digits (ITU-T E.164) that are no order number, no
// date, and, where they stand alone, not so many that they are rather a parcel's.
func findPhone(text string, orders []string) string {
	for _, found := range phoneLike.FindAllString(text, -1) {
		found = strings.Trim(found, " ./-")
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, found)
		alone := found == digits && !strings.HasPrefix(found, "0")
		switch {
		case len(digits) < 7 || len(digits) > 15 || dateLike.MatchString(found) || alone && len(digits) > 11:
		case slices.ContainsFunc(orders, func(o string) bool { return strings.Contains(o, found) || o == digits }):
		default:
			return found
		}
	}
	return ""
}
