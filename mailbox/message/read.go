package message

import (
	"fmt"
	"strings"
	"time"
)

// Read reads one mail. It never fails: what can't be read is left out and named in Faults, and a mail that nothing can
// be made of is inbound text from an unknown sender, so that somebody looks at it.
func Read(raw []byte, in Mailbox) (m *Message) {
	m = &Message{Direction: Inbound, Channel: in.Channel}
	defer recordPanic(m)
	r := readings.Get().(*reading)
	r.in, r.m = in, m
	r.root = r.parser.mail(raw)
	r.header = r.root.header
	r.readHeader()
	r.body = r.parser.renderings(r.parser.room.body, r.root)
	r.judge()
	r.readFacts()
	m.Faults = append(m.Faults, r.parser.faults...)
	r.leave()
	return m
}

// recordPanic turns a fault of ours into one of the mail's: one bad mail never stops a mailbox.
func recordPanic(m *Message) {
	if p := recover(); p != nil {
		m.Broken = true
		m.Faults = append(m.Faults, fmt.Sprintf("Reading the mail broke off (%v); please report this as a bug.", p))
	}
}

// A reading is one mail while it is read.
type reading struct {
	in     Mailbox
	m      *Message
	parser parser
	root   *part
	header header
	body   []rendering

	subject  subject
	role     role      // of the address in From
	platform *platform // whose address is in From, nil for none
	alias    Address   // a marketplace's buyer who speaks in the mail
}

func (r *reading) readHeader() {
	m := r.m
	if ids := r.header.messageIDs("Message-Id"); len(ids) > 0 {
		m.ID = ids[0]
	}
	m.InReplyTo = r.header.messageIDs("In-Reply-To")
	m.References = r.header.messageIDs("References")
	senders := r.header.addresses("From")
	m.From = r.sender(senders)
	r.role = roleOf(m.From.Addr)
	m.To = r.header.addresses("To")
	m.Subject = r.header.text("Subject")
	r.subject = subjectOf(m.Subject)
	r.platform = r.platformOf(m.From.Addr)
	r.alias = r.relayAlias()
	m.Arrived = r.arrival()
	m.Auth, m.AuthGiven = r.authentication()
	if m.Auth == AuthPassed && len(senders) > 1 { // RFC 7489, 6.6.1: nobody can say for which of them
		m.Auth = AuthUnknown
	}
	m.HeedCase = clipText(r.header.text("X-Heed-Case"), 20)
}

// arrival is when the mail came. Its own word is read only where nobody knows better.
func (r *reading) arrival() time.Time {
	if !r.in.Arrived.IsZero() {
		return r.in.Arrived
	}
	if at := r.header.received(); !at.IsZero() {
		return at
	}
	return parseDate(r.header.raw("Date"))
}

// sender is the first address in From, else the next best that names one.
func (r *reading) sender(from []Address) Address {
	if len(from) > 0 && from[0].Addr != "" {
		return from[0]
	}
	for _, field := range []string{"Sender", "Reply-To", "Return-Path"} {
		if list := r.header.addresses(field); len(list) > 0 && list[0].Addr != "" {
			return list[0]
		}
	}
	return Address{Name: r.header.text("From")}
}

// judge decides whose mail it is. The order matters: our own mail first; then what speaks for a customer although a
// machine sent it (forms, marketplaces' relays, platforms' notices); then the machines; what remains is a person.
func (r *reading) judge() {
	switch {
	case r.isOwnEscalation():
		r.ignore(OwnEscalation)
	case r.in.Sent:
		r.outbound()
	case r.readForm():
	case r.isOurs(r.m.From.Addr):
		r.fromOurs()
	case r.readNotice():
	default:
		r.fromSomebody()
	}
}

// isOwnEscalation reports whether we sent the mail to tell people about a case.
func (r *reading) isOwnEscalation() bool {
	if !r.header.has("X-Heed-Case") {
		return false
	}
	return r.in.EscalatesAs == "" || NormaliseAddress(r.m.From.Addr) == NormaliseAddress(r.in.EscalatesAs)
}

// isOurs reports whether an address is one of this mailbox or of our own people.
func (r *reading) isOurs(addr string) bool {
	return addr != "" && (containsAddress(r.in.OwnAddresses, addr) || containsAddress(r.in.Staff, addr) ||
		r.in.EscalatesAs != "" && NormaliseAddress(r.in.EscalatesAs) == NormaliseAddress(addr))
}

func containsAddress(list []string, addr string) bool {
	addr = NormaliseAddress(addr)
	for _, a := range list {
		if NormaliseAddress(a) == addr {
			return true
		}
	}
	return false
}

// fromOurs reads a mail that bears one of our addresses: a person's whom a mailing-list front or a form put behind it,
// or ours.
func (r *reading) fromOurs() {
	if behind := r.personBehind(); behind.Addr != "" && containsAddress(r.in.OwnAddresses, r.m.From.Addr) {
		r.inboundFor(behind)
		return
	}
	if reason := r.automaticReason(); reason == Bounce || reason == AutoReply {
		r.ignore(reason)
		return
	}
	r.outbound()
}

