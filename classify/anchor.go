package classify

import (
	"cmp"
	"slices"
)

// An anchor is a set of words of which every match holds at least one; the rarer the better.
type anchor struct {
	atoms []int32
	cost  int
}

const noAnchor = 1 << 30

func (c *compiler) anchors(n *node) anchor {
	switch n.op {
	case opSet, opVerb, opNoun:
		a := anchor{atoms: n.atoms}
		for _, atom := range n.atoms {
			a.cost += c.rules.vocab.cost(atom)
		}
		return a
	case opSeq:
		best := anchor{cost: noAnchor}
		for _, k := range n.kids {
			if a := c.anchors(k); len(a.atoms) > 0 && a.cost < best.cost {
				best = a
			}
		}
		return best
	case opAlt:
		a, known := c.rarest[n]
		if !known {
			a = c.anyAnchor(n.kids)
			c.rarest[n] = a
		}
		return a
	}
	return anchor{cost: noAnchor}
}

// anyAnchor is the anchor of several alternatives: that of each of them.
func (c *compiler) anyAnchor(kids []*node) anchor {
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

// A demand is what a pattern needs beside its anchor: a word of each of these sets, wherever it stands in the sentence. It is
// asked before anything else is done for the pattern; most patterns fail here.
type demand [2]int32

// dearest is the cost of words that stand in so many sentences that demanding them is not worth its while.
const dearest = 1000

// noDemand is fulfilled by every sentence.
const noDemand = 0

// demands finds the rarest words that pattern n, whose anchor is known, needs too.
func (c *compiler) demands(n *node, known anchor) demand {
	var all []anchor
	c.collectAnchors(n, &all)
	slices.SortStableFunc(all, func(a, b anchor) int { return cmp.Compare(a.cost, b.cost) })
	var out demand
	filled := 0
	for _, a := range all {
		if filled == len(out) {
			break
		}
		if a.cost > dearest || slices.Equal(a.atoms, known.atoms) {
			continue
		}
		if d := c.demand(a.atoms); filled == 0 || out[0] != d {
			out[filled] = d
			filled++
		}
	}
	return out
}

// collectAnchors lists the anchors of all parts that must be there.
func (c *compiler) collectAnchors(n *node, into *[]anchor) {
	if n.op == opSeq {
		for _, k := range n.kids {
			c.collectAnchors(k, into)
		}
	} else if a := c.anchors(n); len(a.atoms) > 0 {
		*into = append(*into, a)
	}
}

// demand numbers a set of words that is demanded.
func (c *compiler) demand(atoms []int32) int32 {
	c.spell(atoms)
	d, ok := c.wanted[string(c.key)]
	if !ok {
		d = int32(len(c.wanted)) + 1
		c.wanted[string(c.key)] = d
		c.rules.vocab.demands = int(d)
		for _, a := range atoms {
			c.rules.vocab.atoms[a].fulfils = append(c.rules.vocab.atoms[a].fulfils, d)
		}
	}
	return d
}
