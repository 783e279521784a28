package config

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A table is a TOML table with the line of each thing in it. go-toml's decoder knows the line of syntax errors and
// unknown keys only, and stops at the first value of a wrong type; an administrator wants all faults at once, those of
// meaning too. So the document is parsed by go-toml's parser and read by us.
type table struct {
	line   int
	keys   []string // in the order of the file
	values map[string]*value
}

// A value is one value of a table or array. What it is, is said by kind.
type value struct {
	line   int // of its key; of itself within an array
	kind   unstable.Kind
	text   string   // of a string, decoded; else as written
	array  []*value // of an array, and of an array of tables ([[x]])
	table  *table   // of a table, inline or not
	header bool     // it was written as [x] or [[x]]
}

func newTable(line int) *table { return &table{line: line, values: map[string]*value{}} }

func (t *table) put(key string, v *value) {
	if _, there := t.values[key]; !there {
		t.keys = append(t.keys, key)
	}
	t.values[key] = v
}

// describe names what a value is, for the sentence that says what it should have been.
func (v *value) describe() string {
	switch v.kind {
	case unstable.String:
		return strconv.Quote(shorten(v.text)) + ", a string"
	case unstable.Integer:
		return v.text + ", a whole number"
	case unstable.Float:
		return v.text + ", a number with a fraction"
	case unstable.Bool:
		return v.text + ", a boolean"
	case unstable.Array:
		return "a list"
	case unstable.InlineTable, unstable.Table:
		return "a table"
	}
	return v.text + ", a date or time"
}

// shorten keeps a value that is shown in a sentence from filling the screen.
func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// A syntaxError is the one fault that ends the reading at once.
type syntaxError struct {
	line    int
	problem string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.problem) }

// parse turns a TOML document into a tree. go-toml's decoder goes first: it knows all that TOML forbids, such as a key
// that is defined twice, which its parser alone lets pass.
func parse(data []byte) (*table, error) {
	var discard map[string]any
	if err := toml.Unmarshal(data, &discard); err != nil {
		return nil, asSyntaxError(err)
	}
	b := builder{root: newTable(1), lines: lineStarts(data)}
	b.current = b.root
	b.parser.Reset(data)
	for b.parser.NextExpression() {
		if err := b.expression(b.parser.Expression()); err != nil {
			return nil, err
		}
	}
	if err := b.parser.Error(); err != nil {
		return nil, asSyntaxError(err)
	}
	return b.root, nil
}

func asSyntaxError(err error) *syntaxError {
	line := 1
	var at *toml.DecodeError
	if errors.As(err, &at) {
		line, _ = at.Position()
	}
	return &syntaxError{line: line, problem: strings.TrimPrefix(err.Error(), "toml: ")}
}

// A builder puts a document's expressions, one after the other, into a tree.
type builder struct {
	parser  unstable.Parser
	lines   []int // the offset at which each line starts
	root    *table
	current *table // the table of the last header
}

func (b *builder) expression(n *unstable.Node) error {
	switch n.Kind {
	case unstable.KeyValue:
		return b.keyValue(b.current, n)
	case unstable.Table, unstable.ArrayTable:
		return b.header(n)
	}
	return nil
}

func (b *builder) header(n *unstable.Node) error {
	path, line := b.key(n)
	parent, err := b.descend(b.root, path[:len(path)-1], line)
	if err != nil {
		return err
	}
	name := path[len(path)-1]
	there := parent.values[name]
	fresh := newTable(line)
	switch {
	case n.Kind == unstable.ArrayTable:
		if there == nil {
			there = &value{line: line, kind: unstable.Array, header: true}
			parent.put(name, there)
		}
		there.array = append(there.array, &value{line: line, kind: unstable.Table, table: fresh, header: true})
	case there == nil:
		parent.put(name, &value{line: line, kind: unstable.Table, table: fresh, header: true})
	case there.table != nil: // a [x.y] came before its [x]
		fresh = there.table
		fresh.line = line
	default:
		return &syntaxError{line: line, problem: name + " is defined twice"}
	}
	b.current = fresh
	return nil
}

// keyValue puts `a.b = v` into a table.
func (b *builder) keyValue(t *table, n *unstable.Node) error {
	path, line := b.key(n)
	parent, err := b.descend(t, path[:len(path)-1], line)
	if err != nil {
		return err
	}
	v, err := b.value(n.Value(), line)
	if err != nil {
		return err
	}
	parent.put(path[len(path)-1], v)
	return nil
}

// descend walks down a dotted key, making the tables that are not there yet; in a list of tables it takes the last.
func (b *builder) descend(t *table, path []string, line int) (*table, error) {
	for _, name := range path {
		v := t.values[name]
		if v == nil {
			v = &value{line: line, kind: unstable.Table, table: newTable(line), header: true}
			t.put(name, v)
		}
		if v.table == nil && len(v.array) > 0 {
			v = v.array[len(v.array)-1]
		}
		if v.table == nil {
			return nil, &syntaxError{line: line, problem: name + " is not a table"}
		}
		t = v.table
	}
	return t, nil
}

func (b *builder) value(n *unstable.Node, line int) (*value, error) {
	v := &value{line: line, kind: n.Kind, text: string(n.Data)}
	switch n.Kind {
	case unstable.Array:
		for it := n.Children(); it.Next(); {
			element, err := b.value(it.Node(), b.lineOf(it.Node(), line))
			if err != nil {
				return nil, err
			}
			v.array = append(v.array, element)
		}
	case unstable.InlineTable:
		v.table = newTable(line)
		for it := n.Children(); it.Next(); {
			if err := b.keyValue(v.table, it.Node()); err != nil {
				return nil, err
			}
		}
		if len(v.table.keys) > 0 {
			v.table.line = v.table.values[v.table.keys[0]].line
		}
	}
	return v, nil
}

// key returns the parts of a dotted key and its line.
func (b *builder) key(n *unstable.Node) (path []string, line int) {
	for it := n.Key(); it.Next(); {
		if line == 0 {
			line = b.lineOf(it.Node(), 1)
		}
		path = append(path, string(it.Node().Data))
	}
	return path, line
}

// lineOf returns the line of a node, or that of its parent where the parser keeps no place for it (lists, tables).
func (b *builder) lineOf(n *unstable.Node, parent int) int {
	if n.Raw.Length == 0 {
		return parent
	}
	offset := int(n.Raw.Offset)
	return sort.Search(len(b.lines), func(i int) bool { return b.lines[i] > offset })
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}
