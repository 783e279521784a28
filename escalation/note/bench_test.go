package note_test

import (
	"bytes"
	"strings"
	"testing"
)

// What it costs to write an escalation: with a mail of the usual size, which may need a second form, and with one of ten
// megabytes.
func BenchmarkEscalation(b *testing.B) {
	for _, original := range []struct {
		name string
		size int
		line string
	}{
		{"4 KB", 4 << 10, "Subject: words of a customer, one line after another\r\n"},
		{"4 KB of eight bits", 4 << 10, "Subject: Wörter eines Kunden, Zeile für Zeile, acht Bit\r\n"},
		{"10 MB", 10 << 20, "Subject: words of a customer, one line after another\r\n"},
	} {
		b.Run("original of "+original.name, func(b *testing.B) {
			c, f := composer(b, "en"), chargebackThreat()
			f.Raw = bytes.Repeat([]byte(original.line), original.size/len(original.line))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Escalation(f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What it costs when there is much to look back at: fifty long answers of ours.
func BenchmarkEscalationAfterAQuarrel(b *testing.B) {
	c, f := composer(b, "en"), longQuarrel()
	for i := range f.Timeline {
		f.Timeline[i].Text += strings.Repeat(" We would like to offer you a replacement, or a partial refund of 20 %.", 900)
	}
	for b.Loop() {
		if _, err := c.Escalation(f); err != nil {
			b.Fatal(err)
		}
	}
}
