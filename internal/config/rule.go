package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/heedmail/heed/escalation"
)

// rules reads the [[rule]] tables; without one the built-in policy is in force. What a rule may say is known by
// escalation.Compile alone; here its faults are given their lines.
func (s *section) rules(key string) escalation.Policy {
	tables := s.tables(key)
	if len(tables) == 0 {
		return escalation.DefaultPolicy()
	}
	var written []escalation.RuleConfig
	for _, t := range tables {
		written = append(written, s.section(key, t).rule())
	}
	policy, faults := escalation.Compile(written)
	for _, f := range faults {
		line, path := placeInRule(tables[f.Index], f.Key), key+"."+f.Key
		if !s.reported(line, path) {
			s.fault(line, path, "%s", f.Problem)
		}
	}
	return policy
}

func (s *section) rule() escalation.RuleConfig {
	rc := escalation.RuleConfig{
		Name:   s.text("name", ""),
		Signal: s.text("signal", ""),
		With:   texts(s.list("with", "signals")),
		Window: s.text("window", ""),
		Quiets: texts(s.list("quiets", "rules")),
	}
	for i, t := range s.tables("steps") {
		step := s.section(fmt.Sprintf("%s.steps[%d]", s.name, i), t)
		if !step.has("at") {
			step.missing("at", "the number of messages at which the step happens, such as 2")
		}
		rc.Steps = append(rc.Steps, escalation.StepConfig{
			At: step.number("at", 0, 1, 1000),
			Do: step.text("do", ""),
			To: texts(step.list("to", "audiences")),
		})
		step.close()
	}
	s.close()
	return rc
}

func texts(values []*value) []string {
	var all []string
	for _, v := range values {
		all = append(all, v.text)
	}
	return all
}

// reported says whether a place has a fault already: a key of the wrong type is not reported as missing as well.
func (s *section) reported(line int, path string) bool {
	return slices.ContainsFunc(s.faults, func(f Fault) bool { return f.Line == line && f.Key == path })
}

// placeInRule finds the line of "window", "with[0]" or "steps[1].to[0]": that of the deepest part that is there.
func placeInRule(t *table, path string) int {
	line := t.line
	for _, part := range strings.Split(path, ".") {
		name, index, indexed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		if t == nil || t.values[name] == nil {
			return line
		}
		v := t.values[name]
		if i, err := strconv.Atoi(index); indexed && err == nil && i < len(v.array) {
			v = v.array[i]
		}
		line, t = v.line, v.table
		if t != nil {
			line = t.line
		}
	}
	return line
}
