package classify

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// An anchor is a set of words of which every match holds at least one; the rarer the better.
type anchor struct {
	atoms []int32
	cost  int
}

const noAnchor = 1 << 30

// A way is one of the ways in which a part of a pattern can match: by a word of its anchor, with a word of each of the
// others somewhere in the same sentence, the rarest first.
type way struct {
	anchor anchor
	others [demanded]anchor
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
	c.rarest, c.ways = make([]anchor, len(c.grammar.nodes)), make([][]way, len(c.grammar.nodes))
	var sources strings.Builder
	var anchored []pair
	c.wanted = make([]demand, c.grammar.sets.count())
	for i := range c.rules.patterns {
		p, said := &c.rules.patterns[i], c.said[i]
		if len(c.anchors(p.root).atoms) == 0 {
			c.fault(said.file, said.pattern.Line, "the pattern %q may match without any word; add a word that must be there", said.pattern.Source)
			continue
		}
		for _, w := range c.waysOf(p.root) {
			for _, atom := range w.anchor.atoms {
				anchored = append(anchored, pair{atom, int32(len(c.rules.triggers))})
			}
			c.rules.triggers = append(c.rules.triggers, c.trigger(int32(i), w))
		}
		p.from = int32(sources.Len())
		sources.WriteString(said.pattern.Source)
		p.to = int32(sources.Len())
	}
	c.rules.sources = sources.String()
	v.anchored, v.fulfils = sorted(len(v.atoms), anchored), sorted(len(v.atoms), c.fulfils)
}

func (c *compiler) trigger(pattern int32, w way) trigger {
	t := trigger{pattern: pattern}
	for i, other := range w.others {
		t.demands[i] = c.demand(other.atoms)
	}
	slices.SortFunc(t.demands[:], func(a, b demand) int { return cmp.Compare(b, a) })
	return t
}

// demand numbers a set of words that is demanded.
func (c *compiler) demand(atoms []int32) demand {
	if len(atoms) == 0 {
		return noDemand
	}
	number, single := c.grammar.set(atoms).single()
	if single {
		return demand(number)
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

// waysOf lists the ways in which a part can match, none if it may match without any word.
func (c *compiler) waysOf(p part) []way {
	if s, is := p.set(); is {
		return []way{{anchor: c.setAnchor(s)}}
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
		return c.waysOf(kids[0])
	case opSeq:
		return c.waysOfSequence(kids)
	case opAlt:
		var all []way
		for _, k := range kids {
			ways := c.waysOf(k)
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
	at, cost := -1, noAnchor
	for i, k := range kids {
		if a := c.anchors(k); len(a.atoms) > 0 && a.cost < cost {
			at, cost = i, a.cost
		}
	}
	if at < 0 {
		return nil
	}
	var rest []anchor
	for i, k := range kids {
		if a := c.anchors(k); i != at && len(a.atoms) > 0 {
			rest = append(rest, a)
		}
	}
	ways := slices.Clone(c.waysOf(kids[at]))
	for i := range ways {
		ways[i].demand(rest)
	}
	return ways
}

// demand adds to what a way demands.
func (w *way) demand(rest []anchor) {
	var all []anchor
	for _, a := range slices.Concat(w.others[:], rest) {
		if len(a.atoms) > 0 && a.cost <= dearest {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b anchor) int { return cmp.Compare(a.cost, b.cost) })
	w.others = [demanded]anchor{}
	copy(w.others[:], all)
}

// dearest is the cost of words that stand in so many sentences that demanding them is not worth its while.
const dearest = 1000

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

func (c *compiler) anchors(p part) anchor {
	if s, is := p.set(); is {
		return c.setAnchor(s)
	}
	if c.rarest[p].cost == 0 {
		c.rarest[p] = c.nodeAnchor(&c.grammar.nodes[p])
	}
	return c.rarest[p]
}

func (c *compiler) setAnchor(s set) anchor {
	a := anchor{atoms: c.grammar.atoms(s)}
	for _, atom := range a.atoms {
		a.cost += c.cost(atom)
	}
	return a
}

func (c *compiler) nodeAnchor(n *node) anchor {
	best := anchor{cost: noAnchor}
	switch n.op {
	case opVerb, opNoun, opSeq:
		for _, k := range c.grammar.parts(n) {
			if a := c.anchors(k); len(a.atoms) > 0 && a.cost < best.cost {
				best = a
			}
		}
	case opAlt:
		return c.anyAnchor(c.grammar.parts(n))
	}
	return best
}

// anyAnchor is the anchor of several alternatives: that of each of them.
func (c *compiler) anyAnchor(kids []part) anchor {
	var all anchor
	for _, k := range kids {
		a := c.anchors(k)
		if len(a.atoms) == 0 {
			return anchor{cost: noAnchor}
		}
		all.atoms = append(all.atoms, a.atoms...)
		all.cost += a.cost
	}
	slices.Sort(all.atoms)
	all.atoms = slices.Compact(all.atoms)
	return all
}
