package feature

import "slices"

// A form is what is known about a word, so that it is found out once.
type form struct {
	text, letters extent // in the memory's texts and letters
	stands        Set    // for these concepts
	hash          uint32 // of the word
	word          uint32 // the feature that it is, or unwanted
	pair          hash   // as the first word of two
	triple        hash   // as the first word of three
	say           Sum    // what its letters say
	turn          uint32 // the last passage that it was met in
}

// An extent is a part of an array.
type extent struct{ from, to uint32 }

// A memory holds the forms that were met. People use the same few thousand words, attackers don't, so it is cleared now and
// then. There is not a pointer in it for the garbage collector to follow:
//
//	slots    hash of a word ─► its form, 0 for none
//	forms    form ─► where its text and its letters are, what it stands for, …
//	texts    "lawyermoneyback…"
//	letters  the features of the letters of each form that are wanted, each once
type memory struct {
	slots   []uint32
	forms   []form // the first is none
	texts   []byte
	letters []uint32
}

// maxForms is how many forms are remembered from one text to the next.
const maxForms = 1 << 12

func newMemory() memory {
	return memory{slots: make([]uint32, 2*maxForms), forms: make([]form, 1, maxForms)}
}

// tidy forgets everything when it has become too much. Forms that were found before are then gone.
func (m *memory) tidy() {
	if len(m.forms) < maxForms*3/4 {
		return
	}
	if len(m.slots) > 2*maxForms {
		*m = newMemory()
		return
	}
	clear(m.slots)
	m.forms, m.texts, m.letters = m.forms[:1], m.texts[:0], m.letters[:0]
}

// find gives the number of a word's form, 0 when it was not met.
func (m *memory) find(word string, h uint32) uint32 {
	mask := uint32(len(m.slots) - 1)
	for i := h & mask; m.slots[i] != 0; i = (i + 1) & mask {
		if n := m.slots[i]; m.forms[n].hash == h && string(m.text(n)) == word {
			return n
		}
	}
	return 0
}

// add makes room for the form of a word that was not met yet, and gives its number.
func (m *memory) add(word string, h uint32) uint32 {
	n := uint32(len(m.forms))
	from := uint32(len(m.texts))
	m.texts = append(m.texts, word...)
	m.forms = append(m.forms, form{text: extent{from, uint32(len(m.texts))}, hash: h})
	if len(m.forms) > len(m.slots)/2 {
		m.slots = make([]uint32, 2*len(m.slots))
		for i := range m.forms[1:] {
			m.enter(uint32(i + 1))
		}
	} else {
		m.enter(n)
	}
	return n
}

// enter puts a form into the first free slot.
func (m *memory) enter(n uint32) {
	mask := uint32(len(m.slots) - 1)
	i := m.forms[n].hash & mask
	for m.slots[i] != 0 {
		i = (i + 1) & mask
	}
	m.slots[i] = n
}

// text is the word of a form.
func (m *memory) text(n uint32) []byte {
	t := m.forms[n].text
	return m.texts[t.from:t.to]
}

// lettersOf are the features of a form's letters.
func (m *memory) lettersOf(n uint32) []uint32 {
	l := m.forms[n].letters
	return m.letters[l.from:l.to]
}

// addLetter adds a feature of the letters of the form that was added last, once.
func (m *memory) addLetter(feature uint32) {
	f := &m.forms[len(m.forms)-1]
	if !slices.Contains(m.letters[f.letters.from:], feature) {
		m.letters = append(m.letters, feature)
	}
}
