package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// The man page names every command and every flag.
func TestTheManPageHoldsEveryFlag(t *testing.T) {
	page, err := os.ReadFile("../../docs/heed.1")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(page), `\-`, "-")
	parser, err := newParser(&console{Out: new(bytes.Buffer), Err: new(bytes.Buffer)})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch node := node.(type) {
		case *kong.Command:
			if !regexp.MustCompile(`\b` + node.Name + `\b`).MatchString(text) {
				t.Errorf("docs/heed.1 does not name the command %s", node.FullPath())
			}
		case *kong.Flag:
			seen++
			if node.Name != "help" && !strings.Contains(text, "--"+node.Name) {
				t.Errorf("docs/heed.1 does not name --%s", node.Name)
			}
		}
		return next(nil)
	})
	if err != nil || seen < 10 {
		t.Errorf("%d flags were seen, %v", seen, err)
	}
}

// The chapter about trouble quotes what Heed says; whoever searches it for a sentence has to find it.
func TestTheManualQuotesWhatHeedSays(t *testing.T) {
	manual, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, _ := strings.Cut(string(manual), "\n## At three in the morning\n")
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	quotes := regexp.MustCompile(`“([^”]+)”`).FindAllStringSubmatch(chapter, -1)
	if len(quotes) < 10 {
		t.Fatalf("the chapter quotes %d sentences", len(quotes))
	}
	source := sourceText(t)
	for _, quote := range quotes {
		if !strings.Contains(source, quote[1]) {
			t.Errorf("docs/admin.md quotes %q, which Heed does not say", quote[1])
		}
	}
}

// sourceText is all Go text of ours but the tests.
func sourceText(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(all.String(), `\"`, `"`)
}
