package bench

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"
)

// arrival measures our part of the way from a mail's arrival to its forwarding: from the server's EXISTS on the wire to
// the moment at which the SMTP server has the escalation.
func arrival(t *testing.T, program string, r *report) {
	mails := setting("BENCH_ARRIVALS", 500)
	server := newMemServer(t, 1)
	var mu sync.Mutex
	var pushed time.Time
	wire := newProxy(t, server.Addr.String())
	wire.saw = func(data []byte) {
		if bytes.Contains(data, []byte(" EXISTS\r\n")) {
			mu.Lock()
			defer mu.Unlock()
			pushed = time.Now()
		}
	}
	s := newSink(t)
	p := run(t, program, writeConfig(t, s.port, "all", mailboxEntry{"m", userName(0), wire.port}))
	var took []time.Duration
	for i := range mails {
		untilIdle(t, server, 1)
		raw := fmt.Appendf(nil, "From: Jane <jane%[1]d@mail.example>\r\nTo: support@example.com\r\nSubject: Order #%[1]d\r\nMessage-ID: <a%[1]d@mail.example>\r\n\r\n"+
			"I want to speak to your manager about order #%[1]d.\r\n", 5000+i)
		put(t, server, raw)
		p.untilCursor("m", uint32(i+1))
		select {
		case <-s.more:
		case <-time.After(limit):
			t.Fatalf("no escalation of mail %d\n%s", i, p.log.Bytes()[max(0, p.log.Len()-4096):])
		}
		s.mu.Lock()
		accepted := s.accepted[len(s.accepted)-1]
		s.mu.Unlock()
		mu.Lock()
		if i > 0 { // the first may have come while the lexicon was still being compiled
			took = append(took, accepted.Sub(pushed))
		}
		mu.Unlock()
	}
	p99, p50 := percentile(took, 0.99), median(took)
	r.add(t, figure{what: "arrival to SMTP: our part, p99", value: p99.Seconds() * 1000, unit: "ms", least: 50, aim: 15, detail: fmt.Sprintf("%d mails", len(took))})
	r.add(t, figure{what: "arrival to SMTP: our part, p50", value: p50.Seconds() * 1000, unit: "ms", detail: fmt.Sprintf("%d mails", len(took))})
}
