package classify

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/words"
)

// A ruleset is the lexicon in the form in which it is matched: every set of words has a number, every pattern works on
// bit masks of word positions (see match.go).
type ruleset struct {
	spelling *words.Spelling
	vocab    vocabulary
	patterns []pattern // of all entries
	demands  []demand  // by pattern
	entries  []rule
	contexts []circumstance
	speech   speech
	joints   map[string]bool // conjunctions
	classes  int             // how many classes keep an answer
}

// A pattern is one compiled line of an entry.
type pattern struct {
	rule     int
	language uint16 // its bit; all for what belongs to every language
	source   string
	root     *node
}

// A rule is one compiled entry.
type rule struct {
	id       string
	signal   Signal
	language string
	bit      uint16 // of the language; all bits for what belongs to every language
	strength int
	needs    [][]int // numbers of contexts: one of each must be there
	unless   []int
}

// A circumstance is one compiled context.
type circumstance struct {
	name     string
	where    string
	within   int
	patterns []*node
}

// Some circumstances need no words: every language has them.
const (
	quoted   = iota // the words stand between quotation marks
	question        // the sentence ends with a question mark
	short           // the text is no longer than a few sentences
	brief           // the text is no longer than one or two
	foreign         // the text is in another language, which has the same words: its own rules judge them
	native          // the text is, or may well be, in the language of the rule
	firstWritten
)

// A compiler turns lexicon files into a ruleset.
type compiler struct {
	rules    *ruleset
	scopes   map[string]*scope
	setIndex map[string]int
	wanted   map[string]int32 // the atoms of a demand → its number
	rarest   map[*node]anchor // the anchors of classes, of which many patterns are made
	key      []byte           // scratch
	faults   []error
}

// A scope holds the names that the files of one language share.
type scope struct {
	bit      uint16 // its language in an atom's languages
	shared   *scope // of the files without a language
	classes  map[string]lexicon.Node
	compiled map[string]*node
	open     map[string]bool // being compiled, to find circles
	contexts map[string]int
	words    map[asWritten]*node
}

// asWritten is a word of a lexicon with its stars.
type asWritten struct {
	text           string
	prefix, suffix bool
}

func compile(files []*lexicon.File) (*ruleset, error) {
	c := &compiler{rules: &ruleset{}, scopes: map[string]*scope{}, setIndex: map[string]int{},
		wanted: map[string]int32{}, rarest: map[*node]anchor{}}
	c.rules.spelling = spelling(files)
	c.rules.vocab.init()
	c.rules.contexts = make([]circumstance, firstWritten)
	c.rules.contexts[quoted].name = "quoted"
	c.rules.contexts[question].name = "question"
	c.rules.contexts[foreign].name = "foreign"
	c.rules.contexts[native].name = "native"
	c.rules.contexts[short].name = "short"
	c.rules.contexts[brief].name = "brief"
	c.markCommon(files)
	c.countExamples(files)
	c.collectClasses(files)
	for _, f := range files {
		c.file(f)
	}
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	c.rules.speech = newSpeech(files, &c.rules.vocab)
	c.rules.joints = map[string]bool{}
	for _, f := range files {
		for _, w := range f.Conjunctions {
			c.rules.joints[words.Fold(w).Text] = true
		}
	}
	c.misspellings(files)
	c.rules.vocab.seal()
	return c.rules, nil
}

func spelling(files []*lexicon.File) *words.Spelling {
	var elisions, abbreviations, masked []string
	for _, f := range files {
		elisions = append(elisions, f.Elisions...)
		abbreviations = append(abbreviations, f.Abbreviations...)
		for _, m := range f.Masked {
			masked = append(masked, words.Fold(m).Text)
		}
	}
	return words.NewSpelling(elisions, abbreviations, masked)
}

func (c *compiler) markCommon(files []*lexicon.File) {
	for _, f := range files {
		for _, w := range f.Common {
			v := &c.rules.vocab
			w = words.Fold(w).Text
			v.speaking = v.language(f.Language)
			v.common[w] |= v.speaking
			v.word(w)
		}
	}
}

// countExamples finds out which words are frequent.
func (c *compiler) countExamples(files []*lexicon.File) {
	for _, f := range files {
		for _, e := range f.Entries {
			for _, x := range slices.Concat(e.Hits, e.Misses) {
				text := words.Fold(x.Text).Text
				for t := c.rules.spelling.Next(text, 0, len(text)); t.Text != ""; t = c.rules.spelling.Next(text, t.To, len(text)) {
					c.rules.vocab.met[t.Text]++
				}
			}
		}
	}
}

func (c *compiler) fault(f *lexicon.File, line int, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s:%d: %s", f.Name, line, fmt.Sprintf(format, args...)))
}

