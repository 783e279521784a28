package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMigratedSchemaIsTheFreshOne(t *testing.T) {
	t.Parallel()
	first, err := os.ReadFile("testdata/schema-1.sql")
	noError(t, err)
	old := empty(t)
	noError(t, migrate(t.Context(), old, string(first), nil))
	noError(t, migrate(t.Context(), old, schema, migrations()))
	fresh := empty(t)
	noError(t, migrate(t.Context(), fresh, schema, migrations()))
	if got, want := structure(t, old), structure(t, fresh); got != want {
		t.Errorf("migrated\n%s\nfresh\n%s", got, want)
	}
}

// The outbox table is made anew by the second schema. What waits in it, and for whom, has to come through.
func TestTheOutboxComesThroughTheUpgrade(t *testing.T) {
	t.Parallel()
	first, err := os.ReadFile("testdata/schema-1.sql")
	noError(t, err)
	db := empty(t)
	noError(t, migrate(t.Context(), db, string(first), nil))
	_, err = db.Exec(`INSERT INTO outbox VALUES (7, 'a', 'mail', NULL, 'support', 'INBOX', 1, 2, 'm@heed', 'heed@example.com', '',
			'pending', 3, 50, '451 later', 40, 0, 'abc', x'01', x'02');
		INSERT INTO recipients VALUES (7, 0, 'lu@example.com', 'done', ''), (7, 1, 'yodi@example.com', 'pending', '451 later');`)
	noError(t, err)
	noError(t, migrate(t.Context(), db, schema, migrations()))
	tx, err := db.BeginTx(t.Context(), nil)
	noError(t, err)
	defer tx.Rollback() //nolint:errcheck // only read
	rows, err := (&Tx{ctx: t.Context(), sql: tx}).rows("")
	noError(t, err)
	if len(rows) != 1 || rows[0].ID != 7 || rows[0].Attempts != 3 || rows[0].Error != "451 later" || len(rows[0].Recipients) != 2 ||
		rows[0].Recipients[0].State != Done || rows[0].Recipients[1].Address != "yodi@example.com" || rows[0].Told != nil {
		t.Errorf("%+v", rows)
	}
}

func TestMigrationsRunInOrderOnce(t *testing.T) {
	t.Parallel()
	db := empty(t)
	steps := []string{"ALTER TABLE cursors ADD COLUMN a TEXT", "ALTER TABLE cursors ADD COLUMN b TEXT; UPDATE cursors SET b = a"}
	noError(t, migrate(t.Context(), db, schema, nil))
	noError(t, migrate(t.Context(), db, schema, steps[:1]))
	noError(t, migrate(t.Context(), db, schema, steps))
	noError(t, migrate(t.Context(), db, schema, steps))
	var version int
	noError(t, db.QueryRow("PRAGMA user_version").Scan(&version))
	if version != 3 || !strings.Contains(structure(t, db), "cursors.b ") {
		t.Errorf("version %d of\n%s", version, structure(t, db))
	}
}

func TestUpgradeThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	db := empty(t)
	noError(t, migrate(t.Context(), db, schema, nil))
	before := structure(t, db)
	if err := migrate(t.Context(), db, schema, []string{"ALTER TABLE cursors ADD COLUMN a TEXT", "ALTER TABLE nowhere ADD COLUMN b TEXT"}); err == nil {
		t.Fatal("it succeeded")
	}
	if got := structure(t, db); got != before {
		t.Errorf("got\n%s\nwant\n%s", got, before)
	}
	noError(t, migrate(t.Context(), db, schema, nil)) // and the version is the old one
}

func TestUpgradeBelowTheOldestIsRefused(t *testing.T) {
	t.Parallel()
	db := empty(t)
	noError(t, migrate(t.Context(), db, schema, []string{"SELECT 1"}))
	if err := migrate(t.Context(), db, schema, nil); !errors.Is(err, errNewer) {
		t.Errorf("got %v", err)
	}
}

func empty(t *testing.T) *sql.DB {
	t.Helper()
	db, err := connect("file:"+filepath.Join(t.TempDir(), "heed.db")+"?_txlock=immediate&", time.Second, 1, nil)
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	return db
}

// structure writes down tables, columns, keys and indexes. The text of sqlite_schema would not do, since a column that
// was added later reads differently there.
func structure(t *testing.T, db *sql.DB) string {
	t.Helper()
	tx, err := db.BeginTx(context.Background(), nil)
	noError(t, err)
	defer tx.Rollback() //nolint:errcheck // only read
	var b strings.Builder
	for _, query := range []string{
		`SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || coalesce(c.dflt_value, '-') || ' ' || c.pk
			FROM sqlite_schema t, pragma_table_xinfo(t.name) c WHERE t.type = 'table' ORDER BY 1`,
		`SELECT t.name || ' -> ' || f."table" || ' ' || f."from" || ' ' || f.on_delete
			FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY 1`,
		`SELECT t.name || ' ' || i.name || ' ' || i."unique" || ' ' || i.partial || ' ' ||
			(SELECT group_concat(coalesce(x.name, '-') || x.coll || x."desc") FROM pragma_index_xinfo(i.name) x)
			FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' ORDER BY 1`,
	} {
		all, err := (&Tx{ctx: context.Background(), sql: tx}).strings(query)
		noError(t, err)
		fmt.Fprintln(&b, strings.Join(all, "\n"))
	}
	return b.String()
}
