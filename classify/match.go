package classify

import (
	"math/bits"
	"slices"

	"github.com/heedmail/heed/classify/words"
)

// Matching works on all positions of a sentence at once. A sentence has at most words.MaxTokens (60) words, so a set of
// positions fits into a uint64. Each part of a pattern turns the set of positions where it may begin into the set of
// positions where it may end; a word is an AND and a shift. So a pattern costs as many steps as it has parts, whatever
// the text: there is nothing to backtrack.

type op uint8

const (
	opSet  op = iota
	opVerb    // a set, where the word is used as a verb
	opNoun    // a set, where it is not
	opAny
	opGap
	opSeq
	opAlt
	opOpt
	opNot
	opStart
	opEnd
)

// A node is a compiled pattern or a part of one.
type node struct {
	op    op
	set   int
	atoms []int32
	n     int
	kids  []*node
	memo  int // of a class: where a sentence keeps its last answer; 0 for none
}

// An answer is what a class matched in a sentence the last time, for the next pattern that asks the same: many begin
// with <will>.
type answer struct {
	turn     uint32
	from, to uint64

	asked    uint32 // the sentence for which possible was found out
	possible bool
}

// A sentence is one sentence made ready for matching.
type sentence struct {
	span      words.Span
	tokens    []words.Token
	forms     []*form  // of the tokens
	masks     []uint64 // by set: the positions of its words
	touched   []int32  // the sets with a mask that is not zero
	fulfilled []uint64 // by demand: a bit for each that its words fulfil
	valid     uint64   // the positions of all words
	clauses   uint64   // the positions of words that begin a clause
	commas    uint64   // the positions of words after a comma
	joints    uint64   // the positions of conjunctions
	asks      bool     // it ends with a question mark
	tags      tags
	steps     int      // how many parts of patterns were run, for the test that time is linear
	telling   uint16   // the languages that some word here belongs to, and not to the text's own
	spoken    uint16   // the languages for which more speaks here than for the text's own
	answers   []answer // by class
	turn      uint32   // which sentence the answers are for
}

// load makes the sentence at span of text ready, but for fill. What was loaded before is gone.
func (s *sentence) load(r *ruleset, seen memory, text words.Folded, span words.Span) {
	s.forms, s.span = s.forms[:0], span
	clear(s.fulfilled)
	s.turn++
	s.tokens = r.spelling.Tokens(text.Text, span.From, span.To, words.MaxTokens, s.tokens)
	s.valid = 1<<len(s.tokens) - 1
	s.clauses, s.commas, s.joints = 1, 0, 0
	for i, t := range s.tokens {
		if r.joints[t.Text] {
			s.joints |= 1 << i
		}
		switch t.Break {
		case words.Comma:
			s.commas |= 1 << i
		case words.Clause:
			s.clauses |= 1 << i
		}
		if i > 0 && text.HidesName(s.tokens[i-1], t) {
			s.tokens[i].Text = words.Grawlix
		}
		f := seen.form(&r.vocab, s.tokens[i].Text)
		s.forms = append(s.forms, f)
		for _, d := range f.fulfils {
			s.fulfilled[d>>6] |= 1 << (d & 63)
		}
	}
	s.tags = tags{tagger: s.tags.tagger, text: text.Original(span.From, span.To)}
	s.asks = asks(text.Text[span.From:span.To])
}

// fill enters where the words of each set stand, which patterns and contexts ask for.
func (s *sentence) fill() {
	for _, t := range s.touched {
		s.masks[t] = 0
	}
	s.touched = s.touched[:0]
	for i, f := range s.forms {
		for _, set := range f.sets {
			if s.masks[set] == 0 {
				s.touched = append(s.touched, set)
			}
			s.masks[set] |= 1 << i
		}
	}
}

// fulfils tells whether a word is there that a pattern demands.
func (s *sentence) fulfils(d int32) bool { return d == noDemand || s.fulfilled[d>>6]&(1<<(d&63)) != 0 }

