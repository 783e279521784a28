package feature

import "github.com/heedmail/heed/classify/words"

// An extractor is the work on one text. It is reused for the next one.
type extractor struct {
	concepts *Concepts
	parts    []part
	passage  Passage
	sentence []words.Token
	forms    []string // the words, what stands for all numbers, and the signs that sentences end with
	places   []int16  // of each form: its token, or the one before
	sets     []Set    // of each form: what it stands for
	seen     []uint32 // by feature: the turn in which it was seen last
	turn     uint32
}

// A part is consecutive lines of the customer's own, with its sentences.
type part struct {
	text  words.Folded
	spans []words.Span
}

// passages is how many passages the part has: one if it is short, else one for each sentence.
func (p part) passages() int {
	if len(p.text.Text) <= shortText && len(p.spans) > 0 {
		return 1
	}
	return len(p.spans)
}

// Kinds of features: the first letter that is hashed.
const (
	aWord        = 'w'
	aPair        = 'p'
	aTriple      = 't'
	letters      = 'l'
	aConcept     = 'c'
	inOrder      = 'o'
	anywhere     = 'a'
	withNeighbor = 'n'
)

// Limits of what belongs together.
const (
	fewestLetters = 3
	mostLetters   = 5
	reach         = 6 // words from one concept to the next one of a pair
	beside        = 2 // words from a concept to a neighbour
)

// number stands in for all numbers.
const number = "#"

// spell appends the forms of the tokens of a sentence, which are those up to until, and of the sign that it ends with.
func (x *extractor) spell(last byte, until int) {
	for i := until - len(x.sentence); i < until; i++ {
		form := x.passage.Tokens[i].Text
		if form[0] >= '0' && form[0] <= '9' {
			form = number
		}
		x.forms, x.places = append(x.forms, form), append(x.places, int16(i))
	}
	if until > 0 && (last == '!' || last == '?') {
		x.forms, x.places = append(x.forms, string(last)), append(x.places, int16(until-1))
	}
}

// look finds out what the words of the passage stand for, and whether somebody speaks to somebody in it.
func (x *extractor) look() bool {
	x.sets = x.sets[:0]
	var all Set
	asks := false
	for _, form := range x.forms {
		set := x.concepts.of(form)
		x.sets = append(x.sets, set)
		all = all.or(set)
		asks = asks || form == "?"
	}
	x.passage.Addressed = all.meets(x.concepts.addressing)
	return asks || all.meets(x.concepts.personal)
}

// extract finds the features of the passage that was looked at, but for its meanings.
func (x *extractor) extract() {
	x.nextTurn()
	v := &x.passage.Views
	v[0] = x.words(v[0][:0])
	v[1] = x.letters(v[1][:0])
	v[Meanings] = v[Meanings][:0]
}

// nextTurn forgets which features were seen.
func (x *extractor) nextTurn() {
	x.turn++
	if x.turn == 0 { // after four thousand million passages
		clear(x.seen)
		x.turn = 1
	}
}

// add appends a feature, seen in the forms from … until, unless the passage has it already.
func (x *extractor) add(to []Feature, h hash, from, until int) []Feature {
	id := h.id()
	if x.seen[id] == x.turn {
		return to
	}
	x.seen[id] = x.turn
	return append(to, Feature{ID: id, From: x.places[from], To: x.places[until-1] + 1})
}

func (x *extractor) words(out []Feature) []Feature {
	for i, w := range x.forms {
		out = x.add(out, kind(aWord).text(w), i, i+1)
		if i+1 < len(x.forms) {
			out = x.add(out, kind(aPair).text(w).text(x.forms[i+1]), i, i+2)
		}
		if i+2 < len(x.forms) {
			out = x.add(out, kind(aTriple).text(w).text(x.forms[i+1]).text(x.forms[i+2]), i, i+3)
		}
	}
	return out
}

// letters finds the groups of letters of each word. The space before it and behind it is one of them.
func (x *extractor) letters(out []Feature) []Feature {
	for i, w := range x.forms {
		size := len(w) + 2
		for from := 0; from+fewestLetters <= size; from++ {
			h := kind(letters)
			for n := 1; n <= mostLetters && from+n <= size; n++ {
				h = h.byte(letter(w, from+n-1))
				if n >= fewestLetters {
					out = x.add(out, h.byte(byte(n)), i, i+1)
				}
			}
		}
	}
	return out
}

// letter gives a letter of a word that stands between spaces.
func letter(w string, i int) byte {
	if i == 0 || i == len(w)+1 {
		return ' '
	}
	return w[i-1]
}

func (x *extractor) meanings(out []Feature) []Feature {
	var all Set
	for i, set := range x.sets {
		all = all.or(set)
		for a := range set.each {
			out = x.add(out, kind(aConcept).byte(byte(a)), i, i+1)
			for j := i + 1; j < len(x.sets) && j-i <= reach; j++ {
				for b := range x.sets[j].each {
					out = x.add(out, kind(inOrder).byte(byte(a)).byte(byte(b)), i, j+1)
				}
			}
			out = x.neighbors(out, a, i)
		}
	}
	for a := range all.each {
		for b := range all.each {
			if b > a {
				out = x.whole(out, kind(anywhere).byte(byte(a)).byte(byte(b)))
			}
		}
	}
	return out
}

// neighbors pairs a concept with the words beside it.
func (x *extractor) neighbors(out []Feature, concept, i int) []Feature {
	for d := -beside; d <= beside; d++ {
		if j := i + d; d != 0 && j >= 0 && j < len(x.forms) {
			h := kind(withNeighbor).byte(byte(concept)).byte(byte(d + beside)).text(x.forms[j])
			out = x.add(out, h, min(i, j), max(i, j)+1)
		}
	}
	return out
}

// whole appends a feature of the passage as a whole.
func (x *extractor) whole(to []Feature, h hash) []Feature {
	id := h.id()
	if x.seen[id] == x.turn {
		return to
	}
	x.seen[id] = x.turn
	return append(to, Feature{ID: id})
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
