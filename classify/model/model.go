// Package model is the second opinion beside the rules: a small linear model that has read thousands of sentences which people
// labelled, and hears what nobody thought of writing a rule for.
//
// The two are better together than either of them. The rules are asked first, and they keep the last word: where they met a signal
// and its context took it back ("I am not going to file a dispute"), the model may not bring it up again.
//
// It weighs one passage at a time: a short text, or one sentence of a longer one. Each feature of the passage (package feature)
// speaks for or against each signal; where the sum is above the signal's threshold, the signal is heard, and the words that spoke
// loudest for it are the evidence. A text carries what its passages carry. There is nothing else to it: no state, no chance, the
// same answer for the same text.
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

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/model/feature"
)

//go:embed weights.bin
var trained []byte

// A Model hears signals in texts. It may be shared by any number of goroutines.
type Model struct {
	rules      Rules
	reader     *feature.Reader
	signals    []classify.Signal
	thresholds [Signals]float64
	scale      float64
	rows       []feature.Row // by number of the feature in the reader's index
}

// Rules tell what they weighed in a text. They must not ask the model in turn.
type Rules func(classify.Text) (classify.Explanation, error)

// RulesOf are the rules of a classifier without a second opinion.
func RulesOf(c *classify.Classifier) Rules {
	return func(t classify.Text) (classify.Explanation, error) { return c.Explain(t), nil }
}

// BuiltIn is the model with the embedded weights. They are read where they are: as Weights they would take ten times as much
// memory, for the moment of a program's start.
func BuiltIn(rules Rules) (*Model, error) {
	w, rows, err := readHead(trained)
	if err != nil {
		return nil, err
	}
	return newModel(w, rules, len(rows)/bytesARow, func(f func(*WeightRow) error) error { return eachRow(rows, f) })
}

