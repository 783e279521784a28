package classify

import (
	"fmt"
	"math"
	"strings"

	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/words"
)

// part compiles a part of a pattern.
func (c *compiler) part(s *scope, t *lexicon.Trees, n lexicon.Node) (part, error) {
	switch n.Op {
	case lexicon.Word:
		return c.tagged(s, n, t.Text(n))
	case lexicon.Ref:
		return c.class(s, t.Text(n))
	case lexicon.Any:
		return c.grammar.leaf(opAny, 0), nil
	case lexicon.Gap:
		return c.grammar.leaf(opGap, int(n.N)), nil
	case lexicon.Start:
		return c.grammar.leaf(opStart, 0), nil
	case lexicon.End:
		return c.grammar.leaf(opEnd, 0), nil
	}
	from := len(c.kids)
	for _, kid := range t.Kids(n) {
		k, err := c.part(s, t, kid)
		if err != nil {
			c.kids = c.kids[:from]
			return 0, err
		}
		c.kids = append(c.kids, k)
	}
	kids := c.kids[from:]
	c.kids = c.kids[:from]
	switch n.Op {
	case lexicon.Opt:
		return c.grammar.node(opOpt, kids...), nil
	case lexicon.Not:
		return c.grammar.node(opNot, kids...), nil
	case lexicon.Alt:
		return c.grammar.alternatives(kids), nil
	}
	return c.grammar.node(opSeq, kids...), nil
}

func (c *compiler) class(s *scope, name string) (part, error) {
	if set, is := builtInClass(&c.rules.vocab, name); is {
		return set.part(), nil
	}
	for ; s != nil; s = s.shared {
		source, ok := s.classes[name]
		if !ok {
			continue
		}
		if p, done := s.compiled[name]; done {
			return p, nil
		}
		if s.open[name] {
			return 0, fmt.Errorf("the class <%s> contains itself", name)
		}
		s.open[name] = true
		p, err := c.part(s, source.trees, source.node)
		delete(s.open, name)
		if err != nil {
			return 0, fmt.Errorf("in <%s>: %w", name, err)
		}
		c.remember(p)
		s.compiled[name] = p
		return p, nil
	}
	return 0, fmt.Errorf("the class <%s> is not defined", name)
}

// remember lets sentences keep the answer of a class of several phrases.
func (c *compiler) remember(p part) {
	if p < 0 || c.rules.classes == math.MaxUint16 {
		return
	}
	if n := &c.grammar.nodes[p]; n.op == opAlt && n.memo == 0 {
		c.rules.classes++
		n.memo = uint16(c.rules.classes)
	}
}

// builtInClass knows what no list of words can hold.
func builtInClass(v *vocabulary, name string) (set, bool) {
	switch name {
	case "number":
		return atomSet(v.number()), true
	case "currency":
		return everywhere(v, "$"), true
	case "mention":
		return everywhere(v, words.Mention), true
	case "link":
		return everywhere(v, words.Link), true
	}
	return 0, false
}

// everywhere is what stands in texts of every language.
func everywhere(v *vocabulary, w string) set {
	n := v.enter(whole, w)
	v.atoms[n].spoken = ^uint16(0)
	return atomSet(n)
}

// tagged compiles a word that may have to be a verb or a noun.
func (c *compiler) tagged(s *scope, n lexicon.Node, text string) (part, error) {
	w, err := c.word(s, n, text)
	if err != nil || n.Tag == lexicon.Untagged {
		return w, err
	}
	if w >= 0 {
		return 0, fmt.Errorf("%q is more than one word; only one can be tagged", text)
	}
	if n.Tag == lexicon.Noun {
		return c.grammar.node(opNoun, w), nil
	}
	return c.grammar.node(opVerb, w), nil
}

// word compiles one word as it is written in a lexicon, once.
func (c *compiler) word(s *scope, n lexicon.Node, text string) (part, error) {
	if !n.Prefix && !n.Suffix && isFolded(text) {
		c.rules.vocab.speaking = s.bit
		return atomSet(c.rules.vocab.word(text)).part(), nil
	}
	key := asWritten{text, n.Prefix, n.Suffix}
	if known, ok := s.words[key]; ok {
		return known, nil
	}
	w, err := c.newWord(s, n, text)
	if err == nil {
		s.words[key] = w
	}
	return w, err
}

// isFolded tells of most words that they are written as they are looked up.
func isFolded(w string) bool {
	for i := 0; i < len(w); i++ {
		if w[i] < 'a' || w[i] > 'z' || i > 1 && w[i] == w[i-1] && w[i] == w[i-2] {
			return false
		}
	}
	return w != "" && len(w) <= words.MaxWord
}

// newWord compiles one word: it may hold several tokens ("a-to-z", "l'avocat").
func (c *compiler) newWord(s *scope, n lexicon.Node, text string) (part, error) {
	v := &c.rules.vocab
	v.speaking = s.bit
	variants := spellings(text)
	if n.Prefix || n.Suffix {
		var atoms []int32
		for _, w := range variants {
			switch {
			case len(w) > words.MaxWord:
				return 0, fmt.Errorf("%q is longer than any word that is read", text)
			case n.Prefix:
				atoms = append(atoms, v.prefix(w))
			default:
				atoms = append(atoms, v.suffix(w))
			}
		}
		return c.grammar.set(atoms).part(), nil
	}
	var kids []part
	for _, w := range variants {
		var seq []part
		c.tokens = c.rules.spelling.Tokens(w, 0, len(w), words.MaxTokens, c.tokens[:0])
		for _, t := range c.tokens {
			seq = append(seq, atomSet(v.word(t.Text)).part())
		}
		switch len(seq) {
		case 0:
			return 0, fmt.Errorf("%q holds no word", text)
		case 1:
			kids = append(kids, seq[0])
		default:
			kids = append(kids, c.grammar.node(opSeq, seq...))
		}
	}
	return c.grammar.alternatives(kids), nil
}

// umlauts is a constant table: how they are written where there are none.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "ae", "Ö", "oe", "Ü", "ue")

// spellings lists the folded forms in which a word may be met: with and without its apostrophe, ä as a and as ae.
func spellings(w string) []string {
	out := []string{words.Fold(w).Text}
	if strings.ContainsAny(w, "äöüÄÖÜ") {
		long := umlauts.Replace(w)
		out = append(out, words.Fold(long).Text)
	}
	for _, o := range out {
		if strings.Contains(o, "'") {
			out = append(out, strings.ReplaceAll(o, "'", ""))
		}
	}
	return out
}
