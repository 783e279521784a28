package daemon

import (
	"context"
	"sync"
)

// parts run side by side and are stopped together.
type parts struct {
	ctx     context.Context // ends with stop
	end     context.CancelFunc
	running sync.WaitGroup
	failed  chan<- error // told of a part that ends with an error, which ends the daemon
}

// newParts makes parts that end with the context at the latest.
func newParts(ctx context.Context, failed chan<- error) *parts {
	p := &parts{failed: failed}
	p.ctx, p.end = context.WithCancel(ctx)
	return p
}

// start runs a part.
func (p *parts) start(part func(context.Context) error) {
	p.running.Go(func() {
		if err := part(p.ctx); err != nil {
			select {
			case p.failed <- err:
			default: // the first failure is enough
			}
		}
	})
}

// stop ends all parts and waits for them.
func (p *parts) stop() {
	p.end()
	p.running.Wait()
}
