package bench

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/heedmail/heed/internal/testservers"
)

// enabled passes a benchmark over unless `make bench` asks for it.
func enabled(t *testing.T) {
	if os.Getenv("HEED_BENCH") == "" {
		t.Skip("a benchmark, run by `make bench`")
	}
}

// rounds is how often each thing is measured, in turns.
func rounds() int {
	if n, err := strconv.Atoi(os.Getenv("BENCH_ROUNDS")); err == nil && n > 0 {
		return n
	}
	return 5
}

func backlogMails() int {
	if n, err := strconv.Atoi(os.Getenv("BENCH_MAILS")); err == nil && n > 0 {
		return n
	}
	return 20_000
}

func TestBacklog(t *testing.T) {
	enabled(t)
	imap := testservers.Dovecot(t)
	imap.AddUser(user, password)
	n := backlogMails()
	for i := range n {
		imap.Deliver(user, newLetter(i).answer())
	}
	program := build(t)
	s := newSink(t)
	drain(t, imap.Addr)
	var bare, ours []time.Duration
	for range rounds() {
		bare = append(bare, drain(t, imap.Addr))
		p := run(t, program, writeConfig(t, s.port, "all", mailboxEntry{"m", user, imap.Port}))
		took := p.untilCursor("m", uint32(n))
		ours = append(ours, took)
		t.Logf("bare %v heed %v cpu %v peak %d MB", bare[len(bare)-1], took, p.cpu(), p.memory("VmHWM")/1024)
		p.stop()
	}
	slices.Sort(bare)
	slices.Sort(ours)
	t.Logf("ratio %.2f", ours[len(ours)/2].Seconds()/bare[len(bare)/2].Seconds())
}
