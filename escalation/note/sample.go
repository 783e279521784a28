package note

import (
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/escalation/offer"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
	"github.com/heedmail/heed/templates"
)

// sampleData gives each template the kind of data that it is written for.
func sampleData(v *view) func(template string) any {
	return func(template string) any {
		if template == templates.Reassure || template == templates.Appease {
			return draftData{Name: "Jane Roe", Order: "#1234", Offer: offer.Parse("partial refund 20 %"),
				Original: &original{Date: "2026-03-03", Who: "Jane Roe", Lines: []string{"I will dispute this with my bank."}}}
		}
		if template == templates.Alarm {
			return alarmData{Kind: string(MailboxSilent), Mailbox: "support", Since: "3 March 2026, 14:05", Problem: "connection refused", Host: "example.com"}
		}
		if template == templates.Reminder {
			return reminderData{listedCase: sampleLine(), Number: 2, Since: "3 March 2026", Deadline: "10 March 2026", Quotes: []spoken{{"3 March", "I will dispute this."}}, Last: true, Answers: true}
		}
		if template == templates.Digest {
			return digestData{Date: "2026-03-03", Number: 2, Cases: []listedCase{sampleLine()}, More: 1, Answers: true}
		}
		if template == templates.Chat {
			return chatView{Case: 12, FollowUp: true, Titles: v.Titles, Channel: "shopify", Mailbox: "support", When: "2026-03-03 14:05",
				Amount: "20.00 USD", Deadline: "2026-03-10", Unverified: true, Customer: "Jane Roe", Order: "#1234", Quote: "I will dispute this."}
		}
		return v
	}
}

// sampleWords gives each sentence the kind of data that it is written for: most of them use words, some show one value.
func sampleWords(name string) any {
	switch name {
	case "days":
		return 90
	case "order", "who/order", "who/dispute", "also", "hours", "since", "next/taken", "warn/truncated", "warn/faults", "warn/shop", "warn/shop-by-order",
		"side/ignored", "subject/unreadable", "before", "why/earlier", "stake/order", "stake/disputed", "stake/customer", "stake/year", "stake/named", "severity/raised",
		"worth/lifetime", "worth/year":
		return "1234"
	}
	return words{Case: 12, Previous: 7, N: 2, At: 2, Ours: 1, Rule: "chargeback-threat", Signal: "chargeback_threat", Title: "Chargeback threatened",
		Who: "Jane Roe", Order: "#1234", Channel: "shopify", Subject: "Jane Roe, order #1234", Platform: "PayPal", Amount: "$20.00", Phone: "+1 555 0100",
		Deadline: "10 March 2026", Mailbox: "support", Window: "90 days", Since: "3 March 2026", Resolved: "2 March 2026", Dates: "1 Mar, 3 Mar",
		Offer: "partial refund", Goodwill: "$20", Approval: "$100"}
}

// sampleFacts are the facts that templates are checked with: everything is set.
func sampleFacts() Facts {
	at := time.Date(2026, 3, 3, 14, 5, 0, 0, time.UTC)
	m := store.Message{
		Facts:     message.Facts{Deadlines: []message.Deadline{{Text: "by Friday", At: at.Add(72 * time.Hour)}}},
		MessageID: "sample@example.com", At: at, From: "jane@example.com", Customer: "jane@example.com",
		CustomerName: "Jane Roe", Channel: "shopify", Direction: message.Inbound, Subject: "Order #1234",
		Text: "I will dispute this with my bank.", Orders: []string{"1234"},
		Place:   store.Place{Mailbox: "support", Folder: "INBOX", UID: 7},
		Signals: []classify.Hit{{Signal: classify.ChargebackThreat, Evidence: "dispute this with my bank", Sentence: "I will dispute this with my bank."}},
		Notice:  &message.Notice{Platform: "paypal", Kind: message.DisputeOpened, Amount: "$20.00", Deadline: "10 March 2026", Dispute: "PP-D-1"},
	}
	answer := m
	answer.MessageID, answer.At, answer.Direction, answer.Text, answer.Signals, answer.Notice = "answer@example.com", at.Add(-time.Hour), message.Outbound, "We offer 15 %.", nil, nil
	return Facts{
		Case:     store.Case{ID: 12, Customer: "jane@example.com", CustomerName: "Jane Roe", Channel: "shopify", Mailbox: "support", State: store.Acked, OpenedAt: at, AckedAt: at, Notes: []string{"Called her."}},
		Previous: store.Case{ID: 7, OpenedAt: at.Add(-72 * time.Hour), ResolvedAt: at.Add(-24 * time.Hour)},
		Actions: []escalation.Action{{Do: escalation.Reassure, Rules: []string{"chargeback-threat"}},
			{Do: escalation.Escalate, Rules: []string{"chargeback-threat"}, To: []string{"lu@example.com"}}},
		Shop: &customers.Record{Name: "Jane Roe", Tier: "gold", Since: at, LifetimeValue: message.Money{Text: "$3,120.00", Minor: 312000, Currency: "USD"},
			Orders: []customers.Order{{Number: "1234", Value: message.Money{Text: "$249.00", Minor: 24900, Currency: "USD"}, Date: at, Items: []string{"Lamp"}}}},
		Counts:  []escalation.Count{{Rule: "chargeback-threat", Signal: classify.ChargebackThreat, N: 1, At: 1, Window: 90 * 24 * time.Hour}},
		Message: m, Timeline: []store.Message{answer, m}, Raw: []byte("Subject: Order #1234\r\n\r\nI will dispute this with my bank.\r\n"), OriginalSize: 1 << 20,
		Now: at, MailboxName: "support", OwnAddress: "support@example.com", ContactName: "Lu", ContactTo: []string{"lu@example.com"}, DomesticName: "Domestic", DomesticTo: []string{"yodi@example.com"},
	}
}

func sampleLine() listedCase {
	return listedCase{Case: 12, State: string(store.Acked), Who: "Jane Roe, order #1234", Title: "Chargeback threatened", Channel: "shopify", Opened: "3 March 2026",
		Taken: "3 March 2026", Snoozed: "5 March 2026", Told: "lu@example.com", Reminders: 2}
}
