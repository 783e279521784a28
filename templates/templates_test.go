package templates_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/offer"
	"github.com/heedmail/heed/templates"
)

func load(t *testing.T, language string, override fs.FS) (*templates.Set, []error) {
	t.Helper()
	s, problems := templates.Load(language, override)
	if s == nil {
		t.Fatal(problems)
	}
	return s, problems
}

func file(source string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(source)} }

func TestBuiltInTemplatesLoad(t *testing.T) {
	for _, language := range templates.DraftLanguages() {
		s, problems := load(t, language, nil)
		if len(problems) > 0 {
			t.Errorf("%s: %v", language, problems)
		}
		for _, draft := range []string{templates.Reassure, templates.Appease} {
			out, err := s.Text(draft, draftData("Jane Roe", "#1234", offer.Offer{}))
			if err != nil || !strings.Contains(out, "Jane Roe") || !strings.Contains(out, "#1234") || !strings.ContainsAny(out, "[【") {
				t.Errorf("%s %s: %v\n%s", language, draft, err, out)
			}
			bare, err := s.Text(draft, draftData("", "", offer.Offer{}))
			if err != nil || strings.Contains(bare, "  ") || regexp.MustCompile(`\s[,.:]`).MatchString(strings.ReplaceAll(bare, " :", "")) {
				t.Errorf("%s %s without name and order: %v\n%s", language, draft, err, bare)
			}
		}
	}
}

// draftData is what package note gives to the templates of drafts.
func draftData(name, order string, o offer.Offer) map[string]any {
	return map[string]any{"Name": name, "Order": order, "Offer": o, "Original": nil}
}

func TestEveryOfferCanBeSaidInEveryLanguage(t *testing.T) {
	for _, language := range templates.DraftLanguages() {
		s, _ := load(t, language, nil)
		none, err := s.Text(templates.Appease, draftData("", "", offer.Offer{}))
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]offer.Kind{none: "none"}
		for _, kind := range offer.Kinds() {
			o := offer.Offer{Kind: kind, Amount: offer.Amount{Text: "20 %"}}
			out, err := s.Text(templates.Appease, draftData("", "", o))
			if err != nil || said[out] != "" || strings.Contains(out, "\n\n\n") {
				t.Errorf("%s: %s is said as %s: %v\n%s", language, kind, said[out], err, out)
			}
			said[out] = kind
			shows := strings.Contains(out, "20 %")
			if sum := kind == offer.Voucher || kind == offer.Discount || kind == offer.PartialRefund || kind == offer.Refund; shows != sum {
				t.Errorf("%s: %s with a share of 20 %%:\n%s", language, kind, out)
			}
		}
		own, err := s.Text(templates.Appease, draftData("", "", offer.Offer{Words: "eine Führung durchs Werk"}))
		if err != nil || !strings.Contains(own, "eine Führung durchs Werk") {
			t.Errorf("%s: %v\n%s", language, err, own)
		}
	}
}

func TestTheOriginalIsQuotedInEveryLanguage(t *testing.T) {
	for _, language := range templates.DraftLanguages() {
		s, _ := load(t, language, nil)
		data := draftData("Jane", "#1", offer.Offer{})
		data["Original"] = map[string]any{"Date": "2026-03-03", "Who": "Jane Roe", "Lines": []string{"one", "", "two"}}
		for _, draft := range []string{templates.Reassure, templates.Appease} {
			out, err := s.Text(draft, data)
			if err != nil || !strings.HasSuffix(out, "\n> one\n>\n> two\n") || !regexp.MustCompile(`\n\n[^\n]*2026-03-03[^\n]*Jane Roe[^\n]*[:：]\n> one`).MatchString(out) {
				t.Errorf("%s %s: %v\n%s", language, draft, err, out)
			}
		}
	}
}

func TestAnUnknownLanguageIsAnError(t *testing.T) {
	if s, problems := templates.Load("tlh", nil); s != nil || len(problems) != 1 || !strings.Contains(problems[0].Error(), "en") {
		t.Errorf("%v", problems)
	}
}

var defines = regexp.MustCompile(`\{\{define "([^"]+)"\}\}`)

