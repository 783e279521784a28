package mailbox

import (
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
	logged string // what was logged last: an error's text, or the state that is well
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
	line, is := h.line(), h.is
	h.mu.Unlock()
	if changed {
		h.onState(is)
	}
	h.write(line, is)
}

// line returns what there is to log, "" when the last line still holds.
func (h *health) line() string {
	var line string
	switch {
	case h.is.State == Waiting && h.is.Err != nil:
		line = h.is.Err.Error()
	case h.is.State == Watching || h.is.State == Absent:
		line = string(h.is.State)
	}
	if line == h.logged {
		return ""
	}
	if line != "" {
		h.logged = line
	}
	return line
}

// write logs the line.
func (h *health) write(line string, is FolderHealth) {
	folder := zap.String("folder", is.Folder)
	switch {
	case line == "":
	case is.State == Waiting && KindOf(is.Err) == Temporary:
		h.log.Warn("mailbox folder lost, connecting again", folder, zap.String("kind", string(Temporary)), zap.Error(is.Err))
	case is.State == Waiting:
		h.log.Error("mailbox folder can't be watched", folder, zap.String("kind", string(KindOf(is.Err))), zap.Error(is.Err))
	case is.State == Absent:
		h.log.Warn("mailbox has no Sent folder, so that our own answers are not seen; name it in `sent` if there is one")
	default:
		h.log.Info("mailbox folder watched", folder)
	}
}
