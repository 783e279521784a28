package main

import (
	"fmt"
	"math"
	"os"
	"sort"
	"sync"

	"github.com/heedmail/heed/classify"
)

const (
	folds  = 5
	target = 0.90 // how many of the texts above the threshold have to carry the signal
	never  = 1e6  // the threshold of a signal that the model can't hear well enough
)

// train learns the weights and their thresholds and writes them to their file.
func train() error {
	corpus, err := readFiles(corpusFiles)
	if err != nil {
		return err
	}
	texts, err := readFiles(textFiles)
	if err != nil {
		return err
	}
	rows, held := split(corpus, texts)
	all, err := examples(rows)
	if err != nil {
		return err
	}
	fmt.Printf("%d texts to learn from, %d rows of the corpus held out\n", len(rows), len(held))
	weights := fit(all)
	if err := os.WriteFile(weightsFile, weights, dictatedFile); err != nil {
		return fmt.Errorf("write the weights: %w", err)
	}
	fmt.Printf("%s: %d bytes\n", weightsFile, len(weights))
	return nil
}

// fit learns from examples and gives the bytes of the weights.
func fit(all []example) []byte {
	thresholds := calibrate(all, unseen(all))
	w := learn(all).quantised()
	w.Thresholds = thresholds
	return w.Append(nil)
}

// unseen scores every example by a model that did not learn from it.
func unseen(all []example) [][signals]float64 {
	scores := make([][signals]float64, len(all))
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
func calibrate(all []example, scores [][signals]float64) []float32 {
	var out []float32
	for k, name := range classify.Signals() {
		t, right, wrong, missed := threshold(all, scores, k)
		fmt.Printf("%-18s threshold %6.2f  unseen: right %4d  wrong %3d  missed %4d\n", name, t, right, wrong, missed)
		out = append(out, float32(t))
	}
	return out
}

func threshold(all []example, scores [][signals]float64, k int) (t float64, right, wrong, missed int) {
	var order []int
	total := 0
	for i := range all {
		if !all[i].open[k] && !math.IsInf(scores[i][k], -1) {
			order = append(order, i)
		}
		if all[i].carries[k] {
			total++
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return scores[order[a]][k] > scores[order[b]][k] })
	t = never
	yes, no := 0, 0
	for n, i := range order {
		if all[i].carries[k] {
			yes++
		} else {
			no++
		}
		last := n+1 == len(order) || scores[order[n+1]][k] < scores[i][k]
		if last && float64(yes) >= target*float64(yes+no+1) { // one more that went wrong than was seen
			t, right, wrong = scores[i][k], yes, no
		}
	}
	return t, right, wrong, total - right
}

