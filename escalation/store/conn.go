package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// The statements of a transaction go straight to the driver. database/sql starts a goroutine for each query in a
// transaction, and copies each value several times: for a mail, which is a handful of tiny statements, that was
// more work than SQLite's own. The pool and the life of the connections remain database/sql's.

// A connector makes connections that keep their statements prepared.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	able, ok := inner.(engine)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T lacks what a connection needs", inner), inner.Close())
	}
	return &conn{engine: able, prepared: make(map[string]*statement), plain: newPlainPile(), full: newFullPile(), orders: newOrderPile()}, nil
}

// An engine is a connection of the driver.
type engine interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

// A conn is a connection with the statements that were prepared on it: SQLite takes longer to understand a query than to
// answer it. They are few, since no query is made of data.
type conn struct {
	engine
	prepared map[string]*statement
	seen     foresight // room for that of the transaction under way
	plain    pile      // of messages; this one and the next are never begun both
	full     pile
	orders   pile
}

// piles are those in which rows wait to be written.
func (c *conn) piles() [3]*pile { return [...]*pile{&c.plain, &c.full, &c.orders} }

// Close ends the connection and its statements.
func (c *conn) Close() error {
	var errs []error
	for _, st := range c.prepared {
		errs = append(errs, st.driver.Close())
	}
	return errors.Join(append(errs, c.engine.Close())...)
}

// IsValid reports whether the pool may go on using the connection.
func (c *conn) IsValid() bool {
	v, ok := c.engine.(driver.Validator)
	return !ok || v.IsValid()
}

// ResetSession is called when the pool gives the connection to its next user.
func (c *conn) ResetSession(ctx context.Context) error {
	if r, ok := c.engine.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c *conn) statement(ctx context.Context, query string) (*statement, error) {
	if st := c.prepared[query]; st != nil {
		return st, nil
	}
	inner, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	able, ok := inner.(preparedStatement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T lacks what a statement needs", inner), inner.Close())
	}
	st := &statement{driver: able, disturbs: disturbs(query), passesBy: passesBy(query)}
	c.prepared[query] = st
	return st, nil
}

// A preparedStatement is a statement of the driver.
type preparedStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// A statement is a prepared statement with room for its arguments and answers, which is used again and again.
type statement struct {
	driver preparedStatement
	args   []driver.NamedValue
	values []driver.Value

	disturbs bool // see the function
	passesBy bool // likewise
}

// bind takes the arguments of one use. release has to follow it.
func (st *statement) bind(args []any) error {
	st.args = st.args[:0]
	for i, a := range args {
		v, err := value(a)
		if err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
		st.args = append(st.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return nil
}

// release lets go of what a use held: an argument may be a whole mail.
func (st *statement) release() {
	clear(st.args)
	clear(st.values)
}

// value makes of an argument one of the types that a driver takes.
func value(a any) (driver.Value, error) {
	switch v := a.(type) {
	case nil, string, int64, []byte, bool, float64:
		return v, nil
	case int:
		return int64(v), nil
	case uint32:
		return int64(v), nil
	}
	return driver.DefaultParameterConverter.ConvertValue(a)
}

func (st *statement) exec(ctx context.Context, args []any) (driver.Result, error) {
	defer st.release()
	if err := st.bind(args); err != nil {
		return nil, err
	}
	return st.driver.ExecContext(ctx, st.args)
}

// each calls scan for every record of the answer, until scan returns an error.
func (st *statement) each(ctx context.Context, args []any, scan func(record) error) (err error) {
	defer st.release()
	if err := st.bind(args); err != nil {
		return err
	}
	rows, err := st.driver.QueryContext(ctx, st.args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if n := len(rows.Columns()); len(st.values) != n {
		st.values = make([]driver.Value, n)
	}
	for {
		err := rows.Next(st.values)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = scan(record(st.values))
		}
		if err != nil {
			return err
		}
	}
}

// A record is one row of an answer. It is valid until the next one is read.
type record []driver.Value

// Scan reads the record's values into variables, in order.
func (r record) Scan(into ...any) error {
	if len(into) != len(r) {
		return fmt.Errorf("read %d values into %d variables", len(r), len(into))
	}
	for i, v := range r {
		if err := assign(into[i], v); err != nil {
			return fmt.Errorf("read value %d: %w", i+1, err)
		}
	}
	return nil
}

func assign(into any, v driver.Value) error {
	switch to := into.(type) {
	case *string:
		if s, ok := v.(string); ok {
			*to = s
			return nil
		}
	case *int64:
		if n, ok := v.(int64); ok {
			*to = n
			return nil
		}
	case *int:
		if n, ok := v.(int64); ok {
			*to = int(n)
			return nil
		}
	case *uint32:
		if n, ok := v.(int64); ok && n >= 0 && n == int64(uint32(n)) {
			*to = uint32(n)
			return nil
		}
	case *[]byte:
		if b, ok := v.([]byte); ok || v == nil {
			*to = b
			return nil
		}
	case sql.Scanner:
		return to.Scan(v)
	}
	return assignKind(reflect.ValueOf(into), v)
}

// assignKind reads a text into a type that is made of one, such as classify.Signal.
func assignKind(into reflect.Value, v driver.Value) error {
	s, ok := v.(string)
	if !ok || into.Kind() != reflect.Pointer || into.Elem().Kind() != reflect.String {
		return fmt.Errorf("a %T does not fit into a %s", v, into.Type())
	}
	into.Elem().SetString(s)
	return nil
}
