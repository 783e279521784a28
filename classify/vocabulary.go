package classify

import (
	"slices"
	"strings"

	"github.com/heedmail/heed/classify/words"
)

// An atom is one word of the lexicon, or the beginning or end of one.
type atom struct {
	text    string
	spoken  uint16  // the languages whose lexicon has it, by bit; all for what belongs to every language
	sets    []int32 // the sets of words that it belongs to
	anchors []int32 // the patterns that it makes worth trying
	fulfils []int32 // the demands that it fulfils
}

// A vocabulary knows every word of the lexicon.
type vocabulary struct {
	atoms     []atom
	sets      int // how many sets of words there are
	demands   int // how many demands there are, see demand
	words     map[string]int32
	prefixes  map[string]int32
	suffixes  map[string]int32
	slips     map[string]string // misspelt → right
	common    map[string]uint16 // a language's commonest words → the bits of those languages
	met       map[string]int    // how often a word is met in the examples
	digits    int32             // the atom of all numbers, -1 when unused
	bits      map[string]uint16 // language → its bit
	languages []string          // by the number of their bit
	speaking  uint16            // the language whose lexicon is being compiled

	prefixSizes, suffixSizes uint64 // bit n: there is one of n bytes
	filter                   filter
}

func (v *vocabulary) init() {
	v.words, v.prefixes, v.suffixes = map[string]int32{}, map[string]int32{}, map[string]int32{}
	v.slips, v.common, v.bits = map[string]string{}, map[string]uint16{}, map[string]uint16{}
	v.met = map[string]int{}
	v.digits = -1
}

func (v *vocabulary) in(index map[string]int32, w string) int32 {
	a, ok := index[w]
	if !ok {
		a = int32(len(v.atoms))
		v.atoms = append(v.atoms, atom{text: w})
		index[w] = a
	}
	v.atoms[a].spoken |= v.speaking
	return a
}

// maxLanguages is how many languages have a bit of their own.
const maxLanguages = 16

// language gives the bit of a language, all bits for what belongs to every language.
func (v *vocabulary) language(name string) uint16 {
	if name == "" {
		return ^uint16(0)
	}
	bit, ok := v.bits[name]
	if !ok && len(v.bits) < maxLanguages {
		bit = 1 << len(v.bits)
		v.bits[name] = bit
		v.languages = append(v.languages, name)
	}
	return bit
}

func (v *vocabulary) word(w string) int32 { return v.in(v.words, w) }

func (v *vocabulary) prefix(w string) int32 {
	v.prefixSizes |= 1 << min(len(w), 63)
	return v.in(v.prefixes, w)
}

func (v *vocabulary) suffix(w string) int32 {
	v.suffixSizes |= 1 << min(len(w), 63)
	return v.in(v.suffixes, w)
}

func (v *vocabulary) number() int32 {
	if v.digits < 0 {
		v.digits = int32(len(v.atoms))
		v.atoms = append(v.atoms, atom{})
	}
	return v.digits
}

// cost tells how often an atom is likely to be met, for the choice of anchors.
func (v *vocabulary) cost(a int32) int {
	w := v.atoms[a].text
	cost := 1 + v.met[w]
	switch {
	case a == v.digits || v.common[w] != 0:
		return cost + 200
	case len(w) <= 3:
		return cost + 4
	}
	return cost
}

// lookup lists the atoms that a word of a text is.
func (v *vocabulary) lookup(w string, into []int32) []int32 {
	into = into[:0]
	if right, ok := v.slips[w]; ok {
		w = right
	}
	into = v.lookupForm(w, into)
	if stem, ok := strings.CutSuffix(w, "'s"); ok {
		into = v.lookupForm(stem, into)
	}
	return into
}

func (v *vocabulary) lookupForm(w string, into []int32) []int32 {
	if a, ok := v.words[w]; ok {
		into = append(into, a)
	}
	for n := 3; n <= len(w) && n < 64; n++ {
		if v.prefixSizes&(1<<n) != 0 {
			if a, ok := v.prefixes[w[:n]]; ok {
				into = append(into, a)
			}
		}
		if v.suffixSizes&(1<<n) != 0 {
			if a, ok := v.suffixes[w[len(w)-n:]]; ok {
				into = append(into, a)
			}
		}
	}
	if v.digits >= 0 && len(w) > 0 && w[0] >= '0' && w[0] <= '9' {
		into = append(into, v.digits)
	}
	return into
}

