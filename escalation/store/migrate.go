package store

import (
	"context"
	"database/sql"
	_ "embed" // for the schema
	"errors"
	"fmt"
	"slices"
)

// schema is what a new state file gets. It has to be the same as the first schema (testdata/schema-1.sql) with all
// migrations applied to it, which a test compares.
//
//go:embed schema.sql
var schema string

// applicationID marks the file as ours (PRAGMA application_id), so that a wrong path never writes into another
// program's database. It is "Heed" in ASCII.
const applicationID = 0x48656564

//go:embed migrations/2.sql
var toSchema2 string

// migrations returns the upgrades in order; the first leads from schema 1 to schema 2. It is only ever appended to:
// what has been released is never edited.
func migrations() []string { return []string{toSchema2} }

var (
	errForeign = errors.New("is a database of another program")
	errNewer   = errors.New("was written by a newer Heed")
)

// migrate brings the database to the newest schema, in one transaction.
func migrate(ctx context.Context, db *sql.DB, schema string, migrations []string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // a rollback after the commit does nothing

	newest := 1 + len(migrations)
	version, err := schemaVersion(ctx, tx)
	if err != nil {
		return err
	}
	var steps []string
	switch {
	case version == newest:
		return nil
	case version > newest:
		return fmt.Errorf("%w (schema %d, this one knows %d)", errNewer, version, newest)
	case version == 0:
		steps = []string{schema, fmt.Sprintf("PRAGMA application_id = %d", applicationID)}
	default:
		steps = migrations[version-1:]
	}
	for _, step := range slices.Concat(steps, []string{fmt.Sprintf("PRAGMA user_version = %d", newest)}) {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("upgrade from schema %d to %d: %w", version, newest, err)
		}
	}
	return tx.Commit()
}

// schemaVersion returns 0 for an empty database.
func schemaVersion(ctx context.Context, tx *sql.Tx) (int, error) {
	var version, application, tables int
	err := tx.QueryRowContext(ctx, `SELECT (SELECT user_version FROM pragma_user_version),
		(SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)`).
		Scan(&version, &application, &tables)
	if err != nil {
		return 0, err
	}
	if tables == 0 && version == 0 {
		return 0, nil
	}
	if application != applicationID || version < 1 {
		return 0, errForeign
	}
	return version, nil
}
