// Package customers asks what the shop knows of somebody who writes: name, tier, what they have bought and for how much.
//
// The shop's data comes from a Source: CSV files (File) or a database (Database). Both give a table whose columns have
// fixed names (see Columns), one row for each order or each customer; rows of one address make one Record. An Asker
// stands before a Source, so that a slow or broken one never holds up mail.
//
// What is not known is a gap, never an error that stops a mail.
package customers

import (
	"context"
	"slices"
	"time"

	"github.com/heedmail/heed/mailbox/message"
)

// What is kept of one customer is bounded.
const (
	maxOrders = 50 // the newest
	maxRead   = 1000
	maxItems  = 20 // of one order
	maxAsked  = 3  // orders of one mail that are looked up
)

// A Query says who is asked for.
type Query struct {
	Address string   // normalised, "" when unknown
	Written string   // the same address as the mail has it, for tables that hold addresses as customers typed them
	Orders  []string // that the mail names, normalised
}

// An Answer is what a Source knows.
type Answer struct {
	Record *Record           // nil for nothing
	Owners map[string]string // whose the orders in the query are: normalised addresses by order number; unknown ones are missing
}

// A Source holds the shop's data. It may be used by several goroutines.
type Source interface {
	// Find looks a customer up by address, and where that is not known by the orders. Nobody found is no error.
	Find(ctx context.Context, q Query) (Answer, error)
	Close() error
}

// A Record is what the shop knows of one customer. Each field may be empty.
type Record struct {
	Address       string // the customer's, normalised
	ByOrder       string // the order number that led here, "" where the address did: whoever names a number need not be the buyer
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

// Order returns one of the record's orders.
func (r *Record) Order(number string) (Order, bool) {
	if r == nil {
		return Order{}, false
	}
	i := slices.IndexFunc(r.Orders, func(o Order) bool { return o.Number == number })
	if i < 0 {
		return Order{}, false
	}
	return r.Orders[i], true
}

// merge fills gaps of a record from a row of its customer.
func (r *Record) merge(row Record) {
	setText(&r.Address, row.Address)
	setText(&r.Name, row.Name)
	setText(&r.Tier, row.Tier)
	if r.Since.IsZero() {
		r.Since = row.Since
	}
	setMoney(&r.LifetimeValue, row.LifetimeValue)
	setMoney(&r.AnnualSpend, row.AnnualSpend)
	for _, o := range row.Orders {
		r.addOrder(o)
	}
}

// addOrder adds an order, or fills gaps of it: a table may have a row for each item.
func (r *Record) addOrder(o Order) {
	i := slices.IndexFunc(r.Orders, func(known Order) bool { return known.Number == o.Number })
	if i < 0 {
		if len(r.Orders) < maxRead {
			r.Orders = append(r.Orders, o)
		}
		return
	}
	known := &r.Orders[i]
	setMoney(&known.Value, o.Value)
	if known.Date.IsZero() {
		known.Date = o.Date
	}
	for _, item := range o.Items {
		if len(known.Items) < maxItems && !slices.Contains(known.Items, item) {
			known.Items = append(known.Items, item)
		}
	}
}

// newestFirst orders the orders by date and keeps the first of them, and those that are asked for.
func (r *Record) newestFirst(asked []string) {
	slices.SortStableFunc(r.Orders, func(a, b Order) int { return b.Date.Compare(a.Date) })
	n := 0
	r.Orders = slices.DeleteFunc(r.Orders, func(o Order) bool {
		n++
		return n > maxOrders && !slices.Contains(asked, o.Number)
	})
}

func setText(to *string, value string) {
	if *to == "" {
		*to = value
	}
}

func setMoney(to *message.Money, value message.Money) {
	if to.IsZero() {
		*to = value
	}
}
