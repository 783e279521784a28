package classify

import (
	"slices"

	"github.com/heedmail/heed/classify/words"
)

// A reading is the sentences of a part of a text with their words and what the vocabulary knows of those, each of them found out
// once: rules, the neighbours of a sentence, the language and the second opinion all ask for them.
//
// What people write is read at once. Of what is longer there is a window, which moves on with the sentence that is listened to,
// so that a megabyte takes no more memory than a page.
type reading struct {
	spelling *words.Spelling
	vocab    *vocabulary

	text   words.Folded
	cuts   []words.Span // all sentences of the text
	spans  []words.Span // those of the part
	plain  bool         // it was cut into them plainly
	first  int          // the first sentence of the window
	ends   []int        // of each sentence of the window: where its words end
	start  int          // where the first one's begin
	moved  bool         // not everything that was read of the text is there any more
	tokens []words.Token
	senses []sense // of the tokens
	atoms  []int32 // room for those of words that the vocabulary has to work out
}

// window is how many words, and how many sentences, are read ahead.
const window = 1 << 10

// begin gets ready for a text.
func (r *reading) begin(room *words.Own) {
	r.text, r.cuts, r.spans = words.Folded{}, room.Spans[:0], nil
	r.tokens, r.senses, r.atoms, r.moved = room.Tokens[:0], r.senses[:0], r.atoms[:0], false
	r.open(0)
}

// part begins to read consecutive lines of the text.
func (r *reading) part(text words.Folded) {
	r.text = text
	from := len(r.cuts)
	r.cuts, r.plain = r.spelling.Sentences(text, r.cuts)
	r.spans = r.cuts[from:]
	r.open(0)
	r.ahead()
}

// open opens the window at a sentence.
func (r *reading) open(first int) { r.first, r.ends, r.start = first, r.ends[:0], len(r.tokens) }

// ahead reads as far as there is room.
func (r *reading) ahead() {
	for r.until() < len(r.spans) && len(r.tokens) < window && len(r.ends) < window {
		r.sentence(r.spans[r.until()])
	}
}

// until is the first sentence behind the window.
func (r *reading) until() int { return r.first + len(r.ends) }

// holds tells whether a sentence is in the window.
func (r *reading) holds(i int) bool { return i >= r.first && i < r.until() }

// reach moves the window on, if need be, so that a sentence and those beside it are in it. It tells whether it did.
func (r *reading) reach(i int) (moved bool) {
	if r.holds(min(i+1, len(r.spans)-1)) {
		return false
	}
	clear(r.tokens)
	r.tokens, r.senses, r.atoms, r.moved = r.tokens[:0], r.senses[:0], r.atoms[:0], true
	r.open(max(i-1, 0))
	r.ahead()
	return true
}

// only opens the window for one sentence of another reading.
func (r *reading) only(other *reading, i int) {
	r.tokens, r.senses, r.atoms = r.tokens[:0], r.senses[:0], r.atoms[:0]
	r.text, r.spans = other.text, other.spans
	r.open(i)
	r.sentence(r.spans[i])
}

// sentence reads the words of the sentence behind the window.
func (r *reading) sentence(span words.Span) {
	from := len(r.tokens)
	r.tokens = r.spelling.Tokens(r.text.Text, span.From, span.To, words.MaxTokens, r.tokens)
	r.senses = slices.Grow(r.senses, len(r.tokens)-from)[:len(r.tokens)]
	tokens, senses, atoms := r.tokens[from:], r.senses[from:], r.atoms
	for i := range tokens {
		t := &tokens[i]
		if t.Masked && i > 0 && r.text.HidesName(tokens[i-1], *t) {
			t.Text, t.Hash = words.Grawlix, words.Hash(words.Grawlix)
		}
		atoms = r.vocab.look(t, &senses[i], atoms)
	}
	r.atoms, r.ends = atoms, append(r.ends, len(r.tokens))
}

// words gives the words of a sentence of the window.
func (r *reading) words(i int) ([]words.Token, []sense) {
	from := r.start
	if i > r.first {
		from = r.ends[i-r.first-1]
	}
	to := r.ends[i-r.first]
	return r.tokens[from:to], r.senses[from:to]
}

// sentences gives the sentences of the part, when it was cut into them plainly.
func (r *reading) sentences() []words.Span {
	if !r.plain {
		return nil
	}
	return r.spans
}

// whole gives the words of the part, when nothing of it was let go of.
func (r *reading) whole() []words.Token {
	if r.moved || r.until() < len(r.spans) {
		return nil
	}
	return r.tokens[r.start:]
}

// covers tells whether the window begins with the beginning of a text and goes as far as so many bytes of it, or to its end. Where a
// sentence ends within what could be a word, nobody knows what another reader would have read there: then it doesn't.
func (r *reading) covers(text string, size int) bool {
	if r.first > 0 || !r.text.Of(text) {
		return false
	}
	for i, span := range r.spans {
		if first, _ := r.text.Place(span.From, span.To); first >= size {
			break
		}
		if !r.holds(i) || i > 0 && !words.IsSpace(r.text.Text[span.From-1]) {
			return false
		}
	}
	return true
}

// forget lets go of the text.
func (r *reading) forget() {
	clear(r.tokens)
	r.text, r.tokens, r.cuts, r.spans = words.Folded{}, r.tokens[:0], nil, nil
}
