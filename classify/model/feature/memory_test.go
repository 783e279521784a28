package feature

import (
	"fmt"
	"testing"

	"github.com/heedmail/heed/classify/words"
)

func TestAMemoryFindsWhatWasAdded(t *testing.T) {
	m := newMemory()
	const n = 3 * maxForms // more than there is room for at first
	for i := range n {
		word := fmt.Sprintf("w%d", i)
		h := words.Hash(word)
		if m.find(word, h) != 0 {
			t.Fatalf("%s is there before it is added", word)
		}
		if m.add(word, h) != uint32(i+1) {
			t.Fatalf("%s has another's number", word)
		}
	}
	for i := range n {
		word := fmt.Sprintf("w%d", i)
		if got := m.find(word, words.Hash(word)); got != uint32(i+1) || string(m.text(got)) != word {
			t.Fatalf("%s is form %d", word, got)
		}
	}
}

func TestAMemoryThatIsFullForgets(t *testing.T) {
	m := newMemory()
	m.tidy()
	word := "kept"
	h := words.Hash(word)
	m.add(word, h)
	m.tidy()
	if m.find(word, h) == 0 {
		t.Error("it forgot what there was room for")
	}
	for i := range 2 * maxForms {
		word := fmt.Sprintf("w%d", i)
		m.add(word, words.Hash(word))
	}
	m.tidy()
	if m.find(word, h) != 0 || len(m.forms) != 1 || len(m.slots) != 2*maxForms {
		t.Errorf("it holds %d forms in %d slots", len(m.forms), len(m.slots))
	}
}
