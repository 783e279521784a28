package mailbox

// The bodies of a long backlog would be a third of all garbage that it makes. So those of one batch lie on a tray, a piece of memory
// that is used again once the batch was kept, or that has failed.

// A tray holds the bodies of one batch. A nil tray holds none: each has memory of its own.
type tray struct {
	all, free []byte
}

// clear makes room for a batch of so many bytes. It is called once for each, so that there is never more than one piece of memory.
func (t *tray) clear(size int64) {
	if int64(len(t.all)) < size {
		t.all = make([]byte, max(size, min(size+size/8, MaxBatchBytes))) // the next batch may be a little larger
	}
	t.free = t.all
}

// take returns room for a body, which is not nil though it is empty. Announced sizes are not exact: for what does not fit any more
// there is other memory.
func (t *tray) take(size int64) []byte {
	if t == nil || size == 0 || size > int64(len(t.free)) {
		return make([]byte, size)
	}
	body := t.free[:size:size]
	t.free = t.free[size:]
	return body
}

// trays are as many as there are batches at a time: one is fetched while the others are in flight.
type trays struct {
	of   [inFlight + 1]tray
	turn int
}

// next clears the tray that was filled the longest ago, for the batch that is fetched next: what it held has landed.
func (t *trays) next(size int64) *tray {
	t.turn = (t.turn + 1) % len(t.of)
	oldest := &t.of[t.turn]
	oldest.clear(size)
	return oldest
}
