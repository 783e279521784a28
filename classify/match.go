package classify

import (
	"math/bits"

	"github.com/heedmail/heed/classify/words"
)

// Matching works on all positions of a sentence at once. A sentence has at most words.MaxTokens (60) words, so a set of
// positions fits into a uint64. Each part of a pattern turns the set of positions where it may begin into the set of
// positions where it may end; a word is an AND and a shift. So a pattern costs as many steps as it has parts, whatever
// the text: there is nothing to backtrack.

// run turns the positions where p may begin into those where it ends.
func (s *sentence) run(p part, from uint64) uint64 {
	if from == 0 {
		return 0
	}
	s.steps++
	if set, is := p.set(); is {
		return (from & s.positions(set)) << 1
	}
	n := &s.grammar.nodes[p]
	switch n.op {
	case opVerb, opNoun:
		words, _ := s.grammar.kids[n.from].set()
		return s.tagged(n.op, from&s.positions(words)) << 1
	case opAny:
		return (from & s.valid) << 1
	case opGap:
		return s.gap(int(n.gap), from)
	case opSeq:
		return s.sequence(s.grammar.parts(n), from)
	case opAlt:
		return s.alternatives(n, from)
	case opOpt:
		return from | s.run(s.grammar.kids[n.from], from)
	case opNot:
		return s.lacks(s.grammar.kids[n.from], from)
	case opStart:
		return from & s.clauses
	case opEnd:
		return from & (s.clauses | 1<<len(s.tokens))
	}
	return 0
}

func (s *sentence) sequence(kids []part, from uint64) uint64 {
	for _, k := range kids {
		if set, is := k.set(); is { // by far the most frequent, so without a call
			from = (from & s.positions(set)) << 1
		} else {
			from = s.run(k, from)
		}
		if from == 0 {
			return 0
		}
	}
	return from
}

// An answer is what a class matched in a sentence the last time, for the next pattern that asks the same: many begin
// with <will>.
type answer struct {
	turn     uint32
	from, to uint64
}

func (s *sentence) alternatives(n *node, from uint64) uint64 {
	if a := &s.answers[n.memo]; n.memo > 0 && a.turn == s.turn && a.from == from {
		return a.to
	}
	var to uint64
	kids := s.grammar.parts(n)
	for i, first := range s.grammar.firsts(n) {
		if words, is := first.set(); is && from&s.positions(words) == 0 {
			continue // most phrases fail at their first word
		}
		to |= s.run(kids[i], from)
	}
	if n.memo > 0 {
		a := &s.answers[n.memo]
		a.turn, a.from, a.to = s.turn, from, to
	}
	return to
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

// lacks keeps the positions where p doesn't begin.
func (s *sentence) lacks(p part, from uint64) uint64 {
	to := from
	for rest := from; rest != 0; rest &= rest - 1 {
		one := rest & -rest
		if s.run(p, one) != 0 {
			to &^= one
		}
	}
	return to
}

// has tells whether p matches anywhere.
func (s *sentence) has(p part) bool { return s.run(p, s.valid) != 0 }

// find lists where p matches, leftmost first, the shortest match for each beginning, at most limit.
func (s *sentence) find(p part, limit int, into []words.Span) []words.Span {
	into = into[:0]
	if !s.has(p) {
		return into
	}
	for rest := s.starts(p); rest != 0 && len(into) < limit; rest &= rest - 1 {
		one := rest & -rest
		if to := s.run(p, one); to != 0 {
			into = append(into, words.Span{From: bits.TrailingZeros64(one), To: bits.TrailingZeros64(to)})
		}
	}
	return into
}

// starts tells where p may begin, as far as its first words tell: few positions of many, so that each can be tried.
func (s *sentence) starts(p part) uint64 {
	if set, is := p.set(); is {
		return s.positions(set)
	}
	n := &s.grammar.nodes[p]
	switch kids := s.grammar.parts(n); n.op {
	case opVerb, opNoun, opSeq:
		return s.starts(kids[0])
	case opAlt:
		all := uint64(0)
		for _, k := range kids {
			all |= s.starts(k)
		}
		return all
	case opStart:
		return s.clauses & s.valid
	}
	return s.valid
}
