package classify_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify"
)

func FuzzClassify(f *testing.F) {
	for _, s := range []string{
		"I will sue you", "what the f*** is this", "((((((", strings.Repeat("sue ", 200), "> I will sue you\nok",
		"Je vais porter plainte.", "\xff\xfe sue \xf0\x9f", "ẞẞ😀👍 İİ never again", `he said "sue" and "`, "a.b.c...!?\n\n\n-- x",
		"@shop you id!ots $$$ ***", "１２３ ｓｕｅ", strings.Repeat("a", 300), "l'avocat d'accord",
	} {
		f.Add("", s)
	}
	c := newClassifier(f)
	f.Fuzz(func(t *testing.T, subject, body string) {
		text := classify.Text{Subject: subject, Body: body}
		v := c.Classify(text)
		seen := map[classify.Signal]bool{}
		for _, h := range v.Hits {
			if seen[h.Signal] {
				t.Errorf("%s is there twice", h.Signal)
			}
			seen[h.Signal] = true
			if h.Evidence == "" || !strings.Contains(h.Sentence, h.Evidence) {
				t.Errorf("evidence %q is not in the sentence %q", h.Evidence, h.Sentence)
			}
			if !strings.Contains(subject, h.Sentence) && !strings.Contains(body, h.Sentence) {
				t.Errorf("sentence %q is not in the text", h.Sentence)
			}
		}
		if again := c.Classify(text); !reflect.DeepEqual(v, again) {
			t.Errorf("heard %v, then %v", v, again)
		}
		if x := c.Explain(text); signals(x.Verdict) != signals(v) {
			t.Errorf("explained %v, heard %v", x.Verdict, v)
		}
		quotedLines := "> " + strings.ReplaceAll(body, "\n", "\n> ")
		if q := c.Classify(classify.Text{Body: quotedLines}); len(q.Hits) > 0 {
			t.Errorf("quoted lines are heard: %v", q.Hits)
		}
	})
}
