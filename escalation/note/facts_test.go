package note_test

import (
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/offer"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

var noon = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func composer(t testing.TB, language string) *note.Composer {
	t.Helper()
	c, err := note.New(note.Options{From: "Heed <heed@example.com>", Language: language})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hit(s classify.Signal, evidence, sentence string) classify.Hit {
	return classify.Hit{Signal: s, Evidence: evidence, Sentence: sentence}
}

// inbound is a mail of Jane's.
func inbound(id string, at time.Time, text string, hits ...classify.Hit) store.Message {
	return store.Message{
		MessageID: id + "@mail.example.net", At: at, From: "jane.roe@example.net", Customer: "jane.roe@example.net", CustomerName: "Jane Roe",
		Channel: "shopify", Direction: message.Inbound, Subject: "Where is my lamp", Text: text, Lang: "en", Orders: []string{"1234"},
		Place: store.Place{Mailbox: "support-us", Folder: "INBOX", UIDValidity: 1, UID: 4711}, Signals: hits,
	}
}

func outbound(id string, at time.Time, text string) store.Message {
	m := inbound(id, at, text)
	m.Direction, m.From = message.Outbound, "support-us@example.com"
	return m
}

// chargebackThreat is the plain story: a lamp that does not arrive, an answer that does not help, a threat.
func chargebackThreat() note.Facts {
	first := inbound("m1", noon.Add(-9*day), "Hello, my lamp was to be here last week. Where is it?")
	answer := outbound("m2", noon.Add(-8*day), "Dear Jane, we are sorry for the delay. We can offer you 15 % off your next order while you wait for the parcel.")
	threat := inbound("m3", noon, "I am done waiting for this lamp. If I do not have my money back by Friday I will dispute the charge with my bank. You will not see me again in your shop.",
		hit(classify.ChargebackThreat, "I will dispute the charge with my bank", "If I do not have my money back by Friday I will dispute the charge with my bank."),
		hit(classify.ChurnThreat, "You will not see me again", "You will not see me again in your shop."))
	threat.References = []string{"m1@mail.example.net", "m2@example.com"}
	return note.Facts{
		Case: store.Case{ID: 12, Customer: "jane.roe@example.net", CustomerName: "Jane Roe", Channel: "shopify", Mailbox: "support-us", State: store.Open, OpenedAt: noon, Order: "1234"},
		Actions: []escalation.Action{
			{Do: escalation.Reassure, Rules: []string{"chargeback-threat"}},
			{Do: escalation.Escalate, Rules: []string{"chargeback-threat"}, To: []string{"lu@example.com", "yodi@example.com"}},
		},
		Counts:       []escalation.Count{{Rule: "chargeback-threat", Signal: classify.ChargebackThreat, N: 1, At: 1, Window: 90 * day}},
		Message:      threat,
		Timeline:     []store.Message{answer, first},
		Raw:          []byte("From: Jane Roe <Jane.Roe+lamp@example.net>\r\nSubject: Where is my lamp\r\n\r\nI am done waiting for this lamp.\r\n"),
		Now:          noon.Add(time.Second),
		MailboxName:  "support-us",
		OwnAddress:   "support-us@example.com",
		ContactName:  "Lu",
		ContactTo:    []string{"lu@example.com"},
		DomesticName: "Domestic customer service",
		DomesticTo:   []string{"yodi@example.com"},
	}
}

// disputeNotice is PayPal's word about a new dispute, which nothing proves to be PayPal's.
func disputeNotice() note.Facts {
	f := chargebackThreat()
	m := inbound("n1", noon.Add(2*day), "A buyer has opened a dispute for your transaction of $49.00.",
		hit(classify.ChargebackOpened, "opened a dispute for your transaction", "A buyer has opened a dispute for your transaction of $49.00."))
	m.From, m.Subject = "service@paypal.example", "A buyer opened a dispute: PP-D-1001"
	m.Notice = &message.Notice{Platform: "paypal", Kind: message.DisputeOpened, Buyer: "jane.roe@example.net", Dispute: "PP-D-1001",
		Amount: "$49.00", Deadline: "15 March 2026", Words: "A buyer has opened a dispute"}
	f.Timeline = append(f.Timeline, f.Message)
	f.Message = m
	f.Case.ThreadID = "heed-12-escalate-first@example.com"
	f.Case.State, f.Case.AckedAt = store.Acked, noon.Add(time.Hour)
	f.Case.Notes = []string{"Lu: called her on Monday, no answer."}
	f.Actions = []escalation.Action{{Do: escalation.Escalate, Rules: []string{"chargeback-opened"}, To: []string{"yodi@example.com"}}}
	f.Counts = []escalation.Count{{Rule: "chargeback-opened", Signal: classify.ChargebackOpened, N: 1, At: 1, Window: 90 * day}}
	return f
}

// provedNotice is the same word, proved by our own server.
func provedNotice() note.Facts {
	f := disputeNotice()
	notice := *f.Message.Notice
	notice.Verified = true
	f.Message.Notice = &notice
	return f
}

// secondReview fires two rules at once: a second review threat and a lawyer, in a second case.
func secondReview() note.Facts {
	f := chargebackThreat()
	earlier := inbound("r1", noon.Add(-20*day), "Fix this or I will leave a one star review.",
		hit(classify.ReviewThreat, "I will leave a one star review", "Fix this or I will leave a one star review."))
	f.Message = inbound("r2", noon, "Everyone on Trustpilot will hear of this, and so will my lawyer.",
		hit(classify.LegalThreat, "so will my lawyer", "Everyone on Trustpilot will hear of this, and so will my lawyer."),
		hit(classify.ReviewThreat, "Everyone on Trustpilot will hear of this", "Everyone on Trustpilot will hear of this, and so will my lawyer."))
	f.Timeline = []store.Message{earlier, f.Message}
	f.Case.ID = 31
	f.Previous = store.Case{ID: 12, State: store.Resolved, ResolvedAt: noon.Add(-40 * day)}
	f.Actions = []escalation.Action{{Do: escalation.Escalate, Rules: []string{"legal-threat", "review-threat"}, To: []string{"lu@example.com", "yodi@example.com"}}}
	f.Counts = []escalation.Count{
		{Rule: "legal-threat", Signal: classify.LegalThreat, N: 1, At: 1, Window: 90 * day},
		{Rule: "review-threat", Signal: classify.ReviewThreat, N: 2, At: 2, Window: 90 * day},
	}
	return f
}

// news is a message on an escalated case that fires nothing new.
func news() note.Facts {
	f := chargebackThreat()
	f.Timeline = append(f.Timeline, f.Message)
	f.Message = inbound("m4", noon.Add(3*day), "Still nothing. I have told my bank to get ready.",
		hit(classify.ChargebackThreat, "told my bank to get ready", "I have told my bank to get ready."))
	f.Case.ThreadID = "heed-12-escalate-first@example.com"
	f.Actions = []escalation.Action{{Do: escalation.FollowUp, To: []string{"lu@example.com", "yodi@example.com"}}}
	f.Counts = nil
	return f
}

// nameless is a dispute for which nobody is named but an order, under a rule that an administrator made up.
func nameless() note.Facts {
	f := chargebackThreat()
	f.Message.Customer, f.Message.CustomerName, f.Message.From = "order:1234", "", "notices@platform.example"
	f.Case.Customer, f.Case.CustomerName = "order:1234", ""
	f.Timeline = nil
	f.Actions = []escalation.Action{{Do: escalation.Escalate, Rules: []string{"house-rule"}, To: []string{"yodi@example.com"}}}
	f.Counts = []escalation.Count{{Rule: "house-rule", Signal: classify.ChurnThreat, N: 3, At: 3, Window: 36 * time.Hour}}
	return f
}

// phoneOnly is the third request for a call, by somebody who will not write.
func phoneOnly() note.Facts {
	f := chargebackThreat()
	f.Message = inbound("p3", noon, "I do not write e-mails. Call me on +1 555 010 0199, I will not discuss this in writing.",
		hit(classify.PhoneRequest, "Call me", "Call me on +1 555 010 0199, I will not discuss this in writing."),
		hit(classify.PhoneOnly, "I will not discuss this in writing", "Call me on +1 555 010 0199, I will not discuss this in writing."))
	f.Timeline = []store.Message{
		inbound("p1", noon.Add(-6*day), "Please call me.", hit(classify.PhoneRequest, "Please call me", "Please call me.")),
		inbound("p2", noon.Add(-3*day), "Nobody has called. Please call.", hit(classify.PhoneRequest, "Please call", "Please call.")),
	}
	f.Actions = []escalation.Action{{Do: escalation.Escalate, Rules: []string{"phone-only"}, To: []string{"lu@example.com", "yodi@example.com"}}}
	f.Counts = []escalation.Count{{Rule: "phone-only", Signal: classify.PhoneRequest, N: 3, At: 3, Window: 90 * day}}
	return f
}

// offers are those of a playbook.
func offers(list ...string) []offer.Offer {
	var out []offer.Offer
	for _, s := range list {
		out = append(out, offer.Parse(s))
	}
	return out
}
