// Package evaluate measures how well a classifier hears, on texts that people have labelled.
package evaluate

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/heedmail/heed/classify"
)

// A Row is one labelled text. Optional signals are those on which two careful readers could differ; they count neither
// as right nor as wrong.
type Row struct {
	ID       string            `json:"id"`
	Lang     string            `json:"lang,omitempty"`
	Subject  string            `json:"subject,omitempty"`
	Text     string            `json:"text"`
	Labels   []classify.Signal `json:"labels"`
	Optional []classify.Signal `json:"optional,omitempty"`
}

// maxLine bounds one row of a JSONL file.
const maxLine = 4 << 20

// Read reads rows of JSON, one a line. The error names the line.
func Read(r io.Reader) ([]Row, error) {
	var rows []Row
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var row Row
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("line %d: read a row of JSON: %w", n, err)
		}
		if err := row.check(); err != nil {
			return nil, fmt.Errorf("line %d: row %q: %w", n, row.ID, err)
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	return rows, nil
}

func (r Row) check() error {
	for _, s := range slices.Concat(r.Labels, r.Optional) {
		if !slices.Contains(classify.Signals(), s) {
			return fmt.Errorf("%q is no signal", s)
		}
	}
	if r.Text == "" && r.Subject == "" {
		return errors.New("it has no text")
	}
	return nil
}

// A Score counts what was heard rightly, wrongly and not at all.
type Score struct {
	Right   int     `json:"true_positives"`
	False   int     `json:"false_positives"`
	Missed  int     `json:"false_negatives"`
	P       float64 `json:"precision"`
	R       float64 `json:"recall"`
	F1      float64 `json:"f1"`
	Support int     `json:"support"`
}

func (s *Score) finish() {
	s.Support = s.Right + s.Missed
	s.P, s.R, s.F1 = ratio(s.Right, s.Right+s.False), ratio(s.Right, s.Support), ratio(2*s.Right, 2*s.Right+s.False+s.Missed)
}

// ratio is 0 where there is nothing to divide by.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// A SignalScore is the score of one signal.
type SignalScore struct {
	Signal classify.Signal `json:"signal"`
	Score
}

// An Error is one signal that was missed in a text or heard wrongly.
type Error struct {
	ID       string          `json:"id"`
	Signal   classify.Signal `json:"signal"`
	Text     string          `json:"text"`
	Evidence string          `json:"evidence,omitempty"` // of a false alarm
	Sentence string          `json:"sentence,omitempty"`
}

// Macro is the mean over the signals that occur.
type Macro struct {
	P  float64 `json:"precision"`
	R  float64 `json:"recall"`
	F1 float64 `json:"f1"`
}

// A Result is the measure of a classifier on rows.
type Result struct {
	Rows        int           `json:"rows"`
	Signals     []SignalScore `json:"signals"`
	Micro       Score         `json:"micro"`
	Macro       Macro         `json:"macro"`
	FalseRows   int           `json:"rows_with_false_alarm"` // rows with at least one false alarm
	Misses      []Error       `json:"misses,omitempty"`
	FalseAlarms []Error       `json:"false_alarms,omitempty"`
}

// A Hearer is what is measured; *classify.Classifier is one.
type Hearer interface {
	Classify(classify.Text) classify.Verdict
}

// Run measures h on rows.
func Run(h Hearer, rows []Row) Result {
	res := Result{Rows: len(rows)}
	scores := map[classify.Signal]*Score{}
	for _, s := range classify.Signals() {
		scores[s] = &Score{}
	}
	for _, row := range rows {
		v := h.Classify(classify.Text{Subject: row.Subject, Body: row.Text, Lang: row.Lang})
		before := len(res.FalseAlarms)
		res.row(row, v, scores)
		if len(res.FalseAlarms) > before {
			res.FalseRows++
		}
	}
	res.finish(scores)
	return res
}

func (r *Result) row(row Row, v classify.Verdict, scores map[classify.Signal]*Score) {
	heard := map[classify.Signal]bool{}
	for _, h := range v.Hits {
		heard[h.Signal] = true
		switch {
		case slices.Contains(row.Labels, h.Signal):
			scores[h.Signal].Right++
		case !slices.Contains(row.Optional, h.Signal):
			scores[h.Signal].False++
			r.FalseAlarms = append(r.FalseAlarms, Error{row.ID, h.Signal, row.Text, h.Evidence, h.Sentence})
		}
	}
	for _, s := range row.Labels {
		if !heard[s] && !slices.Contains(row.Optional, s) {
			scores[s].Missed++
			r.Misses = append(r.Misses, Error{ID: row.ID, Signal: s, Text: row.Text})
		}
	}
}

func (r *Result) finish(scores map[classify.Signal]*Score) {
	occurring := 0
	for _, signal := range classify.Signals() {
		s := scores[signal]
		s.finish()
		r.Signals = append(r.Signals, SignalScore{signal, *s})
		r.Micro.Right += s.Right
		r.Micro.False += s.False
		r.Micro.Missed += s.Missed
		if s.Support > 0 {
			occurring++
			r.Macro.P += s.P
			r.Macro.R += s.R
			r.Macro.F1 += s.F1
		}
	}
	r.Micro.finish()
	if occurring > 0 {
		r.Macro.P /= float64(occurring)
		r.Macro.R /= float64(occurring)
		r.Macro.F1 /= float64(occurring)
	}
}

// Write prints the table that a person reads.
func (r Result) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "signal\tP\tR\tF1\tsupport\tmissed\tfalse\t")
	for _, s := range r.Signals {
		fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.3f\t%d\t%d\t%d\t\n", s.Signal, s.P, s.R, s.F1, s.Support, s.Missed, s.False)
	}
	fmt.Fprintf(t, "micro\t%.3f\t%.3f\t%.3f\t%d\t%d\t%d\t\n", r.Micro.P, r.Micro.R, r.Micro.F1, r.Micro.Support, r.Micro.Missed, r.Micro.False)
	fmt.Fprintf(t, "macro\t%.3f\t%.3f\t%.3f\t\t\t\t\n", r.Macro.P, r.Macro.R, r.Macro.F1)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the scores: %w", err)
	}
	_, err := fmt.Fprintf(w, "%d rows, %d with a false alarm\n", r.Rows, r.FalseRows)
	return err
}

// WriteErrors prints every miss and every false alarm with its text.
func (r Result) WriteErrors(w io.Writer) error {
	for _, e := range r.Misses {
		if _, err := fmt.Fprintf(w, "missed %s  %s\n    %s\n", e.Signal, e.ID, oneLine(e.Text)); err != nil {
			return fmt.Errorf("print the misses: %w", err)
		}
	}
	for _, e := range r.FalseAlarms {
		if _, err := fmt.Fprintf(w, "false  %s  %s  %q\n    %s\n", e.Signal, e.ID, e.Evidence, oneLine(e.Sentence)); err != nil {
			return fmt.Errorf("print the false alarms: %w", err)
		}
	}
	return nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
