package model_test

import (
	"os"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/evaluate"
	"github.com/heedmail/heed/classify/model"
)

func builtIn(t testing.TB) *model.Model {
	t.Helper()
	m, err := model.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// mails makes texts of the length of a usual support mail, about 550 bytes, out of the corpus.
func mails(b *testing.B) []string {
	b.Helper()
	f, err := os.Open("../testdata/corpus-en.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	rows, err := evaluate.Read(f)
	if err != nil {
		b.Fatal(err)
	}
	var out []string
	var mail strings.Builder
	for _, row := range rows {
		mail.WriteString(row.Text + "\n\n")
		if mail.Len() >= 500 {
			out = append(out, mail.String())
			mail.Reset()
		}
	}
	return out
}

// BenchmarkHearMails is what the second opinion costs on customers' mails; a mail may cost 200 microseconds in all.
func BenchmarkHearMails(b *testing.B) {
	m, texts := builtIn(b), mails(b)
	i := 0
	for b.Loop() {
		m.Hear(classify.Text{Body: texts[i%len(texts)]}, classify.Verdict{})
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkHearNothing is text without a telling word.
func BenchmarkHearNothing(b *testing.B) {
	m := builtIn(b)
	text := strings.Repeat("lorem ipsum dolor consectetur adipiscing elit eiusmod tempor incididunt labore magna aliqua ", 700)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		m.Hear(classify.Text{Body: text}, classify.Verdict{})
	}
}
