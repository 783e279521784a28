package mailbox

import (
	"errors"
	"net"
	"sync"
	"time"
)

// idleBytes is how much a server may send while nothing was asked of it.
const idleBytes = 1 << 20

// errTooMuch ends a connection whose server sends more than an answer can be.
var errTooMuch = errors.New("the server sends far more than was asked for")

// wire is a connection that guards what the IMAP library does not: while an answer is awaited, the server must keep
// sending (each read has a deadline, but the whole may take long), and it must not send without end. The library's own
// read deadlines are ignored: its five minutes for a literal would cut a big mail on a slow line.
type wire struct {
	net.Conn

	mu    sync.Mutex
	stall time.Duration // how long the server may be silent; 0 while nothing is awaited
	left  int64         // how many bytes it may still send
	set   time.Time     // when the read deadline was last moved
	cause error         // why we closed the connection, nil if we did not
	lines lineGuard
}

func newWire(conn net.Conn) *wire { return &wire{Conn: conn, left: idleBytes} }

// await starts the wait for an answer of at most budget bytes.
func (w *wire) await(stall time.Duration, budget int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stall, w.left, w.set = stall, budget, time.Now()
	_ = w.Conn.SetReadDeadline(w.set.Add(stall)) // fails on a closed connection only, which the next read tells
}

// rest ends the wait: silence is welcome again.
func (w *wire) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stall, w.left = 0, idleBytes
	_ = w.Conn.SetReadDeadline(time.Time{}) // as above
}

// cut closes the connection, which frees everybody who waits for it, and keeps the first reason.
func (w *wire) cut(cause error) {
	w.mu.Lock()
	if w.cause == nil {
		w.cause = cause
	}
	w.mu.Unlock()
	_ = w.Conn.Close() // there is nobody to tell, and nothing left to lose
}

// why returns the reason for which we closed the connection, nil when we did not.
func (w *wire) why() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cause
}

// Read reads what the server sends, within the deadline and the budget.
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left -= int64(n); w.left < 0 {
		err = errTooMuch
	} else if w.lines.refuses(p[:n]) {
		n, err = 0, errCapabilities
	} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		err = errDeadline
	}
	if w.cause == nil && (err == errTooMuch || err == errDeadline || err == errCapabilities) {
		w.cause = err
	}
	if now := time.Now(); w.stall > 0 && now.Sub(w.set) > w.stall/8 {
		w.set = now
		_ = w.Conn.SetReadDeadline(now.Add(w.stall)) // as above
	}
	return n, err
}

// SetReadDeadline does nothing: the wire keeps its own.
func (w *wire) SetReadDeadline(time.Time) error { return nil }

// SetDeadline sets the write deadline only.
func (w *wire) SetDeadline(t time.Time) error { return w.Conn.SetWriteDeadline(t) }
