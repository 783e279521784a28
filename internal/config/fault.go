package config

import (
	"fmt"
	"sort"
	"strings"
)

// A Fault is one thing that is wrong in the file, or worth a warning, and where.
type Fault struct {
	File    string
	Line    int
	Key     string // "mailbox.port"; "" when it is about no key
	Problem string // what is wrong and what is allowed, one sentence
}

// Error is the fault in one line: "heed.toml:14: mailbox.port: 70000 is out of range; allowed are 1 to 65535".
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	b.WriteString(": ")
	if f.Key != "" {
		b.WriteString(f.Key + ": ")
	}
	b.WriteString(f.Problem)
	return b.String()
}

// Faults is everything that is wrong with a file, in the order of the file. It is the error that Load returns.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

func inFileOrder(f []Fault) []Fault {
	sort.SliceStable(f, func(i, j int) bool { return f[i].Line < f[j].Line })
	return f
}
