package note

import (
	"slices"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// phone finds the number that a customer who wants to be called has written, in the message in hand first and then in
// earlier ones, so that whoever decides can call at once. It is "" where nobody asked for a call.
func (b *viewer) phone() string {
	wanted := func(m store.Message) bool {
		return slices.ContainsFunc(m.Signals, func(h classify.Hit) bool {
			return h.Signal == classify.PhoneRequest || h.Signal == classify.PhoneOnly
		})
	}
	if !wanted(b.f.Message) {
		return ""
	}
	messages := slices.Clone(b.line)
	slices.Reverse(messages)
	for _, m := range append([]store.Message{b.f.Message}, messages...) {
		if m.Direction != message.Inbound {
			continue
		}
		if numbers := message.FindPhones(m.Text, m.Orders); len(numbers) > 0 {
			return clean(numbers[0], maxName)
		}
	}
	return ""
}
