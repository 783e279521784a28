package classify

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// An anchor is a set of words of which every match holds at least one; the rarer the better.
type anchor struct {
	atoms []int32
	cost  int
	set   set // the same words as a set of the grammar, once that was asked; else 0
}

const noAnchor = 1 << 30

// A way is one of the ways in which a part of a pattern can match: by a word of its anchor, with a word of each of the
// others somewhere in the same sentence, the rarest first. Anchors are numbers in the compiler's list of them, 0 for none.
type way struct {
	anchor int32
	others [demanded]int32
}

// demanded is how many sets of words a way demands at most, beside its anchor.
const demanded = 2

// A trigger is a way of a whole pattern. It is asked before anything else is done for the pattern, and nearly all triggers of a
// sentence fail: "order" is in many mails, "the last order" with "ever" is not.
//
// A demand is a set of words of which one has to be there. It has a number, for which a sentence has a bit; 0 demands nothing.
type trigger struct {
	pattern int32
	demands [demanded]uint32 // the rarest first
}

// A call is how an atom calls for a trigger. What that demands first stands here too: nine of ten fail there, and are not looked at.
type call struct {
	first   uint32
	trigger int32
}

// A note notes demands: these bits of that word of the sentence's demands.
type note struct {
	at, bits uint32
}

// noted is how many demands there are in a word.
const noted = 32

// anchor finds the triggers of every pattern.
func (c *compiler) anchor() {
	v := &c.rules.vocab
	c.anchors = append(make([]anchor, 0, len(c.grammar.nodes)), anchor{cost: noAnchor})
	c.ofNode, c.ofSet, c.ofAtom = make([]int32, len(c.grammar.nodes)), make([]int32, c.grammar.sets.count()), make([]int32, len(v.atoms))
	c.ways = make([][]way, len(c.grammar.nodes))
	sources := make([]byte, 0, c.size)
	anchored := make([]pair, 0, 2*len(v.atoms))
	var wanted []set // by the triggers: what each demands
	for i := range c.rules.patterns {
		p, said := &c.rules.patterns[i], c.said[i]
		ways := c.waysOf(p.root, nil)
		if len(ways) == 0 {
			c.fault(said.file, said.number, "the pattern %q may match without any word; add a word that must be there", said.source)
		}
		for _, w := range ways {
			for _, atom := range c.anchors[w.anchor].atoms {
				anchored = append(anchored, pair{atom, int32(len(c.rules.triggers))})
			}
			c.rules.triggers = append(c.rules.triggers, trigger{pattern: int32(i)})
			for _, other := range w.others {
				wanted = append(wanted, c.asSet(other))
			}
		}
		p.from = int32(len(sources))
		sources = append(sources, said.source...)
		p.to = int32(len(sources))
	}
	c.rules.sources, c.rules.triggers = sources, slices.Clone(c.rules.triggers)
	c.numberDemands(wanted)
	calls := sorted(len(v.atoms), anchored)
	for i := range v.atoms {
		a, from := &v.atoms[i], len(v.calls)
		for _, t := range calls.of(int32(i)) {
			v.calls = append(v.calls, call{c.rules.triggers[t].demands[0], t})
		}
		a.calls, a.callsSize = uint32(from), c.listSize(len(v.calls)-from)
	}
	v.calls = slices.Clone(v.calls)
}

// listSize is how many things a list of an atom has.
func (c *compiler) listSize(n int) uint16 {
	if n > math.MaxUint16 {
		c.faults = append(c.faults, fmt.Errorf("one word is in more than %d patterns", math.MaxUint16))
	}
	return uint16(n)
}

// asSet gives the words of an anchor as a set of the grammar.
func (c *compiler) asSet(number int32) set {
	a := &c.anchors[number]
	if number == 0 {
		return noSet
	}
	if a.set == 0 {
		a.set = c.grammar.set(a.atoms)
	}
	return a.set
}

// numberDemands numbers the sets that the triggers want, and finds out what has to be noted of each atom. Sets that have their first
// atom in common have numbers next to each other, so that few notes hold what an atom fulfils.
func (c *compiler) numberDemands(wanted []set) {
	numbers := map[set]uint32{}
	for _, w := range wanted {
		numbers[w] = 0
	}
	delete(numbers, noSet)
	demands := slices.SortedFunc(maps.Keys(numbers), func(a, b set) int { return slices.Compare(c.grammar.atoms(a), c.grammar.atoms(b)) })
	var fulfils []pair
	for i, d := range demands {
		numbers[d] = uint32(i + 1)
		for _, a := range c.grammar.atoms(d) {
			fulfils = append(fulfils, pair{a, int32(i + 1)})
		}
	}
	for i, w := range wanted {
		c.rules.triggers[i/demanded].demands[i%demanded] = numbers[w]
	}
	c.rules.demands = len(demands)
	c.takeNotes(sorted(len(c.rules.vocab.atoms), fulfils))
}

