package classify

import (
	"slices"
	"strings"

	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/words"
)

// A hearing is the work on one text. It is reused for the next one.
type hearing struct {
	rules   *ruleset
	explain bool

	given      Text
	tongue     tongue
	recognised bool
	counting   counting

	reading reading
	current sentence
	other   sentence     // a neighbour that a context asks about
	otherAt int          // which sentence other holds, -1 for none
	aside   reading      // of other, when it is too far away
	settled []settlement // contexts that were looked for, see settlement
	parts   int32        // how many parts of texts were listened to
	due     []int32      // the patterns that the current sentence makes worth trying
	isDue   []int32      // by pattern: the sentence for which it was due last
	turn    int32
	found   []words.Span
	scanned int     // how far the text was read as a whole, see inAddress
	atoms   []int32 // scratch

	best       [len(signals)]finding
	heardIn    string
	candidates []Candidate
}

// A finding is a hit on its way, with its rank among the hits of the same signal.
type finding struct {
	is       bool
	hit      Hit
	strength int
}

func newHearing(r *ruleset, tagger VerbTagger) *hearing {
	read := reading{spelling: r.spelling, vocab: &r.vocab}
	return &hearing{
		rules: r, counting: counting{rules: r}, reading: read, aside: read, current: newSentence(r, tagger), other: newSentence(r, tagger),
		settled: make([]settlement, len(r.contexts)*(kept+1)), isDue: make([]int32, len(r.patterns)),
	}
}

// hearing gets ready for a text.
func (c *Classifier) hearing(t Text) *hearing {
	h, ok := c.spare.hearings.Get().(*hearing)
	if !ok {
		h = newHearing(c.rules, c.tagger)
	}
	h.given, h.recognised = t, false
	h.explain, h.heardIn, h.candidates = false, "", nil
	h.best = [len(signals)]finding{}
	return h
}

// The lengths, in bytes, up to which a text counts as short and as brief. The less a customer writes, the more of it is
// what they want to say.
const (
	shortText = 400
	briefText = 240
)

func (t Text) size() int { return len(t.Subject) + len(t.Body) }

// maxMatches bounds how many matches of one pattern are judged in one sentence.
const maxMatches = 8

// listen listens to all parts of a text, and leaves their words with them.
func (h *hearing) listen(own *words.Own) {
	h.reading.begin(own)
	parts := own.Parts()
	for i := range parts {
		h.part(parts[i].Folded)
		parts[i].Spans, parts[i].Tokens = h.reading.sentences(), h.reading.whole()
	}
	own.Spans, own.Tokens = h.reading.cuts, h.reading.tokens
	for i := range parts {
		if h.reading.moved {
			parts[i].Tokens = nil
		}
	}
}

// part listens to consecutive lines of the customer's own.
func (h *hearing) part(text words.Folded) {
	h.reading.part(text)
	h.parts++
	h.otherAt, h.scanned = -1, 0
	for i, span := range h.reading.spans {
		if h.reading.reach(i) {
			h.otherAt = -1
		}
		if !h.inAddress(span) {
			h.sentence(i)
		}
	}
}

// inAddress tells whether a sentence was cut out of a web address, which has full stops and question marks too. Seen as a
// whole, no word begins in it that anything begins with.
func (h *hearing) inAddress(span words.Span) bool {
	const spaces = " \t\r\n\v\f"
	text, at := h.reading.text.Text, h.scanned
	if span.From == 0 || strings.IndexByte(spaces, text[span.From-1]) >= 0 {
		return false
	}
	if at < span.From {
		at += 1 + strings.LastIndexAny(text[at:span.From], spaces)
	}
	for at < span.To {
		t := h.rules.spelling.Next(text, at, len(text))
		h.scanned, at = t.From, t.To // it never goes back, so that the time is linear
		if t.From >= span.To {
			break
		}
		if t.From >= span.From && h.anchors(&t) {
			return false
		}
		h.scanned = at
	}
	return true
}

