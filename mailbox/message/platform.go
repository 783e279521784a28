package message

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed platforms.toml
var platformsTOML string

// A platform is one payment platform or marketplace that reports disputes by mail.
type platform struct {
	name, channel           string
	domains                 []string
	dispute                 expression // its own number of a dispute; no Regexp when it has none of a known form
	opened, ended           []expression
	openedTypes, endedTypes []string
	answerDays              int // that it gives for an answer, 0 when unknown
}

// A wording is how platforms report disputes in one language.
type wording struct {
	opened, ended []expression
	hypothetical  []*regexp.Regexp
}

// An expression is tried only where one of the words stands that it demands; nil for none that are known.
type expression struct {
	*regexp.Regexp
	demanded *phraseSet
}

// end returns where the first match in a sentence ends, -1 for none.
func (e expression) end(s string) int {
	if e.demanded != nil && !e.demanded.in(s) {
		return -1
	}
	if at := e.FindStringIndex(s); at != nil {
		return at[1]
	}
	return -1
}

// A platformTable is what platforms.toml holds, compiled.
type platformTable struct {
	platforms []platform
	wordings  []wording
	domains   *phraseSet // without what a country's follows; of the platforms
	demanded  *phraseSet // what any of the expressions demands, nil when one of them demands nothing
}

// platformData compiles the table once, when the first platform's mail comes.
var platformData = sync.OnceValue(func() *platformTable {
	t, err := parsePlatforms(platformsTOML)
	if err != nil {
		panic(err) // the file is embedded, and a test reads it
	}
	return t
})

// parsePlatforms reads a platform table.
func parsePlatforms(source string) (*platformTable, error) {
	var file struct {
		Platform []struct {
			Name, Channel, Dispute string
			Domains, Opened, Ended []string
			AnswerDays             int      `toml:"answer_days"`
			OpenedTypes            []string `toml:"opened_types"`
			EndedTypes             []string `toml:"ended_types"`
		}
		Wording []struct {
			Lang                        string
			Opened, Ended, Hypothetical []string
		}
	}
	decoder := toml.NewDecoder(strings.NewReader(source)).DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("read platforms.toml: %w", err)
	}
	t := &platformTable{}
	var c compiler
	var domains []string
	for _, f := range file.Platform {
		p := platform{name: f.Name, channel: f.Channel, domains: f.Domains, openedTypes: f.OpenedTypes, endedTypes: f.EndedTypes,
			answerDays: f.AnswerDays, opened: c.all(f.Opened), ended: c.all(f.Ended)}
		if f.Dispute != "" {
			p.dispute, _ = c.expression("(?i)" + f.Dispute)
		}
		t.platforms = append(t.platforms, p)
		for _, d := range f.Domains {
			domains = append(domains, strings.TrimSuffix(d, "."))
		}
	}
	for _, w := range file.Wording {
		t.wordings = append(t.wordings, wording{opened: c.all(w.Opened), ended: c.all(w.Ended), hypothetical: c.each(w.Hypothetical)})
	}
	t.domains = newPhraseSet(domains...)
	if !c.undemanding {
		t.demanded = newPhraseSet(c.demanded...)
	}
	return t, c.err
}

// A compiler compiles expressions, collects what they demand, and keeps the first error.
type compiler struct {
	demanded    []string
	undemanding bool // one of them demands nothing
	err         error
}

func (c *compiler) one(s string) *regexp.Regexp {
	re, err := regexp.Compile(s)
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("read platforms.toml: %w", err)
	}
	return re
}

// each compiles expressions that are matched against text without accents: \b knows only ASCII letters.
func (c *compiler) each(list []string) []*regexp.Regexp {
	out := make([]*regexp.Regexp, 0, len(list))
	for _, s := range list {
		out = append(out, c.one(unaccent.Replace(s)))
	}
	return out
}

// all compiles the expressions of which a sentence has to match one to say anything.
func (c *compiler) all(list []string) []expression {
	out := make([]expression, 0, len(list))
	for _, s := range list {
		e, words := c.expression(unaccent.Replace(s))
		c.demanded = append(c.demanded, words...)
		c.undemanding = c.undemanding || len(words) == 0
		out = append(out, e)
	}
	return out
}

// expression compiles one, and returns what it demands.
func (c *compiler) expression(s string) (e expression, demanded []string) {
	e.Regexp = c.one(s)
	if demanded = demandedBy(s); len(demanded) > 0 {
		e.demanded = newPhraseSet(demanded...)
	}
	return e, demanded
}

// unaccent takes the accents off the letters of the languages of platforms.toml.
var unaccent = strings.NewReplacer("à", "a", "á", "a", "â", "a", "ä", "a", "ç", "c", "è", "e", "é", "e", "ê", "e", "ë", "e", "ì", "i", "í", "i", "î", "i", "ï", "i",
	"ñ", "n", "ò", "o", "ó", "o", "ô", "o", "ö", "o", "ù", "u", "ú", "u", "û", "u", "ü", "u", "ß", "ss")

// platformOf returns the platform from whose domain an address is, nil for none. A marketplace's aliases for buyers
// are people, not the platform.
func (r *reading) platformOf(addr string) *platform {
	domain := domainOf(addr)
	if domain == "" || !platformData().domains.in(domain) { // nearly all
		return nil
	}
	if _, isBuyer := relayOf(addr); isBuyer {
		return nil
	}
	for i, p := range platformData().platforms {
		if slices.ContainsFunc(p.domains, func(d string) bool { return matchesDomain(domain, d) }) {
			return &platformData().platforms[i]
		}
	}
	return nil
}

// kindOf tells what a sentence or a subject says about a dispute, "" for nothing. What is only possible, or still to
// come, says nothing. That a dispute has ended goes before that it was opened: such sentences often tell both.
func (t *platformTable) kindOf(p *platform, sentence string) NoticeKind {
	s := unaccent.Replace(fold(singleSpaced(sentence)))
	if t.demanded != nil && !t.demanded.in(s) {
		return ""
	}
	own := wording{opened: p.opened, ended: p.ended}
	all := append([]wording{own}, t.wordings...)
	if slices.ContainsFunc(all, func(w wording) bool { return w.says(w.ended, s) }) {
		return DisputeEnded
	}
	if slices.ContainsFunc(all, func(w wording) bool { return w.says(w.opened, s) }) {
		return DisputeOpened
	}
	return ""
}

// says reports whether one of the expressions matches with no hypothetical word before the end of the match.
func (w wording) says(list []expression, s string) bool {
	for _, e := range list {
		end := e.end(s)
		if end >= 0 && !slices.ContainsFunc(w.hypothetical, func(h *regexp.Regexp) bool { return h.MatchString(s[:end]) }) {
			return true
		}
	}
	return false
}
