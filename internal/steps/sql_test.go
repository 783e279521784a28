package steps

import (
	"database/sql/driver"
	"errors"
	"strings"
	"sync"

	"github.com/heedmail/heed/internal/sqltap"
)

var (
	errDead  = errors.New("the process is dead")
	errFails = errors.New("the disk says no")
)

// A gate stands before every statement. It can be told to let one of them fail, or to let the process die at it.
type gate struct {
	mu    sync.Mutex
	seen  int
	fault gateFault
	dead  bool
	die   func() // is called when the process dies
}

// A gateFault is what happens at one statement.
type gateFault struct {
	at    int    // the statement's number; 0 for none
	match string // or: the next statement that holds this text
	end   bool   // not at that statement, but at the end (COMMIT) of the transaction that it belongs to
	how   how
}

type how string

const (
	fails      how = "fails"       // it has no effect, and the process goes on
	diesBefore how = "dies before" // it has no effect, and the process is gone
	diesAfter  how = "dies after"  // it has its effect, of which the process never hears
)

// pass is the sqltap.Tap.
func (g *gate) pass(query string, _ []driver.NamedValue) (after func() error, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead {
		return nil, errDead
	}
	g.seen++
	if !g.struck(query) {
		return nil, nil
	}
	f := g.fault
	g.fault = gateFault{}
	switch f.how {
	case fails:
		return nil, errFails
	case diesBefore:
		g.kill()
		return nil, errDead
	default:
		return func() error {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.kill()
			return errDead
		}, nil
	}
}

func (g *gate) struck(query string) bool {
	if g.fault.match == "" {
		return g.fault.at > 0 && g.seen == g.fault.at
	}
	isEnd := strings.HasPrefix(query, sqltap.Commit)
	return isEnd == g.fault.end && strings.Contains(query, g.fault.match)
}

func (g *gate) kill() {
	g.dead = true
	g.die()
}
