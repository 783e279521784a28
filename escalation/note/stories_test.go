package note_test

import (
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// The stories are made up in the manner of the threads that retail teams write to each other.

func dollars(text string, minor int64) message.Money {
	return message.Money{Text: text, Minor: minor, Currency: "USD"}
}

// of gives a message to another customer, with another order and subject.
func of(m store.Message, name, address, order, subject string) store.Message {
	m.CustomerName, m.Customer, m.Subject, m.Orders = name, address, subject, []string{order}
	if m.Direction == message.Inbound {
		m.From = address
	}
	return m
}

// damagedAppliance is a top customer whose oven came dented, twice put off, who threatens the bank and wants to leave.
func damagedAppliance() note.Facts {
	mine := func(m store.Message) store.Message {
		return of(m, "Margaret Ellison", "m.ellison@mail.example", "HK-20871", "Double oven arrived dented")
	}
	f := chargebackThreat()
	f.Case = store.Case{ID: 208, Customer: "m.ellison@mail.example", CustomerName: "Margaret Ellison", Channel: "shopify", State: store.Open, OpenedAt: noon, Order: "HK-20871"}
	f.Message = mine(inbound("a5", noon, "Nobody has come, again. I have spent more with you than on my car. Either this oven is collected and my $2,349.00 is back by tomorrow noon, or I will have American Express reverse the charge and I am done with your store.",
		hit(classify.ChargebackThreat, "I will have American Express reverse the charge", "Either this oven is collected and my $2,349.00 is back by tomorrow noon, or I will have American Express reverse the charge and I am done with your store."),
		hit(classify.ChurnThreat, "I am done with your store", "Either this oven is collected and my $2,349.00 is back by tomorrow noon, or I will have American Express reverse the charge and I am done with your store.")))
	f.Message.Facts = message.Facts{Amounts: []message.Money{dollars("$2,349.00", 234900)}, Deadlines: []message.Deadline{{Text: "by tomorrow noon", At: noon.Add(day)}}}
	f.Timeline = []store.Message{
		mine(inbound("a1", noon.Add(-12*day), "Hello, the double oven was delivered today with a dent in the door and one hinge bent. Photos attached. Please collect it.")),
		mine(outbound("a2", noon.Add(-11*day), "Dear Mrs Ellison, thank you for the photos. We are sorry about the dent. We can offer you a partial refund of 10 % if you keep the oven as it is.")),
		mine(inbound("a3", noon.Add(-10*day), "Ten per cent for an oven whose door does not close? No, thank you. Send me a new one.",
			hit(classify.SolutionRejected, "No, thank you", "No, thank you."))),
		mine(outbound("a4", noon.Add(-8*day), "Dear Mrs Ellison, I understand. We will send you a replacement; our carrier will call you about the collection on Friday.")),
	}
	f.Shop = &customers.Record{Name: "Margaret Ellison", Tier: "Platinum", Since: time.Date(2018, 5, 2, 0, 0, 0, 0, time.UTC),
		LifetimeValue: dollars("$18,420.00", 1842000), AnnualSpend: dollars("$4,100.00", 410000),
		Orders: []customers.Order{
			{Number: "HK-20871", Value: dollars("$2,349.00", 234900), Date: noon.Add(-16 * day), Items: []string{"Double oven, stainless"}},
			{Number: "HK-19022", Value: dollars("$640.00", 64000), Date: noon.Add(-200 * day), Items: []string{"Range hood"}},
		}}
	return f
}

// defectiveHandbag is a gold member's bag whose strap tore: five mails, two offers turned down.
func defectiveHandbag() note.Facts {
	mine := func(m store.Message) store.Message {
		m.Channel = "amazon"
		return of(m, "Priya Nair", "priya.nair@mail.example", "113-5550142-7781123", "Strap tore off after a week")
	}
	f := chargebackThreat()
	f.Case = store.Case{ID: 41, Customer: "priya.nair@mail.example", CustomerName: "Priya Nair", Channel: "amazon", State: store.Acked, OpenedAt: noon.Add(-5 * day), AckedAt: noon.Add(-4 * day), Order: "113-5550142-7781123",
		Notes: []string{"Shannbo: the batch of May has a weak rivet, see the supplier's mail."}}
	f.Previous = store.Case{ID: 17, State: store.Resolved, OpenedAt: noon.Add(-320 * day), ResolvedAt: noon.Add(-310 * day), Notes: []string{"refunded in full, she was pleased"}}
	f.Message = mine(inbound("h5", noon, "I said no to 15 % and I say no to 30 %. I don't accept a discount on a bag that I can't carry. I want my money back.",
		hit(classify.SolutionRejected, "I don't accept a discount", "I don't accept a discount on a bag that I can't carry.")))
	f.Timeline = []store.Message{
		mine(inbound("h1", noon.Add(-9*day), "Hi, the strap of my leather bag tore off at the rivet after one week. Pictures below.")),
		mine(outbound("h2", noon.Add(-8*day), "Hello Priya, we are so sorry. As a goodwill gesture we can offer you a discount of 15 % on this order.")),
		mine(inbound("h3", noon.Add(-5*day), "15 % is not good enough for a bag of $389. What am I to do with it?",
			hit(classify.SolutionRejected, "is not good enough", "15 % is not good enough for a bag of $389."))),
		mine(outbound("h4", noon.Add(-3*day), "Hello Priya, we would like to raise our offer: a partial refund of 30 %, and you keep the bag.")),
	}
	f.Shop = &customers.Record{Tier: "Gold", Since: time.Date(2021, 1, 9, 0, 0, 0, 0, time.UTC), AnnualSpend: dollars("$1,240.00", 124000),
		Orders: []customers.Order{{Number: "113-5550142-7781123", Value: dollars("$389.00", 38900), Date: noon.Add(-18 * day), Items: []string{"Leather tote, cognac"}}}}
	f.Actions = []escalation.Action{
		{Do: escalation.Appease, Rules: []string{"solution-rejected"}},
		{Do: escalation.Escalate, Rules: []string{"solution-rejected"}, To: []string{"shannbo@example.com", "yodi@example.com"}},
	}
	f.Counts = []escalation.Count{{Rule: "solution-rejected", Signal: classify.SolutionRejected, N: 2, At: 2, Window: 90 * day}}
	f.ContactName, f.ContactTo = "Shannbo", []string{"shannbo@example.com"}
	f.Playbook = escalation.Playbook{{Rule: "solution-rejected", Goodwill: "$20", GoodwillWithApproval: "$150",
		Tasks:  []escalation.Task{{Do: "Call the customer.", Within: 2 * time.Hour}, {Do: "Decide the refund.", Within: day}, {Do: "Follow-up survey.", Within: 7 * day}},
		Offers: offers("voucher 10 %", "partial refund 20 %", "partial refund 40 %", "replacement", "refund")}}
	return f
}

// wrongShoes is somebody who got the wrong shoes twice, is asked for photos a second time, and names PayPal. The shop's
// data could not be asked.
func wrongShoes() note.Facts {
	mine := func(m store.Message) store.Message {
		m.Lang = "de"
		return of(m, "Jonas Weber", "jonas.weber@mail.example", "NW-10211", "Falsche Schuhe, zum zweiten Mal")
	}
	f := chargebackThreat()
	f.Case = store.Case{ID: 77, Customer: "jonas.weber@mail.example", CustomerName: "Jonas Weber", Channel: "web", State: store.Open, OpenedAt: noon, Order: "NW-10211"}
	f.Message = mine(inbound("s4", noon, "Ich habe Ihnen die Fotos schon geschickt. Wenn ich bis Freitag nichts höre, eröffne ich einen Fall bei PayPal. Siehe http://paypal.com/disputes und www.boese.example/x.",
		hit(classify.ChargebackThreat, "eröffne ich einen Fall bei PayPal", "Wenn ich bis Freitag nichts höre, eröffne ich einen Fall bei PayPal.")))
	f.Message.Channel = "web"
	f.Message.Facts = message.Facts{Deadlines: []message.Deadline{{Text: "bis Freitag", At: time.Date(2026, 3, 6, 23, 0, 0, 0, time.UTC)}}}
	f.Timeline = []store.Message{
		mine(inbound("s1", noon.Add(-14*day), "Guten Tag, ich habe Sneaker in 43 bestellt und Sandalen in 39 bekommen.")),
		mine(outbound("s2", noon.Add(-13*day), "Guten Tag Herr Weber, das tut uns leid. Wir schicken Ihnen ein Rücksendeetikett und eine Ersatzlieferung.")),
		mine(inbound("s3", noon.Add(-2*day), "Wieder die falschen Schuhe! Jetzt sind es Stiefel.")),
		mine(outbound("s5", noon.Add(-1*day), "Guten Tag Herr Weber, bitte senden Sie uns Fotos der Schuhe und des Etiketts.")),
	}
	f.ShopFault = "the database shop did not answer within 2s"
	return f
}

// longQuarrel has more mails than a phone can show.
func longQuarrel() note.Facts {
	f := secondReview()
	for i := range 30 {
		at := noon.Add(-time.Duration(60-2*i) * day)
		f.Timeline = append(f.Timeline, inbound("q"+string(rune('a'+i)), at, "Any news about my lamp?"),
			outbound("w"+string(rune('a'+i)), at.Add(time.Hour), "Dear Jane, not yet. We are on it."))
	}
	f.Previous.Outcome = store.FalseAlarm
	return f
}
