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
	seen       memory

	text    words.Folded
	places  []int        // where in the folded text words stand that make a sentence worth reading
	spans   []words.Span // all sentences, cut only when there is such a word
	current sentence
	other   sentence     // a neighbour that a context asks about
	otherAt int          // which sentence other holds, -1 for none
	settled []settlement // contexts that were looked for, see settlement
	parts   uint32       // how many parts of texts were listened to
	tried   []int32      // by pattern: the sentence for which it was tried last
	turn    int32
	due     []int32
	found   []words.Span

	best       map[Signal]finding
	heardIn    string
	candidates []Candidate
}

// A finding is a hit on its way, with its rank among the hits of the same signal.
type finding struct {
	hit      Hit
	strength int
	language string
}

func (c *Classifier) hearing(t Text) *hearing {
	h, ok := c.scratch.Get().(*hearing)
	if !ok {
		h = &hearing{rules: c.rules, seen: memory{}, tried: make([]int32, len(c.rules.patterns))}
		h.settled = make([]settlement, len(c.rules.contexts)*(kept+1))
		h.current.masks = make([]uint64, c.rules.vocab.sets)
		h.other.masks = make([]uint64, c.rules.vocab.sets)
		h.current.fulfilled = make([]uint64, c.rules.vocab.demands/64+1)
		h.other.fulfilled = make([]uint64, c.rules.vocab.demands/64+1)
		h.current.answers = make([]answer, c.rules.classes+1)
		h.other.answers = make([]answer, c.rules.classes+1)
		h.current.tags.tagger, h.other.tags.tagger = c.tagger, c.tagger
	}
	h.given, h.recognised = t, false
	h.explain, h.heardIn, h.candidates = false, "", nil
	h.best = map[Signal]finding{}
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

// hear listens to one field of a text, leaving out lines that are quoted with '>'.
func (h *hearing) hear(field string) {
	if len(field) > MaxBytes {
		field = field[:MaxBytes]
	}
	for from := 0; from < len(field); {
		to, next := unquotedPart(field, from)
		h.part(field[from:to])
		from = next
	}
}

// unquotedPart finds the end of the part of text that begins at from, and where the one after the quoted lines begins.
func unquotedPart(text string, from int) (to, next int) {
	to = -1
	for at := from; at < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		switch isQuoted := strings.HasPrefix(strings.TrimLeft(text[at:end], " \t"), ">"); {
		case isQuoted && to < 0:
			to = at
		case !isQuoted && to >= 0:
			return to, at
		}
		at = end
	}
	if to < 0 {
		to = len(text)
	}
	return to, len(text)
}

// part listens to consecutive lines of the customer's own.
func (h *hearing) part(text string) {
	h.text = words.Fold(text)
	h.scan()
	if len(h.places) == 0 {
		return
	}
	h.spans = h.rules.spelling.Sentences(h.text)
	h.parts++
	h.otherAt = -1
	next := 0
	for i, span := range h.spans {
		for next < len(h.places) && h.places[next] < span.From {
			next++
		}
		if next < len(h.places) && h.places[next] < span.To {
			h.sentence(i)
		}
	}
}

// scan looks for words that could begin anything at all.
func (h *hearing) scan() {
	h.places = h.places[:0]
	text := h.text.Text
	for at := 0; ; {
		t := h.rules.spelling.Next(text, at, len(text))
		if t.Text == "" {
			return
		}
		if len(t.Text) <= words.MaxWord && h.rules.vocab.filter.mayAnchor(t) && len(h.seen.form(&h.rules.vocab, t.Text).anchors) > 0 {
			h.places = append(h.places, t.From)
		}
		at = t.To
	}
}

// sentence tries every pattern for which sentence i has an anchor, and what else the pattern demands.
func (h *hearing) sentence(i int) {
	s := &h.current
	s.load(h.rules, h.seen, h.text, h.spans[i])
	h.collectDue()
	if len(h.due) == 0 {
		return
	}
	deaf := h.deaf()
	h.due = slices.DeleteFunc(h.due, func(p int32) bool { return h.rules.patterns[p].language&^deaf == 0 })
	if len(h.due) == 0 {
		return
	}
	s.fill()
	slices.Sort(h.due)
	for _, p := range h.due {
		h.try(i, &h.rules.patterns[p])
	}
}

// collectDue lists the patterns that the words of the current sentence make worth trying: their anchor is there, and what
// else they demand. Frequent words are the anchors of many patterns, most of which fall out here.
func (h *hearing) collectDue() {
	s := &h.current
	h.turn++
	h.due = h.due[:0]
	for _, f := range s.forms {
		for _, p := range f.anchors {
			if h.tried[p] == h.turn {
				continue
			}
			h.tried[p] = h.turn
			if d := h.rules.demands[p]; s.fulfils(d[0]) && s.fulfils(d[1]) {
				h.due = append(h.due, p)
			}
		}
	}
}

