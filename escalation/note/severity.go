package note

import (
	"slices"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/mailbox/message"
)

// A severity says how bad a case is. There are three, and the rule that gives them is short enough to be told on the
// phone: what is threatened or done gives the first one, and a near deadline or much money raises it by one.
type severity struct {
	Level string // "critical", "high" or "medium": the name that templates choose by
	Name  string // the word for it
	Why   string // what made it so
}

// levels are the severities by rising weight.
func levels() []string { return []string{"medium", "high", "critical"} }

// soon is how near a deadline raises the severity, be it ahead or just over.
const soon = 48 * time.Hour

// weight is the severity that a signal gives by itself: money that is being taken back is critical, what costs money or
// stands in public is high, all else is medium.
func weight(s classify.Signal) int {
	switch s {
	case classify.ChargebackOpened:
		return 2
	case classify.ChargebackThreat, classify.LegalThreat, classify.ReviewPosted:
		return 1
	default:
		return 0
	}
}

// severity weighs all that the customer said in this case.
func (b *viewer) severity() severity {
	level, strongest := 0, classify.Signal("")
	for _, s := range b.signalsOfCase() {
		if strongest == "" || weight(s) > level {
			level, strongest = weight(s), s
		}
	}
	why := ""
	if strongest != "" {
		why = b.title("", strongest)
	}
	if raised := b.raised(); raised != "" && level < len(levels())-1 {
		level++
		why = b.joined(why, b.say("severity/raised", raised))
	}
	name := levels()[level]
	return severity{Level: name, Name: b.say("severity/"+name, nil), Why: why}
}

// raised says what raises the severity, "" for nothing.
func (b *viewer) raised() string {
	if !b.due.At.IsZero() && b.due.At.Sub(b.f.Message.At).Abs() <= soon {
		return b.say("severity/deadline", nil)
	}
	if o, ok := b.shopOrder(); ok && much(o.Value, 1) {
		return b.say("severity/order", nil)
	}
	if s := b.f.Shop; s != nil && (much(s.LifetimeValue, 5) || much(s.AnnualSpend, 5)) {
		return b.say("severity/customer", nil)
	}
	return ""
}

// much says whether a sum is times what counts as much money for one order: about 200 dollars or euros.
func much(m message.Money, times int64) bool {
	minor := map[string]int64{"EUR": 200_00, "USD": 200_00, "GBP": 200_00, "CHF": 200_00, "CAD": 300_00, "AUD": 300_00,
		"PLN": 900_00, "SEK": 2000_00, "DKK": 1500_00, "NOK": 2000_00, "BRL": 1000_00, "MXN": 4000_00, "CNY": 1500_00, "HKD": 1500_00, "JPY": 30_000}
	least, known := minor[m.Currency]
	return known && m.Minor >= least*times
}

// signalsOfCase are those of the message in hand and of the case's earlier messages, as often as they were heard.
func (b *viewer) signalsOfCase() []classify.Signal {
	var list []classify.Signal
	for _, c := range b.counts { // these lead: they are why the note is written
		list = append(list, c.Signal)
	}
	for _, m := range slices.Backward(b.line) {
		if !same(m, b.f.Message) && (m.At.Before(b.f.Case.OpenedAt) || m.At.After(b.f.Message.At)) {
			continue
		}
		for _, hit := range m.Signals {
			list = append(list, hit.Signal)
		}
	}
	return slices.DeleteFunc(list, func(s classify.Signal) bool { return s == "" })
}
