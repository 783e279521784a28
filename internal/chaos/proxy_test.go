package chaos

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// A wireFault is what happens to one IMAP connection.
type wireFault struct {
	kind  wireKind
	after int           // bytes from the server before it happens
	hold  time.Duration // for stall and delay
}

type wireKind string

const (
	clean     wireKind = "clean"
	refuse    wireKind = "refuse"     // closed before a byte
	cut       wireKind = "cut"        // reset in the middle of an answer
	halfClose wireKind = "half-close" // the server's side ends, ours stays open
	stall     wireKind = "stall"      // nothing comes for a while, then all of it
	stallCut  wireKind = "stall-cut"  // nothing comes for a while, then the end
	delay     wireKind = "delay"      // every piece comes late
	deaf      wireKind = "deaf"       // what we say does not reach the server any more
	expired   wireKind = "expired"    // the certificate has run out
)

// wireFaults makes the faults of the n-th, n+1-th … connection.
func wireFaults(r *rand.Rand, n int) []wireFault {
	kinds := []wireKind{refuse, cut, cut, cut, cut, halfClose, halfClose, stall, stallCut, delay, deaf}
	faults := make([]wireFault, n)
	for i := range faults {
		f := wireFault{kind: clean}
		if r.Float64() < 0.6 {
			f.kind = kinds[r.IntN(len(kinds))]
		}
		// As often within the login as within a large answer.
		f.after = 200 << r.IntN(12)
		f.after += r.IntN(f.after)
		f.hold = time.Duration(r.IntN(2500)) * time.Millisecond
		if f.kind == delay {
			f.hold = time.Duration(1+r.IntN(15)) * time.Millisecond
		}
		faults[i] = f
	}
	return faults
}

// A proxy stands between the program and the IMAP server.
type proxy struct {
	t       *testing.T
	ln      net.Listener
	backend string
	stale   *tls.Config // a certificate that has run out
	faults  []wireFault
	wg      sync.WaitGroup

	mu      sync.Mutex
	next    int
	calm    bool // no more faults
	renewed bool // false while the certificate has run out
	open    map[net.Conn]bool
	hit     map[wireKind]int // faults that did happen
}

func newProxy(t *testing.T, backend string, stale tls.Certificate, faults []wireFault) *proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, ln: ln, backend: backend, faults: faults, renewed: true, open: map[net.Conn]bool{}, hit: map[wireKind]int{},
		stale: &tls.Config{Certificates: []tls.Certificate{stale}}}
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		ln.Close()
		p.cutAll()
		p.wg.Wait()
	})
	return p
}

func (p *proxy) port() int { return p.ln.Addr().(*net.TCPAddr).Port }

func (p *proxy) accept() {
	for {
		c, err := p.ln.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.serve(c) })
	}
}

// draw takes the next fault of the plan.
func (p *proxy) draw(c net.Conn) wireFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[c] = true
	if !p.renewed {
		return wireFault{kind: expired}
	}
	if p.calm {
		return wireFault{kind: clean}
	}
	f := p.faults[p.next%len(p.faults)]
	p.next++
	return f
}

func (p *proxy) happened(k wireKind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hit[k]++
}

func (p *proxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
}

// cutAll resets every connection, as a firewall that restarts does.
func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		reset(c)
	}
}

func (p *proxy) setCalm(calm bool) {
	p.mu.Lock()
	p.calm = calm
	p.mu.Unlock()
}

func (p *proxy) setRenewed(renewed bool) {
	p.mu.Lock()
	p.renewed = renewed
	p.mu.Unlock()
}

// faultsHit counts the faults that did happen.
func (p *proxy) faultsHit() (total int, byKind map[wireKind]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	byKind = map[wireKind]int{}
	for k, n := range p.hit {
		byKind[k] = n
		total += n
	}
	return total, byKind
}

func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0) // it may be closed already
	}
	c.Close()
}

func (p *proxy) serve(client net.Conn) {
	f := p.draw(client)
	defer p.forget(client)
	defer client.Close()
	switch f.kind {
	case refuse:
		p.happened(refuse)
		reset(client)
		return
	case expired:
		p.happened(expired)
		client.SetDeadline(time.Now().Add(5 * time.Second))
		tls.Server(client, p.stale).Handshake() // the other side is to refuse it
		return
	}
	server, err := net.DialTimeout("tcp", p.backend, 5*time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	p.open[server] = true
	p.mu.Unlock()
	defer p.forget(server)

	gone := make(chan struct{})
	ear := &ear{dst: server}
	p.wg.Go(func() {
		io.Copy(ear, client) // ends with either side
		closeWrite(server)
		close(gone)
	})
	p.carry(client, server, ear, f, gone)
	client.Close()
	server.Close()
	<-gone
}

// carry brings the server's words to the client, and the fault over them.
func (p *proxy) carry(client, server net.Conn, ear *ear, f wireFault, gone <-chan struct{}) {
	buf := make([]byte, 16<<10)
	left := f.after
	for {
		n, err := server.Read(buf)
		piece := buf[:n]
		if f.kind == delay && n > 0 {
			if left == f.after {
				p.happened(delay)
			}
			pause(f.hold, gone)
		}
		if f.kind != clean && f.kind != delay && n >= left {
			client.Write(piece[:left]) // a failure shows at the next write
			p.happened(f.kind)
			if over := p.strike(client, ear, f, gone); over {
				return
			}
			piece, f.kind = piece[left:], clean
		}
		left -= n
		if len(piece) > 0 {
			if _, err := client.Write(piece); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// strike lets a fault happen, and reports whether it is the end of the connection.
func (p *proxy) strike(client net.Conn, ear *ear, f wireFault, gone <-chan struct{}) bool {
	switch f.kind {
	case cut:
		reset(client)
		return true
	case halfClose:
		closeWrite(client)
		pause(20*time.Second, gone) // until the client hangs up
		return true
	case stall:
		pause(f.hold, gone)
		return false
	case stallCut:
		pause(f.hold, gone)
		reset(client)
		return true
	case deaf:
		ear.shut()
		pause(f.hold, gone)
		reset(client)
		return true
	}
	panic(fmt.Sprintf("no such fault: %s", f.kind))
}

// pause waits, but not longer than the other goroutine lives.
func pause(d time.Duration, gone <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-gone:
	}
}

func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		half.CloseWrite() // it may be closed already
	}
}

// An ear carries what the client says, until it is shut.
type ear struct {
	dst  net.Conn
	mu   sync.Mutex
	deaf bool
}

func (e *ear) shut() {
	e.mu.Lock()
	e.deaf = true
	e.mu.Unlock()
}

func (e *ear) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.deaf {
		return len(b), nil
	}
	n, err := e.dst.Write(b)
	if err != nil {
		return n, errors.New("the server is gone")
	}
	return n, nil
}
