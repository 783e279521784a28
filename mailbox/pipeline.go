package mailbox

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
)

// A Preparer is a Sink that can do a part of its work on a batch before the batch's turn has come. A Watcher that hands
// mail to one prepares a batch while the one before it is being kept, and fetches a third meanwhile.
type Preparer interface {
	Sink
	// Prepare reads a batch and returns what keeps it, as Deliver does. It may run beside the keeping of the batch before,
	// and must not depend on it. Only it may ask for a Mail's Original. What it returns is called once, in the order of the batches, or not at all.
	Prepare(ctx context.Context, mailbox, folder string, mails []Mail) (keep func(ctx context.Context, next Cursor) error)
}

// inFlight is how many batches may be on their way to the sink: one is being kept, one is being prepared.
const inFlight = 2

// A pipeline takes batches through the sink in order. It belongs to one goroutine, which waits for all that is in flight
// with land before it lets go of it.
type pipeline struct {
	prepare preparation
	kept    func(Cursor) // told, by the pipeline's owner, of every batch that was kept

	flights []*flight // the oldest first
}

// A preparation does what can be done with a batch before its turn, and returns what does the rest.
type preparation func(ctx context.Context, mails []Mail, next Cursor) (keep func() error)

// A flight is one batch on its way.
type flight struct {
	next   Cursor
	landed chan struct{} // closed when the batch was kept or has failed
	err    error         // once landed
}

// send puts a batch on its way, when there is room. An error is that of an earlier batch; then this one is not sent.
func (p *pipeline) send(ctx context.Context, mails []Mail, next Cursor) error {
	for len(p.flights) >= inFlight {
		if err := p.landOldest(); err != nil {
			return err
		}
	}
	prepare := p.prepare
	if slices.ContainsFunc(mails, func(m Mail) bool { return m.Original != nil }) {
		// Its originals come over our own connection, which has to be free for them.
		keep := p.prepare(ctx, mails, next)
		prepare = func(context.Context, []Mail, Cursor) func() error { return keep }
	}
	f := &flight{next: next, landed: make(chan struct{})}
	var before *flight
	if n := len(p.flights); n > 0 {
		before = p.flights[n-1]
	}
	p.flights = append(p.flights, f)
	go func() {
		defer close(f.landed)
		f.err = fly(ctx, prepare, mails, next, before)
	}()
	return nil
}

// fly prepares a batch, and keeps it when the one before it was kept. A panic is an error of this batch.
func fly(ctx context.Context, prepare preparation, mails []Mail, next Cursor, before *flight) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked{r, debug.Stack()}
		}
	}()
	keep := prepare(ctx, mails, next)
	if before != nil {
		<-before.landed
		if before.err != nil {
			return before.err
		}
	}
	return keep()
}

// land waits until nothing is in flight and returns the first error. What came after an error was not kept.
func (p *pipeline) land() (first error) {
	for len(p.flights) > 0 {
		if err := p.landOldest(); first == nil {
			first = err
		}
	}
	return first
}

// landOldest waits for the batch that was sent first.
func (p *pipeline) landOldest() error {
	f := p.flights[0]
	p.flights = p.flights[1:]
	<-f.landed
	if f.err == nil {
		p.kept(f.next)
	}
	return f.err
}

// panicked is a panic on its way to the goroutine that owns the folder.
type panicked struct {
	value any
	stack []byte
}

func (p panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }
