package classify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heedmail/heed/classify/lexicon"
)

// CheckExamples runs all examples of all lexicon files against all signals and returns a sentence for each that is
// heard otherwise than its file says.
func (c *Classifier) CheckExamples() []string {
	files, err := allFiles(c.own, c.only)
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	for _, f := range files {
		for _, e := range f.Entries {
			for _, x := range slices.Concat(e.Hits, e.Misses) {
				if fault := c.checkExample(f, e, x); fault != "" {
					faults = append(faults, fault)
				}
			}
		}
	}
	return faults
}

func (c *Classifier) checkExample(f *lexicon.File, e lexicon.Entry, x lexicon.Example) string {
	want := slices.Clone(x.Signals)
	slices.Sort(want)
	var got []string
	v := c.Classify(Text{Body: x.Text, Lang: f.Language})
	for _, h := range v.Hits {
		got = append(got, string(h.Signal))
	}
	slices.Sort(got)
	if slices.Equal(want, got) {
		return ""
	}
	var evidence []string
	for _, h := range v.Hits {
		evidence = append(evidence, fmt.Sprintf("%s by %q", h.Signal, h.Evidence))
	}
	return fmt.Sprintf("%s:%d: %s: %q carries %s, but is heard as %s", f.Name, x.Line, e.ID(), x.Text,
		list(want), list(evidence))
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
