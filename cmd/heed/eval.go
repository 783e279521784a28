package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/heedmail/heed/classify/evaluate"
)

// evalCommand is `heed eval`.
type evalCommand struct {
	JSON    bool     `name:"json" help:"Print the scores as JSON."`
	Verbose bool     `short:"v" help:"Print each miss and each false alarm with its text."`
	Lexicon []string `placeholder:"FILE" help:"Add a lexicon file of your own."`
	File    string   `arg:"" help:"JSONL file with rows {\"id\",\"text\",\"labels\"[,\"optional\"]}; - reads standard input."`
}

// Run prints precision, recall and F1 for each signal and overall.
func (k evalCommand) Run(c *console) error {
	rows, err := readLabelled(c.In, k.File)
	if err != nil {
		return err
	}
	classifier, err := newClassifier(k.Lexicon)
	if err != nil {
		return err
	}
	result := evaluate.Run(classifier, rows)
	out := bufio.NewWriter(c.Out)
	if k.JSON {
		if !k.Verbose {
			result.Misses, result.FalseAlarms = nil, nil
		}
		return errors.Join(writeJSON(out, result), out.Flush())
	}
	if k.Verbose {
		if err := result.WriteErrors(out); err != nil {
			return err
		}
	}
	return errors.Join(result.Write(out), out.Flush())
}

func readLabelled(in io.Reader, file string) ([]evaluate.Row, error) {
	name := file
	if file == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	rows, err := evaluate.Read(in)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(rows) == 0:
		return nil, fmt.Errorf(`%s: there is no row in it; write {"id": "1", "text": "…", "labels": ["abuse"]}, one a line`, name)
	}
	return rows, nil
}
