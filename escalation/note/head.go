package note

import (
	"slices"
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox/message"
)

// headline says in one sentence what happened, by the strongest rule, and which other rules fire.
func (b *viewer) headline() (string, []string) {
	what := "what/follow-up"
	if b.do != escalation.FollowUp {
		what = b.byRule("what/")
	}
	var also []string
	if len(b.action.Rules) > 1 {
		also = append(also, b.say("also", strings.Join(b.titles()[1:], b.c.separator())))
	}
	if b.f.Previous.ID != 0 {
		also = append(also, b.say("why/second-case", words{Previous: b.f.Previous.ID, Resolved: b.date(b.f.Previous.ResolvedAt)}))
	}
	return b.say(what, b.w), also
}

// byRule finds the sentence for the strongest rule: under its name, under its signal's name, or "other".
func (b *viewer) byRule(prefix string) string {
	var names []string
	if len(b.action.Rules) > 0 {
		names = []string{b.action.Rules[0], dashed(b.counts[0].Signal)}
	} else if len(b.f.Message.Signals) > 0 {
		names = []string{dashed(b.f.Message.Signals[0].Signal)}
	}
	for _, n := range names {
		if b.c.words.HasWord(prefix + n) {
			return prefix + n
		}
	}
	return prefix + "other"
}

// story says what it is about and since when.
func (b *viewer) story() string {
	w := words{}
	for _, m := range b.line {
		switch m.Direction {
		case message.Inbound:
			w.N++
			if w.Since == "" {
				w.Since = b.day(m.At)
			}
			if w.Subject == "" && m.Notice == nil {
				subject, _ := message.CutReplyPrefixes(m.Subject)
				w.Subject = shown(subject, maxSubject)
			}
		case message.Outbound:
			w.Ours++
		}
	}
	if b.f.Cut {
		return b.say("story/cut", w)
	}
	return b.say("story", w)
}

// head is the first screen: who, how bad, why now, what was tried, what is asked.
func (b *viewer) head(answers []attempt, asked []task) []fact {
	return b.labelled(
		"customer", b.customerLine(),
		"phone", b.w.Phone,
		"order", b.orderLine(),
		"dispute", b.dispute(),
		"stake", b.stake(),
		"deadline", b.deadlineLine(),
		"tried", b.tried(answers),
		"asked", b.askedFirst(asked),
		"case", b.caseLine(),
	)
}

func (b *viewer) caseLine() string {
	rules := make([]string, len(b.action.Rules))
	for i, r := range b.action.Rules {
		rules[i] = shown(r, maxName)
	}
	return b.say("case", words{Case: b.f.Case.ID, Rule: strings.Join(rules, b.c.separator()), Channel: b.w.Channel})
}

// customerLine is the name and what the shop calls a customer like this.
func (b *viewer) customerLine() string {
	name, address := displayName(b.f), addressOnly(b.customer())
	tier, since := "", ""
	if s := b.f.Shop; s != nil {
		tier, since = shown(s.Tier, maxName), b.since()
		if name == "" {
			name = shown(s.Name, maxName)
		}
	}
	if name == "" {
		name, address = address, ""
	}
	if address != "" {
		name += " (" + address + ")"
	}
	return b.joined(name, tier, since)
}

func (b *viewer) since() string {
	if s := b.f.Shop; s != nil && !s.Since.IsZero() {
		return b.say("since", s.Since.In(b.c.zone).Format("2006"))
	}
	return ""
}

// orderLine is the order's number, when it was placed and what was in it.
func (b *viewer) orderLine() string {
	number := orderNumber(b.f)
	o, ok := b.shopOrder()
	if !ok {
		return number
	}
	return b.joined(hash(o.Number), b.date(o.Date), shown(strings.Join(o.Items, b.c.separator()), maxSubject))
}

func (b *viewer) dispute() string {
	if n := b.f.Message.Notice; n != nil {
		return b.joined(b.w.Platform, shown(n.Dispute, maxName))
	}
	return ""
}

// stake is what can be lost: money in question, what the customer is worth, and whether they want to leave.
func (b *viewer) stake() string {
	order, worth, leaving := b.orderValue(), "", ""
	if order != "" {
		order = b.say("stake/order", order)
	}
	if s := b.f.Shop; s != nil {
		if sum := money(s.LifetimeValue); sum != "" {
			worth = b.say("stake/customer", sum)
		} else if sum := money(s.AnnualSpend); sum != "" {
			worth = b.say("stake/year", sum)
		}
	}
	if b.carries(classify.ChurnThreat) {
		leaving = b.say("stake/leaving", nil)
	}
	if sums := b.f.Message.Facts.Amounts; order == "" && b.w.Amount == "" && len(sums) > 0 {
		order = b.say("stake/named", money(sums[0]))
	}
	disputed := ""
	if b.w.Amount != "" {
		disputed = b.say("stake/disputed", b.w.Amount)
	}
	return b.joined(disputed, order, worth, leaving)
}

// orderValue is what the order cost: as the shop knows it.
func (b *viewer) orderValue() string {
	o, _ := b.shopOrder()
	return money(o.Value)
}

// carries says whether a signal was heard in this case.
func (b *viewer) carries(s classify.Signal) bool {
	return slices.Contains(b.signalsOfCase(), s)
}