// anchors tells whether a word makes any pattern worth trying.
func (h *hearing) anchors(word *words.Token) bool {
	var s sense
	h.atoms = h.rules.vocab.look(word, &s, h.atoms[:0])
	return h.rules.vocab.anchors(&s)
}

// sentence tries every pattern for which sentence i has an anchor, and what else the pattern demands.
func (h *hearing) sentence(i int) {
	h.current.load(&h.reading, i)
	h.collectDue()
	if len(h.due) == 0 {
		return
	}
	deaf := h.deaf()
	h.due = slices.DeleteFunc(h.due, func(p int32) bool { return h.rules.patterns[p].language&^deaf == 0 })
	if len(h.due) == 0 {
		return
	}
	h.current.fill(h.reading.text)
	slices.Sort(h.due)
	for _, p := range h.due {
		h.try(i, &h.rules.patterns[p])
	}
}

// collectDue lists the patterns that are worth trying in the current sentence: one of their triggers is set off by a word, and
// what else it demands is there. Most sentences have none.
func (h *hearing) collectDue() {
	s, v := &h.current, &h.rules.vocab
	h.due = h.due[:0]
	h.turn++
	s.note()
	for i := range s.senses {
		for _, a := range s.senses[i].atoms {
			for _, c := range v.callsOf(&v.atoms[a]) {
				if !s.fulfils(c.first) {
					continue
				}
				t := &h.rules.triggers[c.trigger]
				if s.fulfils(t.demands[1]) && h.isDue[t.pattern] != h.turn {
					h.isDue[t.pattern] = h.turn
					h.due = append(h.due, t.pattern)
				}
			}
		}
	}
}

// try looks for a pattern in the current sentence and judges what it finds.
func (h *hearing) try(i int, p *pattern) {
	rule := &h.rules.entries[p.rule]
	if b := &h.best[rule.signal]; b.is && !h.explain && b.strength >= rule.strength {
		return
	}
	h.found = h.current.find(p.root, maxMatches, h.found)
	for _, m := range h.found {
		if h.explain {
			c := h.judge(i, p, rule, m)
			h.candidates = append(h.candidates, c)
			if c.Heard {
				h.keep(rule, m)
			}
		} else if h.hears(i, rule, m) {
			h.keep(rule, m)
			return
		}
	}
}

// hears tells whether the contexts of one match are there that the rule needs, and none that take it back.
func (h *hearing) hears(i int, rule *rule, m words.Span) bool {
	for _, need := range rule.needs {
		if _, ok := h.anyHolds(need, i, rule, m); !ok {
			return false
		}
	}
	for _, n := range rule.unless {
		if h.holds(n, i, rule, m) {
			return false
		}
	}
	return true
}

// judge weighs one match as hears does, and tells what spoke for it and against it.
func (h *hearing) judge(i int, p *pattern, rule *rule, m words.Span) Candidate {
	c := Candidate{Signal: signals[rule.signal], Rule: rule.id, Language: rule.language, Pattern: h.rules.source(p)}
	for _, need := range rule.needs {
		if n, ok := h.anyHolds(need, i, rule, m); ok {
			c.For = append(c.For, h.rules.contexts[n].name)
		} else {
			c.Missing = append(c.Missing, h.names(need))
		}
	}
	for _, n := range rule.unless {
		if h.holds(n, i, rule, m) {
			c.Against = append(c.Against, h.rules.contexts[n].name)
		}
	}
	c.Heard = len(c.Missing) == 0 && len(c.Against) == 0
	c.Evidence, c.Sentence = h.evidence(m), h.reading.text.Original(h.current.span.From, h.current.span.To)
	return c
}

// evidence is what the customer wrote where m is.
func (h *hearing) evidence(m words.Span) string {
	tokens := h.current.tokens
	return h.reading.text.Original(tokens[m.From].From, tokens[m.To-1].To)
}

