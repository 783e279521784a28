package tagger_test

import (
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/tagger"
)

func TestVerbsAreToldFromNames(t *testing.T) {
	tag := tagger.New()
	for sentence, want := range map[string]bool{
		"I will sue you":                   true,
		"We are going to sue this company": true,
		"I will call Sue tomorrow":         false,
		"I will ask Sue about the lamp":    false,
	} {
		words := strings.Fields(strings.ToLower(sentence))
		verb, known, err := tag.Verbs(sentence, words)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range words {
			if w == "sue" && (!known[i] || verb[i] != want) {
				t.Errorf("%q: verb %v, known %v", sentence, verb[i], known[i])
			}
		}
	}
}

func TestTextThatTheModelStumblesOverIsSurvived(t *testing.T) {
	tag := tagger.New()
	for _, s := range []string{"", "]ẞẞ😀👍's😀\"…'-’s“\"", "\xf0\x9fdon't sue", "İİİdon't", "‘single’", "can't've", "Ⱥ sue"} {
		if _, _, err := tag.Verbs(s, []string{"sue"}); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestRunsOfPunctuationAreCutShort(t *testing.T) {
	verb, known, err := tagger.New().Verbs(strings.Repeat("(", 900)+" I will sue you", []string{"i", "will", "sue", "you"})
	if err != nil || !known[2] || !verb[2] {
		t.Errorf("verb %v, known %v, error %v", verb, known, err)
	}
}

func FuzzVerbs(f *testing.F) {
	f.Add("I will sue you")
	f.Add("]ẞẞ😀👍's😀\"…'-’s“\"")
	tag := tagger.New()
	f.Fuzz(func(t *testing.T, s string) {
		words := strings.Fields(strings.ToLower(s))
		verb, known, _ := tag.Verbs(s, words)
		if len(verb) != len(words) || len(known) != len(words) {
			t.Error("there is not one answer for each word")
		}
	})
}
