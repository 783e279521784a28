package lexicon

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Op says what a Node of a pattern matches.
type Op uint8

// The parts of a pattern.
const (
	Word  Op = iota // a word, or the beginning or end of one: lawyer, lawy*, *anwalt
	Any             // any one word: _
	Gap             // up to N words: ..N
	Seq             // one after the other
	Alt             // one of several: (a|b)
	Opt             // there or not: [a]
	Ref             // a class: <bank>
	Start           // the beginning of a sentence or clause: ^
	End             // the end of one: $
	Not             // what comes next is not this: !a
)

// defaultGap is how many words ".." may stand for.
const defaultGap = 3

// maxGap bounds what an author may ask for.
const maxGap = 20

// A Node is a pattern or a part of it.
type Node struct {
	Op     Op
	Text   string // of a Word as it is written, or the name of a Ref
	Prefix bool   // of a Word: other letters may follow
	Suffix bool   // of a Word: other letters may come before
	Tag    string // of a Word: "verb" or "noun" where only one of the two is meant
	N      int    // of a Gap
	Kids   []Node
}

// ParsePattern reads a pattern.
func ParsePattern(source string) (Node, error) {
	p := parser{rest: source}
	n, err := p.alternatives(0)
	if err != nil {
		return Node{}, err
	}
	if p.rest != "" {
		return Node{}, fmt.Errorf("%q stands alone in %q", p.rest[:1], source)
	}
	return n, nil
}

type parser struct{ rest string }

// maxDepth bounds the nesting of brackets.
const maxDepth = 8

func (p *parser) alternatives(depth int) (Node, error) {
	if depth > maxDepth {
		return Node{}, fmt.Errorf("brackets are nested more than %d deep", maxDepth)
	}
	alt := Node{Op: Alt}
	for {
		n, err := p.sequence(depth)
		if err != nil {
			return Node{}, err
		}
		alt.Kids = append(alt.Kids, n)
		if !p.take("|") {
			break
		}
	}
	if len(alt.Kids) == 1 {
		return alt.Kids[0], nil
	}
	return alt, nil
}

func (p *parser) sequence(depth int) (Node, error) {
	seq := Node{Op: Seq}
	for {
		p.rest = strings.TrimLeft(p.rest, " \t")
		if p.rest == "" || strings.HasPrefix(p.rest, "|") || strings.HasPrefix(p.rest, ")") || strings.HasPrefix(p.rest, "]") {
			break
		}
		n, err := p.element(depth)
		if err != nil {
			return Node{}, err
		}
		seq.Kids = append(seq.Kids, n)
	}
	switch len(seq.Kids) {
	case 0:
		return Node{}, fmt.Errorf("an alternative is empty")
	case 1:
		return seq.Kids[0], nil
	}
	return seq, nil
}

func (p *parser) take(s string) bool {
	p.rest = strings.TrimLeft(p.rest, " \t")
	if !strings.HasPrefix(p.rest, s) {
		return false
	}
	p.rest = p.rest[len(s):]
	return true
}

func (p *parser) element(depth int) (Node, error) {
	switch {
	case p.take("("):
		return p.group(")", depth)
	case p.take("["):
		n, err := p.group("]", depth)
		return Node{Op: Opt, Kids: []Node{n}}, err
	case p.take("!"):
		n, err := p.element(depth + 1)
		return Node{Op: Not, Kids: []Node{n}}, err
	case p.take("<"):
		name, rest, ok := strings.Cut(p.rest, ">")
		if !ok || name == "" {
			return Node{}, fmt.Errorf("a class name is not closed with '>'")
		}
		p.rest = rest
		return Node{Op: Ref, Text: name}, nil
	case p.take(".."):
		return p.gap()
	case p.take("^"):
		return Node{Op: Start}, nil
	case p.take("$"):
		return Node{Op: End}, nil
	}
	return p.word()
}

func (p *parser) group(closer string, depth int) (Node, error) {
	n, err := p.alternatives(depth + 1)
	if err != nil {
		return Node{}, err
	}
	if !p.take(closer) {
		return Node{}, fmt.Errorf("a bracket is not closed with %q", closer)
	}
	return n, nil
}

func (p *parser) gap() (Node, error) {
	i := 0
	for i < len(p.rest) && p.rest[i] >= '0' && p.rest[i] <= '9' {
		i++
	}
	n := defaultGap
	if i > 0 {
		var err error
		if n, err = strconv.Atoi(p.rest[:i]); err != nil || n < 1 || n > maxGap {
			return Node{}, fmt.Errorf("a gap is 1 to %d words, not %s", maxGap, p.rest[:i])
		}
	}
	p.rest = p.rest[i:]
	return Node{Op: Gap, N: n}, nil
}

func (p *parser) word() (Node, error) {
	i := 0
	for i < len(p.rest) && !strings.ContainsRune(" \t|()[]<>", rune(p.rest[i])) {
		i++
	}
	text := p.rest[:i]
	p.rest = p.rest[i:]
	n := Node{Op: Word, Text: text}
	if text == "_" {
		return Node{Op: Any}, nil
	}
	if text == "****" {
		return n, nil
	}
	for _, tag := range []string{"verb", "noun"} {
		if bare, ok := strings.CutSuffix(text, "/"+tag); ok {
			text, n.Text, n.Tag = bare, bare, tag
		}
	}
	if strings.HasPrefix(text, "*") {
		n.Suffix, n.Text = true, strings.TrimPrefix(n.Text, "*")
	}
	if strings.HasSuffix(n.Text, "*") {
		n.Prefix, n.Text = true, strings.TrimSuffix(n.Text, "*")
	}
	if (n.Prefix || n.Suffix) && utf8.RuneCountInString(n.Text) < 3 {
		return Node{}, fmt.Errorf("%q is too short for a star; write at least three letters", text)
	}
	if n.Prefix && n.Suffix {
		return Node{}, fmt.Errorf("%q has a star on both sides; write one", text)
	}
	if strings.IndexFunc(n.Text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r > 0x2000 }) < 0 &&
		n.Text != "%" && n.Text != "$" {
		return Node{}, fmt.Errorf("%q is not a word", text)
	}
	return n, nil
}
