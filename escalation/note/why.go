package note

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// maxMails is how many counted mails are located.
const maxMails = 6

// A mailLink tells where a mail lies. It is not a link that can be clicked: the Message-ID is the sender's word.
type mailLink struct{ When, Where, ID string }

// why says how each rule came to fire, with the dates that were counted, and what else was heard.
func (b *viewer) why(s severity) []string {
	var list []string
	for _, c := range b.counts {
		list = append(list, b.say("why", words{Rule: shown(c.Rule, maxName), Signal: string(c.Signal), N: c.N, At: c.At,
			Window: b.window(c.Window), Dates: b.dates(c)}))
	}
	if b.do == escalation.FollowUp {
		list = append(list, b.say("why/follow-up", words{Case: b.f.Case.ID, Since: b.date(b.f.Case.OpenedAt)}))
	}
	if s.Why != "" {
		list = append(list, b.say("why/severity", words{Title: s.Name, Subject: s.Why}))
	}
	if earlier := b.heardEarlier(); earlier != "" {
		list = append(list, b.say("why/earlier", earlier))
	}
	return list
}

// countedMails are the mails that a rule counted, the oldest first.
func (b *viewer) countedMails(c escalation.Count) []store.Message {
	var list []store.Message
	for _, m := range b.line {
		carries := slices.ContainsFunc(m.Signals, func(h classify.Hit) bool { return h.Signal == c.Signal })
		within := c.Window <= 0 || b.f.Message.At.Sub(m.At) <= c.Window
		if carries && within && m.Direction == message.Inbound && !m.At.After(b.f.Message.At) && !m.At.Before(b.f.Previous.ResolvedAt) {
			list = append(list, m)
		}
	}
	return list[max(0, len(list)-max(c.N, 1)):]
}

func (b *viewer) dates(c escalation.Count) string {
	var days []string
	for _, m := range b.countedMails(c) {
		days = append(days, b.day(m.At))
	}
	return strings.Join(days[max(0, len(days)-maxMails):], b.c.separator())
}

// mails locates the message in hand and the earlier ones that were counted with it.
func (b *viewer) mails() []mailLink {
	list := []store.Message{b.f.Message}
	for _, c := range b.counts {
		for _, m := range slices.Backward(b.countedMails(c)) {
			if !slices.ContainsFunc(list, func(o store.Message) bool { return same(o, m) }) {
				list = append(list, m)
			}
		}
	}
	var links []mailLink
	for _, m := range list[:min(len(list), maxMails)] {
		links = append(links, mailLink{When: b.moment(m.At), Where: b.where(m), ID: plainAddressOr(m.MessageID, 250)})
	}
	return links
}

// where is the mailbox, the folder and the UID of a mail.
func (b *viewer) where(m store.Message) string {
	parts := []string{clean(cmp.Or(m.Place.Mailbox, b.f.MailboxName), maxName), clean(m.Place.Folder, maxSubject)}
	where := strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "/")
	if m.Place.UID != 0 {
		where += " UID " + strconv.FormatUint(uint64(m.Place.UID), 10)
	}
	return where
}

// heardEarlier lists the signals of earlier messages that no rule of this mail counts, in the order of classify.Signals.
func (b *viewer) heardEarlier() string {
	n := map[classify.Signal]bool{}
	for _, m := range b.line {
		if same(m, b.f.Message) {
			continue
		}
		for _, hit := range m.Signals {
			n[hit.Signal] = true
		}
	}
	for _, c := range b.counts {
		delete(n, c.Signal)
	}
	var names []string
	for _, s := range classify.Signals() {
		if n[s] {
			names = append(names, b.title("", s))
		}
	}
	return strings.Join(names, b.c.separator())
}
