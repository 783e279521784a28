package escalation

import (
	"bytes"
	_ "embed" // for the built-in policy
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/pelletier/go-toml/v2"
)

//go:embed policy.toml
var builtin []byte

// The limits of what an admin may write in a rule. They are far above any sense, and keep arithmetic and headers safe.
const (
	maxName   = 40
	maxAt     = 1000
	maxWindow = 3650 * day
)

// DefaultWindow is the window of a rule that names none.
const DefaultWindow = 90 * day

// A RuleConfig is a [[rule]] table as it is written, before it has been checked.
type RuleConfig struct {
	Name   string       `toml:"name"`
	Signal string       `toml:"signal"`
	With   []string     `toml:"with"`
	Window string       `toml:"window"`
	Steps  []StepConfig `toml:"steps"`
	Quiets []string     `toml:"quiets"`
}

// A StepConfig is one step of a [[rule]] table as it is written.
type StepConfig struct {
	At int      `toml:"at"`
	Do string   `toml:"do"`
	To []string `toml:"to"`
}

// A Fault is something in a rule that can't be used.
type Fault struct {
	Index   int    // of the rule, from 0
	Key     string // "window", "steps[1].do"
	Problem string // what is wrong, what is allowed
}

func (f Fault) Error() string { return fmt.Sprintf("rule %d: %s: %s", f.Index+1, f.Key, f.Problem) }

// DefaultPolicy is the policy that is in force when heed.toml holds no [[rule]].
func DefaultPolicy() Policy {
	p, err := parsePolicy(builtin)
	if err != nil {
		panic("the built-in policy is broken: " + err.Error()) // can't pass the tests
	}
	return p
}

// parsePolicy reads rules that stand alone, which in heed.toml stand among other tables.
func parsePolicy(text []byte) (Policy, error) {
	var file struct {
		Rule []RuleConfig `toml:"rule"`
	}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&file); err != nil {
		return Policy{}, fmt.Errorf("read policy: %w", err)
	}
	p, faults := Compile(file.Rule)
	if len(faults) > 0 {
		return Policy{}, fmt.Errorf("read policy: %w", faults[0])
	}
	return p, nil
}

// Compile checks rules and makes a policy of them. It reports all faults, in the order of the rules; where there are
// any, the policy is of no use.
func Compile(rules []RuleConfig) (Policy, []Fault) {
	var p Policy
	var faults []Fault
	names := make(map[string]bool)
	for i, rc := range rules {
		c := compiler{index: i}
		p.Rules = append(p.Rules, c.rule(rc))
		if names[rc.Name] && rc.Name != "" {
			c.fault("name", "%q is the name of an earlier rule; give each its own", rc.Name)
		}
		names[rc.Name] = true
		faults = append(faults, c.faults...)
	}
	for i, rc := range rules {
		c := compiler{index: i}
		p.Rules[i].Quiets = c.quiets(rc, names)
		faults = append(faults, c.faults...)
	}
	slices.SortStableFunc(faults, func(a, b Fault) int { return a.Index - b.Index })
	return p, faults
}

// A compiler gathers the faults of one rule.
type compiler struct {
	index  int
	faults []Fault
}

func (c *compiler) fault(key, format string, args ...any) {
	c.faults = append(c.faults, Fault{Index: c.index, Key: key, Problem: fmt.Sprintf(format, args...)})
}

func (c *compiler) rule(rc RuleConfig) Rule {
	c.name(rc.Name)
	r := Rule{Name: rc.Name, Signal: c.signal("signal", rc.Signal), Window: c.window(rc.Window)}
	for i, name := range rc.With {
		key := fmt.Sprintf("with[%d]", i)
		s := c.signal(key, name)
		if s != "" && (s == r.Signal || slices.Contains(r.With, s)) {
			c.fault(key, "%q is asked for already; name another signal or leave it out", name)
		}
		r.With = append(r.With, s)
	}
	if len(rc.Steps) == 0 {
		c.fault("steps", `missing; a rule needs at least one, such as { at = 1, do = "escalate", to = ["domestic"] }`)
	}
	for i, sc := range rc.Steps {
		key := fmt.Sprintf("steps[%d]", i)
		s := c.step(key, sc)
		if slices.ContainsFunc(r.Steps, func(o Step) bool { return o.At == s.At && o.Do == s.Do }) {
			c.fault(key, "at = %d, do = %q stands in this rule already; leave one of them out", s.At, string(s.Do))
		}
		r.Steps = append(r.Steps, s)
	}
	slices.SortStableFunc(r.Steps, func(a, b Step) int { return a.At - b.At })
	return r
}

