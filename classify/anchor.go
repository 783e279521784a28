package classify

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// An anchor is a set of words of which every match holds at least one; the rarer the better.
type anchor struct {
	atoms []int32
	cost  int
}

const noAnchor = 1 << 30

// anchor finds the anchor of every pattern, and what else it demands.
func (c *compiler) anchor() {
	v := &c.rules.vocab
	c.rarest = make([]anchor, len(c.grammar.nodes))
	var sources strings.Builder
	var anchored, fulfils []pair
	for i := range c.rules.patterns {
		p, said := &c.rules.patterns[i], c.said[i]
		a := c.anchors(p.root)
		if len(a.atoms) == 0 {
			c.fault(said.file, said.pattern.Line, "the pattern %q may match without any word; add a word that must be there", said.pattern.Source)
			continue
		}
		for _, atom := range a.atoms {
			anchored = append(anchored, pair{atom, int32(i)})
		}
		p.demands, fulfils = c.demands(p.root, a, fulfils)
		p.from = int32(sources.Len())
		sources.WriteString(said.pattern.Source)
		p.to = int32(sources.Len())
	}
	c.rules.sources = sources.String()
	v.anchored, v.fulfils = sorted(len(v.atoms), anchored), sorted(len(v.atoms), fulfils)
	v.demands = len(c.wanted)
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

// A demand is what a pattern needs beside its anchor: a word of each of these sets, wherever it stands in the sentence. It is
// asked before anything else is done for the pattern; most patterns fail here.
type demand [2]int32

// dearest is the cost of words that stand in so many sentences that demanding them is not worth its while.
const dearest = 1000

// noDemand is fulfilled by every sentence.
const noDemand = 0

// demands finds the rarest words that the pattern, whose anchor is known, needs too. To into it appends by which atoms
// the demands that are new are fulfilled.
func (c *compiler) demands(root part, known anchor, into []pair) (demand, []pair) {
	var all []anchor
	c.collectAnchors(root, &all)
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
		d, isNew := c.demand(a.atoms)
		if isNew {
			for _, atom := range a.atoms {
				into = append(into, pair{atom, d})
			}
		}
		if filled == 0 || out[0] != d {
			out[filled] = d
			filled++
		}
	}
	return out, into
}

// collectAnchors lists the anchors of all parts that must be there.
func (c *compiler) collectAnchors(p part, into *[]anchor) {
	if p >= 0 && c.grammar.nodes[p].op == opSeq {
		for _, k := range c.grammar.parts(&c.grammar.nodes[p]) {
			c.collectAnchors(k, into)
		}
	} else if a := c.anchors(p); len(a.atoms) > 0 {
		*into = append(*into, a)
	}
}

// demand numbers a set of words that is demanded, and tells whether it is the first time.
func (c *compiler) demand(atoms []int32) (number int32, isNew bool) {
	key := c.grammar.key[:0]
	for _, a := range atoms {
		key = binary.BigEndian.AppendUint32(key, uint32(a))
	}
	c.grammar.key = key
	d, known := c.wanted[string(key)]
	if !known {
		d = int32(len(c.wanted)) + 1
		c.wanted[string(key)] = d
	}
	return d, !known
}
