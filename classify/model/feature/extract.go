package feature

import (
	"github.com/heedmail/heed/classify/words"
)

// An extractor is the work on one text. It is reused for the next one.
type extractor struct {
	concepts *Concepts
	parts    []part
	passage  Passage
	forms    []uint32 // the words, what stands for all numbers, and the signs that sentences end with
	places   []int16  // of each form: its token, or the one before
	wanted   *Index
	rows     []Row // what the features say
	memory   memory
	asks     bool     // the passage has a question mark
	turn     uint32   // which passage it is
	has      features // those of the passage
}

// features is a bit for each feature.
type features []uint64

// take tells whether a feature is new, and notes that it is there.
func (f features) take(feature uint32) bool {
	word, bit := &f[feature/64], uint64(1)<<(feature%64)
	is := *word&bit == 0
	*word |= bit
	return is
}

func newExtractor(concepts *Concepts, wanted *Index, rows []Row) *extractor {
	return &extractor{concepts: concepts, wanted: wanted, rows: rows, memory: newMemory(), has: wanted.none()}
}

// form looks up a word that has that hash.
func (x *extractor) form(word string, h uint32) uint32 {
	if n := x.memory.find(word, h); n != 0 {
		return n
	}
	n := x.memory.add(word, h)
	f, text := &x.memory.forms[n], x.memory.text(n)
	f.stands, f.word = x.concepts.of(word), x.wanted.number(kind(aWord).text(text).id())
	f.pair, f.triple = kind(aPair).text(text), kind(aTriple).text(text)
	f.letters.from = uint32(len(x.memory.letters))
	letterGroups(word, func(id uint32) {
		if number := x.wanted.number(id); number != unwanted {
			x.memory.addLetter(number)
		}
	})
	f.letters.to = uint32(len(x.memory.letters))
	if x.rows != nil {
		for _, feature := range x.memory.lettersOf(n) {
			f.say.add(&x.rows[feature])
		}
	}
	return n
}

// A part is consecutive lines of the customer's own, with its sentences.
type part struct {
	words.Part
	spans []words.Span // room for those, where they are others than the ones that the part came with
	read  int          // how many of its words are in passages already
}

// words appends the words of a sentence. They are not read again where they were read the same way.
func (p *part) words(s *words.Spelling, span words.Span, into []words.Token) []words.Token {
	for p.read < len(p.Tokens) && p.Tokens[p.read].From < span.From {
		p.read++
	}
	first, same := p.read, p.Tokens != nil && (p.read == 0 || p.Tokens[p.read-1].To <= span.From)
	for ; same && p.read < len(p.Tokens) && p.Tokens[p.read].From < span.To; p.read++ {
		t := &p.Tokens[p.read]
		same = t.To <= span.To && s.Reads(p.Text, t)
	}
	if !same || p.read-first > words.MaxTokens {
		return s.Tokens(p.Text, span.From, span.To, words.MaxTokens, into)
	}
	return append(into, p.Tokens[first:p.read]...)
}

