package classify_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/lexicon"
)

func signals(v classify.Verdict) string {
	var out []string
	for _, h := range v.Hits {
		out = append(out, string(h.Signal))
	}
	return strings.Join(out, " ")
}

func TestEvidenceIsWhatTheCustomerWrote(t *testing.T) {
	c := newClassifier(t)
	for _, tt := range []struct{ name, body, evidence string }{
		{"in capitals", "ENOUGH. I WILL SUE YOU!", "I WILL SUE"},
		{"with curly quotes", "That’s it. I’ll sue you.", "I’ll sue"},
		{"in full-width letters", "That is it. Ｉ will ｓｕｅ you.", "Ｉ will ｓｕｅ"},
		{"lengthened", "I will suuuuue you", "I will suuuuue"},
		{"with a soft hyphen", "My law\u00adyer will write to you.", "My law\u00adyer will"},
		{"masked", "what the f*** is this order", "f***"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := c.Classify(classify.Text{Body: tt.body})
			if len(v.Hits) != 1 {
				t.Fatalf("got %v, want one hit", v.Hits)
			}
			if v.Hits[0].Evidence != tt.evidence {
				t.Errorf("evidence is %q, want %q", v.Hits[0].Evidence, tt.evidence)
			}
			if !strings.Contains(tt.body, v.Hits[0].Sentence) || !strings.Contains(v.Hits[0].Sentence, v.Hits[0].Evidence) {
				t.Errorf("sentence %q is not around the evidence in the text", v.Hits[0].Sentence)
			}
		})
	}
}

func TestOtherPeoplesWordsAreNotHeard(t *testing.T) {
	c := newClassifier(t)
	for name, body := range map[string]string{
		"quoted lines":        "Thanks, that helps.\n> I will sue you\n>> you thieves\nBye",
		"quoted lines alone":  "> My lawyer will write to you.",
		"between quotes":      `Your last mail said "we will take you to court" to my neighbour, is that a template?`,
		"an indented quote":   "ok\n  > never again, you crooks\n",
		"an unclosed mention": `The print on the mug reads "you are all idiots" and it is smudged.`,
	} {
		t.Run(name, func(t *testing.T) {
			if got := signals(c.Classify(classify.Text{Body: body})); got != "" {
				t.Errorf("%q is heard as %s", body, got)
			}
		})
	}
}

func TestANegationRightAfterACommaIsHeard(t *testing.T) {
	c := newClassifier(t)
	for language, bodies := range map[string][]string{
		"en": {"Don't worry, not going to dispute anything.", "Relax, not disputing the charge.", "It was my fault, never going to sue anybody."},
		"de": {"Keine Sorge, nicht dass ich einen Anwalt einschalte.", "Alles gut, kein Anwalt wird eingeschaltet."},
		"fr": {"Rassurez-vous, pas question de porter plainte.", "Soyez tranquilles, je ne porterai pas plainte."},
		"es": {"No se preocupen, no voy a meter ningún contracargo.", "Tranquilos, no os voy a denunciar."},
		"it": {"Tranquilli, non vi denuncio.", "State sereni, non apro nessuna contestazione."},
		"pt": {"Fiquem tranquilos, não vou abrir disputa nenhuma.", "Calma, não vou processar ninguém."},
		"nl": {"Geen zorgen, geen advocaat die ik inschakel.", "Rustig maar, niet dat ik een advocaat inschakel."},
	} {
		for _, body := range bodies {
			if got := signals(c.Classify(classify.Text{Body: body})); got != "" {
				t.Errorf("%s: %q is heard as %s", language, body, got)
			}
		}
	}
}

func TestANegationBeyondACommaOrConjunctionIsNot(t *testing.T) {
	c := newClassifier(t)
	for _, body := range []string{"No, I will sue you.", "You did nothing and I will sue you.", "No, os voy a denunciar.",
		"Não, vou processar vocês.", "Nein, ich schalte einen Anwalt ein.", "No, vi denuncio."} {
		if got := signals(c.Classify(classify.Text{Body: body})); got != "legal_threat" {
			t.Errorf("%q is heard as %q, want legal_threat", body, got)
		}
	}
}

