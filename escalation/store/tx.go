package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// A Tx is one transaction. It is valid until the function that it was given to returns, and belongs to one goroutine.
type Tx struct {
	ctx context.Context // of the call to Update, which the Tx does not outlive
	sql *sql.Tx
	now func() time.Time
}

// Update runs f in one transaction: when f returns nil, all that it wrote is on the disk before Update returns, else
// nothing of it is. In f use the Tx alone; a call of the Store's own methods from there would wait for f itself.
func (s *Store) Update(ctx context.Context, f func(*Tx) error) error {
	return s.transact(ctx, s.write, f)
}

// view runs f over one unchanging picture of the state.
func (s *Store) view(ctx context.Context, f func(*Tx) error) error {
	return s.transact(ctx, s.read, f)
}

func (s *Store) transact(ctx context.Context, db *sql.DB, f func(*Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(fmt.Errorf("begin: %w", err))
	}
	defer tx.Rollback() //nolint:errcheck // after an error or a panic in f; after the commit it does nothing
	if err := f(&Tx{ctx: ctx, sql: tx, now: s.now}); err != nil {
		return s.explain(err)
	}
	if err := tx.Commit(); err != nil {
		return s.explain(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// Cursor returns up to where a folder has been read, and false when it never was.
func (tx *Tx) Cursor(mailbox, folder string) (uidvalidity, uid uint32, ok bool, err error) {
	err = tx.row(`SELECT uidvalidity, uid FROM cursors WHERE mailbox = ? AND folder = ?`, mailbox, folder).
		Scan(&uidvalidity, &uid)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, false, nil
	}
	if err != nil {
		return 0, 0, false, fmt.Errorf("read cursor of %s/%s: %w", mailbox, folder, err)
	}
	return uidvalidity, uid, true, nil
}

// SetCursor keeps up to where a folder has been read.
func (tx *Tx) SetCursor(mailbox, folder string, uidvalidity, uid uint32) error {
	_, err := tx.exec(`INSERT INTO cursors (mailbox, folder, uidvalidity, uid) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET uidvalidity = excluded.uidvalidity, uid = excluded.uid`, mailbox, folder, uidvalidity, uid)
	if err != nil {
		return fmt.Errorf("write cursor of %s/%s: %w", mailbox, folder, err)
	}
	return nil
}

// Cursor returns up to where a folder has been read, and false when it never was.
func (s *Store) Cursor(ctx context.Context, mailbox, folder string) (uidvalidity, uid uint32, ok bool, err error) {
	err = s.view(ctx, func(tx *Tx) (err error) {
		uidvalidity, uid, ok, err = tx.Cursor(mailbox, folder)
		return err
	})
	return uidvalidity, uid, ok, err
}

func (tx *Tx) exec(query string, args ...any) (sql.Result, error) {
	return tx.sql.ExecContext(tx.ctx, query, args...)
}

func (tx *Tx) row(query string, args ...any) *sql.Row {
	return tx.sql.QueryRowContext(tx.ctx, query, args...)
}

// each runs a query and calls scan for every row.
func (tx *Tx) each(scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := tx.sql.QueryContext(tx.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err below tells
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// stamp and unstamp carry times in and out of the file; the zero time is 0.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func unstamp(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// optional makes 0 a NULL, for references.
func optional(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// encode writes a value that is only ever read whole.
func encode(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// clip cuts a text to at most n bytes, at the border of a character.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
