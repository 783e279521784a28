package note

import (
	"cmp"
	"slices"
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/offer"
	"github.com/heedmail/heed/escalation/store"
)

// How much of what a customer wrote is shown, in characters. The original is attached, so nothing is lost.
const (
	maxName    = 60
	maxSubject = 120
	maxQuote   = 400
	maxExcerpt = 160
	maxAnswer  = 300
	maxQuotes  = 6
	maxFaults  = 3
	maxNotes   = 20
)

// A view is what the templates show. Text and HTML are laid out from the same view, so that they say the same. Every
// string in it is one clean line. What is not known is empty, and its section is left out.
type view struct {
	Case     int64
	Subject  string
	Severity severity
	Headline string   // what happened, in one sentence
	Story    string   // what it is about and since when, in one sentence
	Also     []string // the other rules that fire, the case before this one
	Head     []fact   // the first screen: customer, order, what is at stake, deadline, what was tried, what is asked
	Warnings []string
	Quotes   []quote
	Asked    []task
	Beside   []string // what belongs to what is asked: offers, goodwill, drafts, who has taken the case
	Commands []command
	Answered []attempt
	Notes    []string
	Customer []fact
	Impact   []fact
	Timeline []entry
	Why      []string
	Mails    []mailLink // the mails that were counted, and where they lie
	Told     string
	Version  string

	Titles  []string // of the rules or signals, for the note beside the mail
	Draft   bool     // a draft of an answer was laid down
	Answers bool     // an answer is read

	noteSubject string
	rules       []string
}

// A fact is a line with its label. Brief ones stand in the note beside the mail too.
type fact struct {
	Label, Value string
	Brief        bool
}

type command struct{ Line, Why string }

// words is what the sentences in words.tmpl are made from; each uses what it needs.
type words struct {
	Case, Previous            int64
	N, At, Ours               int
	Rule, Signal, Title       string
	Who, Order, Channel       string
	Subject                   string
	Platform, Amount, Phone   string
	Deadline, Mailbox, Window string
	Since, Resolved, Dates    string
	Offer, Goodwill, Approval string
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
	offers [][]offer.Offer // what the messages of line offer, where they are ours
	play   escalation.Play
	due    deadline
}

func (b *viewer) view() *view {
	v := &view{Case: b.f.Case.ID, rules: b.action.Rules, Draft: b.hasDraft(), Version: clean(b.c.version, maxName), Answers: b.c.answers}
	v.Titles = b.titles()
	v.Subject = b.subject()
	v.noteSubject = b.say("subject/note", b.w)
	v.Severity = b.severity()
	v.Headline, v.Also = b.headline()
	v.Story = b.story()
	v.Warnings = b.warnings()
	v.Quotes = b.quotes()
	v.Asked = b.asked()
	v.Beside = b.beside()
	v.Commands = b.commands()
	answers := b.answered()
	v.Answered = telling(answers)
	v.Head = b.head(answers, v.Asked)
	v.Notes = b.notes()
	v.Customer = b.dossier()
	v.Impact = b.impact()
	v.Timeline = b.entries()
	v.Why = b.why(v.Severity)
	v.Mails = b.mails()
	v.Told = b.told()
	return v
}

func (l *Letters) viewer(do escalation.Do) *viewer {
	b := l.outline(do)
	b.w = b.shared()
	b.due = b.deadline()
	if b.w.Deadline != "" && !b.due.At.IsZero() { // a notice's "72 hours" says less than the date
		b.w.Deadline = b.when(b.due.At)
	}
	return b
}

// outline is a viewer without its sentences.
func (l *Letters) outline(do escalation.Do) *viewer {
	b := &viewer{c: l.c, f: l.Facts, do: do}
	b.action, _ = find(b.f.Actions, do)
	if b.action.Do == "" && do == escalation.Escalate { // the note beside a follow-up
		if a, ok := find(b.f.Actions, escalation.FollowUp); ok {
			b.action, b.do = a, escalation.FollowUp
		}
	}
	b.counts = b.countsOfRules()
	b.line, b.offers = l.timeline()
	b.play = b.playOfRules()
	return b
}

// say executes one sentence; what came from a mail is clean before it goes in, and the sentence is one line after it.
func (b *viewer) say(name string, data any) string {
	return clean(b.c.words.Words(name, data), 0)
}

func (b *viewer) shared() words {
	w := words{Case: b.f.Case.ID, Previous: b.f.Previous.ID, Mailbox: clean(b.f.MailboxName, maxName), Order: orderNumber(b.f),
		Channel: b.channel()}
	if n := b.f.Message.Notice; n != nil {
		w.Platform, w.Amount, w.Deadline = platformName(n.Platform), shown(n.Amount, maxName), shown(n.Deadline, maxName)
		w.Unverified = !n.Verified
	}
	w.Phone = b.phone()
	w.Who = b.who(&w)
	w.Subject = b.about(w)
	if titles := b.titles(); len(titles) > 0 {
		w.Title = titles[0]
	}
	if len(b.action.Rules) > 0 {
		w.Rule = shown(b.action.Rules[0], maxName)
	}
	return w
}

func (b *viewer) channel() string {
	return shown(cmp.Or(b.f.Message.Channel, b.f.Case.Channel), maxName)
}

// title is the heading of a rule: by its own name, else by the signal that it counts.
func (b *viewer) title(rule string, signal classify.Signal) string {
	for _, name := range []string{rule, dashed(signal)} {
		if t := b.say("title/"+name, words{Rule: shown(rule, maxName)}); t != "" {
			return t
		}
	}
	return b.say("title/other", words{Rule: shown(cmp.Or(rule, string(signal)), maxName)})
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
		list = b.heard(b.f.Message)
	}
	return list
}

// heard are the headings of the signals of one message.
func (b *viewer) heard(m store.Message) []string {
	var list []string
	for _, hit := range m.Signals {
		list = append(list, b.title("", hit.Signal))
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
	return slices.ContainsFunc(b.f.Actions, func(a escalation.Action) bool {
		return a.Do == escalation.Reassure || a.Do == escalation.Appease
	})
}

func (b *viewer) subject() string {
	if b.do == escalation.FollowUp {
		return clean(b.say("subject/follow-up", b.w), 200)
	}
	return clean(b.say("subject/escalation", b.w), 200)
}

func (b *viewer) notes() []string {
	var notes []string
	for _, n := range b.f.Case.Notes[max(0, len(b.f.Case.Notes)-maxNotes):] {
		notes = append(notes, shown(n, maxQuote))
	}
	return notes
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
	return strings.Join(list, b.c.separator())
}

// labelled turns pairs of a label's name and a value into facts, leaving out what is not known.
func (b *viewer) labelled(pairs ...string) []fact {
	var list []fact
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			brief := slices.Contains([]string{"order", "deadline", "tried"}, pairs[i])
			list = append(list, fact{b.say("label/"+pairs[i], nil), pairs[i+1], brief})
		}
	}
	return list
}

// separator stands between the members of a list.
func (c *Composer) separator() string {
	if c.language == "zh" {
		return "、"
	}
	return ", "
}

// pause stands between clauses.
func (c *Composer) pause() string {
	if c.language == "zh" {
		return "；"
	}
	return "; "
}

// joined writes what is known of a list as one value.
func (b *viewer) joined(parts ...string) string {
	known := slices.DeleteFunc(slices.Clone(parts), func(p string) bool { return p == "" })
	return strings.Join(known, b.c.pause())
}
