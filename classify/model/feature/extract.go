package feature

import "github.com/heedmail/heed/classify/words"

// An extractor is the work on one text. It is reused for the next one.
type extractor struct {
	concepts *Concepts
	parts    []part
	sentence Sentence
	forms    []string // of each token: the word, or what stands for all numbers
	sets     []Set    // of each token: what it stands for
	seen     []uint32 // by feature: the turn in which it was seen last
	turn     uint32
}

// A part is consecutive lines of the customer's own, with its sentences.
type part struct {
	text  words.Folded
	spans []words.Span
}

// Kinds of features: the first letter that is hashed.
const (
	aWord        = 'w'
	aPair        = 'p'
	aStem        = 's'
	aStemPair    = 'q'
	anEnd        = 'e'
	aConcept     = 'c'
	inOrder      = 'o'
	anywhere     = 'a'
	withNeighbor = 'n'
)

// Limits of what belongs together.
const (
	stemSize = 5
	reach    = 6 // words from one concept to the next one of a pair
)

// Stand-ins for what is no word.
const (
	number = "#"
	start  = "^"
	end    = "$"
)

// look finds out what the words of the sentence stand for, and whether somebody speaks to somebody in it.
func (x *extractor) look() bool {
	x.forms, x.sets = x.forms[:0], x.sets[:0]
	var all Set
	for _, t := range x.sentence.Tokens {
		form := t.Text
		if form[0] >= '0' && form[0] <= '9' {
			form = number
		}
		set := x.concepts.of(form)
		x.forms, x.sets = append(x.forms, form), append(x.sets, set)
		all |= set
	}
	return all&x.concepts.personal != 0 || x.mark() == '?'
}

// extract finds the features of the sentence that was looked at.
func (x *extractor) extract() {
	x.nextTurn()
	x.sentence.Words = x.words(x.sentence.Words[:0])
	x.sentence.Meanings = x.meanings(x.sentence.Meanings[:0])
}

// nextTurn forgets which features were seen.
func (x *extractor) nextTurn() {
	x.turn++
	if x.turn == 0 { // after four thousand million sentences
		clear(x.seen)
		x.turn = 1
	}
}

// add appends a feature unless the sentence has it already.
func (x *extractor) add(to []Feature, h hash, from, until int) []Feature {
	id := h.id()
	if x.seen[id] == x.turn {
		return to
	}
	x.seen[id] = x.turn
	return append(to, Feature{ID: id, From: int8(from), To: int8(until)})
}

// form gives a word of the sentence, or what stands for its beginning and end.
func (x *extractor) form(i int) string {
	switch {
	case i < 0:
		return start
	case i >= len(x.forms):
		return end
	}
	return x.forms[i]
}

func stem(w string) string { return w[:min(len(w), stemSize)] }

func (x *extractor) words(out []Feature) []Feature {
	n := len(x.forms)
	for i := -1; i < n; i++ {
		w, next := x.form(i), x.form(i+1)
		from, until := max(i, 0), min(i+2, n)
		out = x.add(out, kind(aPair).text(w).text(next), from, until)
		if i < 0 {
			continue
		}
		out = x.add(out, kind(aWord).text(w), i, i+1)
		out = x.add(out, kind(aStem).text(stem(w)), i, i+1)
		if i+1 < n {
			out = x.add(out, kind(aStemPair).text(stem(w)).text(stem(next)), from, until)
		}
	}
	return x.add(out, kind(anEnd).byte(x.mark()), 0, 0)
}

// mark is the sign that the sentence ends with: '?', '!' or any other.
func (x *extractor) mark() byte {
	s := x.sentence
	if b := s.Text.Text[s.Span.To-1]; b == '?' || b == '!' {
		return b
	}
	return '.'
}

func (x *extractor) meanings(out []Feature) []Feature {
	var all Set
	for i, set := range x.sets {
		all |= set
		set.each(func(a int) {
			out = x.add(out, kind(aConcept).byte(byte(a)), i, i+1)
			for j := i + 1; j < len(x.sets) && j-i <= reach; j++ {
				x.sets[j].each(func(b int) {
					out = x.add(out, kind(inOrder).byte(byte(a)).byte(byte(b)), i, j+1)
				})
			}
			for d := -2; d <= 2; d++ {
				if d != 0 {
					out = x.add(out, kind(withNeighbor).byte(byte(a)).byte(byte(d+2)).text(x.form(i+d)),
						max(min(i, i+d), 0), min(max(i, i+d)+1, len(x.sets)))
				}
			}
		})
	}
	all.each(func(a int) {
		(all &^ (1<<(a+1) - 1)).each(func(b int) {
			out = x.add(out, kind(anywhere).byte(byte(a)).byte(byte(b)), 0, 0)
		})
	})
	return out
}

// A hash is a feature on its way to its number (FNV-1a).
type hash uint64

const hashStart, hashPrime = hash(14695981039346656037), hash(1099511628211)

func kind(k byte) hash { return hashStart.byte(k) }

func (h hash) byte(b byte) hash { return (h ^ hash(b)) * hashPrime }

// text adds a word and what keeps it apart from the next one.
func (h hash) text(w string) hash {
	for i := 0; i < len(w); i++ {
		h = (h ^ hash(w[i])) * hashPrime
	}
	return h.byte(0xFF)
}

func (h hash) id() uint32 {
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	return uint32(h & (Dim - 1))
}
