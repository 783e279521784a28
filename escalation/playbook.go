package escalation

import (
	"bytes"
	_ "embed" // for the built-in playbooks
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/offer"
)

//go:embed playbook.en.toml
var playbookEN []byte

//go:embed playbook.zh.toml
var playbookZH []byte

// The limits of what an admin may write in a playbook: it is read on a phone.
const (
	maxTasks    = 12
	maxTaskText = 300
	maxOffers   = 20
	maxWithin   = 90 * day
)

// The plays that belong to no rule: OtherPlay is taken for a rule that has none of its own, FollowUpPlay for news on a
// case that has been escalated.
const (
	OtherPlay    = "other"
	FollowUpPlay = "follow-up"
)

// A Playbook says what those who decide are asked to do, and what may be offered to the customer.
type Playbook []Play

// A Play is what is asked when one rule fires.
type Play struct {
	Rule    string        // by name, or by its signal with dashes; "other", "follow-up"
	Channel string        // "" for all channels that have no play of their own
	Tasks   []Task        // in their order
	Offers  []offer.Offer // in rising order
	// Goodwill may be given without asking, GoodwillWithApproval with somebody's approval; "" where nothing is settled.
	Goodwill, GoodwillWithApproval string
}

// A Task is one line of the checklist.
type Task struct {
	Do             string
	Within         time.Duration // of the escalation; 0 for no due time
	BeforeDeadline bool          // due when the customer's or platform's deadline ends
}

// PlayConfig is a [[playbook]] table as it is written, before it has been checked.
type PlayConfig struct {
	Rule                 string       `toml:"rule"`
	Channel              string       `toml:"channel"`
	Steps                []TaskConfig `toml:"steps"`
	Offers               []string     `toml:"offers"`
	Goodwill             string       `toml:"goodwill"`
	GoodwillWithApproval string       `toml:"goodwill_with_approval"`
}

// A TaskConfig is one step of a [[playbook]] table as it is written.
type TaskConfig struct {
	Do     string `toml:"do"`
	Within string `toml:"within"`
}

// DefaultPlaybook is the playbook that is in force where heed.toml says nothing else, in the language of the notes.
func DefaultPlaybook(language string) Playbook {
	text := playbookEN
	if language == "zh" {
		text = playbookZH
	}
	p, err := parsePlaybook(text)
	if err != nil {
		panic("the built-in playbook is broken: " + err.Error()) // can't pass the tests
	}
	return p
}

func parsePlaybook(text []byte) (Playbook, error) {
	var file struct {
		Playbook []PlayConfig `toml:"playbook"`
	}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&file); err != nil {
		return nil, fmt.Errorf("read playbook: %w", err)
	}
	p, faults := CompilePlaybook(file.Playbook)
	if len(faults) > 0 {
		return nil, fmt.Errorf("read playbook: play %d: %s: %s", faults[0].Index+1, faults[0].Key, faults[0].Problem)
	}
	return p, nil
}

// CompilePlaybook checks plays and makes a playbook of them. It reports all faults, in the order of the plays.
func CompilePlaybook(plays []PlayConfig) (Playbook, []Fault) {
	var p Playbook
	var faults []Fault
	for i, pc := range plays {
		c := compiler{index: i}
		play := c.play(pc)
		if slices.ContainsFunc(p, func(o Play) bool { return o.Rule == play.Rule && o.Channel == play.Channel && o.Rule != "" }) {
			c.fault("rule", "%q has a playbook for this channel already; leave one of them out", pc.Rule)
		}
		p = append(p, play)
		faults = append(faults, c.faults...)
	}
	return p, faults
}

func (c *compiler) play(pc PlayConfig) Play {
	p := Play{Rule: pc.Rule, Channel: strings.ToLower(pc.Channel), Goodwill: c.line("goodwill", pc.Goodwill),
		GoodwillWithApproval: c.line("goodwill_with_approval", pc.GoodwillWithApproval)}
	if pc.Rule == "" {
		c.fault("rule", `missing; the name of the rule, such as "chargeback-threat"`)
	}
	if len(pc.Steps) == 0 {
		c.fault("steps", `missing; a playbook needs at least one, such as { do = "Call the customer", within = "2h" }`)
	}
	if len(pc.Steps) > maxTasks {
		c.fault("steps", "%d steps; at most %d are allowed: it is read on a phone", len(pc.Steps), maxTasks)
	}
	for i, tc := range pc.Steps {
		p.Tasks = append(p.Tasks, c.task(fmt.Sprintf("steps[%d]", i), tc))
	}
	if len(pc.Offers) > maxOffers {
		c.fault("offers", "%d offers; at most %d are allowed", len(pc.Offers), maxOffers)
	}
	for i, text := range pc.Offers {
		key := fmt.Sprintf("offers[%d]", i)
		o := offer.Parse(c.line(key, text))
		switch {
		case o == offer.Offer{}:
			c.fault(key, `empty; write an offer such as "partial refund 20 %%", or remove it`)
		case slices.Contains(p.Offers, o):
			c.fault(key, "%q stands there already", text)
		}
		p.Offers = append(p.Offers, o)
	}
	return p
}

func (c *compiler) task(key string, tc TaskConfig) Task {
	t := Task{Do: c.line(key+".do", tc.Do)}
	if t.Do == "" && tc.Do == "" {
		c.fault(key+".do", "missing; what is to be done, in one sentence")
	}
	switch tc.Within {
	case "":
		return t
	case "deadline":
		t.BeforeDeadline = true
		return t
	}
	d, err := ParseDuration(tc.Within)
	switch {
	case err != nil:
		c.fault(key+".within", `%v; or "deadline", for the one that the customer or platform sets`, err)
	case d <= 0 || d > maxWithin:
		c.fault(key+".within", "%q: more than 0 and at most %s is allowed", tc.Within, FormatDuration(maxWithin))
	}
	t.Within = d
	return t
}

// line checks words that are shown in a note.
func (c *compiler) line(key, text string) string {
	if len(text) > maxTaskText {
		c.fault(key, "%d bytes long; at most %d are allowed: it is read on a phone", len(text), maxTaskText)
		return ""
	}
	return strings.Join(strings.Fields(text), " ")
}

// Over lays an administrator's plays over the built-in ones: a play replaces all built-in ones of its rule that it speaks
// for.
func (p Playbook) Over(builtin Playbook) Playbook {
	all := slices.Clone(p)
	for _, b := range builtin {
		if !slices.ContainsFunc(p, func(o Play) bool { return o.Rule == b.Rule && (o.Channel == "" || o.Channel == b.Channel) }) {
			all = append(all, b)
		}
	}
	return all
}

// For returns the play of a rule in a channel: by the rule's name, else by its signal's, else the one for all others.
func (p Playbook) For(rule string, signal classify.Signal, channel string) Play {
	for _, name := range []string{rule, strings.ReplaceAll(string(signal), "_", "-"), OtherPlay} {
		for _, ch := range []string{strings.ToLower(channel), ""} {
			i := slices.IndexFunc(p, func(o Play) bool { return o.Rule == name && o.Channel == ch })
			if name != "" && i >= 0 {
				return p[i]
			}
		}
	}
	return Play{}
}
