package bench

import (
	"fmt"
	"os"
	"strconv"
	"testing"
)

// TestBenchmarks is what `make bench` runs. HEED_BENCH names the directory for the page; without it nothing is measured.
func TestBenchmarks(t *testing.T) {
	docs := os.Getenv("HEED_BENCH")
	if docs == "" {
		t.Skip("a benchmark, run by `make bench`")
	}
	program := build(t)
	var r report
	parts := []struct {
		name string
		run  func(*testing.T, string, *report)
	}{
		{"backlog", backlog}, {"attachments", attachments}, {"memory", memory}, {"arrival", arrival},
		{"classify", classified}, {"state", state}, {"idle", idle},
	}
	ran := 0
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			ran++
			p.run(t, program, &r)
		})
	}
	fmt.Print("\n", r.print())
	if ran == len(parts) && !t.Failed() {
		if err := r.write(docs); err != nil {
			t.Error(err)
		}
	}
}

// rounds is how often each thing is measured, in turns.
func rounds() int { return setting("BENCH_ROUNDS", 5) }

// setting reads a number from the environment.
func setting(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return usual
}