// try looks for a pattern in the current sentence and judges what it finds.
func (h *hearing) try(i int, p *pattern) {
	rule := &h.rules.entries[p.rule]
	if b, ok := h.best[rule.signal]; ok && !h.explain && b.strength >= rule.strength {
		return
	}
	h.found = h.current.find(p.root, maxMatches, h.found)
	for _, m := range h.found {
		c := h.judge(i, p, rule, m)
		if h.explain {
			h.candidates = append(h.candidates, c)
		}
		if c.Heard {
			h.keep(c, rule)
			if !h.explain {
				return
			}
		}
	}
}

// judge weighs one match: are the contexts there that the rule needs, and none that take it back?
func (h *hearing) judge(i int, p *pattern, rule *rule, m words.Span) Candidate {
	c := Candidate{Signal: rule.signal, Rule: rule.id, Language: rule.language, Pattern: p.source, Heard: true}
	for _, need := range rule.needs {
		if n, ok := h.anyHolds(need, i, rule, m); ok {
			c.For = append(c.For, h.rules.contexts[n].name)
			continue
		}
		c.Missing = append(c.Missing, h.names(need))
		c.Heard = false
		if !h.explain {
			return c
		}
	}
	for _, n := range rule.unless {
		if h.holds(n, i, rule, m) {
			c.Against = append(c.Against, h.rules.contexts[n].name)
			c.Heard = false
			if !h.explain {
				return c
			}
		}
	}
	s := &h.current
	c.Evidence = h.text.Original(s.tokens[m.From].From, s.tokens[m.To-1].To)
	c.Sentence = h.text.Original(s.span.From, s.span.To)
	return c
}

// anyHolds finds the first of several contexts that is there.
func (h *hearing) anyHolds(contexts []int, i int, rule *rule, m words.Span) (int, bool) {
	for _, n := range contexts {
		if h.holds(n, i, rule, m) {
			return n, true
		}
	}
	return 0, false
}

// names lists contexts that could each have helped.
func (h *hearing) names(contexts []int) string {
	var out []string
	for _, n := range contexts {
		out = append(out, h.rules.contexts[n].name)
	}
	return strings.Join(out, " or ")
}

func (h *hearing) keep(c Candidate, rule *rule) {
	if b, ok := h.best[rule.signal]; ok && b.strength >= rule.strength {
		return
	}
	h.best[rule.signal] = finding{
		hit:      Hit{Signal: c.Signal, Evidence: c.Evidence, Sentence: c.Sentence},
		strength: rule.strength,
		language: rule.language,
	}
	if rule.language != "" {
		h.heardIn = rule.language
	}
}

// hits lists what was heard, in the order of Signals.
func (h *hearing) hits() []Hit {
	var out []Hit
	for _, s := range Signals() {
		if f, ok := h.best[s]; ok {
			out = append(out, f.hit)
		}
	}
	return out
}

// holds tells whether context n is there for the match m in sentence i.
func (h *hearing) holds(n, i int, rule *rule, m words.Span) bool {
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
	for i, f := range s.forms {
		s.telling |= f.tells(&s.tokens[i], t.own)
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
		if s.forms[i].tells(&s.tokens[i], t.own)&rule.bit != 0 {
			return false
		}
	}
	return true
}

// language is what the text shows of its language, found out when it is first asked for.
func (h *hearing) language() *tongue {
	if !h.recognised {
		h.tongue = h.rules.speech.of(h.rules, h.seen, h.given)
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
		if s.possible(n) && s.run(n, window)&end != 0 {
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
	part uint32
	at   int
	is   bool
}

// kept is of how many sentences next to each other the answers are kept.
const kept = 4

// wholeText is the place of a sentence under which it is settled whether a context is anywhere in the text.
const wholeText = -1

// settlement finds the place where the answer for context n in a sentence is kept.
func (h *hearing) settlement(n, at int) (*settlement, bool) {
	s := &h.settled[n*(kept+1)+1+at%kept]
	if at == wholeText {
		s = &h.settled[n*(kept+1)]
	}
	return s, s.part == h.parts && s.at == at
}

// inSentence looks for context n anywhere in sentence at, while sentence current is loaded.
func (h *hearing) inSentence(n, current, at int) bool {
	if at < 0 || at >= len(h.spans) {
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
			s.load(h.rules, h.seen, h.text, h.spans[at])
			s.fill()
			h.otherAt = at
		}
	}
	*answer = settlement{h.parts, at, slices.ContainsFunc(h.rules.contexts[n].patterns, s.has)}
	return answer.is
}

// inText looks for context n in all sentences.
func (h *hearing) inText(n, current int) bool {
	answer, done := h.settlement(n, wholeText)
	if done {
		return answer.is
	}
	is := false
	for at := 0; at < len(h.spans) && !is; at++ {
		is = h.inSentence(n, current, at)
	}
	*answer = settlement{h.parts, wholeText, is}
	return is
}
