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
	Text   string // of a Word as it is written, or the name of a Ref
	Kids   []Node
	Op     Op
	Prefix bool // of a Word: other letters may follow
	Suffix bool // of a Word: other letters may come before
	Tag    Tag  // of a Word: where only one of its uses is meant
	N      int8 // of a Gap
}

// A Tag says as what a word has to be used.
type Tag uint8

// The uses of a word.
const (
	Untagged Tag = iota
	Verb
	Noun
)

// A parser reads patterns, one after the other. Their nodes lie together in a few large pieces of memory.
type parser struct {
	rest  string
	open  []Node // the kids of the nodes that are being read
	piece []Node // room for more nodes
}

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

// pieceSize is how many nodes lie together.
const pieceSize = 512

// close takes the kids from the open ones on as those of a node that is complete.
func (p *parser) close(from int) []Node {
	kids := p.open[from:]
	if len(p.piece) < len(kids) {
		p.piece = make([]Node, max(pieceSize, len(kids)))
	}
	out := p.piece[:len(kids):len(kids)]
	copy(out, kids)
	p.piece, p.open = p.piece[len(kids):], p.open[:from]
	return out
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
	return Node{Op: op, Kids: p.close(from)}
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
		return Node{Op: Ref, Text: name}, nil
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
	return Node{Op: op, Kids: p.close(len(p.open) - 1)}
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
	text := p.rest[:i]
	p.rest = p.rest[i:]
	n := Node{Op: Word, Text: text}
	if text == "_" {
		return Node{Op: Any}, nil
	}
	if text == "****" {
		return n, nil
	}
	if bare, ok := strings.CutSuffix(text, "/verb"); ok {
		text, n.Text, n.Tag = bare, bare, Verb
	} else if bare, ok := strings.CutSuffix(text, "/noun"); ok {
		text, n.Text, n.Tag = bare, bare, Noun
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
