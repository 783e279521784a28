package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// docs/dependencies.md says of every module that we import what it is for.
func TestEveryDirectDependencyIsExplained(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("../../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(manual), -1) {
		explained[row[1]] = true
	}
	required := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^(?:require|\t)\s*(\S+\.\S+/\S+) v\S+(.*)$`).FindAllStringSubmatch(string(mod), -1) {
		required[line[1]] = true
		if !strings.Contains(line[2], "// indirect") && !explained[line[1]] {
			t.Errorf("docs/dependencies.md does not explain %s", line[1])
		}
	}
	for module := range explained {
		if !required[module] {
			t.Errorf("docs/dependencies.md explains %s, which is not in go.mod", module)
		}
	}
}
