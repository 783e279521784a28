package customers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/heedmail/heed/internal/testservers"
)

// schema is what a shop might have: addresses as people typed them, sums as decimals, an order a row.
const schema = `
	CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(200), name VARCHAR(200), tier VARCHAR(20), since DATE, total NUMERIC(12,2), year_total NUMERIC(12,2));
	CREATE TABLE orders (number VARCHAR(40), customer INTEGER, value NUMERIC(12,2), placed TIMESTAMP, items VARCHAR(200));
	INSERT INTO customers VALUES (1, 'Jane.Roe@mail.example', 'Jane Roe', 'gold', '2019-05-01', 4210.50, 1200.00), (2, 'bob@mail.example', 'Bob', NULL, NULL, NULL, NULL);
	INSERT INTO orders VALUES ('#1234', 1, 89.90, '2026-02-03 10:00:00', '2 x lamp; bulb'), ('#1300', 1, 15, '2026-03-01 09:00:00', NULL),
		('113-5550142-7781123', 2, 1234.56, '2026-01-01 00:00:00', 'kettle')`

var shop = DatabaseOptions{
	ByAddress: `SELECT email AS address, name, tier, since, total AS lifetime_value, year_total AS annual_spend FROM customers WHERE lower(email) IN (:address, :written)`,
	Orders: `SELECT o.number AS order_number, o.value AS order_value, o.placed AS order_date, o.items AS order_items
		FROM orders o JOIN customers c ON c.id = o.customer WHERE lower(c.email) IN (:address, :written) -- :not a placeholder
		ORDER BY o.placed DESC LIMIT 20`,
	ByOrder: `SELECT c.email AS address, o.number AS order_number, o.value AS order_value FROM orders o
		JOIN customers c ON c.id = o.customer WHERE replace(o.number, '#', '') = :order`,
	Currency: "EUR",
}

func options(kind, dsn string) DatabaseOptions {
	o := shop
	o.Kind = kind
	o.DSN = func(context.Context) (string, error) { return dsn, nil }
	return o
}

