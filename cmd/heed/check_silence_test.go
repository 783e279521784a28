package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation"
)

func TestCheckWarnsOfASilenceThatIsOver(t *testing.T) {
	now := time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	r := &report{w: &out}
	r.silences([]escalation.Silence{
		{Customer: "jane@mail.example", Rule: "abuse", Until: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC), Reason: "by phone"},
		{Channel: "ebay", Until: time.Date(2026, 11, 9, 0, 0, 0, 0, time.UTC), Reason: "fair"},
	}, now)
	want := "ok   silence: customer jane@mail.example, rule abuse until 2026-11-09: by phone\n" +
		"warn silence: channel ebay is over since 2026-11-08 (fair); remove that [[silence]]\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
