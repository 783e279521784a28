package note

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// How much of what a customer wrote is shown, in characters. The original is attached, so nothing is lost.
const (
	maxName     = 60
	maxSubject  = 120
	maxQuote    = 400
	maxExcerpt  = 160
	maxAnswer   = 400
	maxQuotes   = 6
	maxTimeline = 20
	maxFaults   = 3
	maxNotes    = 20
)

// A view is what the templates show. Text and HTML are laid out from the same view, so that they say the same. Every
// string in it is one clean line.
type view struct {
	Case     int64
	Subject  string
	Headline string
	Also     []string
	Warnings []string
	Why      []string
	Quotes   []quote
	Ours     *entry // what we answered last, nil for nothing
	Next     []string
	Commands []command
	Facts    []fact
	Notes    []string
	Timeline []entry
	Omitted  int // earlier messages that the timeline leaves out
	Decided  []string
	Where    []fact
	Titles   []string
	Told     string
	Draft    bool

	noteSubject string
	rules       []string
}

// A quote is the customer's own sentence; Before, Marked and After are the same sentence, with the deciding words
// marked. Evidence is "" where the deciding words are the whole sentence.
type quote struct {
	Sentence, Evidence    string
	Before, Marked, After string
	Who, When             string
}

type entry struct {
	When, Side, Words string
	Signals           []string
	This              bool
}

type fact struct{ Label, Value string }

type command struct{ Line, Why string }

// words is what the sentences in words.tmpl are made from; each uses what it needs.
type words struct {
	Case, Previous            int64
	N, At                     int
	Rule, Signal, Title       string
	Who, Order, Channel       string
	Subject                   string
	Platform, Amount, Phone   string
	Deadline, Mailbox, Window string
	Since, Resolved, Step     string
	Unverified                bool // the notice in hand is not proved to be the platform's
}

// A viewer builds the view of one message: c and f are what it reads, w is what all sentences share.
type viewer struct {
	c      *Composer
	f      Facts
	do     escalation.Do
	action escalation.Action
	counts []escalation.Count // of the rules of this action, in their order
	w      words
	line   []store.Message // the timeline by time, the message in hand in it
}

func (c *Composer) view(do escalation.Do, f Facts) view {
	b := viewer{c: c, f: f, do: do}
	b.action, _ = find(f.Actions, do)
	if b.action.Do == "" && do == escalation.Escalate { // the note beside a follow-up
		if a, ok := find(f.Actions, escalation.FollowUp); ok {
			b.action, b.do = a, escalation.FollowUp
		}
	}
	b.counts = b.countsOfRules()
	b.line = timeline(f)
	b.w = b.shared()

	v := view{Case: f.Case.ID, rules: b.action.Rules, Draft: b.hasDraft()}
	v.Titles = b.titles()
	v.Subject = b.subject()
	v.noteSubject = b.say("subject/note", b.w)
	v.Headline, v.Also = b.headline()
	v.Warnings = b.warnings()
	v.Why = b.why()
	v.Quotes = b.quotes()
	v.Ours = b.ours()
	v.Next = b.next()
	v.Commands = b.commands()
	v.Told = b.told()
	v.Facts = b.facts(v.Told)
	v.Notes = b.notes()
	v.Timeline, v.Omitted = b.entries()
	v.Decided = b.decided()
	v.Where = b.where()
	return v
}

// say executes one sentence; what came from a mail is clean before it goes in, and the sentence is one line after it.
func (b *viewer) say(name string, data any) string {
	return clean(b.c.words.Words(name, data), 0)
}

func (b *viewer) shared() words {
	w := words{Case: b.f.Case.ID, Previous: b.f.Previous.ID, Mailbox: clean(b.f.MailboxName, maxName), Order: orderNumber(b.f),
		Channel: clean(cmp.Or(b.f.Message.Channel, b.f.Case.Channel), maxName)}
	if n := b.f.Message.Notice; n != nil {
		w.Platform, w.Amount, w.Deadline = platformName(n.Platform), clean(n.Amount, maxName), clean(n.Deadline, maxName)
		w.Unverified = !n.Verified
	}
	w.Phone = b.phone()
	w.Who = b.who(&w)
	w.Subject = b.about(w)
	if titles := b.titles(); len(titles) > 0 {
		w.Title = titles[0]
	}
	if len(b.action.Rules) > 0 {
		w.Rule = clean(b.action.Rules[0], maxName)
	}
	return w
}

