// Package model is the second opinion beside the rules: a small linear model that has read thousands of sentences which people
// labelled, and hears what nobody thought of writing a rule for.
//
// It weighs one sentence at a time. Each feature of the sentence (package feature) speaks for or against each signal; where the
// sum is above the signal's threshold, the signal is heard, and the words that spoke loudest for it are the evidence. A text
// carries what its sentences carry. There is nothing else to it: no state, no chance, the same answer for the same text.
//
// The weights are embedded. They come from the texts in train/data and from those rows of the project's corpus that are not
// held out; `go run ./classify/model/train` makes them anew.
package model

import (
	_ "embed"
	"fmt"
	"math"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/model/feature"
	"github.com/heedmail/heed/classify/words"
)

//go:embed weights.bin
var trained []byte

// Signals is how many signals there are.
const signals = 12

// A Model hears signals in texts. It may be shared by any number of goroutines.
type Model struct {
	reader     *feature.Reader
	thresholds [signals]float64
	scale      float64
	index      []uint32 // by feature: where its weights begin, 0 for none
	weights    []weight // weights of one feature stand together; the last one is marked
}

// A weight says how much a feature speaks for a signal.
type weight struct {
	signal uint8
	last   bool
	value  int8
}

// BuiltIn is the model with the embedded weights.
func BuiltIn() (*Model, error) {
	w, err := ReadWeights(trained)
	if err != nil {
		return nil, err
	}
	return New(w)
}

// New makes a model of weights.
func New(w *Weights) (*Model, error) {
	if len(w.Thresholds) != signals || len(classify.Signals()) != signals {
		return nil, fmt.Errorf("the weights are for %d signals: %w", len(w.Thresholds), errWeights)
	}
	reader, err := feature.NewReader()
	if err != nil {
		return nil, err
	}
	m := &Model{reader: reader, scale: float64(w.Scale), index: make([]uint32, feature.Dim), weights: make([]weight, 1)}
	for s, t := range w.Thresholds {
		m.thresholds[s] = float64(t)
	}
	for _, row := range w.Rows {
		if len(row.Signal) == 0 || row.ID >= feature.Dim || len(row.Signal) != len(row.Weight) {
			return nil, fmt.Errorf("feature %d: %w", row.ID, errWeights)
		}
		m.index[row.ID] = uint32(len(m.weights))
		for i, s := range row.Signal {
			if s >= signals {
				return nil, fmt.Errorf("feature %d: %w", row.ID, errWeights)
			}
			m.weights = append(m.weights, weight{signal: s, value: row.Weight[i], last: i == len(row.Signal)-1})
		}
	}
	return m, nil
}

// Hear gives the signals that the rules did not hear and the model does. It implements classify.SecondOpinion.
func (m *Model) Hear(t classify.Text, v classify.Verdict) []classify.Hit {
	var heard [signals]bool
	all := classify.Signals()
	for s, name := range all {
		for _, h := range v.Hits {
			heard[s] = heard[s] || h.Signal == name
		}
	}
	best := m.best(t, &heard)
	var hits []classify.Hit
	for s, name := range all {
		if best[s].hit.Evidence != "" {
			best[s].hit.Signal = name
			hits = append(hits, best[s].hit)
		}
	}
	return hits
}

// A finding is the best sentence for a signal so far.
type finding struct {
	score float64
	hit   classify.Hit
}

// best finds for each signal that was not heard yet the sentence that speaks loudest for it.
func (m *Model) best(t classify.Text, heard *[signals]bool) (best [signals]finding) {
	consider := func(s *feature.Sentence) bool {
		scores := m.weigh(s)
		for k, score := range scores {
			if heard[k] || score < m.thresholds[k] || best[k].hit.Evidence != "" && score <= best[k].score {
				continue
			}
			best[k] = finding{score: score, hit: classify.Hit{
				Evidence: m.evidence(s, k), Sentence: s.Text.Original(s.Span.From, s.Span.To)}}
		}
		return true
	}
	for _, field := range []string{t.Subject, t.Body} {
		m.reader.Each(field[:min(len(field), classify.MaxBytes)], consider)
	}
	return best
}

// Scores gives for each signal how loud the loudest sentence of a text speaks for it; -Inf where no sentence was looked at.
func (m *Model) Scores(t classify.Text) []float64 {
	best := make([]float64, signals)
	for k := range best {
		best[k] = math.Inf(-1)
	}
	for _, field := range []string{t.Subject, t.Body} {
		m.reader.Each(field[:min(len(field), classify.MaxBytes)], func(s *feature.Sentence) bool {
			for k, score := range m.weigh(s) {
				best[k] = max(best[k], score)
			}
			return true
		})
	}
	return best
}

// weigh sums up what the features of a sentence say. Long sentences have more features, so each of theirs counts less.
func (m *Model) weigh(s *feature.Sentence) (scores [signals]float64) {
	for _, view := range [][]feature.Feature{s.Words, s.Meanings} {
		var sum [signals]int32
		for _, f := range view {
			for at := m.index[f.ID]; at != 0; at++ {
				w := m.weights[at]
				sum[w.signal] += int32(w.value)
				if w.last {
					break
				}
			}
		}
		share := m.scale * Share(len(view))
		for k, v := range sum {
			scores[k] += share * float64(v)
		}
	}
	return scores
}

// fewest is the number of features up to which a view is taken to be as short as any.
const fewest = 20

// Share is what one of n features counts.
func Share(n int) float64 { return 1 / math.Sqrt(float64(max(n, fewest))) }

// longest is how many words evidence has at most.
const longest = 12

// evidence cuts out the words that spoke loudest for signal k.
func (m *Model) evidence(s *feature.Sentence, k int) string {
	var says [words.MaxTokens]float64
	for _, view := range [][]feature.Feature{s.Words, s.Meanings} {
		share := Share(len(view))
		for _, f := range view {
			n := int(f.To - f.From)
			if v := m.value(f.ID, k); v != 0 && n > 0 {
				for i := f.From; i < f.To; i++ {
					says[i] += share * v / float64(n)
				}
			}
		}
	}
	from, to := loudest(says[:len(s.Tokens)])
	return s.Text.Original(s.Tokens[from].From, s.Tokens[to-1].To)
}

// value is the weight of a feature for signal k.
func (m *Model) value(id uint32, k int) float64 {
	for at := m.index[id]; at != 0; at++ {
		w := m.weights[at]
		if int(w.signal) == k {
			return float64(w.value)
		}
		if w.last {
			break
		}
	}
	return 0
}

// loudest finds the neighbouring words with the greatest sum, at least one of them.
func loudest(says []float64) (from, to int) {
	best := math.Inf(-1)
	for i := range says {
		sum := 0.0
		for j := i; j < len(says) && j-i < longest; j++ {
			if sum += says[j]; sum > best {
				best, from, to = sum, i, j+1
			}
		}
	}
	return from, to
}
