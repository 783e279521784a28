package classify_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/evaluate"
)

// TestCalmMailsCarryNothing hears ordinary mails that are full of words which are signals elsewhere: a lawyer who needs an
// invoice, a card that was replaced, somebody who moves house and does not want to cancel.
func TestCalmMailsCarryNothing(t *testing.T) {
	names, err := filepath.Glob("testdata/calm-*.jsonl")
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no calm mails under testdata (%v)", err)
	}
	c := newClassifier(t)
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := evaluate.Read(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, row := range rows {
			for _, h := range c.Classify(classify.Text{Subject: row.Subject, Body: row.Text}).Hits {
				t.Errorf("%s: %s is heard in %q: %s", name, h.Signal, h.Evidence, row.Text)
			}
		}
	}
}
