package classify_test

import (
	"slices"
	"testing"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/lexicon"
)

// TestTheRulesOfALanguageLeaveOtherLanguagesAlone goes through the corpora of all languages. A word or two may be common
// property ("idioten"), but then it must carry its signal.
func TestTheRulesOfALanguageLeaveOtherLanguagesAlone(t *testing.T) {
	c := newClassifier(t)
	for _, rows := range corpusFiles(t) {
		for _, row := range rows {
			for _, heard := range c.Explain(classify.Text{Subject: row.Subject, Body: row.Text}).Candidates {
				if !heard.Heard || heard.Language == row.Lang || heard.Language == "" || slices.Contains(row.Labels, heard.Signal) {
					continue
				}
				t.Errorf("%s: the %s rule %s hears %q in %q", row.ID, heard.Language, heard.Rule, heard.Evidence, row.Text)
			}
		}
	}
}

func TestTheLanguageOfShortTextsIsRecognised(t *testing.T) {
	c := newClassifier(t)
	for body, want := range map[string]string{
		"No thanks.":         "en",
		"Nein danke.":        "de",
		"Merci, mais non !":  "fr",
		"¡No, gracias!":      "es",
		"Non mi serve.":      "it",
		"Não, obrigado.":     "pt",
		"Nee, dank u.":       "nl",
		"Quero o reembolso.": "pt",
		"Quiero mi dinero.":  "es",
		"Voglio i soldi.":    "it",
		"Mañana.":            "es",
		"Amanhã não.":        "pt",
	} {
		if got := c.Classify(classify.Text{Body: body}).Lang; got != want {
			t.Errorf("%q is read as %q, want %q", body, got, want)
		}
	}
}

// nativeOnly holds one word that several languages have, heard only where the text may be French.
const nativeOnly = `
language = "fr"
[[entry]]
signal = "legal_threat"
name = "the-word-alone"
say = "tribunal"
needs = ["native"]
hit = "Tribunal."
`

func TestAnEntryMayAskForATextInItsOwnLanguage(t *testing.T) {
	files, err := lexicon.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		f.Entries = nil
	}
	own, err := lexicon.Parse("own.toml", []byte(nativeOnly))
	if err != nil {
		t.Fatal(err)
	}
	c, err := classify.New(classify.Options{Lexicons: append(files, own), Only: true})
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		"Tribunal.":                         "legal_threat", // may be any language
		"Tribunal, c'est tout.":             "legal_threat",
		"Alors ce sera le tribunal.":        "legal_threat",
		"Nos vemos en el tribunal, señores": "",
		"Vejo vocês no tribunal, então.":    "",
		"We will see what the tribunal has": "",
	} {
		if got := signals(c.Classify(classify.Text{Body: body})); got != want {
			t.Errorf("%q is heard as %q, want %q", body, got, want)
		}
	}
}
