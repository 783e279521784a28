package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
)

// playbook reads the [[playbook]] tables and lays them over the built-in plays. What a play may say is known by
// escalation.CompilePlaybook alone; here its faults are given their lines.
func (s *section) playbook(key, language string, policy escalation.Policy) escalation.Playbook {
	tables := s.tables(key)
	var written []escalation.PlayConfig
	for _, t := range tables {
		written = append(written, s.section(key, t).play())
	}
	plays, faults := escalation.CompilePlaybook(written)
	for _, f := range faults {
		line, path := placeInRule(tables[f.Index], f.Key), key+"."+f.Key
		if !s.reported(line, path) {
			s.fault(line, path, "%s", f.Problem)
		}
	}
	for i, p := range plays {
		if known := playNames(policy); p.Rule != "" && !slices.Contains(known, p.Rule) {
			hint := "known are " + strings.Join(known, ", ")
			if near := nearest(p.Rule, known); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			s.warn(placeInRule(tables[i], "rule"), key+".rule", "no rule %q is in force, so nobody will see this playbook; %s", p.Rule, hint)
		}
	}
	return plays.Over(escalation.DefaultPlaybook(language))
}

// playNames are the names that a play is looked for under.
func playNames(policy escalation.Policy) []string {
	names := []string{escalation.OtherPlay, escalation.FollowUpPlay}
	for _, r := range policy.Rules {
		names = append(names, r.Name)
	}
	for _, signal := range classify.Signals() {
		if name := strings.ReplaceAll(string(signal), "_", "-"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (s *section) play() escalation.PlayConfig {
	pc := escalation.PlayConfig{
		Rule:                 s.text("rule", ""),
		Channel:              s.channel("channel", ""),
		Offers:               texts(s.list("offers", "offers")),
		Goodwill:             s.text("goodwill", ""),
		GoodwillWithApproval: s.text("goodwill_with_approval", ""),
	}
	for i, t := range s.tables("steps") {
		step := s.section(fmt.Sprintf("%s.steps[%d]", s.name, i), t)
		pc.Steps = append(pc.Steps, escalation.TaskConfig{Do: step.text("do", ""), Within: step.text("within", "")})
		step.close()
	}
	s.close()
	return pc
}
