package customers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// The kinds of databases.
const (
	Postgres = "postgres"
	MySQL    = "mysql"
	SQLite   = "sqlite"
)

// Kinds returns the kinds of databases that can be asked.
func Kinds() []string { return []string{Postgres, MySQL, SQLite} }

const (
	maxRows     = 500 // of one answer
	connections = 4
	idleFor     = time.Minute
	// answerWithin bounds a query at the server too: one that nobody waits for any more should not go on there.
	answerWithin = 5 * time.Second
)

// limits tell a server of answerWithin. MariaDB and MySQL have each a setting of their own, which the other one does not
// know; MariaDB alone reads the first comment, MySQL alone the second, since MariaDB takes no version 5.7 for its own.
var limits = map[string]string{
	Postgres: fmt.Sprintf("SET LOCAL statement_timeout = %d", answerWithin.Milliseconds()),
	MySQL: fmt.Sprintf("SET @heed = 0 /*M!100101 , SESSION max_statement_time = %g */ /*!50708 , SESSION max_execution_time = %d */",
		answerWithin.Seconds(), answerWithin.Milliseconds()),
}

// DatabaseOptions say where the shop's data stands and how it is asked for. Queries hold :address, :written or :order
// and return rows with the columns of Columns.
type DatabaseOptions struct {
	Kind      string                                // Postgres, MySQL or SQLite
	DSN       func(context.Context) (string, error) // asked at every connection, so that a changed password is used
	ByAddress string                                // :address, :written
	ByOrder   string                                // :order; "" for none
	Orders    string                                // the orders of a customer, :address, :written; "" where ByAddress returns them
	Currency  string                                // ISO 4217, of sums that name none
}

// A Database is a Source that asks a database, read-only.
type Database struct {
	o                          DatabaseOptions
	byAddress, byOrder, orders statement

	mu  sync.Mutex
	db  *sql.DB
	dsn string // of db
}

// OpenDatabase returns a Database. It connects with the first question, so that a database that is down holds up nothing.
func OpenDatabase(o DatabaseOptions) (*Database, error) {
	d := &Database{o: o}
	var errs [3]error
	if o.ByAddress != "" {
		d.byAddress, errs[0] = compile(o.ByAddress, o.Kind, ForAddress, ForWritten)
	}
	if o.ByOrder != "" {
		d.byOrder, errs[1] = compile(o.ByOrder, o.Kind, ForOrder)
	}
	if o.Orders != "" {
		d.orders, errs[2] = compile(o.Orders, o.Kind, ForAddress, ForWritten)
	}
	for i, key := range []string{"by_address", "by_order", "orders"} {
		if errs[i] != nil {
			return nil, fmt.Errorf("customers.%s %w", key, errs[i])
		}
	}
	return d, nil
}

// Close closes the connections.
func (d *Database) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.db == nil {
		return nil
	}
	err := d.db.Close()
	d.db = nil
	return err
}

// Find asks for a customer by address, then by the orders that the answer does not hold.
func (d *Database) Find(ctx context.Context, q Query) (Answer, error) {
	a := Answer{Owners: map[string]string{}}
	tx, err := d.begin(ctx)
	if err != nil {
		return a, err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	if q.Address != "" {
		if a.Record, err = d.customer(ctx, tx, q.Address, q.Written); err != nil {
			return a, err
		}
	}
	for _, number := range q.Orders[:min(len(q.Orders), maxAsked)] {
		if _, theirs := a.Record.Order(number); theirs {
			a.Owners[number] = a.Record.Address
			continue
		}
		r, err := d.ask(ctx, tx, d.byOrder, map[string]string{ForOrder: number})
		if err != nil {
			return a, err
		}
		if r == nil {
			continue
		}
		if r.Address != "" {
			a.Owners[number] = r.Address
		}
		if a.Record == nil {
			if a.Record, err = d.complete(ctx, tx, r, number); err != nil {
				return a, err
			}
		}
	}
	if a.Record != nil {
		a.Record.newestFirst(q.Orders)
	}
	return a, nil
}

// customer asks for a customer and their orders by address.
func (d *Database) customer(ctx context.Context, tx *sql.Tx, address, written string) (*Record, error) {
	if written == "" {
		written = address
	}
	args := map[string]string{ForAddress: address, ForWritten: written}
	r, err := d.ask(ctx, tx, d.byAddress, args)
	if err != nil {
		return nil, err
	}
	more, err := d.ask(ctx, tx, d.orders, args)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		r = more
	case more != nil:
		r.merge(*more)
	}
	if r != nil {
		r.Address = address // the query found them under it, however the table writes it
	}
	return r, nil
}

// complete adds what is known under the address of somebody who was found by an order.
func (d *Database) complete(ctx context.Context, tx *sql.Tx, r *Record, number string) (*Record, error) {
	if r.Address != "" {
		whole, err := d.customer(ctx, tx, r.Address, "")
		if err != nil {
			return nil, err
		}
		if whole != nil {
			r.merge(*whole)
		}
	}
	r.ByOrder = number
	return r, nil
}

