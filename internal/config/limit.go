package config

import (
	"time"

	"github.com/heedmail/heed/escalation"
)

// The bounds of what holds mails back.
const (
	groupWaitMost   = time.Hour
	limitMost       = 100_000
	perCustomerHour = 10
	perHour         = 200
)

// Limit bounds how many mails go to people within an hour; 0 is no limit.
type Limit struct {
	PerCustomer int // follow-ups about one customer
	PerHour     int // escalations and follow-ups about all
}

func (s *section) limit() Limit {
	l := Limit{
		PerCustomer: s.number("per_customer", perCustomerHour, 0, limitMost),
		PerHour:     s.number("per_hour", perHour, 0, limitMost),
	}
	s.close()
	return l
}

// The bounds of retain.
const (
	retainLeast = 24 * time.Hour
	retainMost  = 100 * 365 * 24 * time.Hour
)

// retainFor sees that what the policy counts is still there when it counts it.
func (s *section) retainFor(key string, retain time.Duration, policy escalation.Policy) time.Duration {
	if longest := policy.LongestWindow(); retain > 0 && retain < longest {
		s.bad(key, "%s is shorter than the longest window of the policy (%s), whose messages have to be kept to be counted",
			escalation.FormatDuration(retain), escalation.FormatDuration(longest))
	}
	return retain
}