// passages is how many passages the part has: one if it is short, else one for each sentence.
func (p *part) passages() int {
	if len(p.Text) <= shortText && len(p.Spans) > 0 {
		return 1
	}
	return len(p.Spans)
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

// spell appends the forms of the tokens of a sentence, which are those from first on, and of the sign that it ends with.
func (x *extractor) spell(last byte, first int) {
	tokens := x.passage.Tokens
	for i := first; i < len(tokens); i++ {
		word, h := tokens[i].Text, tokens[i].Hash
		if word[0] >= '0' && word[0] <= '9' {
			word, h = number, words.Hash(number)
		}
		x.forms, x.places = append(x.forms, x.form(word, h)), append(x.places, int16(i))
	}
	if len(tokens) > 0 && (last == '!' || last == '?') {
		x.asks = x.asks || last == '?'
		sign := string(last)
		x.forms, x.places = append(x.forms, x.form(sign, words.Hash(sign))), append(x.places, int16(len(tokens)-1))
	}
}

// look finds out what the words of the passage stand for, and whether somebody speaks to somebody in it.
func (x *extractor) look() bool {
	var all Set
	for _, n := range x.forms {
		all = all.or(x.memory.forms[n].stands)
	}
	x.passage.Addressed = all.meets(x.concepts.addressing)
	return x.asks || all.meets(x.concepts.personal)
}

// extract adds up what the words and the letters of the passage say that was looked at.
func (x *extractor) extract() {
	p := &x.passage
	p.Views[0], p.Views[1], p.Views[2] = x.words(p.Views[0][:0]), p.Views[1][:0], p.Views[2][:0]
	p.Words, p.Letters = x.sum(p.Views[0]), Sum{}
	x.addLetters(&p.Letters)
}

// list lists the features of the letters that are not among the words.
func (x *extractor) list() {
	x.forget()
	v := &x.passage.Views
	for _, f := range v[0] {
		x.has.take(f.ID)
	}
	v[1] = x.letters(v[1][:0])
}

// forget gets ready for the features of the passage to be found again, and for those of the next one: there are no others in has.
func (x *extractor) forget() {
	has := x.has
	for _, view := range x.passage.Views {
		for _, f := range view {
			has[f.ID/64] = 0
		}
	}
	for _, n := range x.forms {
		for _, feature := range x.memory.lettersOf(n) {
			has[feature/64] = 0
		}
	}
}

// sum is what the features of a view say, nothing where nobody adds it up.
func (x *extractor) sum(view []Feature) (s Sum) {
	if x.rows != nil {
		for _, f := range view {
			s.add(&x.rows[f.ID])
		}
	}
	return s
}

// addLetters adds what the letters of all words say. Of each word that is known; what two of them share is taken back once.
func (x *extractor) addLetters(sum *Sum) {
	x.turn++
	var shared Sum
	has := x.has
	for _, n := range x.forms {
		f := &x.memory.forms[n]
		if f.turn == x.turn {
			continue
		}
		f.turn = x.turn
		sum.addAll(&f.say)
		for _, feature := range x.memory.lettersOf(n) {
			if !has.take(feature) && x.rows != nil {
				shared.add(&x.rows[feature])
			}
		}
	}
	sum.takeBack(&shared)
}

// add appends a feature with that hash, seen in the forms from … until, unless nobody wants it or the passage has it already.
func (x *extractor) add(to []Feature, id uint32, from, until int) []Feature {
	return x.addWanted(to, x.wanted.number(id), from, until)
}

func (x *extractor) addWanted(to []Feature, feature uint32, from, until int) []Feature {
	if feature == unwanted || !x.has.take(feature) {
		return to
	}
	return append(to, Feature{ID: feature, From: x.places[from], To: x.places[until-1] + 1})
}

func (x *extractor) words(out []Feature) []Feature {
	for i, n := range x.forms {
		f := &x.memory.forms[n]
		out = x.addWanted(out, f.word, i, i+1)
		if i+1 == len(x.forms) {
			break
		}
		pair, triple := f.pair, f.triple
		for _, b := range x.memory.text(x.forms[i+1]) {
			pair, triple = pair.byte(b), triple.byte(b)
		}
		out = x.add(out, pair.byte(endOfWord).id(), i, i+2)
		if i+2 < len(x.forms) {
			out = x.add(out, triple.byte(endOfWord).text(x.memory.text(x.forms[i+2])).id(), i, i+3)
		}
	}
	return out
}

func (x *extractor) letters(out []Feature) []Feature {
	for i, n := range x.forms {
		for _, feature := range x.memory.lettersOf(n) {
			out = x.addWanted(out, feature, i, i+1)
		}
	}
	return out
}

// letterGroups finds the groups of letters of a word. The space before it and behind it is one of them.
func letterGroups(w string, found func(id uint32)) {
	size := len(w) + 2
	for from := 0; from+fewestLetters <= size; from++ {
		h := kind(letters)
		for n := 1; n <= mostLetters && from+n <= size; n++ {
			h = h.byte(letter(w, from+n-1))
			if n >= fewestLetters {
				found(h.byte(byte(n)).id())
			}
		}
	}
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
	for i, n := range x.forms {
		stands := x.memory.forms[n].stands
		all = all.or(stands)
		for a := range stands.each {
			out = x.add(out, kind(aConcept).byte(byte(a)).id(), i, i+1)
			for j := i + 1; j < len(x.forms) && j-i <= reach; j++ {
				for b := range x.memory.forms[x.forms[j]].stands.each {
					out = x.add(out, kind(inOrder).byte(byte(a)).byte(byte(b)).id(), i, j+1)
				}
			}
			out = x.neighbors(out, a, i)
		}
	}
	for a := range all.each {
		for b := range all.each {
			feature := x.wanted.number(kind(anywhere).byte(byte(a)).byte(byte(b)).id())
			if b > a && feature != unwanted && x.has.take(feature) {
				out = append(out, Feature{ID: feature}) // of the passage as a whole
			}
		}
	}
	return out
}

// neighbors pairs a concept with the words beside it.
func (x *extractor) neighbors(out []Feature, concept, i int) []Feature {
	for d := -beside; d <= beside; d++ {
		if j := i + d; d != 0 && j >= 0 && j < len(x.forms) {
			h := kind(withNeighbor).byte(byte(concept)).byte(byte(d + beside))
			out = x.add(out, h.text(x.memory.text(x.forms[j])).id(), min(i, j), max(i, j)+1)
		}
	}
	return out
}

// A hash is a feature on its way to its number (FNV-1a).
type hash uint64

const hashStart, hashPrime = hash(14695981039346656037), hash(1099511628211)

func kind(k byte) hash { return hashStart.byte(k) }

func (h hash) byte(b byte) hash { return (h ^ hash(b)) * hashPrime }

// endOfWord keeps a word apart from the next one.
const endOfWord = 0xFF

// text adds a word.
func (h hash) text(w []byte) hash {
	for _, b := range w {
		h = h.byte(b)
	}
	return h.byte(endOfWord)
}

func (h hash) id() uint32 {
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	return uint32(h & (Dim - 1))
}
