package escalation

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
)

// A story is told line by line, in the order in which the mails reach us:
//
//	day 1: review_threat → appease review-threat
//	day 3 +2h on amazon: abuse, review_threat → escalate review-threat to shannbo, yodi, silver
//	day 4: nothing → nothing
//	day 5: resolved
//
// Several actions are parted by ";", several rules by "+".
type story struct {
	about  string
	policy string // TOML; the built-in policy when empty
	tells  string
}

// A teller is the small part of a store that a story needs.
type teller struct {
	policy Policy
	people People
	h      History
}

func people() People {
	return People{
		Contacts: map[string][]string{"amazon": {"shannbo"}, "shopify": {"lu"}},
		Domestic: []string{"yodi", "silver"},
	}
}

func (s story) check(t *testing.T) {
	t.Helper()
	tl := teller{policy: DefaultPolicy(), people: people()}
	if s.policy != "" {
		var err error
		if tl.policy, err = parsePolicy([]byte(s.policy)); err != nil {
			t.Fatal(err)
		}
	}
	for line := range strings.Lines(s.tells) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		heading, rest, _ := strings.Cut(line, ": ")
		at, channel := when(t, heading)
		if rest == "resolved" {
			tl.h = History{}
			continue
		}
		heard, want, _ := strings.Cut(rest, " → ")
		if got := tl.hear(Event{At: at, Channel: channel, Signals: signals(heard)}); got != want {
			t.Errorf("%s\n  got  %s\n  want %s", line, got, want)
		}
	}
}

// hear decides, keeps what a store would keep, and says in words what was decided.
func (tl *teller) hear(e Event) string {
	d := tl.policy.Decide(tl.h, e, tl.people)
	if len(e.Signals) > 0 {
		tl.h.Counted = append(tl.h.Counted, Counted{At: e.At, Signals: e.Signals})
	}
	if d.Fires() {
		tl.h.Open = true
		used := maps.Clone(tl.h.Used)
		if used == nil {
			used = map[StepKey]bool{}
		}
		for _, k := range d.Used {
			used[k] = true
		}
		tl.h.Used = used
	}
	for _, a := range d.Actions {
		tl.h.Mailed = unique(slices.Concat(tl.h.Mailed, a.To))
	}
	return words(d)
}

func words(d Decision) string {
	var said []string
	for _, a := range d.Actions {
		w := string(a.Do)
		if len(a.Rules) > 0 {
			w += " " + strings.Join(a.Rules, "+")
		}
		if len(a.To) > 0 {
			w += " to " + strings.Join(a.To, ", ")
		}
		said = append(said, w)
	}
	if len(said) == 0 {
		return "nothing"
	}
	return strings.Join(said, "; ")
}

var headingForm = regexp.MustCompile(`^day (\d+)(?: \+(\S+))?(?: on (\S+))?$`)

func when(t *testing.T, heading string) (time.Time, string) {
	t.Helper()
	m := headingForm.FindStringSubmatch(heading)
	if m == nil {
		t.Fatalf("can't read %q", heading)
	}
	days, _ := strconv.Atoi(m[1])
	at := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(days-1) * day)
	if m[2] != "" {
		later, err := ParseDuration(m[2])
		if err != nil {
			t.Fatal(err)
		}
		at = at.Add(later)
	}
	if m[3] == "" {
		m[3] = "shopify"
	}
	return at, m[3]
}

func signals(heard string) []classify.Signal {
	if heard == "nothing" {
		return nil
	}
	var all []classify.Signal
	for name := range strings.SplitSeq(heard, ", ") {
		s := classify.Signal(name)
		if !slices.Contains(classify.Signals(), s) {
			panic(fmt.Sprintf("no such signal: %q", name))
		}
		all = append(all, s)
	}
	return all
}