// who names the customer. Where the customer has no name but the order's, the order is not named twice.
func (b *viewer) who(w *words) string {
	customer := b.customer()
	if name := b.customerName(); name != "" {
		return name
	}
	if number, ok := strings.CutPrefix(customer, "order:"); ok {
		w.Order = ""
		return b.say("who/order", hash(number))
	}
	if number, ok := strings.CutPrefix(customer, "dispute:"); ok {
		return b.say("who/dispute", number)
	}
	if customer == "" {
		return b.say("who/unknown", nil)
	}
	return customer
}

// about is the part of a subject that says whom and what it is about: "Jane Roe, order #1234".
func (b *viewer) about(w words) string {
	customer := b.customer()
	parts := []string{w.Who}
	if number, ok := strings.CutPrefix(customer, "order:"); ok && b.customerName() == "" {
		parts = []string{b.say("order", hash(number))}
	}
	if w.Order != "" {
		parts = append(parts, b.say("order", w.Order))
	}
	return strings.Join(parts, ", ")
}

func (b *viewer) customer() string {
	return clean(cmp.Or(b.f.Case.Customer, b.f.Message.Customer), 120)
}

func (b *viewer) customerName() string {
	return displayName(b.f)
}

// displayName is the customer's name as people may see it, "" when there is none but the address.
func displayName(f Facts) string {
	name := clean(cmp.Or(f.Message.CustomerName, f.Case.CustomerName), maxName)
	name = strings.TrimSpace(strings.TrimSuffix(name, "- Amazon Marketplace"))
	if strings.EqualFold(name, f.Case.Customer) || strings.Contains(name, "@") {
		return ""
	}
	return name
}

func orderNumber(f Facts) string {
	numbers := slices.Clone(f.Message.Orders)
	if f.Message.Notice != nil {
		numbers = append(numbers, f.Message.Notice.Orders...)
	}
	for _, n := range append(numbers, f.Case.Order) {
		if n = clean(n, 40); n != "" {
			return hash(n)
		}
	}
	return ""
}

// hash writes an order number as shops do: #1234, but 113-5550142-7781123 and NW-10211.
func hash(number string) string {
	number = clean(number, 40)
	if strings.ContainsAny(number, "-#") {
		return number
	}
	return "#" + number
}

// platformName writes a platform's name as it writes itself.
func platformName(platform string) string {
	known := map[string]string{"paypal": "PayPal", "ebay": "eBay", "amazon": "Amazon", "shopify": "Shopify", "stripe": "Stripe", "klarna": "Klarna"}
	if name, ok := known[strings.ToLower(platform)]; ok {
		return name
	}
	name := clean(platform, maxName)
	if name == "" {
		return "?"
	}
	r := []rune(name)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// title is the heading of a rule: by its own name, else by the signal that it counts.
func (b *viewer) title(rule string, signal classify.Signal) string {
	for _, name := range []string{rule, dashed(signal)} {
		if t := b.say("title/"+name, words{Rule: clean(rule, maxName)}); t != "" {
			return t
		}
	}
	return b.say("title/other", words{Rule: clean(cmp.Or(rule, string(signal)), maxName)})
}

func dashed(s classify.Signal) string { return strings.ReplaceAll(string(s), "_", "-") }

// titles are the headings of this mail, the strongest first: of the rules that fire, in policy order, or of the signals
// where no rule fires.
func (b *viewer) titles() []string {
	var list []string
	for i, rule := range b.action.Rules {
		list = append(list, b.title(rule, b.counts[i].Signal))
	}
	if len(list) == 0 {
		for _, hit := range b.f.Message.Signals {
			list = append(list, b.title("", hit.Signal))
		}
	}
	return list
}

// countsOfRules are the counts in the order of the action's rules; a rule without a count gets an empty one.
func (b *viewer) countsOfRules() []escalation.Count {
	counts := make([]escalation.Count, len(b.action.Rules))
	for i, rule := range b.action.Rules {
		counts[i].Rule = rule
		for _, c := range b.f.Counts {
			if c.Rule == rule && c.At >= counts[i].At {
				counts[i] = c
			}
		}
	}
	return counts
}

func (b *viewer) hasDraft() bool {
	for _, a := range b.f.Actions {
		if a.Do == escalation.Reassure || a.Do == escalation.Appease {
			return true
		}
	}
	return false
}

func (b *viewer) subject() string {
	w := b.w
	if b.do == escalation.FollowUp {
		return clean(b.say("subject/follow-up", w), 200)
	}
	return clean(b.say("subject/escalation", w), 200)
}

func (b *viewer) notes() []string {
	var notes []string
	for _, n := range b.f.Case.Notes {
		notes = append(notes, clean(n, maxQuote))
	}
	return notes[max(0, len(notes)-maxNotes):]
}

// told names those who get this mail: by name where the name stands for one of the recipients, else by address.
func (b *viewer) told() string {
	named := map[string]bool{}
	var list []string
	for _, p := range []struct {
		name string
		to   []string
	}{{b.f.ContactName, b.f.ContactTo}, {b.f.DomesticName, b.f.DomesticTo}} {
		if p.name == "" || !slices.ContainsFunc(p.to, func(a string) bool { return slices.Contains(b.action.To, a) }) {
			continue
		}
		list = append(list, clean(p.name, maxName))
		for _, a := range p.to {
			named[a] = true
		}
	}
	for _, a := range b.action.To {
		if !named[a] {
			list = append(list, clean(a, maxName))
		}
	}
	return strings.Join(list, ", ")
}

func (b *viewer) facts(told string) []fact {
	m := b.f.Message
	dispute := ""
	if m.Notice != nil {
		dispute = clean(m.Notice.Dispute, maxName)
	}
	return b.labelled(
		"customer", b.customerName(),
		"address", addressOnly(b.customer()),
		"phone", b.w.Phone,
		"order", orderNumber(b.f),
		"channel", b.w.Channel,
		"platform", b.w.Platform,
		"dispute", dispute,
		"amount", b.w.Amount,
		"deadline", b.w.Deadline,
		"subject", clean(m.Subject, maxSubject),
		"told", told,
	)
}

// addressOnly is "" for a customer who is known by an order or dispute only; these have facts of their own.
func addressOnly(customer string) string {
	if !strings.Contains(customer, "@") {
		return ""
	}
	return customer
}

func (b *viewer) where() []fact {
	p := b.f.Message.Place
	folder := clean(p.Folder, maxSubject)
	if folder != "" && p.UID != 0 {
		folder += " (UID " + strconv.FormatUint(uint64(p.UID), 10) + ")"
	}
	return b.labelled(
		"mailbox", clean(cmp.Or(b.f.MailboxName, p.Mailbox), maxName),
		"folder", folder,
		"message-id", clean(b.f.Message.MessageID, 250),
		"arrived", b.when(b.f.Message.At),
	)
}

// labelled turns pairs of a label's name and a value into facts, leaving out what is not known.
func (b *viewer) labelled(pairs ...string) []fact {
	var list []fact
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, fact{b.say("label/"+pairs[i], nil), pairs[i+1]})
		}
	}
	return list
}

