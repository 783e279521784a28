package steps

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"sync"
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

// pass is called with a statement before it runs. The returned function is called after it.
func (g *gate) pass(query string) (after func() error, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead {
		return nil, errDead
	}
	g.seen++
	if !g.struck(query) {
		return func() error { return nil }, nil
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
	isEnd := strings.HasPrefix(query, commit)
	return isEnd == g.fault.end && strings.Contains(query, g.fault.match)
}

func (g *gate) kill() {
	g.dead = true
	g.die()
}

// commit is how the end of a transaction is shown to the gate; its statements follow.
const commit = "COMMIT: "

// The wrappers below stand between database/sql and the driver.

type gatedConnector struct {
	driver.Connector
	gate *gate
}

func (c gatedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &gatedConn{conn0: conn.(conn0), gate: c.gate}, nil
}

// conn0 and stmt0 are what database/sql uses of the driver.
type conn0 interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnPrepareContext
}

type stmt0 interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type gatedConn struct {
	conn0
	gate *gate
	said []string // in the transaction that is open
}

// through runs a statement behind the gate.
func through[T any](g *gate, query string, run func() (T, error)) (T, error) {
	var zero T
	after, err := g.pass(query)
	if err != nil {
		return zero, err
	}
	result, err := run()
	if err := errors.Join(err, after()); err != nil {
		return zero, err
	}
	return result, nil
}

func (c *gatedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.said = append(c.said, query)
	return through(c.gate, query, func() (driver.Result, error) { return c.conn0.ExecContext(ctx, query, args) })
}

func (c *gatedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return through(c.gate, query, func() (driver.Rows, error) { return c.conn0.QueryContext(ctx, query, args) })
}

func (c *gatedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.conn0.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return gatedStmt{stmt.(stmt0), c, query}, nil
}

func (c *gatedConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	c.said = nil
	return through(c.gate, "BEGIN", func() (driver.Tx, error) {
		tx, err := c.conn0.BeginTx(ctx, o)
		return gatedTx{tx, c}, err
	})
}

type gatedStmt struct {
	stmt0
	conn  *gatedConn
	query string
}

func (s gatedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.conn.said = append(s.conn.said, s.query)
	return through(s.conn.gate, s.query, func() (driver.Result, error) { return s.stmt0.ExecContext(ctx, args) })
}

func (s gatedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.conn.said = append(s.conn.said, s.query)
	return through(s.conn.gate, s.query, func() (driver.Rows, error) { return s.stmt0.QueryContext(ctx, args) })
}

type gatedTx struct {
	driver.Tx
	conn *gatedConn
}

func (t gatedTx) Commit() error {
	_, err := through(t.conn.gate, commit+strings.Join(t.conn.said, "; "), func() (struct{}, error) { return struct{}{}, t.Tx.Commit() })
	if err != nil {
		t.Tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	}
	return err
}
