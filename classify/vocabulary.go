package classify

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/heedmail/heed/classify/words"
)

// A vocabulary knows every word of the lexicon. Each is an atom, which is a number. It is kept in few and flat arrays
// without a pointer in them, so that the garbage collector has nothing to look at:
//
//	slots     hash of a word ─► its atom            one probe, or two, for each word of a text
//	atoms     atom ─► who speaks it, and where in the other arrays that is which belongs to it:
//	texts     its text                              "chargebackdisputlawyer…": all in a row
//	known     of a whole word, the atoms that it is, found out beforehand
//	notes     which of the sets that triggers demand it belongs to
//	calls     the triggers that it calls for
//
// A word of a text can be several atoms: "lawyers" is itself, and one that begins with "lawyer". Two atoms are a line of a
// processor's cache, so that of most words nothing has to be fetched but what is read.
type vocabulary struct {
	slots    []uint32 // 12 bits of the hash, 20 of the atom's number + 1; 0 is free
	fronts   sieve    // of beginnings
	tailEnds sieve    // of the last three bytes of words' ends
	atoms    []atom
	texts    []byte
	known    []int32
	notes    []note
	calls    []call
	meant    map[int32][]int32 // slip of the pen ─► the atoms of the word that was meant; while the lexicon is compiled

	frontSizes, tailSizes uint64 // bit n: there is one of n bytes

	digits    int32    // the atom of all numbers, -1 when unused
	languages []string // by the number of their bit
	speaking  uint16   // the language whose lexicon is being compiled
}

// An atom is one word of the lexicon, or the beginning or end of one.
type atom struct {
	text, known, notes, calls                 uint32 // where its own begin in the arrays of the vocabulary
	textSize, knownSize, notesSize, callsSize uint16 // how many they are
	spoken                                    uint16 // the languages whose lexicon has it, by bit
	common                                    uint16 // the languages of whose commonest words it is one
	told                                      uint16 // of a whole word: the languages whose lexicon has any of the atoms that it is
	kind                                      kind
	nature                                    nature
}

// A nature is what is particular about a word.
type nature uint8

const (
	slip  nature = 1 << iota // it is a misspelling of another word, and none by itself
	joint                    // it is a conjunction
)

// A kind says what of a word an atom is. The same letters may be several kinds.
type kind uint8

const (
	whole kind = iota
	front      // its beginning
	tail       // its end
)

// maxAtoms is how many numbers fit into a slot.
const maxAtoms = 1<<20 - 1

// fewestSlots is how many slots there are at the beginning.
const fewestSlots = 1 << 16

// slotsFor is how many slots so many atoms need: a power of two, and half as many again at least.
func slotsFor(atoms int) int {
	n := fewestSlots
	for 2*n < 3*atoms {
		n *= 2
	}
	return n
}

func newVocabulary() vocabulary {
	return vocabulary{slots: make([]uint32, fewestSlots), atoms: make([]atom, 0, 1<<15), texts: make([]byte, 0, 1<<18), digits: -1}
}

// of mixes the kind into the hash of a word.
func (k kind) of(h uint32) uint32 {
	h ^= uint32(k) * 0x9E3779B9
	h ^= h >> 15
	h *= 0x2c1b3c6d
	return h ^ h>>13
}

