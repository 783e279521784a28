package main

import (
	"testing"

	"github.com/heedmail/heed/internal/config"
)

func TestReplayTakesTheMailboxThatCustomersWriteTo(t *testing.T) {
	team, support, second := config.Mailbox{Name: "heed", Role: config.Team}, config.Mailbox{Name: "us", Role: config.Support}, config.Mailbox{Name: "de", Role: config.Support}
	for _, tt := range []struct {
		about     string
		asked     string
		mailboxes []config.Mailbox
		want      string
		fault     string
	}{
		{"the first", "", []config.Mailbox{team, support, second}, "us", ""},
		{"the one that is named", "de", []config.Mailbox{team, support, second}, "de", ""},
		{"one that is not there", "fr", []config.Mailbox{team, support, second}, "", "--mailbox fr: heed.toml names no such mailbox; it has us, de"},
		{"the team's", "", []config.Mailbox{team}, "", `heed.toml: every mailbox has role = "team"; add the one that customers write to`},
	} {
		c := replayCommand{configFlag: configFlag{Config: "heed.toml"}, Mailbox: tt.asked}
		got, err := c.mailbox(&config.Config{Mailboxes: tt.mailboxes})
		if got.Name != tt.want || (err == nil) != (tt.fault == "") || err != nil && err.Error() != tt.fault {
			t.Errorf("%s: %q, %v", tt.about, got.Name, err)
		}
	}
}
