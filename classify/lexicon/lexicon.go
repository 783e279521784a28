// Package lexicon holds what each language says when it carries a signal, as data: one TOML file per language.
//
// A file defines word classes, contexts and entries. An entry names a signal and the patterns that say it, the contexts
// that take it back (a negation, somebody else who acts, praise), and its own examples of texts that carry the signal and of
// look-alikes that don't. docs/hearing.md explains the format; this package reads it and says where it is wrong.
package lexicon

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// A File is one lexicon file, read but not yet compiled.
type File struct {
	Name     string // for messages
	Language string // ISO 639-1, "" for what belongs to every language

	Common        []string // the words by which the language is recognised
	Elisions      []string
	Abbreviations []string
	Fuzzy         []string // words that are recognised in spite of a slip of the pen
	NotFuzzy      []string // words that look like such a slip and are none
	Masked        []string // words that people write with stars
	Conjunctions  []string // words across which "before" doesn't look back

	Classes  []Class
	Contexts []Context
	Entries  []Entry
}

// A Class is a named set of phrases: <bank>.
type Class struct {
	Name    string
	Pattern Node
}

// Where a context has to be found.
const (
	Before   = "before"   // in the words before the match
	Upto     = "upto"     // in the words before it, or between its own
	After    = "after"    // in the words after it
	Around   = "around"   // before, between or after
	Sentence = "sentence" // in the same sentence
	Previous = "previous" // in the same sentence or the one before it
	Near     = "near"     // in the same sentence or one of its neighbours
	Text     = "text"     // anywhere
)

// A Context is a circumstance that speaks for or against what an entry heard.
type Context struct {
	Name     string
	Where    string
	Within   int // how many words away, for before, upto, after and around
	Patterns []Pattern
}

// A Pattern is one line of a `say`.
type Pattern struct {
	Source string
	Line   int
	Root   Node
}

// An Example is a text of the lexicon's own with the signals that it carries.
type Example struct {
	Text    string
	Signals []string
	Line    int
}

// An Entry is one meaning that carries a signal.
type Entry struct {
	Signal   string
	Name     string
	Line     int
	Patterns []Pattern
	Needs    []string // contexts of which all must be there; "a | b" is either of them
	Unless   []string // contexts of which none may be there
	Strength int      // decides which evidence is shown
	Hits     []Example
	Misses   []Example
}

// ID names the entry in explanations: "legal_threat/small-claims".
func (e Entry) ID() string { return e.Signal + "/" + e.Name }

//go:embed *.toml
var builtIn embed.FS

// BuiltIn reads the lexicon files that come with Heed, all at the same time.
func BuiltIn() ([]*File, error) {
	names, err := builtIn.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list the built-in lexicon: %w", err)
	}
	files, faults := make([]*File, len(names)), make([]error, len(names))
	var reading sync.WaitGroup
	for i, n := range names {
		reading.Go(func() { files[i], faults[i] = readBuiltIn(n.Name()) })
	}
	reading.Wait()
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return files, nil
}

func readBuiltIn(name string) (*File, error) {
	data, err := builtIn.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the built-in lexicon: %w", err)
	}
	return Parse(name, data)
}

// the file as it is written
type document struct {
	Language      string              `toml:"language"`
	Common        string              `toml:"common"`
	Elisions      string              `toml:"elisions"`
	Abbreviations string              `toml:"abbreviations"`
	Fuzzy         string              `toml:"fuzzy"`
	NotFuzzy      string              `toml:"not_fuzzy"`
	Masked        string              `toml:"masked"`
	Conjunctions  string              `toml:"conjunctions"`
	Class         map[string]string   `toml:"class"`
	Context       map[string]context  `toml:"context"`
	Unless        map[string][]string `toml:"unless"`
	Needs         map[string][]string `toml:"needs"`
	Entry         []entry             `toml:"entry"`
}

type context struct {
	Where  string `toml:"where"`
	Within int    `toml:"within"`
	Say    string `toml:"say"`
}

type entry struct {
	Signal   string   `toml:"signal"`
	Name     string   `toml:"name"`
	Say      string   `toml:"say"`
	Needs    []string `toml:"needs"`
	Unless   []string `toml:"unless"`
	Even     []string `toml:"even"`
	Strength int      `toml:"strength"`
	Hit      string   `toml:"hit"`
	Miss     string   `toml:"miss"`
}

// Parse reads a lexicon file. The error names the file, the line and what to do.
func Parse(name string, data []byte) (*File, error) {
	var doc document
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return nil, tomlError(name, err)
	}
	r := reader{name: name, data: string(data)}
	f := r.file(doc)
	if len(r.faults) > 0 {
		return nil, errors.Join(r.faults...)
	}
	return f, nil
}

func tomlError(name string, err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		row, _ := unknown.Errors[0].Position()
		return fmt.Errorf("%s:%d: a lexicon has no key %q", name, row, strings.Join(unknown.Errors[0].Key(), "."))
	}
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		row, col := syntax.Position()
		return fmt.Errorf("%s:%d:%d: not valid TOML: %w", name, row, col, err)
	}
	return fmt.Errorf("%s: not valid TOML: %w", name, err)
}

// A reader turns the document into a File and collects everything that is wrong with it.
type reader struct {
	name   string
	data   string
	faults []error
}

