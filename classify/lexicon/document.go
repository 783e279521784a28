package lexicon

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// A document is a file as it is written.
type document struct {
	Language      string              `toml:"language"`
	Common        string              `toml:"common"`
	Elisions      string              `toml:"elisions"`
	Abbreviations string              `toml:"abbreviations"`
	Fuzzy         string              `toml:"fuzzy"`
	NotFuzzy      string              `toml:"not_fuzzy"`
	Masked        string              `toml:"masked"`
	Conjunctions  string              `toml:"conjunctions"`
	Class         map[string]text     `toml:"class"`
	Context       map[string]context  `toml:"context"`
	Unless        map[string][]string `toml:"unless"`
	Needs         map[string][]string `toml:"needs"`
	Entry         []entry             `toml:"entry"`
}

type context struct {
	Where  string `toml:"where"`
	Within int    `toml:"within"`
	Say    text   `toml:"say"`
}

type entry struct {
	Signal   string   `toml:"signal"`
	Name     text     `toml:"name"`
	Say      text     `toml:"say"`
	Needs    []string `toml:"needs"`
	Unless   []string `toml:"unless"`
	Even     []string `toml:"even"`
	Strength int      `toml:"strength"`
	Hit      text     `toml:"hit"`
	Miss     text     `toml:"miss"`
}

// A text is a string of the file, with its place there if that is known: 0 is none.
type text struct {
	string
	at int
}

// UnmarshalText makes go-toml read a text from a string.
func (t *text) UnmarshalText(b []byte) error {
	t.string = string(b)
	return nil
}

// Parse reads a lexicon file. The error names the file, the line and what to do.
func Parse(name string, data []byte) (*File, error) {
	source := string(data)
	doc, ok := readPlain(source)
	if !ok {
		doc = document{}
		dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
		if err := dec.Decode(&doc); err != nil {
			return nil, tomlError(name, err)
		}
	}
	r := reader{name: name, data: source, parser: newParser(len(source))}
	f := r.file(doc)
	if len(r.faults) > 0 {
		return nil, errors.Join(r.faults...)
	}
	return f, nil
}

func tomlError(name string, err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		row, _ := unknown.Errors[0].Position()
		return fmt.Errorf("%s:%d: a lexicon has no key %q", name, row, strings.Join(unknown.Errors[0].Key(), "."))
	}
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		row, col := syntax.Position()
		return fmt.Errorf("%s:%d:%d: not valid TOML: %w", name, row, col, err)
	}
	return fmt.Errorf("%s: not valid TOML: %w", name, err)
}
