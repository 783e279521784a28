package note

import (
	"cmp"
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/offer"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// maxAnswers is how many answers of ours are told one by one; the timeline has them all.
const maxAnswers = 5

// An attempt is an answer of ours: what it offered, and how the customer took it.
type attempt struct {
	When, Who, Words string
	Offered          string // "" where nothing was offered
	Taken            string // "" where another answer of ours came before the customer's next mail
	day, took        string // the same for the head
}

// answered are our answers before the message in hand, the oldest first.
func (b *viewer) answered() []attempt {
	var list []attempt
	for i, m := range b.line {
		if m.Direction != message.Outbound || m.At.After(b.f.Message.At) {
			continue
		}
		a := attempt{When: b.moment(m.At), day: b.day(m.At), Who: plainAddressOr(cmp.Or(m.From, b.f.OwnAddress), maxName)}
		a.Words = cmp.Or(gist(m, len(b.offers[i]) > 0, maxAnswer), b.say("no-words", nil))
		a.Offered = b.named(b.offers[i])
		a.Taken, a.took = b.taken(b.line[i+1:])
		list = append(list, a)
	}
	return list
}

// telling are the attempts that are told one by one: those that offered something, and the last one.
func telling(list []attempt) []attempt {
	var told []attempt
	for i, a := range list {
		if a.Offered != "" || i == len(list)-1 {
			told = append(told, a)
		}
	}
	return told[max(0, len(told)-maxAnswers):]
}

// taken says how the customer took an answer, by the first mail after it: in a sentence, and in a word for the head.
func (b *viewer) taken(after []store.Message) (sentence, short string) {
	for _, m := range after {
		how := "calm"
		var titles []string
		for _, hit := range m.Signals {
			if hit.Signal == classify.SolutionRejected {
				how = "rejected"
				continue
			}
			titles = append(titles, b.title("", hit.Signal))
			if how == "calm" {
				how = "threat"
			}
		}
		switch {
		case m.Direction == message.Outbound:
			return "", ""
		case m.Direction == message.Inbound && !m.At.After(b.f.Message.At):
			return b.say("taken/"+how, words{Since: b.day(m.At), Title: strings.Join(titles, b.c.separator())}), b.say("took/"+how, nil)
		}
	}
	return b.say("taken/none", nil), b.say("took/none", nil)
}

// maxTried is how many offers the head names.
const maxTried = 3

// tried is what was offered and how it was taken, in one line.
func (b *viewer) tried(list []attempt) string {
	if len(list) == 0 {
		return b.say("tried/nothing", nil)
	}
	var offers []string
	for _, a := range list {
		if a.Offered != "" {
			offers = append(offers, b.say("tried", words{Offer: a.Offered, Since: a.day, Title: a.took}))
		}
	}
	if len(offers) == 0 {
		return b.say("tried/no-offer", words{Ours: len(list), Since: list[len(list)-1].day})
	}
	return b.joined(offers[max(0, len(offers)-maxTried):]...)
}

// made are all offers in our answers so far.
func (b *viewer) made() []offer.Offer {
	var made []offer.Offer
	for i, m := range b.line {
		if !m.At.After(b.f.Message.At) {
			made = append(made, b.offers[i]...)
		}
	}
	return made
}

// named writes offers in the language of the note.
func (b *viewer) named(list []offer.Offer) string {
	var names []string
	for _, o := range list {
		names = append(names, b.say("offer", b.offerWords(o)))
	}
	return strings.Join(names, b.c.separator())
}

// offerWords is what the sentences about an offer are made from.
func (b *viewer) offerWords(o offer.Offer) words {
	name := shown(o.Words, maxName)
	if o.Kind != "" {
		name = b.say("offer/"+strings.ReplaceAll(string(o.Kind), " ", "-"), nil)
	}
	return words{Offer: name, Amount: clean(o.Amount.Text, maxName)}
}
