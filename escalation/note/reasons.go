package note

import (
	"slices"
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// headline says in one sentence what happened, by the strongest rule, and what else the message carries.
func (b *viewer) headline() (string, []string) {
	titles := b.titles()
	what := "what/follow-up"
	if b.do != escalation.FollowUp {
		what = b.byRule("what/", 0)
	}
	var also []string
	if len(titles) > 1 {
		also = append(also, b.say("also", strings.Join(titles[1:], b.c.separator())))
	}
	if b.f.Previous.ID != 0 {
		also = append(also, b.say("why/second-case", words{Previous: b.f.Previous.ID, Resolved: b.when(b.f.Previous.ResolvedAt)}))
	}
	return b.say(what, b.w), also
}

// byRule finds the sentence for the action's i-th rule: under the rule's name, under its signal's name, or "other".
func (b *viewer) byRule(prefix string, i int) string {
	var names []string
	if i < len(b.action.Rules) {
		names = []string{b.action.Rules[i], dashed(b.counts[i].Signal)}
	} else if i < len(b.f.Message.Signals) {
		names = []string{dashed(b.f.Message.Signals[i].Signal)}
	}
	for _, n := range names {
		if b.c.words.HasWord(prefix + n) {
			return prefix + n
		}
	}
	return prefix + "other"
}

func (c *Composer) separator() string {
	if c.language == "zh" {
		return "、"
	}
	return ", "
}

// why says for each rule how it came to fire.
func (b *viewer) why() []string {
	var list []string
	for _, c := range b.counts {
		list = append(list, b.say("why", words{Title: b.title(c.Rule, c.Signal), N: c.N, At: c.At, Window: b.window(c.Window)}))
	}
	if b.do == escalation.FollowUp {
		list = append(list, b.say("why/follow-up", words{Case: b.f.Case.ID, Since: b.when(b.f.Case.OpenedAt)}))
	}
	return list
}

// quotes are the customer's own words, those of the message in hand first, then those of earlier messages that count
// towards the same rules. A platform's notice speaks for itself.
func (b *viewer) quotes() []quote {
	counted := b.counted()
	list := b.quotesOf(nil, b.f.Message, nil)
	for _, m := range slices.Backward(b.line) {
		if len(list) >= maxQuotes {
			break
		}
		if m.Direction == message.Inbound && !same(m, b.f.Message) && b.inWindow(m) {
			list = b.quotesOf(list, m, counted)
		}
	}
	return list[:min(len(list), maxQuotes)]
}

// counted are the signals that the rules of this action count.
func (b *viewer) counted() map[classify.Signal]bool {
	set := map[classify.Signal]bool{}
	for _, c := range b.counts {
		if c.N > 1 {
			set[c.Signal] = true
		}
	}
	return set
}

func (b *viewer) inWindow(m store.Message) bool {
	for _, c := range b.counts {
		if c.Window > 0 && b.f.Message.At.Sub(m.At) <= c.Window && !m.At.After(b.f.Message.At) {
			return true
		}
	}
	return false
}

// quotesOf adds the words of one message, of the signals in only (nil for all). Signals that were heard in the same
// sentence share one quote.
func (b *viewer) quotesOf(list []quote, m store.Message, only map[classify.Signal]bool) []quote {
	who := displayName(Facts{Message: m, Case: b.f.Case})
	if who == "" {
		who = b.w.Who
	}
	if m.Notice != nil {
		who = platformName(m.Notice.Platform)
	}
	for _, hit := range b.firedFirst(m.Signals) {
		if only != nil && !only[hit.Signal] {
			continue
		}
		q := newQuote(hit)
		if q.Sentence == "" {
			continue
		}
		q.Who, q.When = who, b.when(m.At)
		i := slices.IndexFunc(list, func(p quote) bool { return p.Sentence == q.Sentence && p.When == q.When })
		if i < 0 {
			list = append(list, q)
		} else if q.Evidence != "" && !strings.Contains(list[i].Evidence, q.Evidence) {
			list[i].Evidence = strings.TrimPrefix(list[i].Evidence+`" + "`+q.Evidence, `" + "`)
		}
	}
	return list
}

// firedFirst puts the words that made a rule fire before all others.
func (b *viewer) firedFirst(hits []classify.Hit) []classify.Hit {
	fired := func(h classify.Hit) int {
		if slices.ContainsFunc(b.counts, func(c escalation.Count) bool { return c.Signal == h.Signal }) {
			return 0
		}
		return 1
	}
	list := slices.Clone(hits)
	slices.SortStableFunc(list, func(x, y classify.Hit) int { return fired(x) - fired(y) })
	return list
}

// newQuote marks the deciding words in their sentence.
func newQuote(hit classify.Hit) quote {
	sentence, evidence := clean(hit.Sentence, maxQuote), clean(hit.Evidence, maxQuote)
	if sentence == "" {
		sentence = evidence
	}
	q := quote{Sentence: sentence, Marked: sentence}
	if evidence == sentence || evidence == "" {
		return q
	}
	q.Evidence = evidence
	if before, after, ok := strings.Cut(sentence, evidence); ok {
		q.Before, q.Marked, q.After = before, evidence, after
	} else { // the sentence was cut before them
		q.Before, q.Marked = sentence, ""
	}
	return q
}

// next lists what to do: the steps of the strongest rule, and the first step of each further one.
func (b *viewer) next() []string {
	var list []string
	if b.do == escalation.FollowUp {
		list = append(list, b.steps("next/follow-up", b.w)...)
		for i, hit := range b.f.Message.Signals {
			list = b.firstStep(list, b.byRule("next/", i), b.title("", hit.Signal))
		}
	} else {
		list = append(list, b.steps(b.byRule("next/", 0), b.w)...)
		for i := 1; i < len(b.action.Rules); i++ {
			list = b.firstStep(list, b.byRule("next/", i), b.title(b.action.Rules[i], b.counts[i].Signal))
		}
	}
	if b.f.Case.State == store.Acked {
		list = append(list, b.say("next/taken", b.when(b.f.Case.AckedAt)))
	}
	if b.hasDraft() {
		list = append(list, b.say("next/draft", b.w))
	}
	return list
}

func (b *viewer) firstStep(list []string, name, title string) []string {
	if name == "next/other" {
		return list
	}
	if steps := b.steps(name, b.w); len(steps) > 0 {
		list = append(list, b.say("next/more", words{Title: title, Step: steps[0]}))
	}
	return list
}

// steps are the lines of one entry in words.tmpl.
func (b *viewer) steps(name string, w words) []string {
	var list []string
	for line := range strings.Lines(b.c.words.Words(name, w)) {
		if line = clean(line, 0); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// decided explains the decision: the counts, and what else was heard without firing anything.
func (b *viewer) decided() []string {
	var list []string
	fired := map[classify.Signal]bool{}
	for _, c := range b.f.Counts {
		fired[c.Signal] = true
		list = append(list, b.say("how/rule", words{Rule: clean(c.Rule, maxName), N: c.N, At: c.At, Signal: string(c.Signal), Window: b.window(c.Window)}))
	}
	if len(b.action.Rules) == 0 && b.do == escalation.FollowUp {
		list = append(list, b.say("how/follow-up", nil))
	}
	if others := b.heard(fired, []store.Message{b.f.Message}); others != "" {
		how := "how/others"
		if len(fired) == 0 {
			how = "how/heard"
		}
		list = append(list, b.say(how, others))
	}
	var earlier []store.Message
	for _, m := range b.line {
		if !same(m, b.f.Message) {
			earlier = append(earlier, m)
		}
	}
	if others := b.heard(nil, earlier); others != "" {
		list = append(list, b.say("how/earlier", others))
	}
	return list
}

// heard lists the signals of messages, without those in except, in the order of classify.Signals.
func (b *viewer) heard(except map[classify.Signal]bool, messages []store.Message) string {
	n := map[classify.Signal]bool{}
	for _, m := range messages {
		for _, hit := range m.Signals {
			n[hit.Signal] = true
		}
	}
	var names []string
	for _, s := range classify.Signals() {
		if n[s] && !except[s] {
			names = append(names, b.title("", s))
		}
	}
	return strings.Join(names, b.c.separator())
}
