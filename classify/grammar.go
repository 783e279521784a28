package classify

import (
	"cmp"
	"slices"

	"github.com/heedmail/heed/classify/words"
)

// A grammar holds the patterns of all entries and contexts, compiled, in flat arrays without a pointer in them:
//
//	nodes  {seq 0:3} {alt 3:5} …          a node's kids stand next to each other
//	kids   -42 #1 -7 │ #2 -9 │ …          a part of a pattern is a set of words (below zero) or the number of a node
//	sets   set ─► the atoms that belong to it
//
// Patterns share what they have in common: a class is compiled once.
type grammar struct {
	nodes []node
	kids  []part
	sets  lists // the sets of more than one atom
}

// A part is a pattern or a part of one: below zero a set of words, else the number of a node.
type part int32

// set tells whether the part is a set of words, and which one.
func (p part) set() (set, bool) { return set(^p), p < 0 }

// A set is a set of words: an even one is the atom with half that number, an odd one the set with half that number.
type set int32

func atomSet(atom int32) set { return set(2 * atom) }

// noSet stands for no set at all.
const noSet set = -1

// part is the part of a pattern that is met by each word of the set.
func (s set) part() part { return ^part(s) }

// single tells whether the set is one atom; if not, its number among the larger ones.
func (s set) single() (number int32, is bool) { return int32(s) >> 1, s&1 == 0 }

// An op says what a node matches.
type op uint8

const (
	opVerb op = iota // a set, where the word is used as a verb
	opNoun           // a set, where it is not
	opAny
	opGap
	opSeq
	opAlt
	opOpt
	opNot
	opStart
	opEnd
)

// A node is a part of a pattern that is more than a set of words.
type node struct {
	op       op
	gap      uint8  // how many words a gap spans at most
	memo     uint16 // of a class: where a sentence keeps its last answer; 0 for none
	from, to int32  // its kids
}

// parts are the kids of a node.
func (g *grammar) parts(n *node) []part { return g.kids[n.from:n.to] }

// firsts are what a match of each kid begins with, as far as that is easily told. Alternatives have them next to their kids.
func (g *grammar) firsts(n *node) []part { return g.kids[n.to : 2*n.to-n.from] }

// first is what a match of p begins with, as far as that is easily told.
func (g *grammar) first(p part) part {
	if p < 0 {
		return p
	}
	if n := &g.nodes[p]; n.op == opSeq {
		return g.kids[n.from]
	}
	return p
}

// A builder makes a grammar.
type builder struct {
	grammar
	numbers map[uint64]int32 // the hash of a set's atoms → its number among the larger ones
	alone   map[node]part    // nodes without kids → where they are
	list    []int32          // scratch
	flat    []part           // scratch
	ones    []int32          // 0, 1, 2 …: each atom alone
}

// newBuilder makes a builder for lexicon files of that size in bytes.
func newBuilder(size int) builder {
	b := builder{numbers: make(map[uint64]int32, size/64), alone: map[node]part{}}
	b.nodes, b.kids = make([]node, 0, size/20), make([]part, 0, size/8)
	b.sets.from, b.sets.all = append(make([]int32, 0, size/64), 0), make([]int32, 0, size/8)
	return b
}

// finished gives the grammar, in no more memory than it needs.
func (b *builder) finished() grammar {
	return grammar{slices.Clone(b.nodes), slices.Clone(b.kids), lists{slices.Clone(b.sets.from), slices.Clone(b.sets.all)}}
}

// node adds a node.
func (b *builder) node(o op, kids ...part) part {
	n := node{op: o, from: int32(len(b.kids)), to: int32(len(b.kids) + len(kids))}
	b.kids = append(b.kids, kids...)
	b.nodes = append(b.nodes, n)
	return part(len(b.nodes) - 1)
}

// leaf gives the node without kids that matches o.
func (b *builder) leaf(o op, gap int) part {
	n := node{op: o, gap: uint8(gap)}
	p, ok := b.alone[n]
	if !ok {
		p = b.node(o)
		b.nodes[p].gap = n.gap
		b.alone[n] = p
	}
	return p
}

// set gives the set of some atoms. It sorts them.
func (b *builder) set(atoms []int32) set {
	slices.Sort(atoms)
	atoms = slices.Compact(atoms)
	if len(atoms) == 1 {
		return atomSet(atoms[0])
	}
	h := uint64(words.HashStart)
	for _, a := range atoms {
		h = (h ^ uint64(a)) * 1099511628211
	}
	for ; ; h++ {
		n, ok := b.numbers[h]
		if !ok {
			n = b.sets.add(atoms...)
			b.numbers[h] = n
		}
		if !ok || slices.Equal(b.sets.of(n), atoms) {
			return set(2*n + 1)
		}
	}
}

// atoms lists the words of a set. The list may only be read.
func (b *builder) atoms(s set) []int32 {
	atom, single := s.single()
	if !single {
		return b.sets.of(atom)
	}
	for len(b.ones) <= int(atom) {
		b.ones = append(b.ones, int32(len(b.ones)))
	}
	return b.ones[atom : atom+1]
}

// alternatives makes one set of all alternatives that are single words.
func (b *builder) alternatives(kids []part) part {
	b.list = b.list[:0]
	parts := b.flatten(kids, append(b.flat[:0], 0)) // room for the set
	b.flat = parts[:0]
	if len(b.list) > 0 {
		parts[0] = b.set(b.list).part()
	} else {
		parts = parts[1:]
	}
	parts = b.factored(parts)
	if len(parts) == 1 {
		return parts[0]
	}
	p := b.node(opAlt, parts...)
	for _, k := range parts {
		b.kids = append(b.kids, b.first(k))
	}
	return p
}

// factored puts phrases together that begin with the same word, as (a b | a c) is a (b | c): where the word isn't, all of them fail at
// once.
func (b *builder) factored(parts []part) []part {
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(p, q part) int { return cmp.Compare(b.first(p), b.first(q)) })
	var out []part
	for len(parts) > 0 {
		first, n := b.first(parts[0]), 1
		for parts[0] >= 0 && first < 0 && n < len(parts) && b.first(parts[n]) == first {
			n++
		}
		if n > 1 {
			out = append(out, b.factor(first, parts[:n]))
		} else {
			out = append(out, parts[:n]...)
		}
		parts = parts[n:]
	}
	return out
}

// factor makes one phrase of several that begin with the same word.
func (b *builder) factor(first part, phrases []part) part {
	var tails []part
	for _, p := range phrases {
		tail := b.parts(&b.nodes[p])[1:]
		if len(tail) == 1 {
			tails = append(tails, tail[0])
		} else {
			tails = append(tails, b.node(opSeq, slices.Clone(tail)...))
		}
	}
	return b.node(opSeq, first, b.alternatives(tails))
}

// flatten collects the words among alternatives in b.list and appends the others to into.
func (b *builder) flatten(kids, into []part) []part {
	for _, k := range kids {
		if s, is := k.set(); is {
			b.list = append(b.list, b.atoms(s)...)
		} else if n := b.nodes[k]; n.op == opAlt {
			into = b.flatten(b.parts(&n), into)
		} else {
			into = append(into, k)
		}
	}
	return into
}
