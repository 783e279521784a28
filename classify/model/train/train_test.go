package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/heedmail/heed/classify/evaluate"
	"github.com/heedmail/heed/classify/model"
)

// fromRoot makes the test run where the command is run.
func fromRoot(t *testing.T) {
	t.Helper()
	t.Chdir(filepath.Join("..", "..", ".."))
	if _, err := os.Stat("go.mod"); err != nil {
		t.Fatal(err)
	}
}

func TestHeldOutRowsAreNotLearnt(t *testing.T) {
	fromRoot(t)
	corpus, err := readFiles(corpusFiles, "")
	if err != nil {
		t.Fatal(err)
	}
	texts, err := readFiles(textFiles, "")
	if err != nil {
		t.Fatal(err)
	}
	learn, held := split(corpus, texts)
	if len(held) < len(corpus)/3 || len(learn) < len(texts) {
		t.Errorf("%d rows to learn from, %d held out", len(learn), len(held))
	}
	out := map[string]string{}
	for _, r := range held {
		out[plain(r.Text)] = r.ID
	}
	for _, r := range learn {
		if id := out[plain(r.Text)]; id != "" {
			t.Errorf("row %s is held out, and learnt from", id)
		}
	}
	for _, r := range texts {
		if id := out[plain(r.Text)]; id != "" {
			t.Errorf("a text in %s is row %s of the corpus", textFiles, id)
		}
	}
}

func TestACopyOfAHeldOutRowIsNotLearntFrom(t *testing.T) {
	corpus := []evaluate.Row{{ID: "a-3", Text: "Ring  me."}, {ID: "a-4", Text: "ring me."}, {ID: "a-5", Text: "Mail me."}}
	learn, held := split(corpus, []evaluate.Row{{Text: "RING ME."}, {Text: "Write to me."}})
	if len(held) != 1 || len(learn) != 2 || learn[0].ID != "a-5" || learn[1].Text != "Write to me." {
		t.Errorf("learnt from %+v, held out %+v", learn, held)
	}
}

func TestTheSameTextsGiveTheSameWeights(t *testing.T) {
	fromRoot(t)
	texts, err := readFiles(textFiles, "")
	if err != nil {
		t.Fatal(err)
	}
	all, err := examples(texts[:300])
	if err != nil {
		t.Fatal(err)
	}
	first, _ := fit(all)
	second, _ := fit(all)
	if !bytes.Equal(first, second) {
		t.Error("two trainings from the same texts differ")
	}
	if _, err := model.ReadWeights(first); err != nil {
		t.Error(err)
	}
}

func TestThresholdKeepsThePrecision(t *testing.T) {
	r := ranking{total: 20}
	for i := range 40 { // the first 20 right, but for the 11th; then nothing but wrong ones
		r.scores = append(r.scores, float64(40-i))
		r.carries = append(r.carries, i < 20 && i != 10)
	}
	c := r.cut()
	if c.right != 19 || c.missed != 1 || float64(c.right) < target*float64(c.right+c.wrong+1) {
		t.Errorf("cut at %+v", c)
	}
	if c := (ranking{scores: []float64{1}, carries: []bool{true}, total: 1}).cut(); c.threshold != never {
		t.Errorf("one text is enough for a threshold: %+v", c)
	}
}
