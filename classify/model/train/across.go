package main

import (
	"io"

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
	for _, out := range files {
		left, err := readFile(out)
		if err != nil {
			return err
		}
		all, _, err := material(out)
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