func (r *reader) fault(line int, format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf("%s:%d: %s", r.name, line, fmt.Sprintf(format, args...)))
}

func (r *reader) file(doc document) *File {
	f := &File{
		Name: r.name, Language: doc.Language,
		Common: strings.Fields(doc.Common), Elisions: strings.Fields(doc.Elisions),
		Abbreviations: strings.Fields(doc.Abbreviations), Fuzzy: strings.Fields(doc.Fuzzy),
		NotFuzzy: strings.Fields(doc.NotFuzzy), Masked: strings.Fields(doc.Masked),
		Conjunctions: strings.Fields(doc.Conjunctions),
	}
	for _, name := range sortedKeys(doc.Class) {
		f.Classes = append(f.Classes, Class{Name: name, Pattern: r.class(name, doc.Class[name])})
	}
	for _, name := range sortedKeys(doc.Context) {
		f.Contexts = append(f.Contexts, r.context(name, doc.Context[name]))
	}
	from := 0
	for _, e := range doc.Entry {
		var read Entry
		read, from = r.entry(e, from)
		read.Unless = withDefaults(e.Unless, doc.Unless[e.Signal], e.Even)
		read.Needs = withDefaults(e.Needs, doc.Needs[e.Signal], e.Even)
		f.Entries = append(f.Entries, read)
	}
	return f
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// line finds the line of a piece of text that was read from the file, at or after the offset from.
func (r *reader) line(piece string, from int) int {
	i := strings.Index(r.data[from:], piece)
	if i < 0 {
		return 1
	}
	return 1 + strings.Count(r.data[:from+i], "\n")
}

func (r *reader) class(name, source string) Node {
	at := max(0, strings.Index(r.data, "\n"+name))
	node := Node{Op: Alt}
	for _, line := range lines(source) {
		n, err := ParsePattern(strings.Trim(line, "| "))
		if err != nil {
			r.fault(r.line(line, at), "class %q: %v", name, err)
			continue
		}
		node.Kids = append(node.Kids, n)
	}
	if len(node.Kids) == 0 {
		r.fault(r.line(name, at), "class %q is empty", name)
	}
	return node
}

func (r *reader) context(name string, c context) Context {
	at := max(0, strings.Index(r.data, "context."+name))
	switch c.Where {
	case Before, Upto, After, Around, Sentence, Previous, Near, Text:
	default:
		r.fault(r.line("context."+name, 0), "context %q: where is %q; use before, upto, after, around, sentence, previous, near or text", name, c.Where)
	}
	if c.Within <= 0 {
		c.Within = 4
	}
	return Context{Name: name, Where: c.Where, Within: c.Within, Patterns: r.patterns("context "+name, c.Say, at)}
}

func (r *reader) patterns(owner, source string, from int) []Pattern {
	var out []Pattern
	for _, line := range lines(source) {
		at := r.line(line, from)
		n, err := ParsePattern(line)
		if err != nil {
			r.fault(at, "%s: %v", owner, err)
			continue
		}
		out = append(out, Pattern{Source: line, Line: at, Root: n})
	}
	if len(out) == 0 {
		r.fault(r.line("say", from), "%s says nothing; give it a pattern in say", owner)
	}
	return out
}

// entry reads one entry whose text begins at or after the offset from, and returns where it was found.
func (r *reader) entry(e entry, from int) (Entry, int) {
	if i := strings.Index(r.data[from:], `"`+e.Name+`"`); i >= 0 {
		from += i
	}
	line := r.line(e.Name, from)
	if e.Name == "" || e.Signal == "" {
		r.fault(line, "an entry needs a signal and a name")
	}
	out := Entry{Signal: e.Signal, Name: e.Name, Line: line, Strength: e.Strength}
	out.Patterns = r.patterns("entry "+out.ID(), e.Say, from)
	out.Hits = r.examples(e.Hit, []string{e.Signal}, from)
	out.Misses = r.examples(e.Miss, nil, from)
	if len(out.Hits) == 0 {
		r.fault(line, "entry %s has no example in hit; write a text that it must hear", out.ID())
	}
	return out, from
}

// examples reads one example a line. "=> a, b" at its end names the signals that it carries where they differ from the
// usual; "¶" stands for a line break.
func (r *reader) examples(source string, usual []string, from int) []Example {
	var out []Example
	for _, line := range lines(source) {
		e := Example{Text: line, Signals: usual, Line: r.line(line, from)}
		if text, signals, ok := strings.Cut(line, "=>"); ok {
			e.Text, e.Signals = strings.TrimSpace(text), nil
			for _, s := range strings.Split(signals, ",") {
				if s = strings.TrimSpace(s); s != "" && s != "nothing" {
					e.Signals = append(e.Signals, s)
				}
			}
		}
		e.Text = strings.ReplaceAll(e.Text, "¶", "\n")
		out = append(out, e)
	}
	return out
}

// withDefaults adds what holds for all entries of a signal to an entry's own contexts, but not what it is even with.
func withDefaults(own, defaults, even []string) []string {
	out := slices.Clone(own)
	for _, d := range defaults {
		if !slices.Contains(even, d) && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// lines cuts a multi-line string into its lines, without blank ones and without comments.
func lines(s string) []string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "# ") {
			out = append(out, l)
		}
	}
	return out
}
