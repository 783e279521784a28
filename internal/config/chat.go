package config

import (
	"slices"
	"strings"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/outbox/chat"
)

// Chat is one robot in a group chat.
type Chat struct {
	Name     string
	Kind     chat.Kind
	URL      Secret // whoever knows the address may post
	Secret   Secret // what posts are signed with; not set for none
	Keyword  string // that the robot asks for in every text
	Channels []string
	Rules    []string
	Details  bool // tell customer, order and a sentence too
}

// chats reads the [[chat]] tables.
func (s *section) chats(key string, policy escalation.Policy) []Chat {
	var all []Chat
	lines := map[string]int{}
	for _, t := range s.tables(key) {
		sub := s.section(key, t)
		c := sub.chat(policy)
		if first, twice := lines[c.Name]; twice && c.Name != "" {
			sub.bad("name", "%q is the robot of line %d already; each needs a name of its own", c.Name, first)
			continue
		}
		lines[c.Name] = t.line
		all = append(all, c)
	}
	return all
}

func (s *section) chat(policy escalation.Policy) Chat {
	c := Chat{Name: s.name64("name", `what it is called in the log, such as "ops-group"`), Kind: s.chatKind("kind")}
	c.URL = s.secretNamed("url", true)
	c.Secret = s.secretNamed("secret", false)
	if c.Secret.IsSet() && !c.Kind.Signs() {
		s.bad(s.firstOf(secretKeys("secret")...),
			"robots of %s sign nothing, their address is the secret; remove it", c.Kind)
	}
	c.Keyword = s.text("keyword", "")
	c.Channels = s.channelNames("channels")
	c.Rules = s.ruleNames("rules", policy)
	if c.Details = s.yes("details", false); c.Details {
		s.beware("details", "the group reads customers' names, orders and words; see that everybody in it may")
	}
	s.close()
	return c
}

func (s *section) chatKind(key string) chat.Kind {
	var kinds []string
	for _, k := range chat.Kinds() {
		kinds = append(kinds, string(k))
	}
	if s.text(key, "") == "lark" { // the name of Feishu abroad
		return chat.Feishu
	}
	if !s.has(key) {
		s.missing(key, "the platform: "+strings.Join(kinds, ", "))
		return ""
	}
	return chat.Kind(s.choice(key, "", kinds...))
}

// firstOf returns the first of the keys that is there.
func (s *section) firstOf(keys ...string) string {
	for _, key := range keys {
		if s.has(key) {
			return key
		}
	}
	return keys[0]
}

func (s *section) channelNames(key string) []string {
	var names []string
	for _, v := range s.list(key, "channels") {
		names = append(names, strings.ToLower(v.text))
	}
	return names
}

// ruleNames reads names of rules, which have to be there: a mistyped one would be silent for ever.
func (s *section) ruleNames(key string, policy escalation.Policy) []string {
	var names []string
	known := ruleNamesOf(policy)
	for _, v := range s.list(key, "rules") {
		if !slices.Contains(known, v.text) {
			s.fault(v.line, s.path(key), "the policy has no rule %q; it has %s", shorten(v.text), strings.Join(known, ", "))
			continue
		}
		names = append(names, v.text)
	}
	return names
}
