package mailbox

import (
	"errors"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"
)

// health is a folder's FolderHealth, which its loop writes and anybody reads, and the one place that logs its changes:
// a line when the folder comes to be watched, a line when something else goes wrong than last time, and else silence.
type health struct {
	log     *zap.Logger
	now     func() time.Time
	onState func(FolderHealth)

	mu     sync.Mutex
	is     FolderHealth
	logged string // what was logged last
}

// read returns a copy.
func (h *health) read() FolderHealth {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.is
}

// named keeps the name of a folder that had to be found.
func (h *health) named(folder string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.is.Folder = folder
}

// succeeded marks that mail was taken or that there was none to take.
func (h *health) succeeded() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.is.LastSuccess = h.now()
}

// heard marks that the server sent something.
func (h *health) heard() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.is.Heard = h.now()
}

// listening is a connection that tells its folder's health of every byte.
type listening struct {
	net.Conn
	heard func()
}

func (l listening) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.heard()
	}
	return n, err
}

// enter changes the state. The error is why, for Waiting.
func (h *health) enter(state State, err error) {
	h.mu.Lock()
	changed := h.is.State != state
	if changed {
		h.is.State, h.is.Since = state, h.now()
	}
	if err != nil || state == Watching || state == Absent { // while connecting again, the last error still says why
		h.is.Err = err
	}
	news, is := h.news(), h.is
	h.mu.Unlock()
	if changed {
		h.onState(is)
	}
	if news {
		h.write(is)
	}
}

// news reports whether there is something to log, and remembers it. A lost connection shows itself in ever other words
// ("unexpected EOF", "broken pipe"), so that a temporary failure is news only when it happens at another step.
func (h *health) news() bool {
	var is string
	switch e, typed := errors.AsType[*Error](h.is.Err); {
	case h.is.State == Watching || h.is.State == Absent:
		is = string(h.is.State)
	case h.is.State != Waiting || h.is.Err == nil:
		return false
	case typed && e.Kind == Temporary:
		is = e.Where + ": " + e.Doing
	default:
		is = h.is.Err.Error()
	}
	if is == h.logged {
		return false
	}
	h.logged = is
	return true
}

// write logs how the folder is.
func (h *health) write(is FolderHealth) {
	folder, last := zap.String("folder", is.Folder), zap.Time("last_success", is.LastSuccess)
	if is.LastSuccess.IsZero() {
		last = zap.Skip()
	}
	switch {
	case is.State == Waiting && KindOf(is.Err) == Temporary:
		h.log.Warn("mailbox folder lost, connecting again", folder, last, zap.String("kind", string(Temporary)), zap.Error(is.Err))
	case is.State == Waiting:
		h.log.Error("mailbox folder can't be watched", folder, last, zap.String("kind", string(KindOf(is.Err))), zap.Error(is.Err))
	case is.State == Absent:
		h.log.Warn("mailbox has no Sent folder, so that our own answers are not seen; name it in `sent` if there is one")
	default:
		h.log.Info("mailbox folder watched", folder)
	}
}