// New makes a model of weights.
func New(w *Weights, rules Rules) (*Model, error) {
	return newModel(w, rules, len(w.Rows), func(f func(*WeightRow) error) error {
		for i := range w.Rows {
			if err := f(&w.Rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// bytesARow is how many bytes the embedded weights take for a feature, or a little less.
const bytesARow = 9

// newModel makes a model of weights whose rows, some size of them, come from each in the order of their features.
func newModel(w *Weights, rules Rules, size int, each func(func(*WeightRow) error) error) (*Model, error) {
	signals := classify.Signals()
	if len(w.Thresholds) != Signals || len(signals) != Signals {
		return nil, fmt.Errorf("the weights are for %d signals: %w", len(w.Thresholds), errWeights)
	}
	m := &Model{rules: rules, signals: signals, scale: float64(w.Scale)}
	for s, t := range w.Thresholds {
		m.thresholds[s] = float64(t)
	}
	index := &feature.Index{}
	m.rows = make([]feature.Row, 1, size+1) // 0 is the number of no feature
	last := -1
	err := each(func(r *WeightRow) error {
		if int(r.ID) <= last || r.ID >= feature.Dim {
			return fmt.Errorf("feature %d: %w", r.ID, errWeights)
		}
		last = int(r.ID)
		index.Add(r.ID)
		m.rows = append(m.rows, feature.NewRow(r.Rarity, &r.Weight)) // under the feature's number: they come in order
		return nil
	})
	if err != nil {
		return nil, err
	}
	index.Seal()
	m.reader, err = feature.NewReader(index, m.rows)
	return m, err
}

// Where it is asked at all. It learnt from short texts, and that is what it is good at: each further passage is one more chance
// to mistake a story that is told for a threat that is made. So a text may not be long, and each signal has to be the clearer,
// the more passages there are.
const (
	language    = "en" // of the others there are too few texts to learn from
	maxBytes    = 1200
	maxPassages = 12
	caution     = 0.3  // what the threshold rises by when a text is e times as long
	briefText   = 160  // bytes
	meaningful  = 0.6  // more than what the meanings of a passage hardly ever add; farther from every threshold it is left alone
	distance    = 0.15 // what a passage loses in which nobody is addressed: it may be told to others
	publicity   = 0.5  // what it loses instead in a text with an @name or a #tag: there is talk of everything under the sun
)

// Hear gives the signals that the rules did not hear and the model does. It implements classify.SecondOpinion.
func (m *Model) Hear(t classify.Text, v classify.Verdict) []classify.Hit {
	if v.Lang != language || len(t.Subject)+len(t.Body) > maxBytes {
		return nil
	}
	var best [Signals]finding
	a := aside{brief: len(t.Subject)+len(t.Body) <= briefText, public: tagged(t.Body)}
	m.reader.Each(maxPassages, func(p *feature.Passage) { m.consider(p, a, &best) }, t.Own())
	var found []finding
	for k, name := range m.signals {
		f := best[k]
		f.hit.Signal, f.score = name, f.score-m.thresholds[k]
		if f.hit.Evidence != "" && f.score >= 0 && !taken(v.Hits, name, f.hit) {
			found = append(found, f)
		}
	}
	return m.undenied(t, found)
}

// An aside is what makes it likely that a text is not, or not only, meant for us.
type aside struct {
	brief  bool // hardly anything is said beside what is meant
	public bool // it was written for all to read
}

// tagged tells whether a text begins with an @name or has a #tag in it.
func tagged(body string) bool {
	return strings.HasPrefix(strings.TrimSpace(body), "@") || strings.Contains(body, " #") || strings.HasPrefix(body, "#")
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

// undenied leaves out what the rules met too and had a reason to take back. Without rules to ask it leaves out all.
func (m *Model) undenied(t classify.Text, found []finding) []classify.Hit {
	if len(found) == 0 {
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
	var hits []classify.Hit
	for _, f := range found {
		if !denied[f.hit.Signal] {
			hits = append(hits, f.hit)
		}
	}
	return hits
}

// A finding is the best passage for a signal so far.
type finding struct {
	score float64
	hit   classify.Hit
}

// consider takes a passage for the signals that it speaks louder for than the passages before it. What may be told to others has
// to be the louder; and as there is more of it, its meanings are only looked for where they can decide.
func (m *Model) consider(p *feature.Passage, a aside, best *[Signals]finding) {
	against := caution * math.Log(float64(p.Among))
	switch {
	case a.public:
		against += publicity
	case !p.Addressed:
		against += distance
	}
	var scores [Signals]float64
	m.weigh(&p.Words, &scores)
	m.weigh(&p.Letters, &scores)
	if !a.brief && !m.near(&scores, against-meaningful) {
		return
	}
	p.Understand()
	m.weigh(&p.Meanings, &scores)
	for k, score := range scores {
		score -= against
		if score < m.thresholds[k] || best[k].hit.Evidence != "" && score <= best[k].score {
			continue
		}
		best[k] = finding{score, m.evidence(p, k)}
	}
}

// near tells whether any score is above its threshold, give or take what is missing or to be taken off.
func (m *Model) near(scores *[Signals]float64, off float64) bool {
	for k, score := range scores {
		if score >= m.thresholds[k]+off {
			return true
		}
	}
	return false
}

// weigh adds up what the features of a view say. A rare feature counts more than a common one, and the more features a view
// has, the less each of them.
func (m *Model) weigh(view *feature.Sum, scores *[Signals]float64) {
	share := m.scale / math.Sqrt(float64(max(view.Size(), 1)))
	for k, v := range view.All() {
		scores[k] += share * float64(v)
	}
}

// longest is how many words evidence has at most.
const longest = 12

// evidence cuts out the words of one sentence that spoke loudest for signal k.
func (m *Model) evidence(p *feature.Passage, k int) classify.Hit {
	p.Spell()
	says := make([]float64, len(p.Tokens))
	for _, view := range p.Views {
		for _, f := range view {
			r := &m.rows[f.ID]
			for i := f.From; i < f.To; i++ {
				says[i] += float64(r.Says(k)) / float64(f.To-f.From)
			}
		}
	}
	best, hit, next := math.Inf(-1), classify.Hit{}, 0
	for _, span := range p.Spans {
		first := next
		for next < len(p.Tokens) && p.Tokens[next].From < span.To {
			next++
		}
		if first == next {
			continue
		}
		if sum, from, to := loudest(says[first:next]); sum > best {
			best = sum
			hit.Evidence = p.Text.Original(p.Tokens[first+from].From, p.Tokens[first+to-1].To)
			hit.Sentence = p.Text.Original(span.From, span.To)
		}
	}
	return hit
}

// loudest finds the neighbouring words with the greatest sum, at least one of them.
func loudest(says []float64) (best float64, from, to int) {
	best = math.Inf(-1)
	for i := range says {
		sum := 0.0
		for j := i; j < len(says) && j-i < longest; j++ {
			if sum += says[j]; sum > best {
				best, from, to = sum, i, j+1
			}
		}
	}
	return best, from, to
}
