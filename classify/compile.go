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

// A ruleset is the lexicon in the form in which it is matched: every word has a number, every pattern works on bit masks of
// word positions (see match.go), and nearly all of it is arrays without pointers.
type ruleset struct {
	spelling *words.Spelling
	vocab    vocabulary
	grammar  grammar
	patterns []pattern // of all entries
	triggers []trigger // of all patterns
	demands  int       // how many sets of words they demand
	sources  []byte    // the lines of the lexicon that they were written in, all in a row
	entries  []rule
	contexts []circumstance
	speech   speech
	classes  int // how many classes keep an answer
}

// A pattern is one compiled line of an entry.
type pattern struct {
	rule     int32
	root     part
	from, to int32  // its source
	language uint16 // its bit; all for what belongs to every language
}

// source is the line of the lexicon that p was written in.
func (r *ruleset) source(p *pattern) string { return string(r.sources[p.from:p.to]) }

// A rule is one compiled entry.
type rule struct {
	id       string
	signal   uint8 // its number in Signals
	language string
	bit      uint16 // of the language; all bits for what belongs to every language
	strength int
	needs    [][]int32 // numbers of contexts: one of each must be there
	unless   []int32
}

// A circumstance is one compiled context.
type circumstance struct {
	name     string
	where    string
	within   int
	patterns []part
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
	rules   *ruleset
	grammar builder
	size    int // of all patterns, in bytes
	scopes  map[string]*scope
	said    []line        // where the patterns were written, by number
	met     []int32       // by atom: how often it is met in the examples
	anchors []anchor      // of all parts; the first is none
	ways    [][]way       // by node: how it can match, nil when that is not known yet
	tokens  []words.Token // scratch
	kids    []part        // scratch: those of the nodes that are being compiled
	ofNode  []int32       // by node: ^ the number of its anchor, 0 when that is not known yet
	ofSet   []int32       // likewise by larger set, and without ^
	ofAtom  []int32       // likewise by atom
	faults  []error
}

// A line is where a pattern was written. It doesn't hold the file, which is let go of before the anchors are found.
type line struct {
	file   string
	number int
	source string
}

// A scope holds the names that the files of one language share.
type scope struct {
	bit      uint16 // its language in an atom's languages
	shared   *scope // of the files without a language
	classes  map[string]tree
	compiled map[string]part
	open     map[string]bool // being compiled, to find circles
	contexts map[string]int32
	words    map[asWritten]part
}

// A tree is a pattern as it was read.
type tree struct {
	trees *lexicon.Trees
	node  lexicon.Node
}

// asWritten is a word of a lexicon with its stars.
type asWritten struct {
	text           string
	prefix, suffix bool
}

func compile(files []*lexicon.File) (*ruleset, error) {
	c := &compiler{rules: &ruleset{vocab: newVocabulary()}, size: size(files), scopes: map[string]*scope{}}
	c.grammar = newBuilder(c.size)
	c.rules.spelling = spelling(files)
	c.nameContexts()
	c.markCommon(files)
	c.collectClasses(files)
	for _, f := range files {
		c.file(f)
	}
	c.rules.speech = newSpeech(files, &c.rules.vocab)
	c.misspellings(files)
	c.markConjunctions(files)
	c.rules.vocab.know()
	c.countExamples(files)
	c.scopes = nil // from here on the files are not needed any more
	c.anchor()
	c.rules.grammar = c.grammar.finished()
	c.rules.vocab.finish()
	c.rules.patterns = slices.Clone(c.rules.patterns)
	if len(c.rules.vocab.atoms) > maxAtoms {
		c.faults = append(c.faults, fmt.Errorf("the lexicon has more than %d words", maxAtoms))
	}
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	return c.rules, nil
}

// size tells how many bytes of patterns there are.
func size(files []*lexicon.File) int {
	n := 0
	for _, f := range files {
		for _, e := range f.Entries {
			for _, p := range e.Patterns {
				n += len(p.Source)
			}
		}
	}
	return n
}

// nameContexts makes those that need no words.
func (c *compiler) nameContexts() {
	c.rules.contexts = make([]circumstance, firstWritten)
	c.rules.contexts[quoted].name = "quoted"
	c.rules.contexts[question].name = "question"
	c.rules.contexts[foreign].name = "foreign"
	c.rules.contexts[native].name = "native"
	c.rules.contexts[short].name = "short"
	c.rules.contexts[brief].name = "brief"
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
	v := &c.rules.vocab
	for _, f := range files {
		for _, w := range f.Common {
			v.speaking = v.language(f.Language)
			n := v.word(words.Fold(w).Text)
			v.atoms[n].common |= v.speaking
		}
	}
}

// markConjunctions comes after misspellings: a conjunction by itself makes no word known.
func (c *compiler) markConjunctions(files []*lexicon.File) {
	v := &c.rules.vocab
	for _, f := range files {
		for _, w := range f.Conjunctions {
			v.atoms[v.enter(whole, words.Fold(w).Text)].nature |= joint
		}
	}
}

