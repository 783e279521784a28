package classify

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/words"
)

// node compiles a part of a pattern.
func (c *compiler) node(s *scope, n lexicon.Node) (*node, error) {
	switch n.Op {
	case lexicon.Word:
		return c.tagged(s, n)
	case lexicon.Ref:
		return c.class(s, n.Text)
	case lexicon.Any:
		return &node{op: opAny}, nil
	case lexicon.Gap:
		return &node{op: opGap, n: n.N}, nil
	case lexicon.Start:
		return &node{op: opStart}, nil
	case lexicon.End:
		return &node{op: opEnd}, nil
	}
	var kids []*node
	for _, k := range n.Kids {
		kid, err := c.node(s, k)
		if err != nil {
			return nil, err
		}
		kids = append(kids, kid)
	}
	switch n.Op {
	case lexicon.Opt:
		return &node{op: opOpt, kids: kids}, nil
	case lexicon.Not:
		return &node{op: opNot, kids: kids}, nil
	case lexicon.Alt:
		return c.alternatives(kids), nil
	}
	return &node{op: opSeq, kids: kids}, nil
}

// alternatives makes one set of all alternatives that are single words.
func (c *compiler) alternatives(kids []*node) *node {
	var atoms []int32
	alt := &node{op: opAlt}
	var flatten func([]*node)
	flatten = func(kids []*node) {
		for _, k := range kids {
			switch k.op {
			case opSet:
				atoms = append(atoms, k.atoms...)
			case opAlt:
				flatten(k.kids)
			default:
				alt.kids = append(alt.kids, k)
			}
		}
	}
	flatten(kids)
	if len(atoms) > 0 {
		alt.kids = append([]*node{c.set(atoms)}, alt.kids...)
	}
	if len(alt.kids) == 1 {
		return alt.kids[0]
	}
	return alt
}

func (c *compiler) class(s *scope, name string) (*node, error) {
	if n := builtInClass(c, name); n != nil {
		return n, nil
	}
	for ; s != nil; s = s.shared {
		source, ok := s.classes[name]
		if !ok {
			continue
		}
		if n := s.compiled[name]; n != nil {
			return n, nil
		}
		if s.open[name] {
			return nil, fmt.Errorf("the class <%s> contains itself", name)
		}
		s.open[name] = true
		n, err := c.node(s, source)
		delete(s.open, name)
		if err != nil {
			return nil, fmt.Errorf("in <%s>: %w", name, err)
		}
		if n.op == opAlt && n.memo == 0 {
			c.rules.classes++
			n.memo = c.rules.classes
		}
		s.compiled[name] = n
		return n, nil
	}
	return nil, fmt.Errorf("the class <%s> is not defined", name)
}

// builtInClass knows what no list of words can hold.
func builtInClass(c *compiler, name string) *node {
	switch name {
	case "number":
		return c.set([]int32{c.rules.vocab.number()})
	case "currency":
		return c.set([]int32{c.rules.vocab.word("$")})
	case "mention":
		return c.set([]int32{c.rules.vocab.word(words.Mention)})
	case "link":
		return c.set([]int32{c.rules.vocab.word(words.Link)})
	}
	return nil
}

// tagged compiles a word that may have to be a verb or a noun.
func (c *compiler) tagged(s *scope, n lexicon.Node) (*node, error) {
	w, err := c.word(s, n)
	if err != nil || n.Tag == "" {
		return w, err
	}
	if w.op != opSet {
		return nil, fmt.Errorf("%q is more than one word; only one can be tagged", n.Text)
	}
	op := opVerb
	if n.Tag == "noun" {
		op = opNoun
	}
	return &node{op: op, set: w.set, atoms: w.atoms}, nil
}

// word compiles a word, or finds it among those that the language had before.
func (c *compiler) word(s *scope, n lexicon.Node) (*node, error) {
	key := asWritten{n.Text, n.Prefix, n.Suffix}
	if known := s.words[key]; known != nil {
		return known, nil
	}
	w, err := c.newWord(s, n)
	if err == nil {
		s.words[key] = w
	}
	return w, err
}

// newWord compiles one word as it is written in a lexicon: it may hold several tokens ("a-to-z", "l'avocat").
func (c *compiler) newWord(s *scope, n lexicon.Node) (*node, error) {
	v := &c.rules.vocab
	v.speaking = s.bit
	variants := spellings(n.Text)
	if n.Prefix || n.Suffix {
		var atoms []int32
		for _, w := range variants {
			if n.Prefix {
				atoms = append(atoms, v.prefix(w))
			} else {
				atoms = append(atoms, v.suffix(w))
			}
		}
		return c.set(atoms), nil
	}
	var kids []*node
	for _, w := range variants {
		var seq []*node
		for _, t := range c.rules.spelling.Tokens(w, 0, len(w), words.MaxTokens, nil) {
			seq = append(seq, c.set([]int32{v.word(t.Text)}))
		}
		switch len(seq) {
		case 0:
			return nil, fmt.Errorf("%q holds no word", n.Text)
		case 1:
			kids = append(kids, seq[0])
		default:
			kids = append(kids, &node{op: opSeq, kids: seq})
		}
	}
	return c.alternatives(kids), nil
}

// spellings lists the folded forms in which a word may be met: with and without its apostrophe, ä as a and as ae.
func spellings(w string) []string {
	out := []string{words.Fold(w).Text}
	if strings.ContainsAny(w, "äöüÄÖÜ") {
		long := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "ae", "Ö", "oe", "Ü", "ue").Replace(w)
		out = append(out, words.Fold(long).Text)
	}
	for _, o := range out {
		if strings.Contains(o, "'") {
			out = append(out, strings.ReplaceAll(o, "'", ""))
		}
	}
	return out
}

// set numbers a set of words.
func (c *compiler) set(atoms []int32) *node {
	atoms = slices.Clone(atoms)
	slices.Sort(atoms)
	atoms = slices.Compact(atoms)
	c.spell(atoms)
	number, ok := c.setIndex[string(c.key)]
	if !ok {
		number = len(c.setIndex)
		c.setIndex[string(c.key)] = number
		c.rules.vocab.sets = number + 1
		for _, a := range atoms {
			c.rules.vocab.atoms[a].sets = append(c.rules.vocab.atoms[a].sets, int32(number))
		}
	}
	return &node{op: opSet, set: number, atoms: atoms}
}

// spell writes numbers of atoms as the key of a map.
func (c *compiler) spell(atoms []int32) {
	c.key = c.key[:0]
	for _, a := range atoms {
		c.key = binary.BigEndian.AppendUint32(c.key, uint32(a))
	}
}
