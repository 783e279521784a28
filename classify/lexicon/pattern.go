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

// A Node is a pattern or a part of it. What it consists of is in its file's Trees.
type Node struct {
	from, to uint32 // its kids among the nodes; of a Word or Ref its text among the texts
	Op       Op
	Prefix   bool // of a Word: other letters may follow
	Suffix   bool // of a Word: other letters may come before
	Tag      Tag  // of a Word: where only one of its uses is meant
	N        int8 // of a Gap
}

// Trees hold what the patterns of a file consist of, in two flat pieces of memory: there are a quarter of a million nodes in the
// built-in files, for the short time until they are compiled.
type Trees struct {
	nodes []Node
	texts string
}

// Kids are the parts of a node.
func (t *Trees) Kids(n Node) []Node { return t.nodes[n.from:n.to] }

// Text is a Word as it is written, without stars, or the name of a Ref.
func (t *Trees) Text(n Node) string { return t.texts[n.from:n.to] }

// A Tag says as what a word has to be used.
type Tag uint8

// The uses of a word.
const (
	Untagged Tag = iota
	Verb
	Noun
)

// A parser reads patterns, one after the other.
type parser struct {
	rest  string
	open  []Node // the kids of the nodes that are being read
	nodes []Node
	texts strings.Builder
}

// newParser makes a parser for the patterns of a file of so many bytes.
func newParser(size int) *parser {
	p := &parser{nodes: make([]Node, 0, size/6)}
	p.texts.Grow(size / 2)
	return p
}

// trees gives what the patterns that were read consist of.
func (p *parser) trees() Trees { return Trees{p.nodes, p.texts.String()} }

func (p *parser) parse(source string) (Node, error) {
	p.rest, p.open = source, p.open[:0]
	n, err := p.alternatives(0)
	if err != nil {
		return Node{}, err
	}
	if p.rest != "" {
		return Node{}, fmt.Errorf("%q stands alone in %q", p.rest[:1], source)
	}
	return n, nil
}

// close makes a node of the open ones from that place on.
func (p *parser) close(op Op, from int) Node {
	n := p.node(op, p.open[from:])
	p.open = p.open[:from]
	return n
}

func (p *parser) node(op Op, kids []Node) Node {
	n := Node{Op: op, from: uint32(len(p.nodes))}
	p.nodes = append(p.nodes, kids...)
	n.to = uint32(len(p.nodes))
	return n
}

// leaf makes a Word or Ref.
func (p *parser) leaf(n Node, text string) Node {
	n.from = uint32(p.texts.Len())
	p.texts.WriteString(text)
	n.to = uint32(p.texts.Len())
	return n
}

// maxDepth bounds the nesting of brackets.
const maxDepth = 8

func (p *parser) alternatives(depth int) (Node, error) {
	if depth > maxDepth {
		return Node{}, fmt.Errorf("brackets are nested more than %d deep", maxDepth)
	}
	from := len(p.open)
	for {
		n, err := p.sequence(depth)
		if err != nil {
			return Node{}, err
		}
		p.open = append(p.open, n)
		if !p.take("|") {
			return p.single(Alt, from), nil
		}
	}
}

// single makes a node of several open ones, and leaves one alone as it is.
func (p *parser) single(op Op, from int) Node {
	if len(p.open) == from+1 {
		n := p.open[from]
		p.open = p.open[:from]
		return n
	}
	return p.close(op, from)
}

func (p *parser) sequence(depth int) (Node, error) {
	from := len(p.open)
	for {
		p.skipSpace()
		if p.rest == "" || strings.IndexByte("|)]", p.rest[0]) >= 0 {
			break
		}
		n, err := p.element(depth)
		if err != nil {
			return Node{}, err
		}
		p.open = append(p.open, n)
	}
	if len(p.open) == from {
		return Node{}, fmt.Errorf("an alternative is empty")
	}
	return p.single(Seq, from), nil
}

// skipSpace goes on to what comes next.
func (p *parser) skipSpace() {
	for p.rest != "" && (p.rest[0] == ' ' || p.rest[0] == '\t') {
		p.rest = p.rest[1:]
	}
}

func (p *parser) take(s string) bool {
	p.skipSpace()
	if !strings.HasPrefix(p.rest, s) {
		return false
	}
	p.rest = p.rest[len(s):]
	return true
}

// element reads one part of a sequence. There is one.
func (p *parser) element(depth int) (Node, error) {
	switch p.rest[0] {
	case '(':
		return p.group(")", depth)
	case '[':
		n, err := p.group("]", depth)
		return p.around(Opt, n), err
	case '!':
		p.take("!")
		if p.skipSpace(); p.rest == "" {
			return Node{}, fmt.Errorf("nothing follows \"!\"")
		}
		n, err := p.element(depth + 1)
		return p.around(Not, n), err
	case '<':
		name, rest, ok := strings.Cut(p.rest[1:], ">")
		if !ok || name == "" {
			return Node{}, fmt.Errorf("a class name is not closed with '>'")
		}
		p.rest = rest
		return p.leaf(Node{Op: Ref}, name), nil
	case '^':
		p.take("^")
		return Node{Op: Start}, nil
	case '$':
		p.take("$")
		return Node{Op: End}, nil
	}
	if p.take("..") {
		return p.gap()
	}
	return p.word()
}

// around makes a node of a single kid.
func (p *parser) around(op Op, kid Node) Node {
	p.open = append(p.open, kid)
	return p.close(op, len(p.open)-1)
}

// group reads what stands in brackets.
func (p *parser) group(closer string, depth int) (Node, error) {
	p.rest = p.rest[1:]
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
	return Node{Op: Gap, N: int8(n)}, nil
}

// endsWord is a constant table: the characters that a word ends before.
var endsWord = [256]bool{' ': true, '\t': true, '|': true, '(': true, ')': true, '[': true, ']': true, '<': true, '>': true}

func (p *parser) word() (Node, error) {
	i := 0
	for i < len(p.rest) && !endsWord[p.rest[i]] {
		i++
	}
	written := p.rest[:i]
	p.rest = p.rest[i:]
	switch written {
	case "_":
		return Node{Op: Any}, nil
	case "****":
		return p.leaf(Node{Op: Word}, written), nil
	}
	n, text := Node{Op: Word}, written
	if bare, ok := strings.CutSuffix(text, "/verb"); ok {
		text, n.Tag = bare, Verb
	} else if bare, ok := strings.CutSuffix(text, "/noun"); ok {
		text, n.Tag = bare, Noun
	}
	text, n.Suffix = strings.CutPrefix(text, "*")
	text, n.Prefix = strings.CutSuffix(text, "*")
	if (n.Prefix || n.Suffix) && utf8.RuneCountInString(text) < 3 {
		return Node{}, fmt.Errorf("%q is too short for a star; write at least three letters", written)
	}
	if n.Prefix && n.Suffix {
		return Node{}, fmt.Errorf("%q has a star on both sides; write one", written)
	}
	if strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r > 0x2000 }) < 0 &&
		text != "%" && text != "$" {
		return Node{}, fmt.Errorf("%q is not a word", written)
	}
	return p.leaf(n, text), nil
}