func TestStarsThatHideANameOrLendEmphasisAreNoSwearing(t *testing.T) {
	c := newClassifier(t)
	for _, body := range []string{
		"**", "*****", "********", "********************", "My name is *****A.", "Mr. ** rang me back.", "Mrs. C*** rang me back.",
		"Dear Mr. ****, here is the order number.", "Your colleague K**** was kind.", "I spoke with S**** M***** on Monday.",
		"Name: **** Order: 1234", "The card that ends in ****1234 is mine.", "***** Five stars.", "*In the box* there was a note.",
		"*Afghanistan:* no delivery there?", "***In stock***", "*A* or *B*?", "Ich habe mit Herrn A**** gesprochen.",
	} {
		if got := signals(c.Classify(classify.Text{Body: body})); got != "" {
			t.Errorf("%q is heard as %s", body, got)
		}
	}
	for _, body := range []string{"What the F*** is this?", "what the f*** is this", "WHAT A LOAD OF S***", "you absolute c***s",
		"*f*** off*", "You are a bunch of a**holes"} {
		if got := signals(c.Classify(classify.Text{Body: body})); got != "abuse" {
			t.Errorf("%q is heard as %q, want abuse", body, got)
		}
	}
}

func TestWordsAfterAQuoteAreHeard(t *testing.T) {
	c := newClassifier(t)
	body := "Hi\n> Could you send another photo?\nI refuse to send another photo.\n> ok\n"
	if got := signals(c.Classify(classify.Text{Body: body})); got != "info_refused" {
		t.Errorf("heard %q, want info_refused", got)
	}
}

func TestTheSubjectCounts(t *testing.T) {
	v := newClassifier(t).Classify(classify.Text{Subject: "I will sue you", Body: "see above"})
	if got := signals(v); got != "legal_threat" {
		t.Errorf("heard %q, want legal_threat", got)
	}
}

func TestTheSubjectIsASentenceOfItsOwn(t *testing.T) {
	c := newClassifier(t)
	for _, tt := range []struct{ subject, body, heard string }{
		{"I want to speak to a", "manager chair, the black one, please", ""},
		{"Not a complaint", "I will sue you", "legal_threat"},
		{"not", "I will sue you", "legal_threat"},
		{"I will sue you\r\n", "Is the teapot in stock?", "legal_threat"},
		{"My order", "I will sue you", "legal_threat"},
	} {
		v := c.Classify(classify.Text{Subject: tt.subject, Body: tt.body})
		if got := signals(v); got != tt.heard {
			t.Errorf("%q over %q is heard as %q, want %q", tt.subject, tt.body, got, tt.heard)
		}
		for _, h := range v.Hits {
			if !strings.Contains(tt.subject, h.Sentence) && !strings.Contains(tt.body, h.Sentence) || !strings.Contains(h.Sentence, h.Evidence) {
				t.Errorf("evidence %q in %q is in neither %q nor %q", h.Evidence, h.Sentence, tt.subject, tt.body)
			}
		}
	}
}

func TestMisspellingsAreHeardAndTheirLookAlikesAreNot(t *testing.T) {
	c := newClassifier(t)
	for body, want := range map[string]string{
		"You will hear from my laywer.":           "legal_threat",
		"You will hear from my lawyr.":            "legal_threat",
		"I want to speak to your manger please":   "",
		"I want to speak to your maneger please":  "manager_request",
		"We have layers of insulation in the bag": "",
	} {
		if got := signals(c.Classify(classify.Text{Body: body})); got != want {
			t.Errorf("%q is heard as %q, want %q", body, got, want)
		}
	}
}

func TestTheHintOfALanguageSwitchesNothingOff(t *testing.T) {
	c := newClassifier(t)
	body := "Ich werde einen Anwalt einschalten."
	for _, lang := range []string{"", "de", "en", "zh"} {
		if got := signals(c.Classify(classify.Text{Body: body, Lang: lang})); got != "legal_threat" {
			t.Errorf("with the hint %q heard %q, want legal_threat", lang, got)
		}
	}
}

func TestTheLanguageIsRecognised(t *testing.T) {
	c := newClassifier(t)
	for body, want := range map[string]string{
		"Where is my parcel? I have been waiting for it since Monday.":  "en",
		"Wo bleibt mein Paket? Ich warte seit Montag auf die Lieferung": "de",
		"Où est mon colis ? Je l'attends depuis lundi dans le froid.":   "fr",
		"¿Dónde está mi paquete? Lo estoy esperando desde el lunes.":    "es",
		"Dov'è il mio pacco? Lo sto aspettando da lunedì.":              "it",
		"Onde está o meu pacote? Estou à espera dele desde segunda.":    "pt",
		"Waar is mijn pakket? Ik wacht er al op sinds maandag.":         "nl",
		"12345": "",
	} {
		if got := c.Classify(classify.Text{Body: body}).Lang; got != want {
			t.Errorf("%q is read as %q, want %q", body, got, want)
		}
	}
}

