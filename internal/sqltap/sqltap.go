// Package sqltap lets a test stand between database/sql and a driver: it is shown every statement before it runs, and may
// make it fail.
package sqltap

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// A Tap is shown a statement before it runs. An error of it is the statement's, which then has no effect. What it returns
// is called when the statement has run, unless it is nil; an error of that takes the place of the answer.
type Tap func(query string, args []driver.NamedValue) (after func() error, err error)

// What a Tap is shown of a transaction. Its statements, parted by semicolons, follow Commit.
const (
	Begin  = "BEGIN"
	Commit = "COMMIT: "
)

// Connector makes the connections of another one, with a tap on each. The connections of the driver have to have all
// methods that take a context.
func Connector(base driver.Connector, tap Tap) driver.Connector { return connector{base, tap} }

type connector struct {
	driver.Connector
	tap Tap
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{engine: inner.(engine), tap: c.tap}, nil
}

// An engine is a connection of the driver.
type engine interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

type conn struct {
	engine
	tap  Tap
	said []string // in the transaction that is open
}

// through runs a statement behind the tap.
func through[T any](c *conn, query string, args []driver.NamedValue, run func() (T, error)) (T, error) {
	var none T
	c.said = append(c.said, query)
	after, err := c.tap(query, args)
	if err != nil {
		return none, err
	}
	result, err := run()
	if after != nil {
		err = errors.Join(err, after())
	}
	if err != nil {
		return none, err
	}
	return result, nil
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return through(c, query, args, func() (driver.Result, error) { return c.engine.ExecContext(ctx, query, args) })
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return through(c, query, args, func() (driver.Rows, error) { return c.engine.QueryContext(ctx, query, args) })
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	inner, err := c.engine.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement{inner.(preparedStatement), c, query}, nil
}

func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := through(c, Begin, nil, func() (driver.Tx, error) { return c.engine.BeginTx(ctx, o) })
	c.said = nil
	return transaction{tx, c}, err
}

// A preparedStatement is a statement of the driver.
type preparedStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type statement struct {
	preparedStatement
	conn  *conn
	query string
}

func (s statement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return through(s.conn, s.query, args, func() (driver.Result, error) { return s.preparedStatement.ExecContext(ctx, args) })
}

func (s statement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return through(s.conn, s.query, args, func() (driver.Rows, error) { return s.preparedStatement.QueryContext(ctx, args) })
}

type transaction struct {
	driver.Tx
	conn *conn
}

// Commit leaves no transaction open that was refused.
func (t transaction) Commit() error {
	ran := false
	_, err := through(t.conn, Commit+strings.Join(t.conn.said, "; "), nil, func() (struct{}, error) {
		ran = true
		return struct{}{}, t.Tx.Commit()
	})
	if err != nil && !ran {
		return errors.Join(err, t.Tx.Rollback())
	}
	return err
}
