package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/heedmail/heed/classify"
)

// maxRow bounds one line of JSON.
const maxRow = 8 << 20

// A row is one text of a JSONL file. Fields that are not named here, such as the labels, are passed over.
type row struct {
	ID      json.RawMessage `json:"id"` // a string or a number; it comes back as it was written
	Text    string          `json:"text"`
	Subject string          `json:"subject"`
	Lang    string          `json:"lang"`
}

func (r row) text() classify.Text {
	return classify.Text{Subject: r.Subject, Body: r.Text, Lang: r.Lang}
}

// A heardRow is one line of `classify --jsonl`.
type heardRow struct {
	ID      json.RawMessage   `json:"id"`
	Signals []classify.Signal `json:"signals"`
}

// rows is `heed classify --jsonl`: rows in, rows out, in order. Each is answered before the next one is read, so that a
// program may ask and wait.
func (k classifyCommand) rows(ctx context.Context, c *console) error {
	if k.Explain {
		return wrong("--jsonl and --explain can't be had together; put the text into a mail and explain that")
	}
	classifier, err := newClassifier(k.Lexicon)
	if err != nil {
		return err
	}
	files := k.File
	if len(files) == 0 {
		files = []string{"-"}
	}
	out := bufio.NewWriter(c.Out)
	for _, file := range files {
		err := eachRow(ctx, c.In, file, func(_ int, r row, more bool) error {
			answer := heardRow{ID: r.ID, Signals: []classify.Signal{}}
			for _, hit := range classifier.Classify(r.text()).Hits {
				answer.Signals = append(answer.Signals, hit.Signal)
			}
			if err := writeJSON(out, answer); err != nil {
				return err
			}
			if more { // the next row is here already: no need to hurry
				return nil
			}
			return out.Flush()
		})
		if err := errors.Join(err, out.Flush()); err != nil {
			return err
		}
	}
	return nil
}

// eachRow reads the rows of a file, "-" for standard input, and calls f with each, its line, and whether there is more
// to be had at once. Blank lines are passed over. A line that is no row ends the reading: rows that were silently left
// out would spoil whatever is computed from them.
func eachRow(ctx context.Context, in io.Reader, file string, f func(line int, r row, more bool) error) error {
	name := file
	if file == "-" {
		name = "standard input"
	} else {
		opened, err := os.Open(file)
		if err != nil {
			return err
		}
		defer opened.Close()
		in = opened
	}
	buffered := bufio.NewReaderSize(in, 64<<10)
	for line := 1; ctx.Err() == nil; line++ {
		text, err := readLine(buffered)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
		if len(bytes.TrimSpace(text)) > 0 {
			r, wrongRow := parseRow(text)
			if wrongRow != nil {
				return fmt.Errorf("%s:%d: %w", name, line, wrongRow)
			}
			if err := f(line, r, buffered.Buffered() > 0); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
	return ctx.Err()
}

func parseRow(text []byte) (row, error) {
	r := row{ID: json.RawMessage("null")}
	if err := json.Unmarshal(text, &r); err != nil {
		return row{}, fmt.Errorf(`this is no row: %w; write {"id": "1", "text": "…"} in one line`, err)
	}
	return r, nil
}

// readLine reads a line of at most maxRow bytes, with io.EOF beside the last one.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxRow {
			return nil, fmt.Errorf("the line is longer than %d MiB; that is no row", maxRow>>20)
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
