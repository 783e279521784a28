package config

import "time"

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
