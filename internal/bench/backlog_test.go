package bench

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/heedmail/heed/internal/testservers"
)

// backlog measures the taking of a full mailbox beside a bare socket and beside the programs that people use.
func backlog(t *testing.T, program string, r *report) {
	n := setting("BENCH_MAILS", 20_000)
	imap := testservers.Dovecot(t)
	imap.AddUser(user, password)
	for i := range n {
		imap.Deliver(user, newLetter(i).answer())
	}
	s := newSink(t)
	drain(t, imap.Addr) // builds the server's index
	times := map[string][]time.Duration{}
	peak := 0
	for range rounds() {
		syscall.Sync()
		times["bare"] = append(times["bare"], drain(t, imap.Addr))
		p := run(t, program, writeConfig(t, s.port, "all", mailboxEntry{"m", user, imap.Port}))
		times["heed"] = append(times["heed"], p.untilCursor("m", uint32(n)))
		peak = max(peak, p.memory("VmHWM"))
		p.stop()
		for name, other := range others {
			syscall.Sync() // what one program left to be written is not to slow the next one down
			took, ok := other(t, imap.Port, n)
			if ok {
				times[name] = append(times[name], took)
			}
		}
	}
	bare, ours := median(times["bare"]), median(times["heed"])
	r.add(t, figure{what: "backlog: heed ÷ bare drain", value: ratio(ours, bare), least: 3, aim: 1.6, detail: fmt.Sprintf("%.2f s, %.2f s", ours.Seconds(), bare.Seconds())})
	for _, x := range []struct {
		name       string
		least, aim float64
	}{{"mbsync", 5, 10}, {"mbsync, FSync no", 1.2, 2}, {"imapfilter", 0, 0}} {
		if all := times[x.name]; len(all) > 0 {
			r.add(t, figure{what: "backlog: " + x.name + " ÷ heed", value: ratio(median(all), ours), least: x.least, aim: x.aim, atLeast: true,
				detail: fmt.Sprintf("%.2f s, %.2f s", median(all).Seconds(), ours.Seconds())})
		}
	}
	r.add(t, figure{what: "backlog: peak memory", value: float64(peak) / 1024, unit: "MiB", least: 96, aim: 64, detail: fmt.Sprintf("%d mails", n)})
}
