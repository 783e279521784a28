package config

import (
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox/message"
)

// silences reads the [[silence]] tables.
func (s *section) silences(key string, policy escalation.Policy) []escalation.Silence {
	var all []escalation.Silence
	for _, t := range s.tables(key) {
		all = append(all, s.section(key, t).silence(policy))
	}
	return all
}

func (s *section) silence(policy escalation.Policy) escalation.Silence {
	out := escalation.Silence{Channel: s.channel("channel", "")}
	if customer := s.text("customer", ""); customer != "" {
		a, err := parseAddress(customer)
		if err != nil {
			s.bad("customer", "%v", err)
		} else {
			out.Customer = message.NormaliseAddress(a.Address)
		}
	}
	if s.text("rule", "") != "" {
		out.Rule = s.choice("rule", "", ruleNamesOf(policy)...)
	}
	named := func(key string) bool { return s.has(key) && !s.isEmptyString(key) }
	if !named("customer") && !named("channel") && !named("rule") {
		s.missing("customer", "or channel, or rule: what is to be silent; a silence over everything is what stopping Heed is for")
	}
	out.Until = s.lastDay("until")
	out.Reason = s.required("reason", "why, for whoever wonders in a month")
	s.close()
	return out
}

// lastDay reads a date, on which something still holds, as the time when it does not any more.
func (s *section) lastDay(key string) time.Time {
	text := s.required(key, `the last day of it, such as "2026-12-31"`)
	if text == "" {
		return time.Time{}
	}
	day, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		s.bad(key, `%q is not a date; write "2026-12-31"`, shorten(text))
		return time.Time{}
	}
	return day.AddDate(0, 0, 1)
}

func ruleNamesOf(policy escalation.Policy) []string {
	var names []string
	for _, r := range policy.Rules {
		names = append(names, r.Name)
	}
	return names
}
