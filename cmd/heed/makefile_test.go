package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the documents tell people to make can be made. A name that is phony and has no rule is done at once, by doing nothing.
func TestWhatTheDocumentsTellPeopleToMakeHasARule(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, rule := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(string(makefile), -1) {
		rules = append(rules, rule[1])
	}
	for line := range strings.Lines(string(makefile)) {
		if names, ok := strings.CutPrefix(line, ".PHONY:"); ok {
			for _, name := range strings.Fields(names) {
				if !slices.Contains(rules, name) {
					t.Errorf("Makefile: %s is phony and has no rule", name)
				}
			}
		}
	}
	seen := 0
	for _, path := range documents(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range commandsOf(string(text)) {
			for _, target := range regexp.MustCompile(`\bmake ([a-z]+)`).FindAllStringSubmatch(command, -1) {
				seen++
				if !slices.Contains(rules, target[1]) {
					t.Errorf("%s: there is no rule for make %s", path, target[1])
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d were seen", seen)
	}
}

// documents are the pages that people read.
func documents(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"../../*.md", "../../docs/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// commandsOf is what a page has in backticks, and its lines of code.
func commandsOf(page string) []string {
	var all []string
	fenced := false
	for line := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced || strings.HasPrefix(line, "    "):
			all = append(all, line)
		default:
			for i, span := range strings.Split(line, "`") {
				if i%2 == 1 {
					all = append(all, span)
				}
			}
		}
	}
	return all
}
