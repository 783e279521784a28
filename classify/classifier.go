package classify

import (
	"fmt"
	"sync"

	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/tagger"
	"github.com/heedmail/heed/classify/words"
)

// MaxBytes is how much of a subject or body is read. What a person writes is far shorter.
const MaxBytes = 1 << 20

// Options say what a Classifier knows beside the built-in lexicon.
type Options struct {
	Lexicons []*lexicon.File // an administrator's own files, read with lexicon.Parse
	Only     bool            // use Lexicons alone, without the built-in ones
	Second   SecondOpinion   // asked after the rules have spoken; nil for none
	Tagger   VerbTagger      // nil for the built-in one, which loads its model when it is first needed
}

// A SecondOpinion hears what rules can't put into words. It is given the text, whose Own has been found out already, and the
// verdict of the rules, and returns further hits, each
// with its evidence; a signal that the rules heard is left as it is.
type SecondOpinion interface {
	Hear(Text, Verdict) []Hit
}

// A Classifier hears signals in texts. It may be shared by any number of goroutines.
type Classifier struct {
	rules  *ruleset
	own    []*lexicon.File // the administrator's, whose examples may be asked for
	only   bool            // there are no others
	second SecondOpinion
	tagger VerbTagger
	spare  *spares
}

// Spares are what the next text finds ready. What another processor used has to be fetched out of its cache, which takes up to a fifth
// of the time of a text: so they are pools, in which a processor finds what it used last. After a pause they are empty; then half a
// millisecond is spent on making it anew.
type spares struct{ owns, hearings sync.Pool }

// New makes a classifier. With lexicons of the administrator's own it compiles them and the built-in one, and its error lists
// everything that is wrong, with file and line.
func New(o Options) (*Classifier, error) {
	rules, err := rulesOf(o)
	if err != nil {
		return nil, fmt.Errorf("compile the lexicon: %w", err)
	}
	if o.Tagger == nil {
		o.Tagger = tagger.New()
	}
	return &Classifier{rules: rules, own: o.Lexicons, only: o.Only, second: o.Second, tagger: o.Tagger, spare: new(spares)}, nil
}

func rulesOf(o Options) (*ruleset, error) {
	if len(o.Lexicons) == 0 && !o.Only {
		sum, err := lexicon.Sum()
		if err != nil {
			return nil, err
		}
		return builtIn(compiled, sum)
	}
	files, err := allFiles(o.Lexicons, o.Only)
	if err != nil {
		return nil, err
	}
	return compile(files)
}

// allFiles are the files that a classifier is compiled from. They are not kept: as they are written they take as much
// memory again as the rules that are made of them.
func allFiles(own []*lexicon.File, only bool) ([]*lexicon.File, error) {
	if only {
		return own, nil
	}
	built, err := lexicon.BuiltIn()
	return append(built, own...), err
}

// With returns a classifier that has the same rules and asks for a second opinion. The rules are shared, so a second
// opinion may well ask c what the rules alone say.
func (c *Classifier) With(second SecondOpinion) *Classifier {
	return &Classifier{rules: c.rules, own: c.own, only: c.only, second: second, tagger: c.tagger, spare: c.spare}
}

// Classify hears what a text carries.
func (c *Classifier) Classify(t Text) Verdict { return c.listen(t, false).Verdict }

// Explain hears the same as Classify and tells what it weighed.
func (c *Classifier) Explain(t Text) Explanation { return c.listen(t, true) }

// listen folds a text, lets the rules hear it, and then the second opinion.
func (c *Classifier) listen(t Text, explain bool) Explanation {
	own, ok := c.spare.owns.Get().(*words.Own)
	if !ok {
		own = new(words.Own)
	}
	t.read(own)
	h := c.hearing(t)
	h.explain = explain
	h.listen(own)
	e := Explanation{Verdict: c.verdict(h), Candidates: h.candidates}
	h.forget()
	c.spare.hearings.Put(h)
	if c.second != nil {
		e.Verdict.Hits = merge(e.Verdict.Hits, c.second.Hear(t, e.Verdict))
	}
	own.Forget()
	c.spare.owns.Put(own)
	return e
}

func (c *Classifier) verdict(h *hearing) Verdict {
	return Verdict{Lang: c.language(h.given, h), Hits: h.hits()}
}

// language is the language that the text itself shows, else that of the strongest words heard, else the hint.
func (c *Classifier) language(t Text, h *hearing) string {
	if lang := h.language().language; lang != "" {
		return lang
	}
	if h.heardIn != "" {
		return h.heardIn
	}
	return t.Lang
}

// merge adds the hits of a second opinion whose signals were not heard yet, keeping the order of Signals.
func merge(hits, more []Hit) []Hit {
	if len(more) == 0 {
		return hits
	}
	by := map[Signal]Hit{}
	for _, h := range more {
		by[h.Signal] = h
	}
	for _, h := range hits {
		by[h.Signal] = h
	}
	var out []Hit
	for _, s := range signals {
		if h, ok := by[s]; ok {
			out = append(out, h)
		}
	}
	return out
}