// every is how many examples there are for one that is counted.
const every = 4

// countExamples finds out which words are frequent.
func (c *compiler) countExamples(files []*lexicon.File) {
	v := &c.rules.vocab
	c.met = make([]int32, len(v.atoms))
	var word sense
	var room []int32
	n := 0
	for _, f := range files {
		for _, e := range f.Entries {
			for _, x := range slices.Concat(e.Hits, e.Misses) {
				if n++; n%every != 0 {
					continue
				}
				text := words.Fold(x.Text).Text
				for t := c.rules.spelling.Next(text, 0, len(text)); t.Text != ""; t = c.rules.spelling.Next(text, t.To, len(text)) {
					room = v.look(&t, &word, room[:0])
					for _, a := range word.atoms {
						c.met[a] += every
					}
				}
			}
		}
	}
}

func (c *compiler) fault(file string, line int, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s:%d: %s", file, line, fmt.Sprintf(format, args...)))
}

func (c *compiler) scope(language string) *scope {
	if s := c.scopes[language]; s != nil {
		return s
	}
	s := &scope{
		classes: map[string]tree{}, compiled: map[string]part{}, open: map[string]bool{}, contexts: map[string]int32{},
		words: map[asWritten]part{},
	}
	c.scopes[language] = s
	if language == "" {
		for n := range int32(firstWritten) {
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
		for i := range f.Classes {
			class := &f.Classes[i]
			if _, twice := s.classes[class.Name]; twice {
				c.fault(f.Name, 1, "class %q is defined twice for language %q; give it another name", class.Name, f.Language)
			}
			s.classes[class.Name] = tree{&f.Trees, class.Pattern}
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
			c.fault(f.Name, 1, "context %q is defined twice for language %q; give it another name", ctx.Name, f.Language)
		}
		out := circumstance{name: strings.Clone(ctx.Name), where: strings.Clone(ctx.Where), within: ctx.Within}
		for i := range ctx.Patterns {
			p := &ctx.Patterns[i]
			n, err := c.part(s, &f.Trees, p.Root)
			if err != nil {
				c.fault(f.Name, p.Line, "context %s: %v", ctx.Name, err)
				continue
			}
			out.patterns = append(out.patterns, n)
		}
		s.contexts[ctx.Name] = int32(len(c.rules.contexts))
		c.rules.contexts = append(c.rules.contexts, out)
	}
}

func (c *compiler) file(f *lexicon.File) {
	s := c.scope(f.Language)
	for i := range f.Entries {
		e := &f.Entries[i]
		signal := slices.Index(signals[:], Signal(e.Signal))
		if signal < 0 {
			c.fault(f.Name, e.Line, "%q is no signal; the twelve are listed in docs/hearing.md", e.Signal)
		}
		r := rule{id: e.ID(), signal: uint8(signal), language: strings.Clone(f.Language), bit: c.rules.vocab.language(f.Language),
			strength: e.Strength, unless: []int32{quoted, foreign}}
		for _, need := range e.Needs {
			r.needs = append(r.needs, c.contextNumbers(f, s, e, strings.Split(need, "|")))
		}
		r.unless = append(r.unless, c.contextNumbers(f, s, e, e.Unless)...)
		for i := range e.Patterns {
			c.pattern(f, s, &e.Patterns[i])
		}
		c.rules.entries = append(c.rules.entries, r)
	}
}

func (c *compiler) contextNumbers(f *lexicon.File, s *scope, e *lexicon.Entry, names []string) []int32 {
	var out []int32
	for _, name := range names {
		name = strings.TrimSpace(name)
		n, ok := s.contexts[name]
		if !ok && s.shared != nil {
			n, ok = s.shared.contexts[name]
		}
		if !ok {
			c.fault(f.Name, e.Line, "entry %s names the context %q, which is not defined", e.ID(), name)
			continue
		}
		out = append(out, n)
	}
	return out
}

func (c *compiler) pattern(f *lexicon.File, s *scope, p *lexicon.Pattern) {
	root, err := c.part(s, &f.Trees, p.Root)
	if err != nil {
		c.fault(f.Name, p.Line, "%v", err)
		return
	}
	c.said = append(c.said, line{f.Name, p.Line, p.Source})
	c.rules.patterns = append(c.rules.patterns, pattern{
		rule: int32(len(c.rules.entries)), language: c.rules.vocab.language(f.Language), root: root,
	})
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
	rights := make([]sense, len(fuzzy)) // before any slip is known, which could be another of these words
	for i, w := range fuzzy {
		v.look(&words.Token{Text: w, Hash: words.Hash(w)}, &rights[i], nil)
	}
	for i, w := range fuzzy {
		for _, s := range slips(w) {
			n := v.find(whole, s, words.Hash(s))
			if real[s] || n >= 0 && v.atoms[n].nature&slip == 0 {
				continue
			}
			v.mean(v.enter(whole, s), rights[i].atoms)
		}
	}
}