// anyHolds finds the first of several contexts that is there.
func (h *hearing) anyHolds(contexts []int32, i int, rule *rule, m words.Span) (int32, bool) {
	for _, n := range contexts {
		if h.holds(n, i, rule, m) {
			return n, true
		}
	}
	return 0, false
}

// names lists contexts that could each have helped.
func (h *hearing) names(contexts []int32) string {
	var out []string
	for _, n := range contexts {
		out = append(out, h.rules.contexts[n].name)
	}
	return strings.Join(out, " or ")
}

// keep makes a match the hit of its signal, unless there is one that is as strong.
func (h *hearing) keep(rule *rule, m words.Span) {
	b := &h.best[rule.signal]
	if b.is && b.strength >= rule.strength {
		return
	}
	*b = finding{is: true, strength: rule.strength, hit: Hit{
		Signal: signals[rule.signal], Evidence: h.evidence(m), Sentence: h.reading.text.Original(h.current.span.From, h.current.span.To),
	}}
	if rule.language != "" {
		h.heardIn = rule.language
	}
}

// hits lists what was heard, in the order of Signals.
func (h *hearing) hits() []Hit {
	var out []Hit
	for i := range h.best {
		if h.best[i].is {
			out = append(out, h.best[i].hit)
		}
	}
	return out
}

// holds tells whether context n is there for the match m in sentence i.
func (h *hearing) holds(n int32, i int, rule *rule, m words.Span) bool {
	ctx := &h.rules.contexts[n]
	switch n {
	case quoted:
		return allQuoted(h.current.tokens[m.From:m.To])
	case question:
		return h.current.asks
	case short:
		return h.given.size() <= shortText
	case brief:
		return h.given.size() <= briefText
	case foreign:
		return h.foreign(rule, m)
	case native:
		return h.language().behind&rule.bit == 0 || rule.language == ""
	}
	switch ctx.where {
	case lexicon.Before, lexicon.Upto, lexicon.After, lexicon.Around:
		return h.current.around(ctx, m)
	case lexicon.Sentence:
		return h.inSentence(n, i, i)
	case lexicon.Previous:
		return h.inSentence(n, i, i) || h.inSentence(n, i, i-1)
	case lexicon.Near:
		return h.inSentence(n, i, i) || h.inSentence(n, i, i-1) || h.inSentence(n, i, i+1)
	}
	return h.inText(n, i)
}

// deaf lists the languages whose rules can't hear anything in the current sentence: those that the text is clearly not in,
// unless this sentence is, or a word of it. An explanation shows them nevertheless.
func (h *hearing) deaf() uint16 {
	s, t := &h.current, h.language()
	s.telling, s.spoken = 0, 0
	if t.others == 0 {
		return 0
	}
	s.spoken = s.speaks(t.own)
	for i := range s.senses {
		s.telling |= s.senses[i].tells(&s.tokens[i], t.own)
	}
	if h.explain {
		return 0
	}
	return t.others &^ (s.telling | s.spoken)
}

// foreign tells whether a rule of another language found nothing but words that the language of the text has too, or could
// have: "clowns" in an English text is for the English rules to judge, "vaffanculo" is not.
func (h *hearing) foreign(rule *rule, m words.Span) bool {
	s, t := &h.current, h.language()
	if t.others&rule.bit == 0 || rule.language == "" || s.spoken&rule.bit != 0 {
		return false
	}
	for i := m.From; i < m.To; i++ {
		if s.senses[i].tells(&s.tokens[i], t.own)&rule.bit != 0 {
			return false
		}
	}
	return true
}

// language is what the text shows of its language, found out when it is first asked for.
func (h *hearing) language() *tongue {
	if !h.recognised {
		h.tongue = h.counting.language(h.given, &h.reading)
		h.recognised = true
	}
	return &h.tongue
}

