package classify_test

import (
	"encoding/json"
	"flag"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/evaluate"
)

var update = flag.Bool("update", false, "write the floors that the present scores reach")

// corpora reads the project's own labelled texts.
func corpora(t testing.TB) []evaluate.Row {
	t.Helper()
	var all []evaluate.Row
	for _, rows := range corpusFiles(t) {
		all = append(all, rows...)
	}
	return all
}

// corpusFiles reads the files one by one: the corpora, written to be hard, and short texts in the usual words.
func corpusFiles(t testing.TB) map[string][]evaluate.Row {
	t.Helper()
	var names []string
	for _, pattern := range []string{"testdata/corpus-*.jsonl", "testdata/short-*.jsonl"} {
		more, err := filepath.Glob(pattern)
		if err != nil || len(more) == 0 {
			t.Fatalf("there is no %s (%v)", pattern, err)
		}
		names = append(names, more...)
	}
	files := map[string][]evaluate.Row{}
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
		files[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "corpus-"), ".jsonl")] = rows
	}
	return files
}

// floors are F1 scores in percent, rounded down, by corpus and signal.
type floors map[string]map[string]int

const floorsFile = "testdata/floors.json"

// TestScoresDoNotSlideBack compares the F1 score of every signal in every corpus with what was reached before.
// Run it with -update after an improvement.
func TestScoresDoNotSlideBack(t *testing.T) {
	c := newClassifier(t)
	reached := floors{}
	files := corpusFiles(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		res := evaluate.Run(c, files[name])
		var table strings.Builder
		if err := res.Write(&table); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s\n%s", name, table.String())
		reached[name] = map[string]int{"micro": percent(res.Micro.F1)}
		for _, s := range res.Signals {
			if s.Support > 0 {
				reached[name][string(s.Signal)] = percent(s.F1)
			}
		}
	}
	if *update {
		writeFloors(t, reached)
		return
	}
	for name, floor := range readFloors(t) {
		for signal, least := range floor {
			if got := reached[name][signal]; got < least {
				t.Errorf("%s: %s has F1 %d %%, it had %d %%", name, signal, got, least)
			}
		}
	}
}

func percent(f float64) int { return int(math.Floor(f * 100)) }

func readFloors(t *testing.T) floors {
	t.Helper()
	data, err := os.ReadFile(floorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var f floors
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatalf("%s: %v", floorsFile, err)
	}
	return f
}

func writeFloors(t *testing.T, f floors) {
	t.Helper()
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(floorsFile, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
