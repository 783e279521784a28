package sqltap

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"modernc.org/sqlite"
)

var errNo = errors.New("the tap says no")

// open opens a database with one table, t, behind a tap that is nil at first.
func open(t *testing.T, tap *Tap) *sql.DB {
	t.Helper()
	base, err := sqlite.NewConnector("file:" + filepath.Join(t.TempDir(), "tap.db"))
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(Connector(base, func(query string, args []driver.NamedValue) (func() error, error) {
		if *tap == nil {
			return nil, nil
		}
		return (*tap)(query, args)
	}))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.Exec("CREATE TABLE t (n INTEGER)"); err != nil {
		t.Fatal(err)
	}
	return db
}

// insert puts two numbers into the table in one transaction, by an unprepared and by a prepared statement.
func insert(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if _, err := tx.Exec("INSERT INTO t VALUES (1)"); err != nil {
		return err
	}
	two, err := tx.Prepare("INSERT INTO t VALUES (?)")
	if err != nil {
		return err
	}
	defer two.Close()
	if _, err := two.Exec(2); err != nil {
		return err
	}
	return tx.Commit()
}

func count(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRow("SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEveryStatementIsShownAndMayBeMadeToFail(t *testing.T) {
	all := []string{Begin, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (?)", Commit + "INSERT INTO t VALUES (1); INSERT INTO t VALUES (?)"}
	var tap Tap
	db := open(t, &tap)
	var shown []string
	tap = func(query string, _ []driver.NamedValue) (func() error, error) {
		shown = append(shown, query)
		return nil, nil
	}
	if err := insert(db); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(shown, all) {
		t.Errorf("shown are %q, want %q", shown, all)
	}
	for _, query := range all {
		tap = func(q string, _ []driver.NamedValue) (func() error, error) {
			if q == query {
				return nil, errNo
			}
			return nil, nil
		}
		err := insert(db)
		tap = nil
		if n := count(t, db); !errors.Is(err, errNo) || n != 2 {
			t.Errorf("%s refused: %v; %d rows, want 2", query, err, n)
		}
	}
}

func TestWhatHasRunMayBeSaidToHaveFailed(t *testing.T) {
	var tap Tap
	db := open(t, &tap)
	tap = func(q string, _ []driver.NamedValue) (func() error, error) {
		if strings.HasPrefix(q, Commit) {
			return func() error { return errNo }, nil
		}
		return nil, nil
	}
	err := insert(db)
	tap = nil
	if n := count(t, db); !errors.Is(err, errNo) || n != 2 {
		t.Errorf("got %v; %d rows, want 2", err, n)
	}
}
