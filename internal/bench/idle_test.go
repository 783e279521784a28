package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// idle measures what hundreds of mailboxes cost while nothing happens.
func idle(t *testing.T, program string, r *report) {
	const mailboxes = 200
	server := newMemServer(t, mailboxes)
	s := newSink(t)
	var entries []mailboxEntry
	for i := range mailboxes {
		entries = append(entries, mailboxEntry{fmt.Sprintf("m%d", i), userName(i), server.Addr.Port})
	}
	p := run(t, program, writeConfig(t, s.port, "now", entries...))
	untilIdle(t, server, mailboxes)
	before, over := p.cpu(), time.Duration(setting("BENCH_IDLE_SECONDS", 60))*time.Second
	time.Sleep(over)
	used := p.cpu() - before
	r.add(t, figure{what: "200 idle mailboxes: memory", value: float64(p.memory("VmRSS")) / 1024, unit: "MiB", least: 128, aim: 64,
		detail: fmt.Sprintf("peak %d MiB", p.memory("VmHWM")/1024)})
	r.add(t, figure{what: "200 idle mailboxes: processor", value: 100 * ratio(used, over), unit: "%", least: 1, aim: 1,
		detail: fmt.Sprintf("%s of %s", used.Round(time.Millisecond), over)})
	if strings.Contains(p.log.String(), "\"level\":\"error\"") {
		t.Errorf("heed's log holds errors:\n%s", p.log.Bytes()[:min(p.log.Len(), 4096)])
	}
}
