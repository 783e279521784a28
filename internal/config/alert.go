package config

import (
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox"
)

// The bounds of alert.after.
const (
	afterDefault = 15 * time.Minute
	afterLeast   = 5 * time.Second
	afterMost    = 24 * time.Hour
)

// alert reads [alert]. A healthy mailbox is looked at once in its poll interval, so an alarm that came sooner than that
// would be a false one.
func (s *section) alert(boxes []Mailbox) Alert {
	a := Alert{After: s.duration("after", afterDefault, afterLeast, afterMost)}
	if s.has("to") {
		a.To = s.recipients("to", "who is told when a mailbox can't be read")
	} else {
		s.ask("to")
	}
	for _, m := range boxes {
		if look := min(m.Poll, mailbox.LongestIdle); a.After <= look {
			s.bad("after", "%s is not longer than mailbox %q goes without a look (%s) while all is well; allowed is more than that",
				escalation.FormatDuration(a.After), m.Name, escalation.FormatDuration(look))
			break
		}
	}
	s.close()
	return a
}
