// Package lexicon holds what each language says when it carries a signal, as data: TOML files, a few for each language.
//
// A file defines word classes, contexts and entries. An entry names a signal and the patterns that say it, the contexts
// that take it back (a negation, somebody else who acts, praise), and its own examples of texts that carry the signal and of
// look-alikes that don't. docs/hearing.md explains the format; this package reads it and says where it is wrong.
package lexicon

import (
	"embed"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
)

// A File is one lexicon file, read but not yet compiled.
type File struct {
	Name     string // for messages
	Language string // ISO 639-1, "" for what belongs to every language

	Common        []string // the words by which the language is recognised
	Elisions      []string
	Abbreviations []string
	Fuzzy         []string // words that are recognised in spite of a slip of the pen
	NotFuzzy      []string // words that look like such a slip and are none
	Masked        []string // words that people write with stars
	Conjunctions  []string // words across which "before" doesn't look back

	Trees    Trees // of all patterns
	Classes  []Class
	Contexts []Context
	Entries  []Entry
}

// A Class is a named set of phrases: <bank>.
type Class struct {
	Name    string
	Pattern Node
}

// Where a context has to be found.
const (
	Before   = "before"   // in the words before the match
	Upto     = "upto"     // in the words before it, or between its own
	After    = "after"    // in the words after it
	Around   = "around"   // before, between or after
	Sentence = "sentence" // in the same sentence
	Previous = "previous" // in the same sentence or the one before it
	Near     = "near"     // in the same sentence or one of its neighbours
	Text     = "text"     // anywhere
)

// A Context is a circumstance that speaks for or against what an entry heard.
type Context struct {
	Name     string
	Where    string
	Within   int // how many words away, for before, upto, after and around
	Patterns []Pattern
}

// A Pattern is one line of a `say`.
type Pattern struct {
	Source string
	Line   int
	Root   Node
}

// An Example is a text of the lexicon's own with the signals that it carries.
type Example struct {
	Text    string
	Signals []string
	Line    int
}

// An Entry is one meaning that carries a signal.
type Entry struct {
	Signal   string
	Name     string
	Line     int
	Patterns []Pattern
	Needs    []string // contexts of which all must be there; "a | b" is either of them
	Unless   []string // contexts of which none may be there
	Strength int      // decides which evidence is shown
	Hits     []Example
	Misses   []Example
}

// ID names the entry in explanations: "legal_threat/small-claims".
func (e Entry) ID() string { return e.Signal + "/" + e.Name }

//go:embed *.toml
var builtIn embed.FS

// BuiltIn reads the lexicon files that come with Heed, all at the same time.
func BuiltIn() ([]*File, error) {
	names, err := builtIn.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list the built-in lexicon: %w", err)
	}
	files, faults := make([]*File, len(names)), make([]error, len(names))
	var reading sync.WaitGroup
	for i, n := range names {
		reading.Go(func() { files[i], faults[i] = readBuiltIn(n.Name()) })
	}
	reading.Wait()
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return files, nil
}

func readBuiltIn(name string) (*File, error) {
	data, err := builtIn.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the built-in lexicon: %w", err)
	}
	return Parse(name, data)
}

// Sum is a checksum of the built-in files and their names. By it a thing that was made of them tells whether they are the same.
func Sum() (uint32, error) {
	names, err := builtIn.ReadDir(".")
	if err != nil {
		return 0, fmt.Errorf("list the built-in lexicon: %w", err)
	}
	sum, room := crc32.NewIEEE(), make([]byte, 1<<14)
	for _, n := range names {
		f, err := builtIn.Open(n.Name())
		if err != nil {
			return 0, fmt.Errorf("read the built-in lexicon: %w", err)
		}
		io.WriteString(sum, n.Name()+"\n")
		_, err = io.CopyBuffer(sum, f, room)
		if err = errors.Join(err, f.Close()); err != nil {
			return 0, fmt.Errorf("read the built-in lexicon: %w", err)
		}
	}
	return sum.Sum32(), nil
}
