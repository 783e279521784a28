package main

import (
	"math"
	"math/rand/v2"

	"github.com/heedmail/heed/classify/model"
	"github.com/heedmail/heed/classify/model/feature"
)

// How it learns: a linear support vector machine for each signal, with the squared hinge loss, by dual coordinate descent
// (Hsieh and others, 2008): passage after passage, its share in the weights is set to what is best while all others stay
// as they are.
const (
	stages  = 3   // how often it is decided anew which passage of a long text carries its signal
	rounds  = 6   // through all passages, in each stage
	cost    = 0.5 // of a mistake, against that of great weights
	dearer  = 2   // a signal that is missed is worse than one that is imagined
	settled = 1e-3
	seed    = 1
)

// fewest is in how many texts a feature of each view has to be met: the others are chance.
const fewest = 2

// An item is a passage while it is learnt from. Its values are shares: what it would add to the score if all weights were one.
type item struct {
	rows   []uint32
	values []float32
	square float32 // the sum of the squares of the values, and of the bias
	target [model.Signals]int8
	share  [model.Signals]float32 // in the weights
}

// A learner is the weights while they are learnt.
type learner struct {
	place  map[uint32]uint32 // by feature: its row
	ids    []uint32          // by row
	rarity []uint8           // by row
	weight [][model.Signals]float32
	bias   [model.Signals]float32
}

// learn learns from examples. A text that carries a signal carries it in one passage at least, and nobody said in which: it
// is taken to be the one that speaks loudest so far. In a text without the signal no passage has it.
func learn(all []example) *learner {
	l := newLearner(all)
	items := make([][]item, len(all))
	var order []*item
	for e := range all {
		for _, p := range all[e].passages {
			items[e] = append(items[e], l.item(p))
		}
		for i := range items[e] {
			order = append(order, &items[e][i])
		}
	}
	chance := rand.New(rand.NewPCG(seed, seed))
	for stage := range stages {
		for e := range all {
			l.aim(&all[e], items[e], stage == 0)
		}
		for range rounds {
			chance.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
			for _, i := range order {
				l.improve(i)
			}
		}
	}
	return l
}

// newLearner finds out which features are worth a weight, and how rare they are.
func newLearner(all []example) *learner {
	l := &learner{place: map[uint32]uint32{}}
	met := make([]int32, feature.Dim)
	last := make([]int32, feature.Dim)
	for e := range all {
		for _, p := range all[e].passages {
			for _, view := range p {
				for _, id := range view {
					if last[id] != int32(e+1) {
						last[id] = int32(e + 1)
						met[id]++
					}
				}
			}
		}
	}
	for id, n := range met {
		if n >= fewest {
			l.place[uint32(id)] = uint32(len(l.ids))
			l.ids = append(l.ids, uint32(id))
			rarity := 1 + math.Log(float64(len(all)+1)/float64(n+1))
			l.rarity = append(l.rarity, uint8(min(math.Round(model.RaritySteps*rarity), math.MaxUint8)))
		}
	}
	l.weight = make([][model.Signals]float32, len(l.ids))
	return l
}

func (l *learner) item(p passage) item {
	i := item{square: 1}
	for _, view := range p {
		first, size := len(i.rows), 0.0
		for _, id := range view {
			if row, ok := l.place[id]; ok {
				r := float32(l.rarity[row])
				i.rows, i.values = append(i.rows, row), append(i.values, r)
				size += float64(r * r)
			}
		}
		if size > 0 {
			i.square++
		}
		for n := first; n < len(i.values); n++ {
			i.values[n] /= float32(math.Sqrt(size))
		}
	}
	return i
}

// aim says which passages of an example are to have which signals. At first only texts of one passage can tell.
func (l *learner) aim(e *example, items []item, atFirst bool) {
	for k := range model.Signals {
		best := 0
		if e.carries[k] && !atFirst {
			for i := range items {
				if l.score(&items[i], k) > l.score(&items[best], k) {
					best = i
				}
			}
		}
		for i := range items {
			target := int8(-1)
			switch {
			case e.open[k], e.carries[k] && (i != best || atFirst && len(items) > 1):
				target = 0
			case e.carries[k]:
				target = 1
			}
			if items[i].target[k] != target {
				l.add(&items[i], k, -items[i].share[k]*float32(items[i].target[k]))
				items[i].target[k], items[i].share[k] = target, 0
			}
		}
	}
}

// improve sets the shares of an item in the weights to what is best.
func (l *learner) improve(i *item) {
	scores := l.weigh(i)
	var steps [model.Signals]float32
	any := false
	for k, target := range i.target {
		if target == 0 {
			continue
		}
		soft := float32(1 / (2 * cost))
		if target > 0 {
			soft /= dearer
		}
		slope := float32(target)*scores[k] - 1 + soft*i.share[k]
		if i.share[k] == 0 && slope >= 0 || slope > -settled && slope < settled {
			continue
		}
		share := max(i.share[k]-slope/(i.square+soft), 0)
		steps[k] = (share - i.share[k]) * float32(target)
		i.share[k] = share
		any = true
	}
	if !any {
		return
	}
	for n, row := range i.rows {
		w, v := &l.weight[row], i.values[n]
		for k, step := range steps {
			w[k] += step * v
		}
	}
	for k, step := range steps {
		l.bias[k] += step
	}
}

// add moves the weights of signal k by a step along an item.
func (l *learner) add(i *item, k int, step float32) {
	if step == 0 {
		return
	}
	for n, row := range i.rows {
		l.weight[row][k] += step * i.values[n]
	}
	l.bias[k] += step
}

func (l *learner) score(i *item, k int) float32 {
	sum := l.bias[k]
	for n, row := range i.rows {
		sum += l.weight[row][k] * i.values[n]
	}
	return sum
}

func (l *learner) weigh(i *item) (scores [model.Signals]float32) {
	scores = l.bias
	for n, row := range i.rows {
		w, v := &l.weight[row], i.values[n]
		for k := range scores {
			scores[k] += w[k] * v
		}
	}
	return scores
}

// loudest is the score of the passage that speaks loudest for each signal.
func (l *learner) loudest(e *example) (best [model.Signals]float64) {
	for k := range best {
		best[k] = math.Inf(-1)
	}
	for _, p := range e.passages {
		i := l.item(p)
		for k, score := range l.weigh(&i) {
			best[k] = max(best[k], float64(score))
		}
	}
	return best
}

// quantised writes the weights down in steps of a 127th of the greatest one.
func (l *learner) quantised() *model.Weights {
	greatest := float32(0)
	for _, row := range l.weight {
		for _, w := range row {
			greatest = max(greatest, max(w, -w))
		}
	}
	out := &model.Weights{Scale: max(greatest, math.SmallestNonzeroFloat32) / math.MaxInt8}
	for n, id := range l.ids {
		row := model.WeightRow{ID: id, Rarity: l.rarity[n]}
		for k, w := range l.weight[n] {
			row.Weight[k] = int8(math.Round(float64(w / out.Scale)))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
