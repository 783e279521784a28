package main

import (
	"strings"
	"time"

	"github.com/heedmail/heed/escalation"
)

// silences shows what is kept quiet, and warns of what is not any more: a silence that is over explains nothing and is
// easily taken for one that holds.
func (r *report) silences(all []escalation.Silence, now time.Time) {
	for _, s := range all {
		last := s.Until.Add(-time.Second).Format(time.DateOnly)
		if now.Before(s.Until) {
			r.ok("silence: %s until %s: %s", over(s), last, s.Reason)
			continue
		}
		r.warn("silence: %s is over since %s (%s); remove that [[silence]]", over(s), last, s.Reason)
	}
}

// over says what a silence is over.
func over(s escalation.Silence) string {
	var parts []string
	for _, p := range [][2]string{{"customer", s.Customer}, {"channel", s.Channel}, {"rule", s.Rule}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	return strings.Join(parts, ", ")
}
