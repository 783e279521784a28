package note

import (
	"cmp"
	"slices"

	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// timeline is everything that is known of the customer, by time, with the message in hand in it once.
func timeline(f Facts) []store.Message {
	list := slices.Clone(f.Timeline)
	has := slices.ContainsFunc(list, func(m store.Message) bool { return same(m, f.Message) })
	if !has {
		list = append(list, f.Message)
	}
	slices.SortStableFunc(list, func(x, y store.Message) int { return x.At.Compare(y.At) })
	return list
}

func same(x, y store.Message) bool {
	if x.ID != 0 && y.ID != 0 {
		return x.ID == y.ID
	}
	return x.MessageID == y.MessageID && x.At.Equal(y.At) && x.Direction == y.Direction
}

func (b *viewer) entries() ([]entry, int) {
	line := b.line
	omitted := max(0, len(line)-maxTimeline)
	var list []entry
	for _, m := range line[omitted:] {
		e := entry{When: b.when(m.At), Side: b.side(m), Words: clean(m.Text, maxExcerpt), This: same(m, b.f.Message)}
		if e.Words == "" {
			e.Words = cmp.Or(clean(m.Subject, maxExcerpt), b.say("no-words", nil))
		}
		for _, hit := range m.Signals {
			e.Signals = append(e.Signals, b.title("", hit.Signal))
		}
		list = append(list, e)
	}
	return list, omitted
}

func (b *viewer) side(m store.Message) string {
	switch {
	case m.Direction == message.Ignored:
		return b.say("side/ignored", string(m.Ignored))
	case m.Direction == message.Outbound:
		return b.say("side/outbound", nil)
	case m.Notice != nil:
		return b.say("side/notice", nil)
	default:
		return b.say("side/inbound", nil)
	}
}

// ours is our last answer before the message in hand.
func (b *viewer) ours() *entry {
	for _, m := range slices.Backward(b.line) {
		if m.Direction == message.Outbound && !m.At.After(b.f.Message.At) {
			return &entry{When: b.when(m.At), Words: cmp.Or(clean(m.Text, maxAnswer), clean(m.Subject, maxAnswer), b.say("no-words", nil))}
		}
	}
	return nil
}
