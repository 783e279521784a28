package main

import (
	"math"
	"math/rand/v2"

	"github.com/heedmail/heed/classify/model"
	"github.com/heedmail/heed/classify/model/feature"
)

// How it learns: logistic regression, one for each signal, by FTRL-Proximal with a rate for each weight. The penalty on the
// size of a weight (sparse) sets those to zero that don't pay, and thereby keeps the file small.
const (
	rounds = 8
	rate   = 3.0
	sparse = 0.1
	shrink = 0.2
	settle = 0.005 // an error smaller than this teaches nothing
	seed   = 1
)

// A learner is the weights while they are learnt, [feature][signal].
type learner struct {
	pull   []float32 // what the gradients add up to
	square []float32 // what their squares add up to
	weight []float32
}

func newLearner() *learner {
	n := feature.Dim * signals
	return &learner{pull: make([]float32, n), square: make([]float32, n), weight: make([]float32, n)}
}

// learn learns from examples. A text that carries a signal carries it in one sentence at least, and nobody said in which:
// it is taken to be the one that speaks loudest so far. In a text without the signal no sentence has it.
func learn(examples []example) *learner {
	l := newLearner()
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	chance := rand.New(rand.NewPCG(seed, seed))
	var scores [][signals]float64
	for range rounds {
		chance.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
		for _, i := range order {
			e := &examples[i]
			scores = scores[:0]
			for s := range e.sentences {
				scores = append(scores, l.weigh(&e.sentences[s]))
			}
			for k := range signals {
				l.correct(e, k, scores)
			}
		}
	}
	return l
}

// correct moves the weights of signal k towards what is right for an example.
func (l *learner) correct(e *example, k int, scores [][signals]float64) {
	if e.open[k] || len(scores) == 0 {
		return
	}
	if !e.carries[k] {
		for s := range scores {
			if off := chance(scores[s][k]); off > settle {
				l.move(&e.sentences[s], k, off)
			}
		}
		return
	}
	best := 0
	for s := range scores {
		if scores[s][k] > scores[best][k] {
			best = s
		}
	}
	if off := chance(scores[best][k]) - 1; off < -settle {
		l.move(&e.sentences[best], k, off)
	}
}

// chance is how likely a score makes a signal.
func chance(score float64) float64 { return 1 / (1 + math.Exp(-score)) }

func (l *learner) weigh(s *sentence) (scores [signals]float64) {
	for _, view := range [][]uint32{s.words, s.meanings} {
		share := float32(model.Share(len(view)))
		for _, f := range view {
			row := l.weight[int(f)*signals : int(f+1)*signals]
			for k, w := range row {
				scores[k] += float64(share * w)
			}
		}
	}
	return scores
}

// move makes one step of FTRL-Proximal for all features of a sentence.
func (l *learner) move(s *sentence, k int, off float64) {
	for _, view := range [][]uint32{s.words, s.meanings} {
		g := float32(off * model.Share(len(view)))
		for _, f := range view {
			i := int(f)*signals + k
			before := root(l.square[i])
			l.square[i] += g * g
			after := root(l.square[i])
			l.pull[i] += g - (after-before)/rate*l.weight[i]
			l.weight[i] = settled(l.pull[i], after)
		}
	}
}

func root(x float32) float32 { return float32(math.Sqrt(float64(x))) }

func settled(pull, root float32) float32 {
	switch {
	case pull > sparse:
		pull -= sparse
	case pull < -sparse:
		pull += sparse
	default:
		return 0
	}
	return -pull / ((1+root)/rate + shrink)
}

// loudest is the score of the sentence that speaks loudest for each signal.
func (l *learner) loudest(e *example) (best [signals]float64) {
	for k := range best {
		best[k] = math.Inf(-1)
	}
	for s := range e.sentences {
		for k, score := range l.weigh(&e.sentences[s]) {
			best[k] = max(best[k], score)
		}
	}
	return best
}

// quantised writes the weights down in steps of a 127th of the greatest one.
func (l *learner) quantised() *model.Weights {
	greatest := float32(0)
	for _, w := range l.weight {
		greatest = max(greatest, max(w, -w))
	}
	out := &model.Weights{Scale: max(greatest, math.SmallestNonzeroFloat32) / math.MaxInt8}
	for f := range feature.Dim {
		row := model.WeightRow{ID: uint32(f)}
		for k, w := range l.weight[f*signals : (f+1)*signals] {
			if v := int8(math.Round(float64(w / out.Scale))); v != 0 {
				row.Signal, row.Weight = append(row.Signal, uint8(k)), append(row.Weight, v)
			}
		}
		if len(row.Signal) > 0 {
			out.Rows = append(out.Rows, row)
		}
	}
	return out
}
