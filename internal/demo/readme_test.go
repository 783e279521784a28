package demo

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// The README shows what the demo prints. This holds it to that.
func TestTheReadmeShowsWhatTheDemoPrints(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Run(t.Context(), Options{Out: &out, Once: true}); err != nil {
		t.Fatal(err)
	}
	printed := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		printed[strings.TrimSpace(line)] = true
	}
	shown := 0
	for i, block := range strings.Split(string(readme), "```") {
		if i%2 == 0 || !strings.Contains(block, "Jane Roe") {
			continue
		}
		for line := range strings.Lines(block) {
			line = strings.TrimSpace(line)
			if line == "" || line == "…" {
				continue
			}
			shown++
			if !printed[line] {
				t.Errorf("the README shows a line that the demo does not print: %q", line)
			}
		}
	}
	if shown < 20 {
		t.Errorf("the README shows only %d lines of the demo", shown)
	}
}
