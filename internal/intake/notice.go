package intake

import (
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// resolveCustomer finds the buyer that a platform's notice is about: the address that it names, else the customer whose
// order or dispute it is, else the order or dispute itself, so that a notice is never silent. It remembers the dispute,
// so that the next notice of it finds the same buyer. The channel is the platform's, else the known customer's, else
// the mailbox's own.
func resolveCustomer(tx *store.Tx, row *store.Message, own string) error {
	n := row.Notice
	if n == nil {
		return nil
	}
	customer, err := buyer(tx, n)
	if err != nil {
		return err
	}
	row.KeepUnder(customer)
	if customer, err = tx.Person(customer); err != nil {
		return err
	}
	row.Channel = n.Channel
	if row.Channel == "" {
		if row.Channel, err = tx.ChannelOfCustomer(customer); err != nil {
			return err
		}
	}
	if row.Channel == "" {
		row.Channel = own
	}
	if row.CustomerName == "" {
		if row.CustomerName, err = tx.NameOfCustomer(customer); err != nil {
			return err
		}
	}
	if row.Direction != message.Inbound || n.Dispute == "" {
		return nil
	}
	return tx.RememberDispute(n.Dispute, customer, row.At)
}

func buyer(tx *store.Tx, n *message.Notice) (string, error) {
	if n.Buyer != "" {
		return n.Buyer, nil
	}
	for _, order := range n.Orders {
		customer, ok, err := tx.CustomerOfOrder(order)
		if err != nil || ok {
			return customer, err
		}
	}
	if n.Dispute != "" {
		customer, ok, err := tx.CustomerOfDispute(n.Dispute)
		if err != nil || ok {
			return customer, err
		}
	}
	switch {
	case len(n.Orders) > 0:
		return "order:" + n.Orders[0], nil
	case n.Dispute != "":
		return "dispute:" + n.Dispute, nil
	default:
		return "notice:" + n.Platform, nil
	}
}