// A form is what is known about a word as it stands in texts.
type form struct {
	sets    []int32 // the sets of words that it belongs to
	anchors []int32 // the patterns that it makes worth trying
	fulfils []int32 // the demands that it fulfils
	slip    bool    // it is a slip of the pen
	spoken  uint16  // the languages whose lexicon has it
	common  uint16  // the languages of whose commonest words it is one
}

// maxForms bounds how many forms are remembered: people use the same few thousand words, attackers don't.
const maxForms = 1 << 13

// A memory holds the forms that were met before. Most words of a text are among them.
type memory map[string]*form

// form looks a word up.
func (m memory) form(v *vocabulary, word string) *form {
	if f, ok := m[word]; ok {
		return f
	}
	if len(m) >= maxForms {
		clear(m)
	}
	f := &form{common: v.common[word]}
	_, f.slip = v.slips[word]
	for _, number := range v.lookup(word, nil) {
		a := &v.atoms[number]
		f.sets, f.anchors, f.fulfils = join(f.sets, a.sets), join(f.anchors, a.anchors), join(f.fulfils, a.fulfils)
		f.spoken |= a.spoken
	}
	m[strings.Clone(word)] = f
	return f
}

// join gives the numbers of both lists, which it leaves as they are. Most words are one atom, so most lists are shared.
func join(a, b []int32) []int32 {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	return slices.Concat(a, b)
}

// seal builds the filter, when all anchors are known, and lets go of what only the choice of anchors needed.
func (v *vocabulary) seal() {
	v.met = nil
	for w, a := range v.words {
		if len(v.atoms[a].anchors) > 0 {
			v.filter.add(w, whole)
			v.filter.add(w+"'s", whole)
		}
	}
	for w, right := range v.slips {
		if v.anchored(right) {
			v.filter.add(w, whole)
		}
	}
	for w, a := range v.prefixes {
		if len(v.atoms[a].anchors) > 0 {
			v.filter.add(w, front)
			v.filter.frontSizes |= 1 << min(len(w), 63)
		}
	}
	for w, a := range v.suffixes {
		if len(v.atoms[a].anchors) > 0 {
			v.filter.addTail(w)
		}
	}
	if v.digits >= 0 {
		v.filter.digits = len(v.atoms[v.digits].anchors) > 0
	}
}

func (v *vocabulary) anchored(w string) bool {
	for _, a := range v.lookup(w, nil) {
		if len(v.atoms[a].anchors) > 0 {
			return true
		}
	}
	return false
}

// A filter tells in a few nanoseconds that a word is none of the anchors. It may err on the other side only.
//
// It does for whole words what an Aho-Corasick automaton would do for strings, in 16 KiB instead of megabytes.
type filter struct {
	bits       [1 << 11]uint64
	tails      [1 << 8]uint64
	frontSizes uint64
	digits     bool
}

const (
	whole = uint32(0)
	front = uint32(0x9E3779B9)
)

const hashStart, hashPrime = uint32(2166136261), uint32(16777619)

func (f *filter) add(w string, kind uint32) {
	h := hashStart
	for i := 0; i < len(w); i++ {
		h = (h ^ uint32(w[i])) * hashPrime
	}
	h = slot(h ^ kind)
	f.bits[h>>6] |= 1 << (h & 63)
}

func slot(h uint32) uint32 { return (h ^ h>>15) & (1<<17 - 1) }

func tailSlot(w string) uint32 {
	n := len(w)
	h := uint32(w[n-1]) | uint32(w[n-2])<<8 | uint32(w[n-3])<<16
	return (h * hashPrime >> 7) & (1<<14 - 1)
}

func (f *filter) addTail(w string) {
	h := tailSlot(w)
	f.tails[h>>6] |= 1 << (h & 63)
}

// mayAnchor tells whether w could be an anchor.
func (f *filter) mayAnchor(t words.Token) bool {
	w := t.Text
	h := hashStart
	for i := 0; i < len(w); i++ {
		h = (h ^ uint32(w[i])) * hashPrime
		if f.frontSizes&(1<<((i+1)&63)) != 0 {
			if s := slot(h ^ front); f.bits[s>>6]&(1<<(s&63)) != 0 {
				return true
			}
		}
	}
	s := slot(h)
	if f.bits[s>>6]&(1<<(s&63)) != 0 {
		return true
	}
	if len(w) >= 3 {
		if s := tailSlot(w); f.tails[s>>6]&(1<<(s&63)) != 0 {
			return true
		}
	}
	return f.digits && w[0] >= '0' && w[0] <= '9'
}
