package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/evaluate"
	"github.com/heedmail/heed/classify/model"
)

// alone is the model without any rules.
type alone struct{ second classify.SecondOpinion }

func (a alone) Classify(t classify.Text) classify.Verdict {
	return classify.Verdict{Hits: a.second.Hear(t, classify.Verdict{Lang: t.Lang})}
}

// measureFiles prints what rules, model and both together hear in labelled rows. Of the corpus only what is held out counts.
func measureFiles(w io.Writer, names []string) error {
	rules, err := classify.New(classify.Options{})
	if err != nil {
		return err
	}
	m, err := model.BuiltIn(model.RulesOf(rules))
	if err != nil {
		return err
	}
	both := rules.With(m)
	for _, name := range names {
		rows, err := readFile(name)
		if err != nil {
			return err
		}
		if strings.HasPrefix(filepath.Base(name), "corpus-") {
			rows = measured(rows)
		}
		if err := table(w, name, evaluate.Run(rules, rows), evaluate.Run(alone{m}, rows), evaluate.Run(both, rows)); err != nil {
			return err
		}
	}
	return nil
}

// measured leaves out what was learnt from: the rows of the corpus that are not held out.
func measured(rows []evaluate.Row) []evaluate.Row {
	var out []evaluate.Row
	for _, r := range rows {
		if heldOut(r.ID) {
			out = append(out, r)
		}
	}
	return out
}

func table(w io.Writer, name string, rules, model, both evaluate.Result) error {
	fmt.Fprintf(w, "\n%s: %d rows; with a false alarm: rules %d, model %d, both %d\n", name, rules.Rows,
		rules.FalseRows, model.FalseRows, both.FalseRows)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "signal\tsupport\trules P\tR\tF1\tmodel P\tR\tF1\tboth P\tR\tF1\t")
	line := func(name string, scores ...evaluate.Score) {
		fmt.Fprintf(t, "%s\t%d\t", name, scores[0].Support)
		for _, s := range scores {
			fmt.Fprintf(t, "%.3f\t%.3f\t%.3f\t", s.P, s.R, s.F1)
		}
		fmt.Fprintln(t)
	}
	for i, s := range rules.Signals {
		line(string(s.Signal), s.Score, model.Signals[i].Score, both.Signals[i].Score)
	}
	line("micro", rules.Micro, model.Micro, both.Micro)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the measures: %w", err)
	}
	return nil
}
