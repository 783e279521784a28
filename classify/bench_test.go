package classify_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/evaluate"
	"github.com/heedmail/heed/classify/lexicon"
)

// mails makes texts of the length of a usual support mail, about 550 bytes, out of the corpus.
func mails(rows []evaluate.Row) []string {
	var out []string
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(row.Text)
		b.WriteString("\n\n")
		if b.Len() >= 500 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	return out
}

// BenchmarkClassifyMails is the usual work: customers' mails, nearly every one with words worth a look.
func BenchmarkClassifyMails(b *testing.B) {
	c := newClassifier(b)
	texts := mails(corpusFiles(b)["en"])
	size := 0
	for _, t := range texts {
		size += len(t)
	}
	b.SetBytes(int64(size / len(texts)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c.Classify(classify.Text{Body: texts[i%len(texts)]})
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkRegexpMails is the yardstick: the same mails against one regular expression of the words that the English lexicon is
// anchored in, without sentences, contexts or evidence.
func BenchmarkRegexpMails(b *testing.B) {
	re := wordList(b)
	texts := mails(corpusFiles(b)["en"])
	i := 0
	for b.Loop() {
		re.FindAllStringIndex(texts[i%len(texts)], -1)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// wordList makes a regular expression of the plain words of the English lexicon.
func wordList(b *testing.B) *regexp.Regexp {
	b.Helper()
	files, err := lexicon.BuiltIn()
	if err != nil {
		b.Fatal(err)
	}
	seen := map[string]bool{}
	var list []string
	var collect func(*lexicon.Trees, lexicon.Node)
	collect = func(t *lexicon.Trees, n lexicon.Node) {
		switch n.Op {
		case lexicon.Word:
			if text := t.Text(n); len(text) > 4 && !seen[text] {
				seen[text] = true
				list = append(list, regexp.QuoteMeta(text))
			}
		case lexicon.Seq, lexicon.Alt, lexicon.Opt, lexicon.Not:
			for _, k := range t.Kids(n) {
				collect(t, k)
			}
		}
	}
	for _, f := range files {
		if f.Language != "en" {
			continue
		}
		for _, e := range f.Entries {
			for _, p := range e.Patterns {
				collect(&f.Trees, p.Root)
			}
		}
	}
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(list, "|") + `)\b`)
}

// BenchmarkClassifyNothing is text in which no word is an anchor.
func BenchmarkClassifyNothing(b *testing.B) {
	c := newClassifier(b)
	text := strings.Repeat("lorem ipsum dolor consectetur adipiscing elit eiusmod tempor incididunt labore magna aliqua ", 700)
	if n := len(c.Explain(classify.Text{Body: text}).Candidates); n > 0 {
		b.Fatalf("the text has %d candidates", n)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		c.Classify(classify.Text{Body: text})
	}
}
