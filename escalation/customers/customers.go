// Package customers asks what the shop knows of somebody who writes: name, tier, what they have bought and for how much.
//
// What is not known is a gap, never an error that stops a mail.
package customers

import (
	"time"

	"github.com/heedmail/heed/mailbox/message"
)

// A Record is what the shop knows of one customer. Each field may be empty.
type Record struct {
	Name          string
	Tier          string
	Since         time.Time
	LifetimeValue message.Money
	AnnualSpend   message.Money
	Orders        []Order // the newest first
}

// An Order is one that the customer placed.
type Order struct {
	Number string // normalised, as in message.Message.Orders
	Value  message.Money
	Date   time.Time
	Items  []string
}