// allQuoted tells whether all the words are somebody's words between quotation marks.
func allQuoted(tokens []words.Token) bool {
	for _, t := range tokens {
		if !t.Quoted {
			return false
		}
	}
	return true
}

// around looks for a context in the words beside a match or between its words, without leaving the clause and, on the
// way back, without crossing a comma or conjunction: who cheats in "they cheat and I will sue" doesn't sue.
func (s *sentence) around(ctx *circumstance, m words.Span) bool {
	from, to, end := m.To, m.To, uint64(1)<<63-1
	switch ctx.where {
	case lexicon.Before, lexicon.Upto, lexicon.Around:
		from = s.reachBack(m.From, ctx.within)
	}
	switch ctx.where {
	case lexicon.Before:
		to = m.From
		end = 1<<(m.From+1) - 1
	case lexicon.After, lexicon.Around:
		for to < len(s.tokens) && to-m.To < ctx.within && s.clauses&(1<<to) == 0 {
			to++
		}
	}
	window := (uint64(1)<<to - 1) &^ (uint64(1)<<from - 1)
	for _, n := range ctx.patterns {
		if s.run(n, window)&end != 0 {
			return true
		}
	}
	return false
}

// reachBack goes back from a word by at most within words. It stops at the first word of a clause or after a comma, which
// still belongs to it ("Don't worry, not going to"), and at a conjunction, which doesn't.
func (s *sentence) reachBack(at, within int) int {
	from := at
	for from > 0 && at-from < within && (s.clauses|s.commas|s.joints)&(1<<from) == 0 && s.joints&(1<<(from-1)) == 0 {
		from--
	}
	return from
}

// A settlement keeps whether a context is in a sentence, for the next rule that asks.
type settlement struct {
	part, at int32
	is       bool
}

// kept is of how many sentences next to each other the answers are kept.
const kept = 4

// wholeText is the place of a sentence under which it is settled whether a context is anywhere in the text.
const wholeText = -1

// settlement finds the place where the answer for context n in a sentence is kept.
func (h *hearing) settlement(n int32, at int) (*settlement, bool) {
	own := h.settled[n*(kept+1):][:kept+1]
	s := &own[0]
	if at != wholeText {
		s = &own[1+at%kept]
	}
	return s, s.part == h.parts && int(s.at) == at
}

// inSentence looks for context n anywhere in sentence at, while sentence current is loaded.
func (h *hearing) inSentence(n int32, current, at int) bool {
	if at < 0 || at >= len(h.reading.spans) {
		return false
	}
	answer, done := h.settlement(n, at)
	if done {
		return answer.is
	}
	s := &h.current
	if at != current {
		s = &h.other
		if h.otherAt != at {
			h.loadOther(at)
		}
	}
	*answer = settlement{h.parts, int32(at), slices.ContainsFunc(h.rules.contexts[n].patterns, s.has)}
	return answer.is
}

// loadOther makes another sentence than the current one ready.
func (h *hearing) loadOther(at int) {
	read := &h.reading
	if !read.holds(at) {
		h.aside.only(read, at)
		read = &h.aside
	}
	h.other.load(read, at)
	h.other.fill(read.text)
	h.otherAt = at
}

// inText looks for context n in all sentences.
func (h *hearing) inText(n int32, current int) bool {
	answer, done := h.settlement(n, wholeText)
	if done {
		return answer.is
	}
	is := false
	for at := 0; at < len(h.reading.spans) && !is; at++ {
		is = h.inSentence(n, current, at)
	}
	*answer = settlement{h.parts, wholeText, is}
	return is
}

// forget lets go of the text.
func (h *hearing) forget() {
	h.given, h.candidates, h.best = Text{}, nil, [len(signals)]finding{}
	h.counting.forget()
	h.current.forget()
	h.other.forget()
	h.reading.tokens = nil // they stay with the text
	h.reading.forget()
	h.aside.forget()
}