// find gives the atom of a word whose hash is h, -1 when there is none.
func (v *vocabulary) find(k kind, w string, h uint32) int32 {
	h = k.of(h)
	mask := uint32(len(v.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := v.slots[i]
		if slot == 0 {
			return -1
		}
		if slot>>20 != h>>20 {
			continue
		}
		n := int32(slot&maxAtoms) - 1
		if a := &v.atoms[n]; a.kind == k && string(v.text(a)) == w {
			return n
		}
	}
}

func (v *vocabulary) text(a *atom) []byte     { return v.texts[a.text : a.text+uint32(a.textSize)] }
func (v *vocabulary) knownOf(a *atom) []int32 { return v.known[a.known : a.known+uint32(a.knownSize)] }
func (v *vocabulary) notesOf(a *atom) []note  { return v.notes[a.notes : a.notes+uint32(a.notesSize)] }
func (v *vocabulary) callsOf(a *atom) []call  { return v.calls[a.calls : a.calls+uint32(a.callsSize)] }

// enter gives the atom of a word, which is made when there is none.
func (v *vocabulary) enter(k kind, w string) int32 {
	h := words.Hash(w)
	if n := v.find(k, w, h); n >= 0 {
		return n
	}
	n := int32(len(v.atoms))
	v.atoms = append(v.atoms, atom{text: uint32(len(v.texts)), textSize: uint16(len(w)), kind: k})
	v.texts = append(v.texts, w...)
	if slots := slotsFor(len(v.atoms)); slots > len(v.slots) {
		v.index(slots)
	} else {
		v.list(n, h)
	}
	return n
}

// index lists all atoms anew in so many slots.
func (v *vocabulary) index(slots int) {
	v.slots = make([]uint32, slots)
	for n := range v.atoms {
		v.list(int32(n), words.Hash(string(v.text(&v.atoms[n]))))
	}
}

// list makes an atom be found. h is the hash of its text.
func (v *vocabulary) list(n int32, h uint32) {
	a := &v.atoms[n]
	switch a.kind {
	case front:
		v.fronts.add(h)
		v.frontSizes |= 1 << min(a.textSize, 63)
	case tail:
		v.tailEnds.add(lastLetters(string(v.text(a))))
		v.tailSizes |= 1 << min(a.textSize, 63)
	}
	h = a.kind.of(h)
	mask := uint32(len(v.slots) - 1)
	i := h & mask
	for v.slots[i] != 0 {
		i = (i + 1) & mask
	}
	v.slots[i] = h>>20<<20 | uint32(n+1)
}

// finish gives back the memory that no word will need any more.
func (v *vocabulary) finish() {
	v.atoms, v.texts, v.meant, v.speaking = slices.Clone(v.atoms), slices.Clone(v.texts), nil, 0
}

// maxLanguages is how many languages have a bit of their own.
const maxLanguages = 16

// language gives the bit of a language, all bits for what belongs to every language.
func (v *vocabulary) language(name string) uint16 {
	if name == "" {
		return ^uint16(0)
	}
	n := slices.Index(v.languages, name)
	if n < 0 && len(v.languages) < maxLanguages {
		n = len(v.languages)
		v.languages = append(v.languages, strings.Clone(name)) // not the file that it is a part of
	}
	if n < 0 {
		return 0
	}
	return 1 << n
}

// word gives the atom of a whole word that the language being compiled has.
func (v *vocabulary) word(w string) int32 { return v.spoken(v.enter(whole, w)) }

func (v *vocabulary) prefix(w string) int32 { return v.spoken(v.enter(front, w)) }

func (v *vocabulary) suffix(w string) int32 { return v.spoken(v.enter(tail, w)) }

func (v *vocabulary) spoken(n int32) int32 {
	v.atoms[n].spoken |= v.speaking
	return n
}

// number gives the atom of all numbers. It has a text that no word has.
func (v *vocabulary) number() int32 {
	if v.digits < 0 {
		v.digits = v.enter(whole, "0 ")
	}
	return v.digits
}

// mean makes an atom a slip of the pen for a word that is these atoms.
func (v *vocabulary) mean(n int32, atoms []int32) {
	if v.meant == nil {
		v.meant = map[int32][]int32{}
	}
	v.atoms[n].nature |= slip
	v.meant[n] = atoms
}

// A sense is what the vocabulary knows about one word of a text.
type sense struct {
	atoms  []int32
	spoken uint16 // the languages whose lexicon has it
	common uint16 // the languages of whose commonest words it is one
	nature nature
}

// look finds out what a word of a text is. The atoms of a word that is not in the lexicon are put behind room, which is returned.
func (v *vocabulary) look(word *words.Token, s *sense, room []int32) []int32 {
	n := v.find(whole, word.Text, word.Hash)
	if n < 0 || len(v.known) == 0 {
		return v.workOut(word.Text, n, s, room)
	}
	a := &v.atoms[n]
	s.atoms, s.spoken, s.common, s.nature = v.knownOf(a), a.told, a.common, a.nature
	return room
}

// know works out what the words of the lexicon are, when all have been entered. Most words of a text are among them.
func (v *vocabulary) know() {
	known := make([]int32, 0, 2*len(v.atoms))
	for n := range v.atoms {
		if a := &v.atoms[n]; a.kind == whole {
			var s sense
			a.known = uint32(len(known))
			known = v.workOut(string(v.text(a)), int32(n), &s, known)
			a.knownSize, a.told = uint16(len(s.atoms)), s.spoken
		}
	}
	v.known = slices.Clone(known)
}

// workOut finds out what a word is that is atom n, or none of the whole words if that is below zero.
func (v *vocabulary) workOut(w string, n int32, s *sense, into []int32) []int32 {
	*s = sense{}
	from := len(into)
	if n >= 0 {
		a := &v.atoms[n]
		s.common, s.nature = a.common, a.nature
	}
	if s.nature&slip != 0 {
		into = append(into, v.meant[n]...)
	} else {
		into = v.beginnings(w, into)
		if n >= 0 {
			into = append(into, n)
		}
		into = v.endings(w, into)
	}
	s.atoms = into[from:]
	for _, n := range s.atoms {
		s.spoken |= v.atoms[n].spoken
	}
	return into
}

// beginnings appends the atoms that a word begins with.
func (v *vocabulary) beginnings(w string, into []int32) []int32 {
	h := words.HashStart
	for i := 0; i < len(w); i++ {
		h = (h ^ uint32(w[i])) * words.HashPrime
		if v.frontSizes>>((i+1)&63)&1 != 0 && v.fronts.has(h) {
			if n := v.find(front, w[:i+1], h); n >= 0 {
				into = append(into, n)
			}
		}
	}
	return into
}

// endings appends the atoms that a word ends with, and the word without its genitive's 's.
func (v *vocabulary) endings(w string, into []int32) []int32 {
	into = v.tails(w, into)
	if bare, is := strings.CutSuffix(w, "'s"); is && bare != "" {
		if n := v.find(whole, bare, words.Hash(bare)); n >= 0 && v.atoms[n].nature&slip == 0 {
			into = append(into, n)
		}
		into = v.tails(bare, into)
	}
	if v.digits >= 0 && len(w) > 0 && w[0] >= '0' && w[0] <= '9' {
		into = append(into, v.digits)
	}
	return into
}

// anchors tells whether a word makes any pattern worth trying.
func (v *vocabulary) anchors(word *sense) bool {
	for _, a := range word.atoms {
		if v.atoms[a].callsSize > 0 {
			return true
		}
	}
	return false
}

// tails appends the atoms that a word ends with.
func (v *vocabulary) tails(w string, into []int32) []int32 {
	if !v.tailEnds.has(lastLetters(w)) {
		return into
	}
	for sizes := v.tailSizes; sizes != 0; sizes &= sizes - 1 {
		size := bits.TrailingZeros64(sizes)
		if size > len(w) {
			break
		}
		end := w[len(w)-size:]
		if n := v.find(tail, end, words.Hash(end)); n >= 0 {
			into = append(into, n)
		}
	}
	return into
}

// lastLetters makes a hash of the end of a word.
func lastLetters(w string) uint32 {
	h := uint32(0)
	for i := max(0, len(w)-3); i < len(w); i++ {
		h = (h ^ uint32(w[i])) * words.HashPrime
	}
	return h
}

// A sieve tells in a nanosecond of most hashes that they were not added. It may err on the other side only.
type sieve [1 << 11]uint64

func (s *sieve) add(h uint32) {
	h ^= h >> 15
	s[h>>6&(1<<11-1)] |= 1 << (h & 63)
}

func (s *sieve) has(h uint32) bool {
	h ^= h >> 15
	return s[h>>6&(1<<11-1)]&(1<<(h&63)) != 0
}

// lists are lists of numbers, all in one array: list i is all[from[i]:from[i+1]].
type lists struct {
	from []int32
	all  []int32
}

func (l *lists) of(i int32) []int32 { return l.all[l.from[i]:l.from[i+1]] }

// count tells how many lists there are.
func (l *lists) count() int { return max(0, len(l.from)-1) }

// add appends a list and gives its number.
func (l *lists) add(list ...int32) int32 {
	if len(l.from) == 0 {
		l.from = append(l.from, 0)
	}
	l.all = append(l.all, list...)
	l.from = append(l.from, int32(len(l.all)))
	return int32(len(l.from)) - 2
}

// A pair says that a list holds a number.
type pair struct{ list, number int32 }

// sorted makes n lists of pairs. In each list the numbers are in the order of the pairs.
func sorted(n int, pairs []pair) lists {
	l := lists{from: make([]int32, n+1), all: make([]int32, len(pairs))}
	for _, p := range pairs {
		l.from[p.list+1]++
	}
	for i := range n {
		l.from[i+1] += l.from[i]
	}
	next := slices.Clone(l.from)
	for _, p := range pairs {
		l.all[next[p.list]] = p.number
		next[p.list]++
	}
	return l
}