// ask runs one query and folds its rows into a record, nil for no rows.
func (d *Database) ask(ctx context.Context, tx *sql.Tx, st statement, values map[string]string) (*Record, error) {
	if st.sql == "" {
		return nil, nil
	}
	r, _, err := d.table(ctx, tx, st, values)
	return r, err
}

func (d *Database) table(ctx context.Context, tx *sql.Tx, st statement, values map[string]string) (*Record, *table, error) {
	args := make([]any, len(st.args))
	for i, name := range st.args {
		args[i] = values[name]
	}
	rows, err := tx.QueryContext(ctx, st.sql, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("ask the customer database: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err below tells
	header, err := rows.Columns()
	if err != nil {
		return nil, nil, fmt.Errorf("ask the customer database: %w", err)
	}
	t := newTable(header, d.o.Currency, '.')
	cells, into := make([]any, len(header)), make([]any, len(header))
	for i := range cells {
		into[i] = &cells[i]
	}
	var r *Record
	for n := 0; n < maxRows && rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return nil, nil, fmt.Errorf("read a row of the customer database: %w", err)
		}
		if r == nil {
			r = &Record{}
		}
		r.merge(t.record(fmt.Sprintf("row %d", n+1), cells))
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read the customer database: %w", err)
	}
	return r, t, nil
}

// begin starts a transaction that may only read.
func (d *Database) begin(ctx context.Context) (*sql.Tx, error) {
	db, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("reach the customer database: %w", err)
	}
	if limit, ok := limits[d.o.Kind]; ok {
		if _, err = tx.ExecContext(ctx, limit); err != nil {
			return nil, errors.Join(fmt.Errorf("reach the customer database: %w", err), tx.Rollback())
		}
	}
	return tx, nil
}

// open returns the connections for the DSN as it is now.
func (d *Database) open(ctx context.Context) (*sql.DB, error) {
	dsn, err := d.o.DSN(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the customer database: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.db != nil && d.dsn == dsn {
		return d.db, nil
	}
	db, err := connect(d.o.Kind, dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetConnMaxIdleTime(idleFor)
	if d.db != nil {
		err = d.db.Close() // waits for who still reads
	}
	d.db, d.dsn = db, dsn
	return db, err
}

// connect prepares connections of one kind. What the drivers say about a DSN that they can't read may repeat it with its
// password, so that it is not passed on.
func connect(kind, dsn string) (*sql.DB, error) {
	switch kind {
	case Postgres:
		c, err := pgx.ParseConfig(dsn)
		if err != nil {
			return nil, errors.New("the DSN can't be read; write postgres://user:password@host/database?sslmode=verify-full")
		}
		// One round trip, and no statements that live on in the server: such a pooler as PgBouncer stands between often.
		c.DefaultQueryExecMode = pgx.QueryExecModeExec
		return stdlib.OpenDB(*c), nil
	case MySQL:
		c, err := mysqlConfig(dsn)
		if err != nil {
			return nil, err
		}
		connector, err := mysql.NewConnector(c)
		if err != nil {
			return nil, fmt.Errorf("prepare the customer database: %w", err)
		}
		return sql.OpenDB(connector), nil
	default:
		path := strings.TrimPrefix(dsn, "file:")
		uri := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=ro&_pragma=query_only(1)&_pragma=busy_timeout(1000)"}
		return sql.Open("sqlite", uri.String())
	}
}

// mysqlConfig reads a DSN for MySQL and MariaDB.
func mysqlConfig(dsn string) (*mysql.Config, error) {
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, errors.New("the DSN can't be read; write user:password@tcp(host:3306)/database?tls=true")
	}
	c.ParseTime = true
	c.Logger = &mysql.NopLogger{} // what it would say, such as that the server closed a connection, comes back as an error
	return c, nil
}

// Check connects, runs every query for somebody who does not exist, and says which columns come back.
func (d *Database) Check(ctx context.Context) (Report, error) {
	var report Report
	tx, err := d.begin(ctx)
	if err != nil {
		return report, err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	nobody := map[string]string{ForAddress: "nobody@heed.invalid", ForWritten: "nobody@heed.invalid", ForOrder: "0"}
	for _, q := range []struct {
		key string
		st  statement
	}{{"by_address", d.byAddress}, {"by_order", d.byOrder}, {"orders", d.orders}} {
		if q.st.sql == "" {
			continue
		}
		_, t, err := d.table(ctx, tx, q.st, nobody)
		if err != nil {
			return report, fmt.Errorf("customers.%s: %w", q.key, err)
		}
		if len(t.at) == 0 {
			return report, fmt.Errorf("customers.%s returns no column that is read; name them %s", q.key, strings.Join(Columns(), ", "))
		}
		for _, c := range Columns() {
			if t.has(c) && !slices.Contains(report.Columns, c) {
				report.Columns = append(report.Columns, c)
			}
		}
		report.Ignored = append(report.Ignored, t.unknown...)
	}
	return report, nil
}
