package note

import (
	"fmt"
	"strings"

	"github.com/heedmail/heed/mailbox/message"
)

// warnings are what the reader must know before believing the rest.
func (b *viewer) warnings() []string {
	var list []string
	m := b.f.Message
	if m.Notice != nil && !m.Notice.Verified {
		list = append(list, b.say("warn/unverified", b.w))
	}
	if n := b.doubtful(); n > 0 {
		list = append(list, b.say("warn/sender", words{N: n, Who: b.w.Who}))
	}
	if b.f.ShopFault != "" {
		list = append(list, b.say("warn/shop", clean(b.f.ShopFault, maxExcerpt)))
	}
	if s := b.f.Shop; s != nil && b.byOrderAlone() {
		list = append(list, b.say("warn/shop-by-order", hash(s.ByOrder)))
	}
	if b.f.truncated() {
		list = append(list, b.say("warn/truncated", bytesWord(b.f.OriginalSize)))
	}
	if b.f.Joined.Total > 1 {
		list = append(list, b.together())
	}
	if len(m.Faults) > 0 {
		var faults []string
		for _, f := range m.Faults[:min(maxFaults, len(m.Faults))] {
			faults = append(faults, shown(f, maxExcerpt))
		}
		list = append(list, b.say("warn/faults", strings.Join(faults, " ")))
	}
	return list
}

// byOrderAlone reports whether what the shop knows was found by an order that the mail names, under another address than
// the writer's: who names an order need not have placed it. A marketplace's alias is known to no shop.
func (b *viewer) byOrderAlone() bool {
	s, customer := b.f.Shop, b.f.Message.Customer
	return s.ByOrder != "" && strings.Contains(customer, "@") && s.Address != customer && !message.IsAlias(customer)
}

// doubtful counts the messages with signals that our mail server holds for forged: anybody can write a customer's address
// into From, and would count as that customer.
func (b *viewer) doubtful() int {
	n := 0
	for _, m := range b.line {
		if m.Direction == message.Inbound && m.Auth == message.AuthFailed && len(m.Signals) > 0 {
			n++
		}
	}
	return n
}

func bytesWord(n int64) string {
	const mega = 1 << 20
	if n < mega {
		return fmt.Sprintf("%d KB", max(1, n>>10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/mega)
}
