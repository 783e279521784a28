package classify

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Candidate is one place in a text where a rule's words were found, with what the judgement rested on.
type Candidate struct {
	Signal   Signal
	Rule     string // "legal_threat/small-claims"
	Language string // the rule's language, "" when it belongs to every language
	Pattern  string // the line of the lexicon that matched
	Evidence string
	Sentence string
	For      []string // contexts that the rule needs and that are there
	Missing  []string // contexts that the rule needs and that are not
	Against  []string // contexts that take it back
	Heard    bool
}

// An Explanation tells what was heard in a text, and why, and what was nearly heard.
type Explanation struct {
	Verdict    Verdict
	Candidates []Candidate
}

// NearMisses lists the candidates of signals that were not heard in the end.
func (e Explanation) NearMisses() []Candidate {
	heard := map[Signal]bool{}
	for _, h := range e.Verdict.Hits {
		heard[h.Signal] = true
	}
	var out []Candidate
	for _, c := range e.Candidates {
		if !c.Heard && !heard[c.Signal] {
			out = append(out, c)
		}
	}
	return out
}

// Write prints the explanation for a person to read.
func (e Explanation) Write(w io.Writer) error {
	_, err := io.WriteString(w, e.String())
	return err
}

// String is the explanation for a person to read.
func (e Explanation) String() string {
	var b strings.Builder
	language := e.Verdict.Lang
	if language == "" {
		language = "unknown"
	}
	fmt.Fprintf(&b, "language: %s\n", language)
	if len(e.Verdict.Hits) == 0 {
		b.WriteString("heard: nothing\n")
	}
	for _, h := range e.Verdict.Hits {
		by := ""
		if !e.ruled(h.Signal) {
			by = " (by the second opinion: these words weigh most)"
		}
		fmt.Fprintf(&b, "heard: %s: %q%s\n", h.Signal, h.Evidence, by)
	}
	for _, c := range e.Candidates {
		c.write(&b)
	}
	return b.String()
}

// ruled reports whether a rule heard the signal.
func (e Explanation) ruled(s Signal) bool {
	return slices.ContainsFunc(e.Candidates, func(c Candidate) bool { return c.Heard && c.Signal == s })
}

func (c Candidate) write(b *strings.Builder) {
	verdict := "heard"
	if !c.Heard {
		verdict = "passed over"
	}
	fmt.Fprintf(b, "\n%s: %s\n", c.Rule, verdict)
	fmt.Fprintf(b, "  words:    %q\n", c.Evidence)
	fmt.Fprintf(b, "  sentence: %q\n", c.Sentence)
	fmt.Fprintf(b, "  pattern:  %s\n", c.Pattern)
	for _, line := range []struct {
		title string
		names []string
	}{{"for", c.For}, {"missing", c.Missing}, {"against", c.Against}} {
		if len(line.names) > 0 {
			fmt.Fprintf(b, "  %-9s %s\n", line.title+":", strings.Join(line.names, ", "))
		}
	}
}
