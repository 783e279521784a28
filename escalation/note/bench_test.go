package note_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// What it costs to write an escalation: with a mail of the usual size, and with one of ten megabytes.
func BenchmarkEscalation(b *testing.B) {
	for _, size := range []int{4 << 10, 10 << 20} {
		b.Run(fmt.Sprintf("original of %d KB", size>>10), func(b *testing.B) {
			c, f := composer(b, "en"), chargebackThreat()
			f.Raw = bytes.Repeat([]byte("Subject: words of a customer, one line after another\r\n"), size/54)
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