// The languages of notes must not drift apart: what one can say, the other can.
func TestEnglishAndChineseHaveTheSameWords(t *testing.T) {
	names := map[string][]string{}
	for _, language := range templates.NoteLanguages() {
		source, err := os.ReadFile(language + "/words.tmpl")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range defines.FindAllSubmatch(source, -1) {
			names[language] = append(names[language], string(m[1]))
		}
		slices.Sort(names[language])
	}
	if !slices.Equal(names["en"], names["zh"]) {
		t.Errorf("en has %v\nzh has %v", names["en"], names["zh"])
	}
}

func TestEveryRuleAndSignalHasWords(t *testing.T) {
	rules := strings.Fields("chargeback-opened chargeback-threat legal-threat manager-request abuse info-refused solution-rejected review-threat review-posted phone-only other follow-up")
	for _, language := range templates.NoteLanguages() {
		s, _ := load(t, language, nil)
		for _, rule := range rules {
			for _, prefix := range []string{"what/", "title/"} {
				if !s.HasWord(prefix + rule) {
					t.Errorf("%s: there are no words %s%s", language, prefix, rule)
				}
			}
		}
		for _, signal := range classify.Signals() {
			if name := "title/" + strings.ReplaceAll(string(signal), "_", "-"); !s.HasWord(name) {
				t.Errorf("%s: there are no words %s", language, name)
			}
		}
	}
}

func TestTheAdministratorsWordsComeFirstAndOneByOne(t *testing.T) {
	s, problems := load(t, "en", fstest.MapFS{"en/words.tmpl": file(`{{define "title/abuse"}}Shouting{{end}}`)})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := s.Words("title/abuse", nil); got != "Shouting" {
		t.Errorf("own words: %q", got)
	}
	if got := s.Words("title/legal-threat", nil); got != "Legal action threatened" {
		t.Errorf("words that are not replaced: %q", got)
	}
}

func TestABrokenTemplateIsReportedAndTheBuiltInOneStandsIn(t *testing.T) {
	builtin, _ := load(t, "en", nil)
	data := map[string]any{"Name": "Jane", "Order": "#1", "Original": nil}
	want, err := builtin.Text(templates.Reassure, data)
	if err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]string{
		"does not parse":      "{{if",
		"cannot be executed":  "{{.NoSuchField.Deeper}}",
		"calls itself":        `{{define "x"}}{{template "x" .}}{{end}}{{template "x" .}}`,
		"writes without end":  `{{define "x"}}xxxxxxxxxxxxxxxxxxxx{{template "x" .}}{{end}}{{template "x" .}}`,
		"is larger than read": strings.Repeat("x", templates.MaxFile+1),
	} {
		t.Run(name, func(t *testing.T) {
			s, problems := load(t, "en", fstest.MapFS{"en/reassure.txt.tmpl": file(source)})
			problems = append(problems, s.Check(func(string) any { return data }, nil)...)
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), "reassure.txt.tmpl") {
				t.Errorf("reported: %v", problems)
			}
			if got, err := s.Text(templates.Reassure, data); err != nil || got != want {
				t.Errorf("written: %v %q", err, got)
			}
		})
	}
}

func TestBrokenWordsAndBrokenHTMLAreReportedToo(t *testing.T) {
	s, problems := load(t, "en", fstest.MapFS{
		"en/words.tmpl":           file(`{{define "title/abuse"}}{{.Nothing}}{{end}}`),
		"en/escalation.html.tmpl": file("<p>{{.Nothing}}</p>"),
	})
	type data struct{ Headline string }
	problems = append(problems, s.Check(func(string) any { return data{} }, func(string) any { return data{} })...)
	if len(problems) != 2 {
		t.Errorf("reported: %v", problems)
	}
	if got := s.Words("title/abuse", data{}); got != "Abusive words" {
		t.Errorf("words: %q", got)
	}
}

func TestOwnTemplatesAreUsed(t *testing.T) {
	s, problems := load(t, "de", fstest.MapFS{"de/appease.txt.tmpl": file("Moin {{.Name}}, {{.Order}}")})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got, err := s.Text(templates.Appease, map[string]string{"Name": "Jane", "Order": "#1"}); err != nil || got != "Moin Jane, #1" {
		t.Errorf("%q %v", got, err)
	}
}