func TestExplainTellsWhatSpokeAgainst(t *testing.T) {
	e := newClassifier(t).Explain(classify.Text{Body: "I am not going to sue you over a teapot."})
	if len(e.Verdict.Hits) != 0 {
		t.Fatalf("heard %v", e.Verdict.Hits)
	}
	if len(e.NearMisses()) == 0 {
		t.Fatal("there is no near miss")
	}
	text := e.String()
	for _, want := range []string{"heard: nothing", "legal_threat/sue: passed over", "negated", "against:"} {
		if !strings.Contains(text, want) {
			t.Errorf("the explanation does not mention %q:\n%s", want, text)
		}
	}
}

func TestExplainAndClassifyAgree(t *testing.T) {
	c := newClassifier(t)
	for _, row := range corpora(t) {
		text := classify.Text{Subject: row.Subject, Body: row.Text}
		if a, b := signals(c.Classify(text)), signals(c.Explain(text).Verdict); a != b {
			t.Errorf("%s: Classify hears %q, Explain %q", row.ID, a, b)
		}
	}
}

func TestAnAdministratorsFileIsHeardBesideTheBuiltIn(t *testing.T) {
	own, err := lexicon.Parse("own.toml", []byte(`
language = "en"
[[entry]]
signal = "churn_threat"
name = "brand"
say = '''
defecting to <bank> bank | gone to zorbo
'''
hit = '''
I have gone to Zorbo.
'''
`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := classify.New(classify.Options{Lexicons: []*lexicon.File{own}})
	if err != nil {
		t.Fatal(err)
	}
	if got := signals(c.Classify(classify.Text{Body: "I have gone to Zorbo."})); got != "churn_threat" {
		t.Errorf("heard %q, want churn_threat", got)
	}
	for _, fault := range c.CheckExamples() {
		if strings.HasPrefix(fault, "own.toml") {
			t.Error(fault)
		}
	}
}

func TestAFaultInALexiconIsNamedWithItsLine(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"unknown class":   {"[[entry]]\nsignal = \"abuse\"\nname = \"x\"\nsay = \"\"\"\nyou <nosuch> word\n\"\"\"\nhit = \"x\"", "own.toml:5: the class <nosuch> is not defined"},
		"unknown context": {"[[entry]]\nsignal = \"abuse\"\nname = \"x\"\nsay = \"frobnicate\"\nunless = [\"nosuch\"]\nhit = \"x\"", `names the context "nosuch", which is not defined`},
		"unknown signal":  {"[[entry]]\nsignal = \"anger\"\nname = \"x\"\nsay = \"frobnicate\"\nhit = \"x\"", `"anger" is no signal`},
		"no word":         {"[[entry]]\nsignal = \"abuse\"\nname = \"x\"\nsay = \"[maybe] ..3\"\nhit = \"x\"", "may match without any word"},
		"circle":          {"[class]\na = \"<b>\"\nb = \"<a>\"\n[[entry]]\nsignal = \"abuse\"\nname = \"x\"\nsay = \"<a>\"\nhit = \"x\"", "contains itself"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := lexicon.Parse("own.toml", []byte(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			_, err = classify.New(classify.Options{Lexicons: []*lexicon.File{f}, Only: true})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
}

type secondOpinion struct{}

func (secondOpinion) Hear(t classify.Text, _ classify.Verdict) []classify.Hit {
	return []classify.Hit{{Signal: classify.Abuse, Evidence: t.Body, Sentence: t.Body}, {Signal: classify.LegalThreat, Evidence: "second"}}
}

func TestASecondOpinionAddsButNeverReplaces(t *testing.T) {
	c, err := classify.New(classify.Options{Second: secondOpinion{}})
	if err != nil {
		t.Fatal(err)
	}
	v := c.Classify(classify.Text{Body: "I will sue you."})
	if got := signals(v); got != "legal_threat abuse" {
		t.Fatalf("heard %q", got)
	}
	if v.Hits[0].Evidence == "second" {
		t.Error("the second opinion replaced what the rules heard")
	}
}

func TestAClassifierIsSharedByGoroutines(t *testing.T) {
	c := newClassifier(t)
	rows := corpora(t)
	want := make([]string, len(rows))
	for i, row := range rows {
		want[i] = signals(c.Classify(classify.Text{Body: row.Text}))
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := len(rows) - 1; i >= 0; i-- {
				if got := signals(c.Classify(classify.Text{Body: rows[i].Text})); got != want[i] {
					t.Errorf("%s: %q beside others, %q alone", rows[i].ID, got, want[i])
				}
			}
		})
	}
	wg.Wait()
}
