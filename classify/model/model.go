// Package model is the second opinion beside the rules: a small linear model that has read thousands of sentences which people
// labelled, and hears what nobody thought of writing a rule for.
//
// The two are better together than either of them. The rules are asked first, and they keep the last word: where they met a signal
// and its context took it back ("I am not going to file a dispute"), the model may not bring it up again.
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
	"slices"
	"strings"
	"sync"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/model/feature"
	"github.com/heedmail/heed/classify/words"
)

//go:embed weights.bin
var trained []byte

// signals is how many signals there are.
const signals = 12

// A Model hears signals in texts. It may be shared by any number of goroutines.
type Model struct {
	rules      Rules
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

// Rules tell what they weighed in a text. They must not ask the model in turn.
type Rules func(classify.Text) (classify.Explanation, error)

// OnDemand are the rules that classify.New makes of options, compiled when they are first asked, which for most texts is never.
func OnDemand(o classify.Options) Rules {
	o.Second = nil
	compiled := sync.OnceValues(func() (*classify.Classifier, error) { return classify.New(o) })
	return func(t classify.Text) (classify.Explanation, error) {
		c, err := compiled()
		if err != nil {
			return classify.Explanation{}, fmt.Errorf("compile the rules beside the model: %w", err)
		}
		return c.Explain(t), nil
	}
}

// BuiltIn is the model with the embedded weights.
func BuiltIn(rules Rules) (*Model, error) {
	w, err := ReadWeights(trained)
	if err != nil {
		return nil, err
	}
	return New(w, rules)
}

// New makes a model of weights.
func New(w *Weights, rules Rules) (*Model, error) {
	if len(w.Thresholds) != signals || len(classify.Signals()) != signals {
		return nil, fmt.Errorf("the weights are for %d signals: %w", len(w.Thresholds), errWeights)
	}
	reader, err := feature.NewReader()
	if err != nil {
		return nil, err
	}
	m := &Model{rules: rules, reader: reader, scale: float64(w.Scale), index: make([]uint32, feature.Dim), weights: make([]weight, 1)}
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

// Where it is asked at all. It learnt from short texts, and that is what it is good at: each further sentence is one more chance
// to mistake a story that is told for a threat that is made. So a text may not be long, and each signal has to be the clearer,
// the more sentences there are.
const (
	language     = "en" // of the others there are too few texts to learn from
	maxBytes     = 1200
	maxSentences = 8
	caution      = 1.5 // what the threshold rises by when a text is e times as long
)

// Hear gives the signals that the rules did not hear and the model does. It implements classify.SecondOpinion.
func (m *Model) Hear(t classify.Text, v classify.Verdict) []classify.Hit {
	if v.Lang != language || len(t.Subject)+len(t.Body) > maxBytes {
		return nil
	}
	var best [signals]finding
	number := m.reader.Each(maxSentences, func(s *feature.Sentence) { m.consider(s, &best) }, t.Subject, t.Body)
	rise := caution * math.Log(float64(max(number, 1)))
	var hits []classify.Hit
	for k, name := range classify.Signals() {
		if best[k].hit.Evidence != "" && best[k].score >= m.thresholds[k]+rise && !taken(v.Hits, name, best[k].hit) {
			best[k].hit.Signal = name
			hits = append(hits, best[k].hit)
		}
	}
	return m.undenied(t, hits)
}

// taken tells whether the rules heard this signal, or another one in the same words: those have found their meaning.
func taken(heard []classify.Hit, name classify.Signal, hit classify.Hit) bool {
	return slices.ContainsFunc(heard, func(h classify.Hit) bool {
		return h.Signal == name || overlap(hit.Sentence, hit.Evidence, h.Evidence)
	})
}

// overlap tells whether two parts of a sentence share a character. A part that is not in the sentence shares none.
func overlap(sentence, a, b string) bool {
	i, j := strings.Index(sentence, a), strings.Index(sentence, b)
	return i >= 0 && j >= 0 && i < j+len(b) && j < i+len(a)
}

// elsewhere is the context that takes back what rules of another language met. It says nothing about what was meant.
const elsewhere = "foreign"

// undenied leaves out the hits that the rules met too and had a reason to take back. Without rules to ask it leaves out all.
func (m *Model) undenied(t classify.Text, hits []classify.Hit) []classify.Hit {
	if len(hits) == 0 {
		return nil
	}
	weighed, err := m.rules(t)
	if err != nil {
		return nil
	}
	denied := map[classify.Signal]bool{}
	for _, c := range weighed.Candidates {
		for _, reason := range c.Against {
			denied[c.Signal] = denied[c.Signal] || reason != elsewhere
		}
	}
	return slices.DeleteFunc(hits, func(h classify.Hit) bool { return denied[h.Signal] })
}

// A finding is the best sentence for a signal so far.
type finding struct {
	score float64
	hit   classify.Hit
}

// consider takes a sentence for the signals that it speaks louder for than the sentences before it.
func (m *Model) consider(s *feature.Sentence, best *[signals]finding) {
	for k, score := range m.weigh(s) {
		if score < m.thresholds[k] || best[k].hit.Evidence != "" && score <= best[k].score {
			continue
		}
		best[k] = finding{score, classify.Hit{
			Evidence: m.evidence(s, k), Sentence: s.Text.Original(s.Span.From, s.Span.To)}}
	}
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
