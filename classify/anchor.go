package classify

import (
	"cmp"
	"math"
	"slices"
)

// An anchor is a set of words of which every match holds at least one; the rarer the better.
type anchor struct {
	atoms  []int32
	cost   int
	demand demand // what it is as a demand, once that was asked; else 0
	asked  int    // how often it would be asked for as a demand, in the same unit as cost
}

const noAnchor = 1 << 30

// A way is one of the ways in which a part of a pattern can match: by a word of its anchor, with a word of each of the
// others somewhere in the same sentence, the rarest first. Anchors are numbers in the compiler's list of them, 0 for none.
type way struct {
	anchor int32
	others [demanded]int32
}

// demanded is how many sets of words a way demands at most, beside its anchor.
const demanded = 3

// A trigger is a way of a whole pattern. It is asked before anything else is done for the pattern, and nearly all triggers of a
// sentence fail: "order" is in many mails, "the last order" with "ever" is not.
type trigger struct {
	pattern int32
	demands [demanded]demand
}

// A demand is a set of words of which one has to be there: an atom, or, below zero, a larger set with a number of its own. The
// vocabulary knows which of the larger ones an atom fulfils.
type demand int32

// noDemand is fulfilled by every sentence.
const noDemand demand = math.MaxInt32

// anchor finds the triggers of every pattern.
func (c *compiler) anchor() {
	v := &c.rules.vocab
	c.anchors = append(make([]anchor, 0, len(c.grammar.nodes)), anchor{cost: noAnchor})
	c.ofNode, c.ofSet, c.ofAtom = make([]int32, len(c.grammar.nodes)), make([]int32, c.grammar.sets.count()), make([]int32, len(v.atoms))
	c.ways = make([][]way, len(c.grammar.nodes))
	c.wanted = make([]demand, c.grammar.sets.count())
	sources := make([]byte, 0, c.size)
	anchored := make([]pair, 0, 2*len(v.atoms))
	c.countAsked()
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
			c.rules.triggers = append(c.rules.triggers, c.trigger(int32(i), w))
		}
		p.from = int32(len(sources))
		sources = append(sources, said.source...)
		p.to = int32(len(sources))
	}
	c.rules.sources, c.rules.triggers = sources, slices.Clone(c.rules.triggers)
	v.anchored, v.fulfils = sorted(len(v.atoms), anchored), sorted(len(v.atoms), c.noteOften())
}

// noteOften picks out the atoms that would have to be noted for the most demands in the most sentences: 64 of them, so that the
// ones that a demand is fulfilled by, and the ones that are in a sentence, fit into a word each. It gives what is noted of atoms.
func (c *compiler) noteOften() []pair {
	work := make([]int, len(c.rules.vocab.atoms))
	for _, p := range c.fulfils {
		work[p.list] += c.cost(p.list)
	}
	atoms := make([]int32, len(work))
	for a := range atoms {
		atoms[a] = int32(a)
	}
	slices.SortFunc(atoms, func(a, b int32) int { return cmp.Or(cmp.Compare(work[b], work[a]), cmp.Compare(a, b)) })
	often, noted := make(map[int32]int), []pair(nil)
	for bit, a := range atoms[:min(64, len(atoms))] {
		often[a] = bit
		noted = append(noted, pair{a, ^int32(bit)})
	}
	c.rules.vocab.often = make([]uint64, c.rules.demands+1)
	for _, p := range c.fulfils {
		if bit, is := often[p.list]; is {
			c.rules.vocab.often[p.number] |= 1 << bit
		} else {
			noted = append(noted, p)
		}
	}
	return noted
}

func (c *compiler) trigger(pattern int32, w way) trigger {
	t := trigger{pattern: pattern}
	for i, other := range w.others {
		a := &c.anchors[other]
		if a.demand == 0 {
			a.demand = c.demand(a)
		}
		t.demands[i] = a.demand
	}
	slices.SortFunc(t.demands[:], func(a, b demand) int { return cmp.Compare(b, a) })
	return t
}

// countAsked finds out how often each anchor would be asked for as a demand.
func (c *compiler) countAsked() {
	for i := range c.rules.patterns {
		for _, w := range c.waysOf(c.rules.patterns[i].root, nil) {
			for _, other := range w.others {
				c.anchors[other].asked += c.anchors[w.anchor].cost
			}
		}
	}
}

// worthAsking is how many words can be noted in the time that it takes to try a pattern in vain.
const worthAsking = 40

// demand numbers a set of words that is demanded. A larger set that is met often and asked for seldom makes more work than it saves.
func (c *compiler) demand(a *anchor) demand {
	atoms := a.atoms
	if len(atoms) == 0 {
		return noDemand
	}
	number, single := c.grammar.set(atoms).single()
	if single {
		return demand(number)
	}
	if a.asked*worthAsking < a.cost {
		return noDemand
	}
	for len(c.wanted) <= int(number) {
		c.wanted = append(c.wanted, 0)
	}
	if c.wanted[number] == 0 {
		c.rules.demands++
		c.wanted[number] = ^demand(c.rules.demands)
		for _, a := range atoms {
			c.fulfils = append(c.fulfils, pair{a, int32(c.rules.demands)})
		}
	}
	return c.wanted[number]
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
	case a.size <= 3:
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
