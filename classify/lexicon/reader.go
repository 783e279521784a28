package lexicon

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// A reader turns the document into a File and collects everything that is wrong with it.
type reader struct {
	name   string
	data   string
	parser *parser
	faults []error

	counted, row int // the lines that begin before the offset counted
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
		Classes:      make([]Class, 0, len(doc.Class)), Contexts: make([]Context, 0, len(doc.Context)), Entries: make([]Entry, 0, len(doc.Entry)),
	}
	for _, name := range sortedKeys(doc.Class) {
		f.Classes = append(f.Classes, Class{Name: name, Pattern: r.class(name, doc.Class[name])})
	}
	for _, name := range sortedKeys(doc.Context) {
		f.Contexts = append(f.Contexts, r.context(name, doc.Context[name]))
	}
	from := 0
	for i := range doc.Entry {
		e := &doc.Entry[i]
		var read Entry
		read, from = r.entry(e, from)
		read.Unless = withDefaults(e.Unless, doc.Unless[e.Signal], e.Even)
		read.Needs = withDefaults(e.Needs, doc.Needs[e.Signal], e.Even)
		f.Entries = append(f.Entries, read)
	}
	f.Trees = r.parser.trees()
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
	return r.lineAt(from + i)
}

// lineAt gives the line of an offset. It is mostly asked for one that is near to the last one.
func (r *reader) lineAt(at int) int {
	if at >= r.counted {
		r.row += strings.Count(r.data[r.counted:at], "\n")
	} else {
		r.row -= strings.Count(r.data[at:r.counted], "\n")
	}
	r.counted = at
	return 1 + r.row
}

// each calls f with each line of a text, without blank ones and without comments, and with its number in the file. Where the
// place of the text isn't known, it is looked for at or after the offset from.
func (r *reader) each(t text, from int, f func(line string, number int)) {
	at := t.at
	for line := range strings.SplitSeq(t.string, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "# "):
		case t.at > 0:
			f(trimmed, r.lineAt(at))
		default:
			f(trimmed, r.line(trimmed, from))
		}
		at += len(line) + 1
	}
}

func (r *reader) class(name string, source text) Node {
	at := source.at
	if at == 0 {
		at = max(0, strings.Index(r.data, "\n"+name))
	}
	var kids []Node
	r.each(source, at, func(line string, number int) {
		n, err := r.parser.parse(strings.Trim(line, "| "))
		if err != nil {
			r.fault(number, "class %q: %v", name, err)
			return
		}
		kids = append(kids, n)
	})
	if len(kids) == 0 {
		r.fault(r.line(name, 0), "class %q is empty", name)
	}
	return r.parser.node(Alt, kids)
}

func (r *reader) context(name string, c context) Context {
	at := c.Say.at
	if at == 0 {
		at = max(0, strings.Index(r.data, "context."+name))
	}
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

func (r *reader) patterns(owner string, source text, from int) []Pattern {
	var out []Pattern
	r.each(source, from, func(line string, number int) {
		n, err := r.parser.parse(line)
		if err != nil {
			r.fault(number, "%s: %v", owner, err)
			return
		}
		out = append(out, Pattern{Source: line, Line: number, Root: n})
	})
	if len(out) == 0 {
		r.fault(r.line("say", from), "%s says nothing; give it a pattern in say", owner)
	}
	return out
}

// entry reads one entry whose text begins at or after the offset from, and returns where it was found.
func (r *reader) entry(e *entry, from int) (Entry, int) {
	if e.Name.at > 0 {
		from = e.Name.at
	} else if i := strings.Index(r.data[from:], `"`+e.Name.string+`"`); i >= 0 {
		from += i
	}
	line := r.line(e.Name.string, from)
	if e.Name.string == "" || e.Signal == "" {
		r.fault(line, "an entry needs a signal and a name")
	}
	out := Entry{Signal: e.Signal, Name: e.Name.string, Line: line, Strength: e.Strength}
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
func (r *reader) examples(source text, usual []string, from int) []Example {
	out := make([]Example, 0, 1+strings.Count(source.string, "\n"))
	r.each(source, from, func(line string, number int) {
		e := Example{Text: line, Signals: usual, Line: number}
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
	})
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