func sqliteShop(t *testing.T) DatabaseOptions {
	t.Helper()
	path := filepath.Join(t.TempDir(), "the shop's.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(schema); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return options(SQLite, path)
}

// serverShop fills a server.
func serverShop(t *testing.T, kind string, server *testservers.Database) DatabaseOptions {
	t.Helper()
	db, err := connect(kind, server.DSN)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range strings.Split(schema, ";\n") {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return options(kind, server.DSN)
}

func openDatabase(t *testing.T, o DatabaseOptions) *Database {
	t.Helper()
	d, err := OpenDatabase(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestDatabaseKnowsCustomers(t *testing.T) { knowsCustomers(t, sqliteShop(t)) }

func knowsCustomers(t *testing.T, o DatabaseOptions) {
	d := openDatabase(t, o)
	for _, tt := range []struct {
		about string
		query Query
		want  string
	}{
		{"by the address as it was written", Query{Address: "janeroe@mail.example", Written: "jane.roe@mail.example", Orders: []string{"1234"}},
			"janeroe@mail.example Jane Roe gold 2019-05-01 421050 EUR 120000 EUR; 1300 1500 2026-03-01 []; 1234 8990 2026-02-03 [2 x lamp bulb]; owners map[1234:janeroe@mail.example]"},
		{"gaps are gaps", Query{Address: "bob@mail.example"},
			"bob@mail.example Bob  - 0  0 ; 113-5550142-7781123 123456 2026-01-01 [kettle]; owners map[]"},
		{"by order, with all that is known of its buyer", Query{Address: "x@relay.example", Orders: []string{"113-5550142-7781123"}},
			"bob@mail.example by 113-5550142-7781123 Bob  - 0  0 ; 113-5550142-7781123 123456 2026-01-01 [kettle]; owners map[113-5550142-7781123:bob@mail.example]"},
		{"somebody else's order", Query{Address: "bob@mail.example", Orders: []string{"1234"}},
			"bob@mail.example Bob  - 0  0 ; 113-5550142-7781123 123456 2026-01-01 [kettle]; owners map[1234:jane.roe@mail.example]"},
		{"nobody", Query{Address: "nobody@mail.example", Orders: []string{"9"}}, "nothing; owners map[]"},
		{"an attack", Query{Address: `' OR 1=1 --@x.example`, Orders: []string{"' OR '1'='1"}}, "nothing; owners map[]"},
	} {
		a, err := d.Find(t.Context(), tt.query)
		if err != nil {
			t.Fatalf("%s: %v", tt.about, err)
		}
		if got := describe(a); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.about, got, tt.want)
		}
	}
}

// describe writes an answer on one line.
func describe(a Answer) string {
	owners := fmt.Sprintf("; owners %v", a.Owners)
	r := a.Record
	if r == nil {
		return "nothing" + owners
	}
	by := ""
	if r.ByOrder != "" {
		by = "by " + r.ByOrder + " "
	}
	s := fmt.Sprintf("%s %s%s %s %s %d %s %d %s", r.Address, by, r.Name, r.Tier, day(r.Since), r.LifetimeValue.Minor, r.LifetimeValue.Currency, r.AnnualSpend.Minor, r.AnnualSpend.Currency)
	for _, o := range r.Orders {
		s += fmt.Sprintf("; %s %d %s %s", o.Number, o.Value.Minor, day(o.Date), fmt.Sprint(o.Items))
	}
	return s + owners
}

func day(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.Format(time.DateOnly)
}

// TestDatabaseServers has each make of server asked the same, on one server, which is stopped at last.
func TestDatabaseServers(t *testing.T) {
	for kind, start := range map[string]func(testing.TB) *testservers.Database{Postgres: testservers.Postgres, MySQL: testservers.MariaDB} {
		t.Run(kind, func(t *testing.T) {
			server := start(t)
			o := serverShop(t, kind, server)
			t.Run("knows customers", func(t *testing.T) { knowsCustomers(t, o) })
			t.Run("is only read", func(t *testing.T) { isOnlyRead(t, o) })
			t.Run("is left alone when it is slow", func(t *testing.T) { isLeftAloneWhenSlow(t, o) })
			t.Run("ends itself what nobody waits for", func(t *testing.T) { endsWhatNobodyWaitsFor(t, o) })
			t.Run("is an error when it is down, and comes back", func(t *testing.T) { comesBack(t, o, server) })
		})
	}
}

func comesBack(t *testing.T, o DatabaseOptions, server *testservers.Database) {
	d := openDatabase(t, o)
	query := Query{Address: "bob@mail.example"}
	if _, err := d.Find(t.Context(), query); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if _, err := d.Find(t.Context(), query); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	server.Start()
	if a, err := d.Find(t.Context(), query); err != nil || a.Record == nil {
		t.Errorf("got %v, %v", a.Record, err)
	}
}

func isLeftAloneWhenSlow(t *testing.T, o DatabaseOptions) {
	sleep := map[string]string{Postgres: "pg_sleep(600)", MySQL: "SLEEP(600)"}[o.Kind]
	o.ByAddress = "SELECT name FROM customers WHERE email = :address AND " + sleep + " IS NOT NULL"
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := openDatabase(t, o).Find(ctx, Query{Address: "bob@mail.example"}); err == nil || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func endsWhatNobodyWaitsFor(t *testing.T, o DatabaseOptions) {
	limit := map[string]string{Postgres: "current_setting('statement_timeout')", MySQL: "@@max_statement_time"}[o.Kind]
	want := map[string]string{Postgres: "5s", MySQL: "5"}[o.Kind]
	o.ByAddress, o.Orders = "SELECT "+limit+" AS name WHERE :address <> ''", ""
	a, err := openDatabase(t, o).Find(t.Context(), Query{Address: "bob@mail.example"})
	if err != nil || a.Record == nil || a.Record.Name != want {
		t.Errorf("the server's own limit: got %v, %v; want %s", a.Record, err, want)
	}
}

func TestDatabaseIsOnlyRead(t *testing.T) { isOnlyRead(t, sqliteShop(t)) }

func isOnlyRead(t *testing.T, o DatabaseOptions) {
	o.ByAddress = "DELETE FROM customers WHERE email = :address RETURNING name"
	if _, err := openDatabase(t, o).Find(t.Context(), Query{Address: "bob@mail.example"}); err == nil {
		t.Error("a query deleted")
	}
}

func TestDatabaseAnswersAreBounded(t *testing.T) {
	o := sqliteShop(t)
	o.ByAddress = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
		SELECT i AS order_number, '2026-01-01' AS order_date, '` + strings.Repeat("x", 4000) + `' AS name FROM n WHERE :address <> ''`
	o.Orders = ""
	a, err := openDatabase(t, o).Find(t.Context(), Query{Address: "bob@mail.example"})
	if err != nil || len(a.Record.Orders) != maxOrders || len(a.Record.Name) != maxCell {
		t.Errorf("%d orders, a name of %d bytes, %v", len(a.Record.Orders), len(a.Record.Name), err)
	}
}

func TestDatabaseCheckSaysWhatComesBack(t *testing.T) {
	o := sqliteShop(t)
	report, err := openDatabase(t, o).Check(t.Context())
	if err != nil || len(report.Columns) != 10 {
		t.Errorf("got %v, %v", report, err)
	}
	for _, tt := range []struct{ about, byAddress, want string }{
		{"a table that is not there", "SELECT name FROM nowhere WHERE email = :address", "nowhere"},
		{"no column that is read", "SELECT id FROM customers WHERE email = :address", "returns no column that is read"},
	} {
		o.ByAddress = tt.byAddress
		if _, err := openDatabase(t, o).Check(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.about, err)
		}
	}
}

func TestDSNIsNeverRepeated(t *testing.T) {
	for kind, dsn := range map[string]string{Postgres: "postgres://user:secret@host:port/x", MySQL: "user:secret@[::bad"} {
		_, err := connect(kind, dsn)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestMySQLDriverWritesNoLogOfItsOwn(t *testing.T) {
	c, err := mysqlConfig("user:secret@tcp(db.example:3306)/shop?tls=true")
	if err != nil {
		t.Fatal(err)
	}
	if _, silent := c.Logger.(*mysql.NopLogger); !silent {
		t.Errorf("it logs to %T: lines in the journal without a priority and a meaning", c.Logger)
	}
}
