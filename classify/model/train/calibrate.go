package main

import (
	"fmt"
	"math"
	"os"
	"sort"
	"sync"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/model"
)

const (
	folds  = 5
	target = 0.60 // how many of the texts above the threshold have to carry the signal
	lowest = 0.0  // the lowest threshold: more for the signal than against it
	never  = 1e6  // the threshold of a signal that the model can't hear well enough
)

// train learns the weights and their thresholds and writes them to their file.
func train() error {
	all, held, err := material("")
	if err != nil {
		return err
	}
	fmt.Printf("%d texts to learn from, %d rows of the corpus held out\n", len(all), len(held))
	weights, cuts := fit(all)
	for k, name := range classify.Signals() {
		c := cuts[k]
		fmt.Printf("%-18s unseen: average precision %.3f, above %9.2f right %4d wrong %3d, missed %4d\n",
			name, c.average, c.threshold, c.right, c.wrong, c.missed)
	}
	if err := os.WriteFile(weightsFile, weights, 0o644); err != nil {
		return fmt.Errorf("write the weights: %w", err)
	}
	fmt.Printf("%s: %d bytes\n", weightsFile, len(weights))
	return nil
}

// fit learns from examples. It gives the bytes of the weights and how well each signal was heard in texts not learnt from.
func fit(all []example) ([]byte, []cut) {
	cuts := calibrate(all, unseen(all))
	l := learn(all)
	w := l.quantised()
	for k, c := range cuts {
		w.Thresholds = append(w.Thresholds, float32(c.threshold)-l.bias[k])
	}
	return w.Append(nil), cuts
}

// unseen scores every example by a model that did not learn from it.
func unseen(all []example) [][model.Signals]float64 {
	scores := make([][model.Signals]float64, len(all))
	var wait sync.WaitGroup
	for fold := range folds {
		wait.Go(func() {
			var part []example
			for i := range all {
				if i%folds != fold {
					part = append(part, all[i])
				}
			}
			l := learn(part)
			for i := range all {
				if i%folds == fold {
					scores[i] = l.loudest(&all[i])
				}
			}
		})
	}
	wait.Wait()
	return scores
}

// calibrate finds for each signal the lowest threshold above which at least the target share of texts carry it.
func calibrate(all []example, scores [][model.Signals]float64) []cut {
	var out []cut
	for k := range model.Signals {
		c := rank(all, scores, k).cut()
		out = append(out, c)
	}
	return out
}

// A ranking is texts in the order of how loud they speak for a signal.
type ranking struct {
	scores  []float64
	carries []bool
	total   int // how many carry it, those without a sentence to look at among them
}

func rank(all []example, scores [][model.Signals]float64, k int) ranking {
	var r ranking
	var order []int
	for i := range all {
		if all[i].carries[k] {
			r.total++
		}
		if !all[i].open[k] && !math.IsInf(scores[i][k], -1) {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return scores[order[a]][k] > scores[order[b]][k] })
	for _, i := range order {
		r.scores, r.carries = append(r.scores, scores[i][k]), append(r.carries, all[i].carries[k])
	}
	return r
}

// A cut is where a ranking is cut in two, and what that gives.
type cut struct {
	threshold            float64
	right, wrong, missed int
	average              float64 // of the precision at each text that carries the signal
}

func (r ranking) cut() cut {
	c := cut{threshold: never, missed: r.total}
	yes := 0
	for n, carries := range r.carries {
		if carries {
			yes++
			c.average += float64(yes) / float64(n+1) / float64(r.total)
		}
		last := n+1 == len(r.scores) || r.scores[n+1] < r.scores[n]
		if last && r.scores[n] >= lowest && float64(yes) >= target*float64(n+2) { // as if one more had gone wrong than did
			c.threshold, c.right, c.wrong, c.missed = r.scores[n], yes, n+1-yes, r.total-yes
		}
	}
	return c
}
