package bench

import (
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heedmail/heed/internal/testservers"
)

// attachments measures how much of mails with big files is read at all.
func attachments(t *testing.T, program string, r *report) {
	const mails, size = 200, 5 << 20
	imap := testservers.Dovecot(t)
	imap.AddUser(user, password)
	stored := 0
	for i := range mails {
		raw := newLetter(oneIn + i%oneIn/3).withAttachment(size) // questions, none with a threat
		stored += len(raw)
		imap.Deliver(user, raw)
	}
	s := newSink(t)
	drain(t, imap.Addr)
	var bare, ours []time.Duration
	var read int64
	for range rounds() {
		bare = append(bare, drain(t, imap.Addr))
		counted := newProxy(t, imap.Addr)
		p := run(t, program, writeConfig(t, s.port, "all", mailboxEntry{"m", user, counted.port}))
		ours = append(ours, p.untilCursor("m", mails))
		p.stop()
		read = counted.fromServer.Load()
	}
	r.add(t, figure{what: "attachments: bytes read ÷ stored", value: float64(read) / float64(stored), least: 0.02, aim: 0.005,
		detail: fmt.Sprintf("%d KiB of %d MiB", read>>10, stored>>20)})
	r.add(t, figure{what: "attachments: heed ÷ bare drain", value: ratio(median(ours), median(bare)),
		detail: fmt.Sprintf("%.2f s, %.2f s", median(ours).Seconds(), median(bare).Seconds())})
}

// memory measures how much is resident at most with the biggest mails that people send.
func memory(t *testing.T, program string, r *report) {
	const mails, size = 20, 20 << 20
	for _, x := range []struct {
		what      string
		forwarded int // how many of the mails carry a threat
	}{{"memory: 20 mails of 20 MB", 0}, {"memory: the same, all forwarded whole", mails}} {
		s := newSink(t)
		imap := testservers.Dovecot(t)
		imap.AddUser(user, password)
		for i := range mails {
			l := newLetter(oneIn + i)
			if i < x.forwarded {
				l.text += fmt.Sprintf(threats[0], i)
			}
			imap.Deliver(user, l.withAttachment(size))
		}
		p := run(t, program, writeConfig(t, s.port, "all", mailboxEntry{"m", user, imap.Port}))
		p.untilCursor("m", mails)
		s.until(t, x.forwarded)
		took := time.Since(p.began)
		r.add(t, figure{what: x.what, value: float64(p.memory("VmHWM")) / 1024, unit: "MiB", least: 96, aim: 64, detail: fmt.Sprintf("%.2f s", took.Seconds())})
		p.stop()
	}
}

// A proxy stands between Heed and the IMAP server, and looks at what the server sends.
type proxy struct {
	port       int
	fromServer atomic.Int64
	saw        func([]byte) // told of what the server sends, before it is passed on; may be nil
}

// newProxy starts a proxy that ends with the test.
func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{port: l.Addr().(*net.TCPAddr).Port}
	var links sync.WaitGroup
	links.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // it was closed
			}
			links.Go(func() { p.link(client, server) })
		}
	})
	t.Cleanup(func() { l.Close(); links.Wait() })
	return p
}

// link carries one connection until either side ends it.
func (p *proxy) link(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return // which the client sees
	}
	defer server.Close()
	var up sync.WaitGroup
	up.Go(func() {
		_, _ = io.Copy(server, client) // the end of either side ends both
		server.Close()
	})
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if p.saw != nil && n > 0 {
			p.saw(buf[:n])
		}
		p.fromServer.Add(int64(n))
		if _, failed := client.Write(buf[:n]); err != nil || failed != nil {
			break
		}
	}
	client.Close()
	up.Wait()
}