// takeNotes puts together what has to be noted in one word. The demands that each atom fulfils are in the order of their numbers.
func (c *compiler) takeNotes(fulfils lists) {
	v := &c.rules.vocab
	for i := range v.atoms {
		a, from := &v.atoms[i], len(v.notes)
		for _, d := range fulfils.of(int32(i)) {
			if last := len(v.notes) - 1; last < from || v.notes[last].at != uint32(d)/noted {
				v.notes = append(v.notes, note{at: uint32(d) / noted})
			}
			v.notes[len(v.notes)-1].bits |= 1 << (d % noted)
		}
		a.notes, a.notesSize = uint32(from), c.listSize(len(v.notes)-from)
	}
	v.notes = slices.Clone(v.notes)
}

// waysOf lists the ways in which a part can match, none if it may match without any word. Those of a set are put into room.
func (c *compiler) waysOf(p part, room []way) []way {
	if s, is := p.set(); is {
		return append(room[:0], way{anchor: c.setAnchor(s)})
	}
	if c.ways[p] == nil {
		c.ways[p] = c.waysOfNode(&c.grammar.nodes[p])
	}
	return c.ways[p]
}

func (c *compiler) waysOfNode(n *node) []way {
	kids := c.grammar.parts(n)
	switch n.op {
	case opVerb, opNoun:
		return c.waysOf(kids[0], nil)
	case opSeq:
		return c.waysOfSequence(kids)
	case opAlt:
		all, room := make([]way, 0, len(kids)), make([]way, 1)
		for _, k := range kids {
			ways := c.waysOf(k, room)
			if len(ways) == 0 {
				return nil
			}
			all = append(all, ways...)
		}
		return all
	}
	return nil
}

// waysOfSequence takes the ways of the rarest part. Each demands what the other parts need, too.
func (c *compiler) waysOfSequence(kids []part) []way {
	at, best := -1, int32(0)
	for i, k := range kids {
		if a := c.anchorOf(k); c.anchors[a].cost < c.anchors[best].cost {
			at, best = i, a
		}
	}
	if at < 0 {
		return nil
	}
	var room [32]int32
	rest := room[:0]
	for i, k := range kids {
		if a := c.anchorOf(k); i != at && a != 0 {
			rest = append(rest, a)
		}
	}
	ways := slices.Clone(c.waysOf(kids[at], nil))
	for i := range ways {
		c.demandAlso(&ways[i], rest)
	}
	return ways
}

// demandAlso adds to what a way demands, as far as there is room: the rarest first.
func (c *compiler) demandAlso(w *way, rest []int32) {
	for _, a := range rest {
		for i, other := range w.others {
			if c.anchors[a].cost < c.anchors[other].cost {
				a, w.others[i] = other, a
			}
		}
	}
}

// cost tells how often an atom is likely to be met, for the choice of anchors.
func (c *compiler) cost(n int32) int {
	v := &c.rules.vocab
	a := &v.atoms[n]
	cost := 1 + int(c.met[n])
	switch {
	case n == v.digits || a.common != 0:
		return cost + 200
	case a.textSize <= 3:
		return cost + 4
	}
	return cost
}

// anchorOf gives the number of a part's anchor.
func (c *compiler) anchorOf(p part) int32 {
	if s, is := p.set(); is {
		return c.setAnchor(s)
	}
	if c.ofNode[p] == 0 {
		c.ofNode[p] = ^c.nodeAnchor(&c.grammar.nodes[p])
	}
	return ^c.ofNode[p]
}

// keep adds an anchor to the list.
func (c *compiler) keep(a anchor) int32 {
	c.anchors = append(c.anchors, a)
	return int32(len(c.anchors)) - 1
}

func (c *compiler) setAnchor(s set) int32 {
	number, single := s.single()
	known := &c.ofSet
	if single {
		known = &c.ofAtom
	}
	if (*known)[number] == 0 {
		a := anchor{atoms: c.grammar.atoms(s)}
		for _, atom := range a.atoms {
			a.cost += c.cost(atom)
		}
		(*known)[number] = c.keep(a)
	}
	return (*known)[number]
}

func (c *compiler) nodeAnchor(n *node) int32 {
	best := int32(0)
	switch n.op {
	case opVerb, opNoun, opSeq:
		for _, k := range c.grammar.parts(n) {
			if a := c.anchorOf(k); c.anchors[a].cost < c.anchors[best].cost {
				best = a
			}
		}
	case opAlt:
		return c.anyAnchor(c.grammar.parts(n))
	}
	return best
}

// anyAnchor is the anchor of several alternatives: that of each of them.
func (c *compiler) anyAnchor(kids []part) int32 {
	var all anchor
	for _, k := range kids {
		a := c.anchorOf(k)
		if a == 0 {
			return 0
		}
		all.atoms = append(all.atoms, c.anchors[a].atoms...)
		all.cost += c.anchors[a].cost
	}
	slices.Sort(all.atoms)
	all.atoms = slices.Compact(all.atoms)
	return c.keep(all)
}
