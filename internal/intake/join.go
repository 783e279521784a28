package intake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// Which addresses are one person. Names prove nothing, and an order's number that is short can be guessed: whoever writes
// "my order #1234" must not get into somebody's case by it, nor hide their own mail in it. So a mail joins its writer
//
//   - with a notice that named no buyer ("order:1234", "dispute:PP-D-1"), when they are the only ones who have named that
//     number, and the shop's data, where it knows the order, does not give it to somebody else;
//   - with somebody who wrote about the same order through a marketplace, when either the marketplace's number is long
//     enough to be known only to who has seen the order, or the shop's data gives the order to that address; and only
//     when the mail carries a signal.
//
// Nobody is joined who has named many orders: that is a warehouse, a carrier or a reseller. Nobody is joined with two
// people at once. Whatever else people find out, `heed cases merge` does.

// manyOrders is how many different orders a customer names at most.
const manyOrders = 5

// joinCustomer puts a mail to the person that its writer is known as, and joins the writer with who they turn out to be.
func joinCustomer(tx *store.Tx, h *heardMail, row *store.Message) error {
	person, err := tx.Person(row.Customer)
	if err != nil {
		return err
	}
	use(row, person)
	if row.Direction != message.Inbound || !strings.Contains(row.Customer, "@") || row.Notice != nil && !row.Notice.Verified {
		return nil
	}
	j := joining{tx: tx, h: h, row: row}
	others, err := j.others()
	if err != nil || len(others) == 0 {
		return err
	}
	for _, o := range others {
		if err := j.with(o); err != nil {
			return fmt.Errorf("join the writer of %s with who named the same order: %w", row.MessageID, err)
		}
	}
	return nil
}

// use keeps a mail under a person; who wrote it stays known.
func use(row *store.Message, person string) {
	if person == row.Customer {
		return
	}
	if row.Writer == "" {
		row.Writer = row.Customer
	}
	row.KeepUnder(person)
}

// A joining looks for those who are the writer of a mail.
type joining struct {
	tx  *store.Tx
	h   *heardMail
	row *store.Message
}

// A namesake is somebody who named the same order, or the stand-in of a notice about it.
type namesake struct{ customer, number string }

func (n namesake) isStandIn() bool { return !strings.Contains(n.customer, "@") }

// others returns who the writer turns out to be: stand-ins, and one person at most.
func (j joining) others() ([]namesake, error) {
	if len(j.row.Orders) == 0 && len(j.row.Facts.Numbers) == 0 {
		return nil, nil
	}
	var all []namesake
	for _, order := range j.row.Orders[:min(len(j.row.Orders), manyOrders)] {
		who, err := j.whoElseNamed(order)
		if err != nil {
			return nil, err
		}
		all = append(all, j.ofOrder(order, who)...)
	}
	for _, number := range j.row.Facts.Numbers {
		customer, _, err := j.tx.CustomerOfDispute(number)
		if err != nil {
			return nil, err
		}
		if n := (namesake{customer, number}); customer != "" && n.isStandIn() {
			all = append(all, n)
		}
	}
	if len(all) == 0 { // nearly always, and then it does not matter how many orders the writer has named
		return nil, nil
	}
	if many, err := j.namesMany(j.row.Customer, j.row.Orders); many || err != nil {
		return nil, err
	}
	return j.onePerson(all)
}

// whoElseNamed returns who else named an order, if that matters: without a signal a mail joins its writer with stand-ins alone,
// and hardly any order has one.
func (j joining) whoElseNamed(order string) ([]string, error) {
	if len(j.row.Signals) == 0 {
		if some, err := j.tx.HasStandIn(order); !some || err != nil {
			return nil, err
		}
	}
	return j.tx.WhoElseNamed(order, j.row.Customer)
}

// namesMany reports whether somebody has named more orders than customers have.
func (j joining) namesMany(customer string, more []string) (bool, error) {
	if j.row.Notice != nil {
		return false, nil
	}
	n, err := j.tx.OrdersNamed(customer)
	return n > manyOrders || len(more) > manyOrders, err
}

// ofOrder chooses among those who named an order.
func (j joining) ofOrder(order string, who []string) []namesake {
	var standIns, people []namesake
	for _, customer := range who {
		n := namesake{customer, order}
		switch {
		case n.isStandIn():
			standIns = append(standIns, n)
		default:
			people = append(people, n)
		}
	}
	owner := j.h.shop.Owners[order]
	switch {
	case len(people) == 0 && (owner == "" || owner == j.row.Customer || owner == j.row.Writer):
		return standIns
	case len(people) == 1 && j.isSame(people[0].customer, order, owner):
		return append(standIns, people[0])
	}
	return nil
}

// isSame reports whether the writer is a person who named the same order.
func (j joining) isSame(other, order, owner string) bool {
	direct := j.row.Customer
	if message.IsAlias(direct) {
		direct = other
	}
	switch {
	case message.IsAlias(j.row.Customer) == message.IsAlias(other):
		return false
	case owner != "" && !slices.Contains([]string{other, j.row.Customer, j.row.Writer}, owner):
		return false
	}
	return len(j.row.Signals) > 0 && (message.IsMarketplaceOrder(order) || owner == direct)
}

// onePerson drops people where there are two of them, or one who named many orders.
func (j joining) onePerson(all []namesake) ([]namesake, error) {
	var kept []namesake
	person := namesake{}
	for _, n := range all {
		switch {
		case slices.ContainsFunc(kept, func(k namesake) bool { return k.customer == n.customer }):
		case n.isStandIn():
			kept = append(kept, n)
		case person.customer != "" && person.customer != n.customer:
			return nil, nil
		default:
			person = n
		}
	}
	if person.customer == "" {
		return kept, nil
	}
	if many, err := j.namesMany(person.customer, nil); many || err != nil {
		return nil, err
	}
	return append(kept, person), nil
}

// with joins the writer with one of the others. A person is kept under their own address rather than an alias.
func (j joining) with(n namesake) error {
	from, into := n.customer, j.row.Customer
	if !n.isStandIn() && !message.IsAlias(n.customer) {
		from, into = into, from
	}
	name := j.row.CustomerName
	if into != j.row.Customer {
		name = ""
	}
	if err := j.tx.JoinCustomers(from, into, name, "both are about "+n.number, j.row.At); err != nil {
		return err
	}
	use(j.row, into)
	open, err := j.tx.UnresolvedCase(into)
	if err != nil || open == 0 {
		return err
	}
	return j.tx.AddNote(open, j.row.At, "Heed: "+j.explain(n))
}

// explain says to the team why, and how sure it is.
func (j joining) explain(n namesake) string {
	writer := j.row.Customer
	if j.row.Writer != "" {
		writer = j.row.Writer
	}
	switch {
	case !n.isStandIn():
		return fmt.Sprintf("%s and %s are one customer: both wrote about order %s.", writer, n.customer, n.number)
	case j.row.Notice != nil:
		return fmt.Sprintf("a notice names %s as the buyer in %s.", writer, n.number)
	case j.h.shop.Owners[n.number] != "":
		return fmt.Sprintf("%s is the buyer in %s, the shop's data says.", writer, n.number)
	}
	return fmt.Sprintf("%s wrote about %s and is taken for the buyer. Nothing else shows that they are: check it before you tell them of the case.", writer, n.number)
}
