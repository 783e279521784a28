package main

import (
	"fmt"
	"io"
	"path/filepath"
	"sort"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/evaluate"
	"github.com/heedmail/heed/classify/model"
)

// across tells what is heard in the words of a writer nobody learnt from: for each file of texts, a model is trained on all the
// other files and measured on this one.
func across(w io.Writer, files []string) error {
	rules, err := classify.New(classify.Options{})
	if err != nil {
		return err
	}
	corpus, err := readFiles(corpusFiles)
	if err != nil {
		return err
	}
	for _, out := range files {
		texts, err := readOthers(out)
		if err != nil {
			return err
		}
		left, err := readFile(out)
		if err != nil {
			return err
		}
		taught, err := lexiconRows()
		if err != nil {
			return err
		}
		rows, _ := split(corpus, append(texts, taught...))
		all, err := examples(rows)
		if err != nil {
			return err
		}
		bytes, _ := fit(all)
		weights, err := model.ReadWeights(bytes)
		if err != nil {
			return err
		}
		m, err := model.New(weights, model.RulesOf(rules))
		if err != nil {
			return err
		}
		both := rules.With(m)
		if err := table(w, out, evaluate.Run(rules, left), evaluate.Run(alone{m}, left), evaluate.Run(both, left)); err != nil {
			return err
		}
	}
	return nil
}

// readOthers reads the texts of all writers but one.
func readOthers(out string) ([]evaluate.Row, error) {
	names, err := filepath.Glob(textFiles)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", textFiles, err)
	}
	sort.Strings(names)
	var rows []evaluate.Row
	for _, name := range names {
		if filepath.Clean(name) == filepath.Clean(out) {
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