// inboundFor reads a mail that another address sent for a person. A mailing-list front leaves the person's subject
// alone, a form writes its own.
func (r *reading) inboundFor(person Address) {
	front := r.header.has("X-Original-Sender") || strings.Contains(r.m.From.Name, " via ")
	if person.Name == "" && front {
		person.Name = r.m.From.Name
	}
	r.inbound(person)
	if !front {
		r.m.OwnSubject = ""
	}
}

// personBehind returns the foreign person for whom an own or a no-reply address speaks.
func (r *reading) personBehind() Address {
	for _, field := range []string{"X-Original-Sender", "X-Original-From", "Reply-To"} {
		for _, a := range r.header.addresses(field) {
			if a.Addr != "" && !r.isOurs(a.Addr) && !roleOf(a.Addr).isNoReply() {
				return a
			}
		}
	}
	return Address{}
}

func (r *reading) fromSomebody() {
	if r.alias.Addr != "" {
		r.fromRelay(r.alias)
		return
	}
	if reason := r.automaticReason(); reason != NotIgnored {
		r.ignore(reason)
		return
	}
	if r.role.isNoReply() {
		if behind := r.personBehind(); behind.Addr != "" {
			r.inboundFor(behind)
			return
		}
	}
	r.inbound(r.m.From)
}

// fromRelay reads what a marketplace passes on from a buyer's alias. Its own marks of automatic mail say nothing: it
// is the marketplace that sends. Only a buyer's out-of-office answer and a bounce are no words of a person.
func (r *reading) fromRelay(alias Address) {
	if reason := r.automaticReason(); (reason == AutoReply || reason == Bounce) && !r.isRelayedMessage() {
		r.ignore(reason)
		return
	}
	relay, _ := relayOf(alias.Addr)
	r.inbound(alias)
	r.m.Channel = relay.channel
	r.m.OwnSubject = ""
	r.m.CustomerName = relay.name(alias.Name)
}

// inbound fills in what a person's own mail says.
func (r *reading) inbound(from Address) {
	m := r.m
	m.Direction = Inbound
	m.Customer = NormaliseAddress(from.Addr)
	m.CustomerName = personName(from)
	words := r.newWords()
	m.Text = words.text
	if !r.isReply() {
		m.OwnSubject = r.subject.own
	}
	m.Orders = r.orders(m.Subject, words.before, words.numbers)
}

// ignore fills in what the timeline shows of a mail that never counts.
func (r *reading) ignore(reason Reason) {
	m := r.m
	m.Direction, m.Ignored = Ignored, reason
	if reason == Bounce {
		m.Bounced = r.readBounced()
	}
	customers := reason == AutoReply || reason == Automatic && !r.isRoleSender() // a customer's own machine
	if customers && !r.isOurs(m.From.Addr) {
		m.Customer, m.CustomerName = NormaliseAddress(m.From.Addr), personName(m.From)
	}
	m.Text = r.newWords().text
}

// outbound fills in what we wrote. The customer is whom we wrote to.
func (r *reading) outbound() {
	m := r.m
	m.Direction = Outbound
	for _, a := range m.To {
		if a.Addr != "" && !r.isOurs(a.Addr) {
			m.Customer, m.CustomerName = NormaliseAddress(a.Addr), personName(a)
			if relay, ok := relayOf(a.Addr); ok {
				m.Channel = relay.channel
			}
			break
		}
	}
	words := r.newWords()
	m.Text = words.text
	m.Orders = r.orders(m.Subject, words.numbers)
}

// words are a person's own, those of their lines that hold a digit (see newPart), and what a wrapper said before them.
type words struct{ text, numbers, before string }

// newWords returns the new text of all renderings in order.
func (r *reading) newWords() words {
	var few [4]string
	all := few[:0]
	var w words
	for _, one := range r.body {
		framed, before := r.unframe(one)
		w.before = joinText(w.before, before)
		best := r.bestText(framed)
		w.numbers = joinText(w.numbers, best.numbers)
		if best.text != "" {
			all = append(all, best.text)
		}
	}
	if len(all) == 0 && !r.isReply() {
		all = append(all, r.unmarkedWords())
	}
	w.text = clipText(strings.Join(all, "\n\n"), maxNewText)
	return w
}

// unmarkedWords reads HTML that is one quote from end to end. Where nothing is answered or forwarded there is nothing to
// quote, and the markup is only how the sender's program indents.
func (r *reading) unmarkedWords() string {
	var all []line
	for _, one := range r.body {
		for _, l := range htmlLines(r.parser.html(one)) {
			all = append(all, line{text: l.text, quoted: isQuoteMarked(l.text)})
		}
	}
	return newText(all).text
}

// personName returns a name fit to be shown: not an address, not the words that relays add.
func personName(a Address) string {
	name := strings.Trim(a.Name, `"' `)
	if strings.Contains(name, "@") {
		return ""
	}
	if i := strings.Index(name, " via "); i > 0 { // "'Jane Roe' via Support" of a Google group
		name = strings.Trim(name[:i], `"' `)
	}
	return clipText(name, 200)
}