// asks tells whether a sentence ends with a question mark.
func asks(text string) bool {
	for i := len(text) - 1; i >= 0 && i > len(text)-6; i-- {
		switch text[i] {
		case '?':
			return true
		case '!', '"', ')', ' ', '\'', '.':
		default:
			return false
		}
	}
	return false
}

// run turns the positions where n may begin into those where it ends.
func (s *sentence) run(n *node, from uint64) uint64 {
	if from == 0 {
		return 0
	}
	s.steps++
	switch n.op {
	case opSet:
		return (from & s.masks[n.set]) << 1
	case opVerb, opNoun:
		return s.tagged(n.op, from&s.masks[n.set]) << 1
	case opAny:
		return (from & s.valid) << 1
	case opGap:
		return s.gap(n.n, from)
	case opSeq:
		return s.sequence(n.kids, from)
	case opAlt:
		return s.alternatives(n, from)
	case opOpt:
		return from | s.run(n.kids[0], from)
	case opNot:
		return s.lacks(n.kids[0], from)
	case opStart:
		return from & s.clauses
	case opEnd:
		return from & (s.clauses | 1<<len(s.tokens))
	}
	return 0
}

func (s *sentence) sequence(kids []*node, from uint64) uint64 {
	for _, k := range kids {
		if k.op == opSet { // by far the most frequent, so without a call
			from = (from & s.masks[k.set]) << 1
		} else {
			from = s.run(k, from)
		}
		if from == 0 {
			return 0
		}
	}
	return from
}

func (s *sentence) alternatives(n *node, from uint64) uint64 {
	if a := &s.answers[n.memo]; n.memo > 0 && a.turn == s.turn && a.from == from {
		return a.to
	}
	var to uint64
	for _, k := range n.kids {
		if k.op == opSeq && k.kids[0].op == opSet && from&s.masks[k.kids[0].set] == 0 {
			continue // most phrases fail at their first word
		}
		to |= s.run(k, from)
	}
	if n.memo > 0 {
		a := &s.answers[n.memo]
		a.turn, a.from, a.to = s.turn, from, to
	}
	return to
}

// possible tells whether all the words are there that n needs, in whatever order. It is cheaper than run.
func (s *sentence) possible(n *node) bool {
	switch n.op {
	case opSet, opVerb, opNoun:
		return s.masks[n.set] != 0
	case opSeq:
		for _, k := range n.kids {
			if !s.possible(k) {
				return false
			}
		}
	case opAlt:
		return s.possibleAny(n)
	}
	return true
}

func (s *sentence) possibleAny(n *node) bool {
	a := &s.answers[n.memo]
	if n.memo > 0 && a.asked == s.turn {
		return a.possible
	}
	is := slices.ContainsFunc(n.kids, s.possible)
	if n.memo > 0 {
		a.asked, a.possible = s.turn, is
	}
	return is
}

// gap skips up to n words without entering a new clause.
func (s *sentence) gap(n int, from uint64) uint64 {
	to, step := from, from
	for ; n > 0 && step != 0; n-- {
		step = (step & s.valid) << 1 &^ (s.clauses &^ 1)
		to |= step
	}
	return to
}

// lacks keeps the positions where n doesn't begin.
func (s *sentence) lacks(n *node, from uint64) uint64 {
	to := from
	for rest := from; rest != 0; rest &= rest - 1 {
		one := rest & -rest
		if s.run(n, one) != 0 {
			to &^= one
		}
	}
	return to
}

// has tells whether n matches anywhere.
func (s *sentence) has(n *node) bool { return s.possible(n) && s.run(n, s.valid) != 0 }

// find lists where n matches, leftmost first, the shortest match for each beginning, at most limit.
func (s *sentence) find(n *node, limit int, into []words.Span) []words.Span {
	into = into[:0]
	if !s.has(n) {
		return into
	}
	for rest := s.valid; rest != 0 && len(into) < limit; rest &= rest - 1 {
		one := rest & -rest
		if to := s.run(n, one); to != 0 {
			into = append(into, words.Span{From: bits.TrailingZeros64(one), To: bits.TrailingZeros64(to)})
		}
	}
	return into
}
