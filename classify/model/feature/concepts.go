package feature

import (
	_ "embed"
	"fmt"
	"math/bits"
	"strings"
)

//go:embed concepts.txt
var conceptsText string

// A Set is a set of concepts, one bit each.
type Set uint64

// maxConcepts is how many bits a Set has.
const maxConcepts = 64

// each calls f for every concept of the set.
func (s Set) each(f func(concept int)) {
	for ; s != 0; s &= s - 1 {
		f(bits.TrailingZeros64(uint64(s)))
	}
}

// Concepts knows which words stand for what. It is read only after it was made.
type Concepts struct {
	names      []string
	personal   Set // the concepts by which somebody speaks to somebody
	whole      map[string]Set
	fronts     map[string]Set
	ends       map[string]Set
	frontSizes uint64 // bit n: there is a front of n bytes
	endSizes   uint64
}

// BuiltIn reads the embedded table.
func BuiltIn() (*Concepts, error) {
	c, err := Parse(conceptsText)
	if err != nil {
		return nil, fmt.Errorf("read concepts.txt: %w", err)
	}
	return c, nil
}

// Parse reads a table of concepts; concepts.txt says how it is written.
func Parse(text string) (*Concepts, error) {
	c := &Concepts{whole: map[string]Set{}, fronts: map[string]Set{}, ends: map[string]Set{}}
	for n, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(c.names) == maxConcepts {
			return nil, fmt.Errorf("line %d: there are more than %d concepts", n+1, maxConcepts)
		}
		c.add(fields[0], fields[1:])
	}
	return c, nil
}

func (c *Concepts) add(name string, list []string) {
	bit := Set(1) << len(c.names)
	c.names = append(c.names, name)
	switch name {
	case "i", "you", "please":
		c.personal |= bit
	}
	for _, w := range list {
		front, isFront := strings.CutSuffix(w, "*")
		end, isEnd := strings.CutPrefix(w, "*")
		switch {
		case strings.Trim(w, "*") == "": // a word of which nothing but stars is left
			c.whole[w] |= bit
		case isEnd:
			c.ends[end] |= bit
			c.endSizes |= 1 << min(len(end), 63)
		case isFront:
			c.fronts[front] |= bit
			c.frontSizes |= 1 << min(len(front), 63)
		default:
			c.whole[w] |= bit
		}
	}
}

// of lists the concepts that a word stands for.
func (c *Concepts) of(w string) Set {
	s := c.whole[w]
	for n := 1; n <= len(w) && n < 64; n++ {
		if c.frontSizes&(1<<n) != 0 {
			s |= c.fronts[w[:n]]
		}
		if c.endSizes&(1<<n) != 0 {
			s |= c.ends[w[len(w)-n:]]
		}
	}
	return s
}
