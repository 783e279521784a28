package mailbox

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"
)

// A State says what a folder's loop is doing.
type State string

// The states of a folder's loop.
const (
	Connecting State = "connecting"
	Reading    State = "reading"  // catching up
	Watching   State = "watching" // nothing left to read; in IDLE or between polls
	Absent     State = "absent"   // the account has no Sent folder; looked for again at every poll
	Waiting    State = "waiting"  // something failed; connects again after a while
)

// A FolderHealth is how the watching of one folder goes.
type FolderHealth struct {
	Folder      string // as configured; for a Sent folder that was found, its name
	Sent        bool
	State       State
	Since       time.Time // of State
	LastSuccess time.Time // when everything in the folder had last been taken, or a batch of it; zero for never
	Heard       time.Time // when the server last sent something; a large mail on a slow line takes long and is no standstill
	Err         error     // why State is Waiting
}

// Options are what a Watcher and a Writer need beside their account. The zero value works.
type Options struct {
	Logger  *zap.Logger
	Now     func() time.Time
	Rand    func() float64 // in [0, 1), spreads reconnects
	Dial    Dial
	OnState func(FolderHealth) // called by the folder's goroutine at every change of state; must not block
}

// withDefaults fills in what was left empty.
func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Dial == nil {
		d := &net.Dialer{
			KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3},
			Control:         userTimeout,
		}
		o.Dial = d.DialContext
	}
	if o.OnState == nil {
		o.OnState = func(FolderHealth) {}
	}
	return o
}

// A Watcher reads the folders of one account and hands what it finds to a Sink.
type Watcher struct {
	account Account
	folders []*folder
}

// NewWatcher makes a Watcher. It fails when the account's settings are wrong, and opens no connection.
func NewWatcher(account Account, sink Sink, options Options) (*Watcher, error) {
	if err := account.Validate(); err != nil {
		return nil, fmt.Errorf("mailbox %q: %w", account.Name, err)
	}
	account, options = account.withDefaults(), options.withDefaults()
	w := &Watcher{account: account}
	for _, name := range account.inbound() {
		w.folders = append(w.folders, newFolder(account, name, false, sink, options))
	}
	if !account.InboundOnly {
		w.folders = append(w.folders, newFolder(account, account.Sent, true, sink, options))
	}
	return w, nil
}

// Run watches until the context ends, and returns nil when every loop is gone. It may be called once.
func (w *Watcher) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	for _, f := range w.folders {
		loops.Go(func() { f.run(ctx) })
	}
	loops.Wait()
	return nil
}

// Health tells how each folder is doing, in the order of the config, the Sent folder last. It may be called at any time.
func (w *Watcher) Health() []FolderHealth {
	all := make([]FolderHealth, len(w.folders))
	for i, f := range w.folders {
		all[i] = f.health.read()
	}
	return all
}
