package evaluate_test

import (
	"math"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/evaluate"
)

// parrot hears a signal wherever its name stands in the text.
type parrot struct{}

func (parrot) Classify(t classify.Text) classify.Verdict {
	var v classify.Verdict
	for _, s := range classify.Signals() {
		if strings.Contains(t.Body, string(s)) {
			v.Hits = append(v.Hits, classify.Hit{Signal: s, Evidence: string(s), Sentence: t.Body})
		}
	}
	return v
}

func TestScores(t *testing.T) {
	rows, err := evaluate.Read(strings.NewReader(`
{"id":"1","text":"abuse","labels":["abuse"]}
{"id":"2","text":"abuse","labels":[]}
{"id":"3","text":"nothing","labels":["abuse"]}
{"id":"4","text":"abuse legal_threat","labels":[],"optional":["abuse"]}
{"id":"5","text":"legal_threat","labels":["legal_threat"]}
{"id":"6","text":"nothing","labels":["phone_only"],"optional":["phone_only"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	res := evaluate.Run(parrot{}, rows)
	by := map[classify.Signal]evaluate.Score{}
	for _, s := range res.Signals {
		by[s.Signal] = s.Score
	}
	if s := by[classify.Abuse]; s.Right != 1 || s.False != 1 || s.Missed != 1 || s.P != 0.5 || s.R != 0.5 || s.F1 != 0.5 || s.Support != 2 {
		t.Errorf("abuse scores %+v", s)
	}
	if s := by[classify.LegalThreat]; s.Right != 1 || s.False != 1 || s.R != 1 {
		t.Errorf("legal_threat scores %+v", s)
	}
	if s := by[classify.PhoneOnly]; s.Support != 0 {
		t.Errorf("an optional signal counts: %+v", s)
	}
	if res.Micro.Right != 2 || res.Micro.False != 2 || res.Micro.Missed != 1 || res.FalseRows != 2 || res.Rows != 6 {
		t.Errorf("together %+v, %d rows with a false alarm", res.Micro, res.FalseRows)
	}
	if want := (0.5 + 2.0/3) / 2; math.Abs(res.Macro.F1-want) > 1e-9 {
		t.Errorf("macro F1 is %v, want %v", res.Macro.F1, want)
	}
	if len(res.Misses) != 1 || res.Misses[0].ID != "3" || len(res.FalseAlarms) != 2 || res.FalseAlarms[0].Evidence != "abuse" {
		t.Errorf("misses %v, false alarms %v", res.Misses, res.FalseAlarms)
	}
}

func TestTheTableNamesEverySignal(t *testing.T) {
	var b strings.Builder
	if err := evaluate.Run(parrot{}, nil).Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, s := range classify.Signals() {
		if !strings.Contains(b.String(), string(s)) {
			t.Errorf("%s is not in the table", s)
		}
	}
}

func TestErrorsArePrintedWithTextAndEvidence(t *testing.T) {
	var b strings.Builder
	res := evaluate.Run(parrot{}, []evaluate.Row{{ID: "a", Text: "say\nabuse"}, {ID: "b", Text: "calm", Labels: []classify.Signal{classify.Abuse}}})
	if err := res.WriteErrors(&b); err != nil {
		t.Fatal(err)
	}
	want := "missed abuse  b\n    calm\nfalse  abuse  a  \"abuse\"\n    say abuse\n"
	if b.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", b.String(), want)
	}
}

func TestReadNamesTheLineOfAFault(t *testing.T) {
	for in, want := range map[string]string{
		"{\"id\":\"1\",\"text\":\"x\"}\n{oops":     "line 2: read a row of JSON",
		`{"id":"1","text":"x","labels":["anger"]}`: `line 1: row "1": "anger" is no signal`,
		`{"id":"1","text":"","labels":[]}`:         "it has no text",
	} {
		if _, err := evaluate.Read(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}
