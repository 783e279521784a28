package note

import (
	"time"

	"github.com/heedmail/heed/mailbox/message"
)

// A deadline is the one that the customer or a platform has set.
type deadline struct {
	Text string    // as it was written
	At   time.Time // zero where the words could not be turned into a date
}

// staleAfter is how long after its end a deadline is still worth telling: the customer remembers it.
const staleAfter = 14 * 24 * time.Hour

// deadline finds the next one that ends after the message in hand, else the last one that has just ended.
func (b *viewer) deadline() deadline {
	var next, past deadline
	for _, m := range b.line {
		if m.Direction != message.Inbound || m.At.After(b.f.Message.At) {
			continue
		}
		for _, found := range m.Facts.Deadlines {
			d := deadline{Text: shown(found.Text, maxName), At: found.At}
			switch {
			case d.At.IsZero(): // words that are no date
			case d.At.Before(b.f.Message.At):
				if d.At.After(past.At) {
					past = d
				}
			case next.At.IsZero() || d.At.Before(next.At):
				next = d
			}
		}
	}
	switch {
	case !next.At.IsZero():
		return next
	case b.w.Deadline != "":
		return deadline{Text: b.w.Deadline}
	case !past.At.IsZero() && b.f.Message.At.Sub(past.At) <= staleAfter:
		return past
	}
	return deadline{}
}

// deadlineLine tells the deadline with the words that set it.
func (b *viewer) deadlineLine() string {
	if b.due.At.IsZero() {
		return b.due.Text
	}
	name := "deadline/ahead"
	if b.due.At.Before(b.f.Now) {
		name = "deadline/over"
	}
	return b.say(name, words{Deadline: b.when(b.due.At), Subject: b.due.Text})
}
