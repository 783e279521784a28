package intake

import (
	"context"
	"slices"
	"strings"

	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/mailbox/message"
)

// A Shop tells what the shop knows of a customer, and why it can't be told: "" when it can.
type Shop interface {
	Ask(ctx context.Context, q customers.Query) (customers.Answer, string)
}

// askShop asks for the writer of a mail that carries signals: only such a mail can make a note. It happens before the
// write transaction, which must not wait for somebody else's database.
func (in *Intake) askShop(ctx context.Context, h *heardMail) {
	m := h.message
	if in.Shop == nil || m.Direction != message.Inbound || len(h.verdict.Hits) == 0 {
		return
	}
	q := customers.Query{Orders: m.Orders}
	if strings.Contains(m.Customer, "@") {
		q.Address, q.Written = m.Customer, m.Customer
		if message.NormaliseAddress(m.From.Addr) == m.Customer {
			q.Written = strings.ToLower(m.From.Addr)
		}
	}
	if m.Notice != nil {
		q.Orders = append(slices.Clone(q.Orders), m.Notice.Orders...)
		slices.Sort(q.Orders)
		q.Orders = slices.Compact(q.Orders)
	}
	if q.Address == "" && len(q.Orders) == 0 {
		return
	}
	h.shop, h.shopFault = in.Shop.Ask(ctx, q)
}
