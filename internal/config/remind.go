package config

import (
	"strings"
	"time"

	"github.com/heedmail/heed/escalation/remind"
)

// The bounds of what a file may ask for.
const (
	remindLeast  = 5 * time.Minute
	remindMost   = 30 * 24 * time.Hour
	remindLimit  = 50
	deadlineMost = 7 * 24 * time.Hour
)

// remind reads [remind]. Without the section nobody is reminded.
func (s *section) remind(key string) remind.Policy {
	present := s.has(key)
	sub := s.sub(key)
	p := remind.Policy{
		After: sub.duration("after", 4*time.Hour, remindLeast, remindMost),
		Limit: sub.number("limit", 3, 1, remindLimit),
		Zone:  sub.zone("time_zone", time.Local),
	}
	p.Repeat = sub.duration("repeat", p.After, remindLeast, remindMost)
	p.BeforeDeadline = sub.duration("before_deadline", 24*time.Hour, time.Hour, deadlineMost)
	p.ThenTo = sub.addresses("then_to")
	hours, err := remind.ParseHours(sub.text("working_hours", ""), p.Zone)
	if err != nil {
		sub.bad("working_hours", "%v", err)
	}
	p.Hours = hours
	sub.close()
	if !present {
		return remind.Policy{Zone: p.Zone}
	}
	return p
}

// digest reads [digest]. Without the section there is none.
func (s *section) digest(key string, zone *time.Location, domestic []string) remind.Digest {
	present := s.has(key)
	sub := s.sub(key)
	d := remind.Digest{Zone: sub.zone("time_zone", zone), To: domestic}
	text := sub.text("at", "08:30")
	at, err := time.Parse("15:04", text)
	if err != nil {
		sub.bad("at", `%q is no time of day; write hours and minutes such as "08:30"`, shorten(text))
	}
	d.At = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	if sub.has("to") {
		d.To = sub.recipients("to", "who gets the digest")
	} else {
		sub.ask("to")
	}
	sub.close()
	if !present {
		return remind.Digest{}
	}
	return d
}

// zone reads a time zone by its name in the tz database.
func (s *section) zone(key string, def *time.Location) *time.Location {
	name := s.text(key, "")
	if name == "" {
		return def
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		s.bad(key, `%q is not the name of a time zone; write one such as "Asia/Shanghai", "Europe/Berlin" or "UTC"`, shorten(name))
		return def
	}
	return zone
}

// joinTeam gives the team mailbox the address that Heed sends from, and points at what makes answering impossible.
func (r *reader) joinTeam(c *Config, root *table) {
	for i := range c.Mailboxes {
		m := &c.Mailboxes[i]
		if m.Role != Team {
			continue
		}
		if len(m.OwnAddresses) == 0 {
			m.OwnAddresses = []string{c.SMTP.FromAddr}
		}
		for _, other := range c.Mailboxes {
			if other.Role == Support && other.Host == m.Host && strings.EqualFold(other.Username, m.Username) {
				r.warn(lineOf(root, "mailbox"), "mailbox.role", "the mailboxes %q and %q are one account; give Heed an account of its own, or every customer's mail is looked at twice", other.Name, m.Name)
			}
		}
	}
	switch {
	case len(r.faults) > 0: // these come first
	case !c.Answerable() && c.Remind.After > 0:
		r.warn(lineOf(root, "remind"), "remind", "nobody can answer by mail: no [[mailbox]] has role = \"team\"; only `heed cases ack` ends the reminders")
	case onlyTeam(c.Mailboxes):
		r.warn(lineOf(root, "mailbox"), "mailbox.role", `every mailbox has role = "team"; no customer's mail is read`)
	}
}

func onlyTeam(all []Mailbox) bool {
	for _, m := range all {
		if m.Role != Team {
			return false
		}
	}
	return true
}

// lineOf is the line of a key at the top of the file.
func lineOf(root *table, key string) int {
	if v := root.values[key]; v != nil {
		return v.line
	}
	return root.line
}