// name keeps to letters that are safe in a mail header, on a shell and in a metric's label.
func (c *compiler) name(name string) {
	switch {
	case name == "":
		c.fault("name", `missing; give the rule a short name such as "review-threat"`)
	case len(name) > maxName:
		c.fault("name", "%d bytes long; at most %d are allowed", len(name), maxName)
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || strings.HasPrefix(name, "-"):
		c.fault("name", "%q: only a-z, 0-9, - and _ are allowed, and no - at the beginning", name)
	}
}

func (c *compiler) signal(key, name string) classify.Signal {
	s := classify.Signal(name)
	if slices.Contains(classify.Signals(), s) {
		return s
	}
	var known []string
	for _, s := range classify.Signals() {
		known = append(known, string(s))
	}
	if name == "" {
		c.fault(key, "missing; one of %s", strings.Join(known, ", "))
	} else {
		c.fault(key, "unknown signal %q; one of %s", name, strings.Join(known, ", "))
	}
	return ""
}

func (c *compiler) window(text string) time.Duration {
	if text == "" {
		return DefaultWindow
	}
	d, err := ParseDuration(text)
	switch {
	case err != nil:
		c.fault("window", "%v", err)
	case d <= 0 || d > maxWindow:
		c.fault("window", "%q: more than 0 and at most %s is allowed", text, FormatDuration(maxWindow))
	}
	return d
}

func (c *compiler) step(key string, sc StepConfig) Step {
	if sc.At < 1 || sc.At > maxAt {
		c.fault(key+".at", "%d: 1 to %d is allowed", sc.At, maxAt)
	}
	s := Step{At: sc.At, Do: Do(sc.Do)}
	switch s.Do {
	case Escalate:
		s.To = c.audience(key+".to", sc.To)
	case Appease, Reassure:
		if len(sc.To) > 0 {
			c.fault(key+".to", "%q makes a draft for our own people and goes to nobody; leave it out", sc.Do)
		}
	case FollowUp:
		c.fault(key+".do", "follow_up happens by itself; appease, reassure and escalate are allowed")
	case "":
		c.fault(key+".do", "missing; one of appease, reassure, escalate")
	default:
		c.fault(key+".do", "unknown step %q; one of appease, reassure, escalate", sc.Do)
	}
	return s
}

// quiets reads the names of other rules, which have to be there: a mistyped one would quiet nothing.
func (c *compiler) quiets(rc RuleConfig, names map[string]bool) []string {
	for i, name := range rc.Quiets {
		key := fmt.Sprintf("quiets[%d]", i)
		switch {
		case name == rc.Name:
			c.fault(key, "%q is this rule itself; name others", name)
		case !names[name]:
			c.fault(key, "there is no rule %q; name one of the others", name)
		}
	}
	return slices.Clone(rc.Quiets)
}

func (c *compiler) audience(key string, names []string) []Audience {
	if len(names) == 0 {
		c.fault(key, `missing; "contact", "domestic" or both`)
	}
	var to []Audience
	for i, name := range names {
		a := Audience(name)
		switch {
		case a != Contact && a != Domestic:
			c.fault(fmt.Sprintf("%s[%d]", key, i), `unknown audience %q; "contact" and "domestic" are allowed`, name)
		case slices.Contains(to, a):
			c.fault(fmt.Sprintf("%s[%d]", key, i), "%q stands there already", name)
		}
		to = append(to, a)
	}
	return to
}

// LongestWindow is how far back a history has to reach for Decide.
func (p Policy) LongestWindow() time.Duration {
	var longest time.Duration
	for _, r := range p.Rules {
		longest = max(longest, r.Window)
	}
	return longest
}

// TOML writes the policy as [[rule]] tables that can be put into heed.toml.
func (p Policy) TOML() string {
	var b strings.Builder
	for i, r := range p.Rules {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString("[[rule]]\n")
		fmt.Fprintf(&b, "name = %s\n", strconv.Quote(r.Name))
		fmt.Fprintf(&b, "signal = %s\n", strconv.Quote(string(r.Signal)))
		if len(r.With) > 0 {
			fmt.Fprintf(&b, "with = %s\n", list(r.With))
		}
		fmt.Fprintf(&b, "window = %s\n", strconv.Quote(FormatDuration(r.Window)))
		if len(r.Quiets) > 0 {
			fmt.Fprintf(&b, "quiets = %s\n", list(r.Quiets))
		}
		b.WriteString("steps = [\n")
		for _, s := range r.Steps {
			fmt.Fprintf(&b, "  { at = %d, do = %s", s.At, strconv.Quote(string(s.Do)))
			if len(s.To) > 0 {
				fmt.Fprintf(&b, ", to = %s", list(s.To))
			}
			b.WriteString(" },\n")
		}
		b.WriteString("]\n")
	}
	return b.String()
}

// list writes names, which hold nothing that TOML and Go quote differently.
func list[T ~string](names []T) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(string(n))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
