package model_test

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/evaluate"
	"github.com/heedmail/heed/classify/model"
)

// second is a second opinion and the rules that it stands beside.
type second struct {
	rules *classify.Classifier
	model *model.Model
}

func newSecond(t testing.TB) second {
	t.Helper()
	rules, err := classify.New(classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.BuiltIn(model.RulesOf(rules))
	if err != nil {
		t.Fatal(err)
	}
	return second{rules, m}
}

// mute are rules that heard nothing and took nothing back.
func mute(classify.Text) (classify.Explanation, error) { return classify.Explanation{}, nil }

func alone(t testing.TB) *model.Model {
	t.Helper()
	m, err := model.BuiltIn(mute)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var english = classify.Verdict{Lang: "en"}

func TestHearsWithItsEvidence(t *testing.T) {
	m := alone(t)
	for text, want := range map[string]classify.Hit{
		"That parcel never came. I shall instruct my bank to recall the payment on Friday.": {
			Signal: classify.ChargebackThreat, Sentence: "I shall instruct my bank to recall the payment on Friday."},
		"Could this be escalated to somebody in charge, please?": {
			Signal: classify.ManagerRequest, Sentence: "Could this be escalated to somebody in charge, please?"},
		"My mother can't type any more. You will have to phone her on 0161 555 0107.": {
			Signal: classify.PhoneRequest, Sentence: "You will have to phone her on 0161 555 0107."},
	} {
		hits := m.Hear(classify.Text{Body: text}, english)
		if len(hits) == 0 || hits[0].Signal != want.Signal || hits[0].Sentence != want.Sentence {
			t.Errorf("%q: heard %+v, want %s in %q", text, hits, want.Signal, want.Sentence)
		}
		for _, h := range hits {
			if !strings.Contains(h.Sentence, h.Evidence) || h.Evidence == "" {
				t.Errorf("%q: the evidence %q is not in the sentence %q", text, h.Evidence, h.Sentence)
			}
		}
	}
}

func TestRulesKeepTheLastWord(t *testing.T) {
	s := newSecond(t)
	for _, text := range []string{
		"I am not going to open a dispute with my bank.",
		"I don't need a manager for this, thank you.",
		"Please don't call me, write to me.",
	} {
		in := classify.Text{Body: text}
		if hits := s.model.Hear(in, s.rules.Classify(in)); len(hits) > 0 {
			t.Errorf("%q: heard %+v", text, hits)
		}
	}
}

func TestIsSilentWithoutRulesToAsk(t *testing.T) {
	m, err := model.BuiltIn(func(classify.Text) (classify.Explanation, error) { return classify.Explanation{}, errors.New("broken") })
	if err != nil {
		t.Fatal(err)
	}
	if hits := m.Hear(classify.Text{Body: "Could this be escalated to somebody in charge, please?"}, english); len(hits) > 0 {
		t.Errorf("heard %+v", hits)
	}
}

func TestLeavesASignalOfTheRulesAsItIs(t *testing.T) {
	m := alone(t)
	text := classify.Text{Body: "Could this be escalated to somebody in charge, please?"}
	v := classify.Verdict{Lang: "en", Hits: []classify.Hit{{Signal: classify.ManagerRequest, Evidence: "in charge"}}}
	if hits := m.Hear(text, v); len(hits) > 0 {
		t.Errorf("heard %+v again", hits)
	}
}

func TestLeavesTheWordsOfAnotherSignalAlone(t *testing.T) {
	m := alone(t)
	text := classify.Text{Body: "Could this be escalated to somebody in charge, please?"}
	v := classify.Verdict{Lang: "en", Hits: []classify.Hit{{Signal: classify.Abuse, Evidence: text.Body}}}
	if hits := m.Hear(text, v); len(hits) > 0 {
		t.Errorf("heard %+v in words that were taken", hits)
	}
}

func TestIsSilent(t *testing.T) {
	m := alone(t)
	threat := "I shall instruct my bank to recall the payment on Friday."
	for name, c := range map[string]struct {
		text classify.Text
		lang string
	}{
		"in other languages":             {classify.Text{Body: threat}, "de"},
		"in texts of unknown language":   {classify.Text{Body: threat}, ""},
		"in long stories":                {classify.Text{Body: strings.Repeat("We waited for it at home. ", 20) + threat}, "en"},
		"in one sentence without an end": {classify.Text{Body: threat + strings.Repeat(" and so on", 200)}, "en"},
		"about quoted lines":             {classify.Text{Body: "> " + threat}, "en"},
		"about nothing":                  {classify.Text{}, "en"},
		"about signs":                    {classify.Text{Body: "*** !!! --- ****"}, "en"},
	} {
		if hits := m.Hear(c.text, classify.Verdict{Lang: c.lang}); len(hits) > 0 {
			t.Errorf("%s: heard %+v", name, hits)
		}
	}
}

func TestAgreesWithItselfInManyGoroutines(t *testing.T) {
	m := alone(t)
	text := classify.Text{Subject: "Order 12", Body: "Who is in charge over there? Please ring me at home."}
	want := m.Hear(text, english)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				if got := m.Hear(text, english); !reflect.DeepEqual(got, want) {
					t.Errorf("heard %+v, then %+v", want, got)
				}
			}
		})
	}
	wait.Wait()
}

