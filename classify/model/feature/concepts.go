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
type Set [2]uint64

// maxConcepts is how many bits a Set has.
const maxConcepts = 128

func bit(concept int) (s Set) {
	s[concept/64] = 1 << (concept % 64)
	return s
}

func (s Set) or(t Set) Set { return Set{s[0] | t[0], s[1] | t[1]} }

func (s Set) meets(t Set) bool { return s[0]&t[0]|s[1]&t[1] != 0 }

// each calls yield for every concept of the set.
func (s Set) each(yield func(concept int) bool) {
	for half, b := range s {
		for ; b != 0; b &= b - 1 {
			if !yield(64*half + bits.TrailingZeros64(b)) {
				return
			}
		}
	}
}

// Concepts knows which words stand for what. It is read only after it was made.
type Concepts struct {
	names      []string
	personal   Set // the concepts by which somebody speaks to somebody
	addressing Set // those by which somebody is addressed
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
	own := bit(len(c.names))
	c.names = append(c.names, name)
	switch name {
	case "i":
		c.personal = c.personal.or(own)
	case "you", "please":
		c.personal, c.addressing = c.personal.or(own), c.addressing.or(own)
	}
	for _, w := range list {
		front, isFront := strings.CutSuffix(w, "*")
		end, isEnd := strings.CutPrefix(w, "*")
		switch {
		case strings.Trim(w, "*") == "": // a word of which nothing but stars is left
			c.whole[w] = c.whole[w].or(own)
		case isEnd:
			c.ends[end] = c.ends[end].or(own)
			c.endSizes |= 1 << min(len(end), 63)
		case isFront:
			c.fronts[front] = c.fronts[front].or(own)
			c.frontSizes |= 1 << min(len(front), 63)
		default:
			c.whole[w] = c.whole[w].or(own)
		}
	}
}

// of lists the concepts that a word stands for.
func (c *Concepts) of(w string) Set {
	s := c.whole[w]
	for n := 1; n <= len(w) && n < 64; n++ {
		if c.frontSizes&(1<<n) != 0 {
			s = s.or(c.fronts[w[:n]])
		}
		if c.endSizes&(1<<n) != 0 {
			s = s.or(c.ends[w[len(w)-n:]])
		}
	}
	return s
}
