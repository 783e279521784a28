package note

import (
	"slices"
	"strconv"
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// maxOrders is how many of the customer's orders are listed, maxEarlier how many of their cases.
const (
	maxOrders  = 5
	maxEarlier = 5
)

// dossier is what is known of the customer.
func (b *viewer) dossier() []fact {
	in, out := 0, 0
	first := ""
	for _, m := range b.line {
		switch m.Direction {
		case message.Inbound:
			in++
			if first == "" {
				first = b.date(m.At)
			}
		case message.Outbound:
			out++
		}
	}
	messages := b.say("messages", words{N: in, Ours: out})
	if b.f.Cut {
		first, messages = b.say("before", first), b.say("messages/cut", words{N: in, Ours: out})
	}
	list := b.labelled(
		"customer", displayName(b.f),
		"address", addressOnly(b.customer()),
		"first-seen", first,
		"messages", messages,
		"earlier", b.earlier(),
	)
	if s := b.f.Shop; s != nil {
		list = append(list, b.labelled(
			"shop", b.joined(shown(s.Name, maxName), shown(s.Tier, maxName), b.since()),
			"orders", b.ordersOfShop(),
		)...)
	}
	return list
}

// earlier tells how the customer's cases before this one ended.
func (b *viewer) earlier() string {
	var list []string
	for _, c := range b.earlierCases() {
		w := words{Case: c.ID, Since: b.date(c.OpenedAt), Resolved: b.date(c.ResolvedAt), Title: clean(c.Outcome, maxName)}
		if c.Outcome == store.FalseAlarm {
			w.Title = b.say("false-alarm", nil)
		}
		if n := len(c.Notes); n > 0 {
			w.Subject = shown(c.Notes[n-1], maxSubject)
		}
		list = append(list, b.say("earlier", w))
	}
	return b.joined(list...)
}

func (b *viewer) earlierCases() []store.Case {
	list := slices.Clone(b.f.Earlier)
	if b.f.Previous.ID != 0 && !slices.ContainsFunc(list, func(c store.Case) bool { return c.ID == b.f.Previous.ID }) {
		list = append([]store.Case{b.f.Previous}, list...)
	}
	return list[:min(len(list), maxEarlier)]
}

func (b *viewer) ordersOfShop() string {
	var list []string
	for _, o := range b.f.Shop.Orders[:min(len(b.f.Shop.Orders), maxOrders)] {
		parts := []string{hash(o.Number), b.date(o.Date), money(o.Value)}
		list = append(list, strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " "))
	}
	if more := len(b.f.Shop.Orders) - maxOrders; more > 0 {
		list = append(list, "+"+strconv.Itoa(more))
	}
	return b.joined(list...)
}

// impact says what the customer threatens and what they have done, with dates, and what that can cost.
func (b *viewer) impact() []fact {
	threatened := b.acts(classify.ChargebackThreat, classify.LegalThreat, classify.ReviewThreat)
	done := b.acts(classify.ChargebackOpened, classify.ReviewPosted)
	if threatened != "" && done == "" {
		done = b.say("act/nothing", nil)
	}
	worth := ""
	if s := b.f.Shop; s != nil {
		lifetime, year := money(s.LifetimeValue), money(s.AnnualSpend)
		if lifetime != "" {
			lifetime = b.say("worth/lifetime", lifetime)
		}
		if year != "" {
			year = b.say("worth/year", year)
		}
		worth = b.joined(lifetime, year)
	}
	return b.labelled(
		"threatened", threatened,
		"done", done,
		"leaving", b.acts(classify.ChurnThreat),
		"order-value", b.orderValue(),
		"customer-value", worth,
	)
}

// acts lists signals with the dates on which they were heard, since the last case.
func (b *viewer) acts(signals ...classify.Signal) string {
	var list []string
	for _, s := range signals {
		var days []string
		for _, m := range b.line {
			if m.At.After(b.f.Message.At) || m.At.Before(b.f.Previous.ResolvedAt) || m.Direction != message.Inbound {
				continue
			}
			day := b.day(m.At)
			if slices.ContainsFunc(m.Signals, func(h classify.Hit) bool { return h.Signal == s }) && !slices.Contains(days, day) {
				days = append(days, day)
			}
		}
		if len(days) > 0 {
			list = append(list, b.say("act", words{Title: b.say("act/"+dashed(s), nil), Dates: strings.Join(days, b.c.separator())}))
		}
	}
	return b.joined(list...)
}
