package templates_test

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/heedmail/heed/classify"
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
			out, err := s.Text(draft, map[string]string{"Name": "Jane Roe", "Order": "#1234"})
			if err != nil || !strings.Contains(out, "Jane Roe") || !strings.Contains(out, "#1234") || !strings.ContainsAny(out, "[【") {
				t.Errorf("%s %s: %v\n%s", language, draft, err, out)
			}
			bare, err := s.Text(draft, map[string]string{"Name": "", "Order": ""})
			if err != nil || strings.Contains(bare, "  ") || regexp.MustCompile(`\s[,.:]`).MatchString(strings.ReplaceAll(bare, " :", "")) {
				t.Errorf("%s %s without name and order: %v\n%s", language, draft, err, bare)
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
			for _, prefix := range []string{"what/", "next/", "title/"} {
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
	data := map[string]string{"Name": "Jane", "Order": "#1"}
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

func TestOrdinals(t *testing.T) {
	s, _ := load(t, "en", nil)
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 102: "102nd", 111: "111th"} {
		got := s.Words("why", struct {
			Title, Window string
			N, At         int
		}{"T", "", n, n})
		if !strings.Contains(got, fmt.Sprintf("T: %s time", want)) {
			t.Errorf("%d: %q", n, got)
		}
	}
}
