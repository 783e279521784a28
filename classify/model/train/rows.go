package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/evaluate"
	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/model"
	"github.com/heedmail/heed/classify/model/feature"
)

// heldOut tells whether a row of the project's corpus is kept for measuring: four of ten are, by the last digit of the id.
func heldOut(id string) bool { return id != "" && strings.ContainsRune("0369", rune(id[len(id)-1])) }

// material reads what there is to learn from, and the rows of the corpus that are held out. The file of texts named left is
// left out; "" for none.
func material(left string) (learn []example, held []evaluate.Row, err error) {
	corpus, err := readFiles(corpusFiles, "")
	if err != nil {
		return nil, nil, err
	}
	texts, err := readFiles(textFiles, left)
	if err != nil {
		return nil, nil, err
	}
	taught, err := lexiconRows()
	if err != nil {
		return nil, nil, err
	}
	rows, held := split(corpus, append(texts, taught...))
	learn, err = examples(rows)
	return learn, held, err
}

// readFiles reads the rows of all files that a pattern names but one, in the order of their names.
func readFiles(pattern, but string) ([]evaluate.Row, error) {
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", pattern, err)
	}
	sort.Strings(names)
	var rows []evaluate.Row
	for _, name := range names {
		if name == filepath.Clean(but) {
			continue
		}
		more, err := readFile(name)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func readFile(name string) ([]evaluate.Row, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open labelled rows: %w", err)
	}
	defer f.Close()
	rows, err := evaluate.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows, nil
}

// lexiconRows are the examples of the lexicon: for each meaning what carries it, and what only looks like it. They are the
// hardest texts that there are.
func lexiconRows() ([]evaluate.Row, error) {
	files, err := lexicon.BuiltIn()
	if err != nil {
		return nil, err
	}
	var rows []evaluate.Row
	for _, f := range files {
		for _, e := range f.Entries {
			for _, x := range slices.Concat(e.Hits, e.Misses) {
				row := evaluate.Row{Lang: f.Language, Text: x.Text}
				for _, s := range x.Signals {
					row.Labels = append(row.Labels, classify.Signal(s))
				}
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

// split parts the corpus into rows to learn from and rows that are held out, and adds the texts that were written to be learnt
// from. A text that is held out is not learnt from, wherever else it stands.
func split(corpus, texts []evaluate.Row) (learn, held []evaluate.Row) {
	out := map[string]bool{}
	for _, r := range corpus {
		if heldOut(r.ID) {
			held = append(held, r)
			out[plain(r.Text)] = true
		}
	}
	for _, r := range corpus {
		if !heldOut(r.ID) && !out[plain(r.Text)] {
			learn = append(learn, r)
		}
	}
	for _, r := range texts {
		if !out[plain(r.Text)] {
			learn = append(learn, r)
		}
	}
	return learn, held
}

// plain is a text without what two copies of it may differ in.
func plain(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// An example is a row as the learner sees it.
type example struct {
	passages []passage
	carries  [model.Signals]bool
	open     [model.Signals]bool // two careful readers could differ: nothing is learnt
}

// A passage is the features of one passage, by view.
type passage [feature.Views][]uint32

func examples(rows []evaluate.Row) ([]example, error) {
	reader, err := feature.NewReader(nil, nil)
	if err != nil {
		return nil, err
	}
	var out []example
	for _, row := range rows {
		e := example{}
		for _, s := range row.Labels {
			e.carries[place(s)] = true
		}
		for _, s := range row.Optional {
			e.open[place(s)] = true
		}
		reader.Each(math.MaxInt, func(p *feature.Passage) {
			p.Understand()
			p.Spell()
			var own passage
			for v, view := range p.Views {
				own[v] = numbers(view)
			}
			e.passages = append(e.passages, own)
		}, classify.Text{Subject: row.Subject, Body: row.Text}.Own())
		out = append(out, e)
	}
	if len(out) == 0 {
		return nil, errors.New("there is no text to learn from; run it from the root of the repository")
	}
	return out, nil
}

func numbers(features []feature.Feature) []uint32 {
	out := make([]uint32, len(features))
	for i, f := range features {
		out[i] = f.ID
	}
	return out
}

// place is the place of a signal in classify.Signals; evaluate.Read let no other names through.
func place(s classify.Signal) int {
	for i, name := range classify.Signals() {
		if name == s {
			return i
		}
	}
	panic("no signal: " + string(s))
}