// heldOut reads the rows of the English corpus that the model did not learn from.
func heldOut(t testing.TB) []evaluate.Row {
	t.Helper()
	f, err := os.Open("../testdata/corpus-en.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := evaluate.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []evaluate.Row
	for _, r := range rows {
		if strings.ContainsRune("0369", rune(r.ID[len(r.ID)-1])) {
			out = append(out, r)
		}
	}
	return out
}

type hearer func(classify.Text) classify.Verdict

func (h hearer) Classify(t classify.Text) classify.Verdict { return h(t) }

// TestScoresOnHeldOutRows holds the model to what it was when it was let in. Alone it has to be nearly always right; beside
// the rules it has to pay: the day it no longer does, it is to be taken out.
func TestScoresOnHeldOutRows(t *testing.T) {
	const precision, recall = 0.90, 0.18
	s, rows := newSecond(t), heldOut(t)
	bare := alone(t)
	only := evaluate.Run(hearer(func(x classify.Text) classify.Verdict {
		return classify.Verdict{Hits: bare.Hear(x, english)}
	}), rows)
	if only.Micro.P < precision || only.Micro.R < recall {
		t.Errorf("alone: precision %.3f, recall %.3f; want %.2f and %.2f", only.Micro.P, only.Micro.R, precision, recall)
	}
	rules := evaluate.Run(s.rules, rows)
	both := evaluate.Run(hearer(func(x classify.Text) classify.Verdict {
		v := s.rules.Classify(x)
		v.Hits = append(v.Hits, s.model.Hear(x, v)...)
		return v
	}), rows)
	t.Logf("F1 of the rules %.3f, with the model %.3f", rules.Micro.F1, both.Micro.F1)
	if both.Micro.F1 < rules.Micro.F1 {
		t.Errorf("F1 of the rules %.3f is better than with the model: %.3f", rules.Micro.F1, both.Micro.F1)
	}
}

func FuzzHear(f *testing.F) {
	for _, s := range []string{"I shall instruct my bank to recall it.", "wtf **** Ünïcödé ß… “quoted” don’t\n> quoted\n\x00\xff", strings.Repeat("a ", 90),
		"https://x.example/a?b @shop 12.50 €! RING ME!!", "你好。电话", "I'm ﬁne"} {
		f.Add("", s)
		f.Add(s, "Please ring me at home.")
	}
	m := alone(f)
	f.Fuzz(func(t *testing.T, subject, body string) {
		text := classify.Text{Subject: subject, Body: body}
		hits := m.Hear(text, english)
		seen := map[classify.Signal]bool{}
		for _, h := range hits {
			inText := strings.Contains(subject, h.Sentence) || strings.Contains(body, h.Sentence)
			if h.Evidence == "" || !strings.Contains(h.Sentence, h.Evidence) || !inText {
				t.Errorf("evidence %q of sentence %q is not in %q, %q", h.Evidence, h.Sentence, subject, body)
			}
			if seen[h.Signal] {
				t.Errorf("%s was heard twice", h.Signal)
			}
			seen[h.Signal] = true
		}
		if again := m.Hear(text, english); !reflect.DeepEqual(hits, again) {
			t.Errorf("heard %+v, then %+v", hits, again)
		}
	})
}

func TestWeightsCanBeReadBack(t *testing.T) {
	w := &model.Weights{Thresholds: []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, Scale: 0.25, Rows: []model.WeightRow{
		{ID: 0, Rarity: 255, Weight: [model.Signals]int8{0: -128, 11: 127}}, {ID: 70000, Weight: [model.Signals]int8{5: 1}}}}
	got, err := model.ReadWeights(w.Append(nil))
	if err != nil || !reflect.DeepEqual(got, w) {
		t.Errorf("read back %+v, %v; want %+v", got, err, w)
	}
}

func FuzzReadWeights(f *testing.F) {
	w := &model.Weights{Thresholds: make([]float32, 12), Scale: 1, Rows: []model.WeightRow{{ID: 9, Rarity: 24, Weight: [model.Signals]int8{1: 3}}}}
	f.Add(w.Append(nil))
	f.Add([]byte("heed1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := model.ReadWeights(b)
		if err != nil {
			return
		}
		m, err := model.New(w, mute)
		if err != nil {
			return
		}
		m.Hear(classify.Text{Body: "Please ring me at home."}, english)
	})
}
