// Package spare keeps what the work on one text needs for the next one.
package spare

import (
	"runtime"
	"sync"
)

// A Shelf is where things wait that take longer to make than to use: as many as there are processors. A sync.Pool would lose
// them with each collection; a channel would belong to whoever made it, which testing/synctest minds. The zero Shelf is empty.
type Shelf[T any] struct {
	mu   sync.Mutex
	free []*T
}

// Take takes a thing, or nil when none waits.
func (s *Shelf[T]) Take() *T {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.free) - 1
	if last < 0 {
		return nil
	}
	thing := s.free[last]
	s.free = s.free[:last]
	return thing
}

// Put gives a thing back. It is lost when there is no room for it. What was in use when something panicked should not be
// given back: who knows what was left half done.
func (s *Shelf[T]) Put(thing *T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) < runtime.GOMAXPROCS(0) {
		s.free = append(s.free, thing)
	}
}
