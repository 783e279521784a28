package bench

import (
	"fmt"
	"strings"
	"testing"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/mailbox/message"
)

// classified measures hearing alone, in one goroutine.
func classified(t *testing.T, _ string, r *report) {
	c := classifier(t)
	var read []*message.Message
	for _, raw := range answers(0, 1000) {
		read = append(read, message.Read(raw, shop()))
	}
	mails := testing.Benchmark(func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			intake.Hear(c, read[i%len(read)])
		}
	})
	r.add(t, figure{what: "classify: mails a second and core", value: 1e9 / float64(mails.NsPerOp()), detail: fmt.Sprintf("%d µs a mail", mails.NsPerOp()/1000)})

	nothing := strings.Repeat("Velvet lamp green linen shade sixty watt bulb socket cable copper enamel oak. ", 800)
	plain := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			c.Classify(classify.Text{Body: nothing})
		}
	})
	r.add(t, figure{what: "classify: without candidates", value: float64(len(nothing)) / 1e6 / (float64(plain.NsPerOp()) / 1e9), unit: "MB/s",
		detail: fmt.Sprintf("%d KB", len(nothing)/1000)})
}
