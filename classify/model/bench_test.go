package model_test

import (
	"strings"
	"testing"

	"github.com/heedmail/heed/classify"
)

// mails makes texts of the length of a usual support mail, about 550 bytes, out of the corpus.
func mails(b *testing.B) []string {
	b.Helper()
	var out []string
	var mail strings.Builder
	for _, row := range heldOut(b) {
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
	m, texts := alone(b), mails(b)
	i := 0
	for b.Loop() {
		m.Hear(classify.Text{Body: texts[i%len(texts)]}, classify.Verdict{Lang: "en"})
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkHearShort is the dearest case: texts that are short enough to be weighed.
func BenchmarkHearShort(b *testing.B) {
	m := alone(b)
	text := "I have asked you three times now and nobody answers. Who is in charge over there? I'd like that person to write to me."
	for b.Loop() {
		m.Hear(classify.Text{Body: text}, classify.Verdict{Lang: "en"})
	}
}

// BenchmarkHearNothing is a long text.
func BenchmarkHearNothing(b *testing.B) {
	m := alone(b)
	text := strings.Repeat("lorem ipsum dolor consectetur adipiscing elit eiusmod tempor incididunt labore magna aliqua ", 700)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		m.Hear(classify.Text{Body: text}, classify.Verdict{Lang: "en"})
	}
}