func (c *compiler) scope(language string) *scope {
	if s := c.scopes[language]; s != nil {
		return s
	}
	s := &scope{
		classes: map[string]lexicon.Node{}, compiled: map[string]*node{}, open: map[string]bool{}, contexts: map[string]int{},
		words: map[asWritten]*node{},
	}
	c.scopes[language] = s
	if language == "" {
		for n := range firstWritten {
			s.contexts[c.rules.contexts[n].name] = n
		}
		return s
	}
	s.shared = c.scope("")
	s.bit = c.rules.vocab.language(language)
	return s
}

func (c *compiler) collectClasses(files []*lexicon.File) {
	for _, f := range files {
		s := c.scope(f.Language)
		for _, class := range f.Classes {
			if _, twice := s.classes[class.Name]; twice {
				c.fault(f, 1, "class %q is defined twice for language %q; give it another name", class.Name, f.Language)
			}
			s.classes[class.Name] = class.Pattern
		}
	}
	for _, f := range files {
		c.collectContexts(f)
	}
}

func (c *compiler) collectContexts(f *lexicon.File) {
	s := c.scope(f.Language)
	for _, ctx := range f.Contexts {
		if _, twice := s.contexts[ctx.Name]; twice {
			c.fault(f, 1, "context %q is defined twice for language %q; give it another name", ctx.Name, f.Language)
		}
		out := circumstance{name: ctx.Name, where: ctx.Where, within: ctx.Within}
		for _, p := range ctx.Patterns {
			n, err := c.node(s, p.Root)
			if err != nil {
				c.fault(f, p.Line, "context %s: %v", ctx.Name, err)
				continue
			}
			out.patterns = append(out.patterns, n)
		}
		s.contexts[ctx.Name] = len(c.rules.contexts)
		c.rules.contexts = append(c.rules.contexts, out)
	}
}

func (c *compiler) file(f *lexicon.File) {
	s := c.scope(f.Language)
	for _, e := range f.Entries {
		if !slices.Contains(Signals(), Signal(e.Signal)) {
			c.fault(f, e.Line, "%q is no signal; the twelve are listed in docs/hearing.md", e.Signal)
		}
		r := rule{id: e.ID(), signal: Signal(e.Signal), language: f.Language, bit: c.rules.vocab.language(f.Language),
			strength: e.Strength, unless: []int{quoted, foreign}}
		for _, need := range e.Needs {
			r.needs = append(r.needs, c.contextNumbers(f, s, e, strings.Split(need, "|")))
		}
		r.unless = append(r.unless, c.contextNumbers(f, s, e, e.Unless)...)
		for _, p := range e.Patterns {
			c.pattern(f, s, p)
		}
		c.rules.entries = append(c.rules.entries, r)
	}
}

func (c *compiler) contextNumbers(f *lexicon.File, s *scope, e lexicon.Entry, names []string) []int {
	var out []int
	for _, name := range names {
		name = strings.TrimSpace(name)
		n, ok := s.contexts[name]
		if !ok && s.shared != nil {
			n, ok = s.shared.contexts[name]
		}
		if !ok {
			c.fault(f, e.Line, "entry %s names the context %q, which is not defined", e.ID(), name)
			continue
		}
		out = append(out, n)
	}
	return out
}

func (c *compiler) pattern(f *lexicon.File, s *scope, p lexicon.Pattern) {
	n, err := c.node(s, p.Root)
	if err != nil {
		c.fault(f, p.Line, "%v", err)
		return
	}
	a := c.anchors(n)
	if len(a.atoms) == 0 {
		c.fault(f, p.Line, "the pattern %q may match without any word; add a word that must be there", p.Source)
		return
	}
	number := len(c.rules.patterns)
	c.rules.patterns = append(c.rules.patterns, pattern{
		rule: len(c.rules.entries), language: c.rules.vocab.language(f.Language), source: p.Source, root: n,
	})
	c.rules.demands = append(c.rules.demands, c.demands(n, a))
	for _, atom := range a.atoms {
		c.rules.vocab.atoms[atom].anchors = append(c.rules.vocab.atoms[atom].anchors, int32(number))
	}
}

// misspellings enters the slips of the pen by which a fuzzy word is still recognised.
func (c *compiler) misspellings(files []*lexicon.File) {
	v := &c.rules.vocab
	real := map[string]bool{}
	var fuzzy []string
	for _, f := range files {
		for _, w := range f.NotFuzzy {
			real[words.Fold(w).Text] = true
		}
		for _, w := range f.Fuzzy {
			fuzzy = append(fuzzy, words.Fold(w).Text)
		}
	}
	sort.Strings(fuzzy)
	for _, w := range fuzzy {
		for _, slip := range slips(w) {
			if _, known := v.words[slip]; !known && !real[slip] && v.common[slip] == 0 {
				v.slips[slip] = w
			}
		}
	}
}