func (b *viewer) commands() []command {
	id := strconv.FormatInt(b.f.Case.ID, 10)
	return []command{
		{"heed cases ack " + id, b.say("command/ack", nil)},
		{"heed cases resolve " + id, b.say("command/resolve", nil)},
	}
}

func (b *viewer) warnings() []string {
	var list []string
	m := b.f.Message
	if m.Notice != nil && !m.Notice.Verified {
		list = append(list, b.say("warn/unverified", b.w))
	}
	if n := b.doubtful(); n > 0 {
		list = append(list, b.say("warn/sender", words{N: n, Who: b.w.Who}))
	}
	if b.f.OriginalSize > int64(len(b.f.Raw)) {
		list = append(list, b.say("warn/truncated", bytesWord(b.f.OriginalSize)))
	}
	if len(m.Faults) > 0 {
		var faults []string
		for _, f := range m.Faults[:min(maxFaults, len(m.Faults))] {
			faults = append(faults, clean(f, maxExcerpt))
		}
		list = append(list, b.say("warn/faults", strings.Join(faults, " ")))
	}
	return list
}

// doubtful counts the messages with signals that our mail server holds for forged: anybody can write a customer's address
// into From, and would count as that customer.
func (b *viewer) doubtful() int {
	n := 0
	for _, m := range b.line {
		if m.Direction == message.Inbound && m.Auth == message.AuthFailed && len(m.Signals) > 0 {
			n++
		}
	}
	return n
}

func bytesWord(n int64) string {
	const mega = 1 << 20
	if n < mega {
		return fmt.Sprintf("%d KB", max(1, n>>10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/mega)
}

// when writes a time as the readers do.
func (b *viewer) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	layout := "Mon 2 Jan 2006, 15:04 MST"
	if b.c.language == "zh" {
		layout = "2006-01-02 15:04 MST"
	}
	return t.In(b.c.zone).Format(layout)
}

// window writes a window in days where it is whole days.
func (b *viewer) window(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d <= 0:
		return ""
	case d%day == 0:
		return b.say("days", int(d/day))
	default:
		return b.say("hours", strconv.FormatFloat(d.Hours(), 'f', -1, 64))
	}
}
