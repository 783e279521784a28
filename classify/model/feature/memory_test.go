package feature

import (
	"fmt"
	"strings"
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

// One text may hold any number of words, and so may all of them together.
func TestAReaderDoesNotRememberEveryWordThatItEverMet(t *testing.T) {
	r, err := NewReader(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var own words.Own
	for text := range 40 {
		var body strings.Builder
		for i := range 500 {
			fmt.Fprintf(&body, "will you %s? ", strings.Map(func(digit rune) rune { return digit + 'a' - '0' }, fmt.Sprint(1000*(text+1)+i)))
		}
		if n := r.Each(1<<20, func(*Passage) {}, own.Read(body.String())); n == 0 {
			t.Fatal("nothing was read")
		}
		x := r.extractor()
		if len(x.memory.forms) > maxForms {
			t.Fatalf("%d forms are remembered after %d texts", len(x.memory.forms), text+1)
		}
		r.free.Put(x)
	}
}
