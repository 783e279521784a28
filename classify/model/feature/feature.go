// Package feature turns a text into what the model of package classify/model weighs: passages, and for each passage its
// features.
//
// A passage is looked at in three ways. Its words: alone, and two and three of them in a row. Its letters: three to five in a
// row within a word, which makes "cancelling", "cancelled" and "canceling" nearly one. And its meanings: the concepts that its
// words stand for (concepts.txt), alone, two of them in order, two of them anywhere, and each with the words beside it. A meaning
// is the same in every language, so what was learnt from English texts helps with Dutch ones.
//
// Every feature is hashed to one of Dim numbers. Training and hearing share this package, so they can't drift apart.
package feature

import (
	"strings"
	"sync"

	"github.com/heedmail/heed/classify/words"
)

// Dim is how many different features there are; two that fall on one number are not told apart.
const Dim = 1 << 20

// A Feature is one thing that is true of a passage.
type Feature struct {
	ID       uint32 // its number in the reader's index, or its hash where there is none
	From, To int16  // the tokens that it was seen in; 0, 0 for the passage as a whole
}

// Views is in how many ways a passage is looked at: its words, its letters, and last, as that takes the longest, its meanings.
const Views = 3

// A Passage is a short text, or one sentence of a longer one. Its slices are only valid until the next passage is read.
type Passage struct {
	Text   words.Folded // the text that it stands in
	Spans  []words.Span // its sentences
	Tokens []words.Token

	Views                    [Views][]Feature // its features, each of them once; see Spell and Understand
	Words, Letters, Meanings Sum              // what those of each view say

	Addressed bool // it has a "you" or a "please" in it
	Among     int  // how many passages the text has

	extractor *extractor
}

// A Reader finds the passages of texts. It may be shared by any number of goroutines.
type Reader struct {
	concepts *Concepts
	wanted   *Index
	rows     []Row
	spelling *words.Spelling
	free     sync.Pool // of *extractor
}

// Words before an apostrophe that stand by themselves, and abbreviations whose full stop ends no sentence.
const (
	elisions      = "l d j c s n m t qu un dell all nell sull quest quell"
	abbreviations = "mr mrs ms dr st no nr vs etc approx inc ltd dept ref tel ext bzw ca str sr sra dna dott sig"
)

// NewReader makes a reader that knows the built-in concepts. It finds the wanted features only, and adds up what they say, which
// is in rows by their numbers. For whom it finds all features, wanted and rows are nil.
func NewReader(wanted *Index, rows []Row) (*Reader, error) {
	c, err := BuiltIn()
	if err != nil {
		return nil, err
	}
	return &Reader{
		concepts: c, wanted: wanted, rows: rows, spelling: words.NewSpelling(strings.Fields(elisions), strings.Fields(abbreviations), nil),
	}, nil
}

// shortText is the size, in bytes, up to which a text is one passage: what is meant by "No." stands in the sentence before it.
const shortText = 320

// Understand looks for the meanings, which are left out at first.
func (p *Passage) Understand() {
	p.Views[2] = p.extractor.meanings(p.Views[2][:0])
	p.Meanings = p.extractor.sum(p.Views[2])
}

// Spell lists the features of the letters, of which at first only the sum is there.
func (p *Passage) Spell() { p.extractor.list() }

// Each calls f with every passage of the parts of a text in which somebody speaks to somebody: one with I or you in it, with a
// please or a question mark. Headlines, news and prices have nothing for us. It gives the number of all passages; when there are
// more than limit, f is not called at all.
func (r *Reader) Each(limit int, f func(*Passage), parts []words.Part) int {
	x := r.extractor()
	number := 0
	for i := 0; i < len(parts) && number <= limit; i++ {
		number += r.part(x, parts[i])
	}
	if number <= limit {
		x.passage.Among, x.passage.extractor = number, x
		for i := range x.parts {
			p := &x.parts[i]
			size := len(p.Spans) / max(p.passages(), 1)
			for i := 0; i < len(p.Spans); i += size {
				r.read(x, p, p.Spans[i:i+size], f)
			}
		}
	}
	r.free.Put(x)
	return number
}

// extractor gets ready for a text.
func (r *Reader) extractor() *extractor {
	x, ok := r.free.Get().(*extractor)
	if !ok {
		return newExtractor(r.concepts, r.wanted, r.rows)
	}
	x.parts = x.parts[:0]
	x.memory.tidy()
	return x
}

// part adds consecutive lines of the customer's own. It tells how many passages they are.
func (r *Reader) part(x *extractor, text words.Part) int {
	if len(x.parts) < cap(x.parts) {
		x.parts = x.parts[:len(x.parts)+1]
	} else {
		x.parts = append(x.parts, part{})
	}
	p := &x.parts[len(x.parts)-1]
	p.Part, p.read = text, 0
	if p.Spans == nil || !r.spelling.CutsAlike(p.Text, p.Spans) {
		p.spans, _ = r.spelling.Sentences(p.Folded, p.spans[:0])
		p.Spans = p.spans
	}
	return p.passages()
}

// minWords is how many words a passage has at least; a shorter one says too little.
const minWords = 2

// read hands over one passage, when it is worth it.
func (r *Reader) read(x *extractor, from *part, spans []words.Span, f func(*Passage)) {
	p := &x.passage
	p.Text, p.Spans, p.Tokens = from.Folded, spans, p.Tokens[:0]
	x.forms, x.places, x.asks = x.forms[:0], x.places[:0], false
	for _, span := range spans {
		first := len(p.Tokens)
		p.Tokens = from.words(r.spelling, span, p.Tokens)
		x.spell(from.Text[span.To-1], first)
	}
	if len(p.Tokens) >= minWords && x.look() {
		x.extract()
		f(p)
		x.forget()
	}
}
