// Package feature turns a text into what the model of package classify/model weighs: sentences, and for each sentence its
// features.
//
// A sentence is looked at twice. Its words are the words themselves, pairs of neighbours, and both again cut to their first
// five letters, which makes "cancelling" and "cancelled" one. Its meanings are the concepts that its words stand for
// (concepts.txt): alone, two of them in order, two of them anywhere, and each with the words beside it. A meaning is the same in
// every language, so what was learnt from English texts helps with Dutch ones.
//
// Every feature is hashed to one of Dim numbers. Training and hearing share this package, so they can't drift apart.
package feature

import (
	"strings"
	"sync"

	"github.com/heedmail/heed/classify/words"
)

// Dim is how many different features there are; two that fall on one number are not told apart.
const Dim = 1 << 18

// A Feature is one thing that is true of a sentence.
type Feature struct {
	ID       uint32
	From, To int8 // the tokens that it was seen in; 0, 0 for the sentence as a whole
}

// A Sentence is one sentence with its features. Its slices are only valid until the next sentence is read.
type Sentence struct {
	Text     words.Folded // the text that it stands in
	Span     words.Span
	Tokens   []words.Token
	Words    []Feature
	Meanings []Feature
}

// A Reader finds the sentences of texts. It may be shared by any number of goroutines.
type Reader struct {
	concepts *Concepts
	spelling *words.Spelling
	scratch  sync.Pool
}

// Words before an apostrophe that stand by themselves, and abbreviations whose full stop ends no sentence.
const (
	elisions      = "l d j c s n m t qu un dell all nell sull quest quell"
	abbreviations = "mr mrs ms dr st no nr vs etc approx inc ltd dept ref tel ext bzw ca str sr sra dna dott sig"
)

// NewReader makes a reader that knows the built-in concepts.
func NewReader() (*Reader, error) {
	c, err := BuiltIn()
	if err != nil {
		return nil, err
	}
	return &Reader{concepts: c, spelling: words.NewSpelling(strings.Fields(elisions), strings.Fields(abbreviations), nil)}, nil
}

// Each calls f with every sentence of the fields of a text in which somebody speaks to somebody: one with I or you in it, with a
// please or a question mark. Headlines, news and prices have nothing for us. It gives the number of all sentences; when there are
// more than limit, f is not called at all. Lines quoted with '>' are left out.
func (r *Reader) Each(limit int, f func(*Sentence), fields ...string) int {
	x, ok := r.scratch.Get().(*extractor)
	if !ok {
		x = &extractor{concepts: r.concepts, seen: make([]uint32, Dim)}
	}
	defer r.scratch.Put(x)
	x.parts = x.parts[:0]
	number := 0
	for _, field := range fields {
		for field != "" && number <= limit {
			var own string
			own, field = ownPart(field)
			folded := words.Fold(own)
			p := part{folded, r.spelling.Sentences(folded)}
			number += len(p.spans)
			x.parts = append(x.parts, p)
		}
	}
	if number > limit {
		return number
	}
	for _, p := range x.parts {
		for _, span := range p.spans {
			r.read(x, p.text, span, f)
		}
	}
	return number
}

// minWords is how many words a sentence has at least; a shorter one says too little.
const minWords = 4

// read hands over one sentence, when it is worth it.
func (r *Reader) read(x *extractor, text words.Folded, span words.Span, f func(*Sentence)) {
	s := &x.sentence
	s.Text, s.Span = text, span
	s.Tokens = r.spelling.Tokens(text.Text, span.From, span.To, words.MaxTokens, s.Tokens)
	if len(s.Tokens) >= minWords && x.look() {
		x.extract()
		f(s)
	}
}

// ownPart cuts off the first consecutive lines of a text that are not quoted.
func ownPart(text string) (own, rest string) {
	for at := 0; at < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if strings.HasPrefix(strings.TrimLeft(text[at:end], " \t"), ">") {
			return text[:at], text[end:]
		}
		at = end
	}
	return text, ""
}
