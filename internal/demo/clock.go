package demo

import (
	"sync"
	"time"
)

// A clock tells the time of the story: that of the mail that came last, and it goes on from there. So a note's dates and
// deadlines are what they would have been.
type clock struct {
	mu  sync.Mutex
	at  time.Time // of the story
	set time.Time // when that was
}

func (c *clock) turnTo(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.set = at, time.Now()
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at.Add(time.Since(c.set))
}
