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
	ctx      context.Context // of the call to Update, which the Tx does not outlive
	sql      *sql.Tx
	now      func() time.Time
	prepared map[string]*sql.Stmt // see statement
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

// A Beginning says how the reading of a folder began.
type Beginning struct {
	OldUID uint32    // the highest UID that lay there then
	At     time.Time // since when mail counts; zero for always, and for not known
}

// SetBeginning keeps how the reading of a folder began. The folder has to have a cursor.
func (tx *Tx) SetBeginning(mailbox, folder string, b Beginning) error {
	_, err := tx.exec(`UPDATE cursors SET old_uid = ?, began_at = ? WHERE mailbox = ? AND folder = ?`, b.OldUID, stamp(b.At), mailbox, folder)
	if err != nil {
		return fmt.Errorf("write beginning of %s/%s: %w", mailbox, folder, err)
	}
	return nil
}

// Beginning returns how the reading of a folder began; the zero Beginning when it never did.
func (s *Store) Beginning(ctx context.Context, mailbox, folder string) (b Beginning, err error) {
	var at int64
	err = s.view(ctx, func(tx *Tx) error {
		return tx.row(`SELECT old_uid, began_at FROM cursors WHERE mailbox = ? AND folder = ?`, mailbox, folder).Scan(&b.OldUID, &at)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Beginning{}, nil
	}
	if err != nil {
		return Beginning{}, fmt.Errorf("read beginning of %s/%s: %w", mailbox, folder, err)
	}
	b.At = unstamp(at)
	return b, nil
}

// Cursor returns up to where a folder has been read, and false when it never was.
func (s *Store) Cursor(ctx context.Context, mailbox, folder string) (uidvalidity, uid uint32, ok bool, err error) {
	err = s.view(ctx, func(tx *Tx) (err error) {
		uidvalidity, uid, ok, err = tx.Cursor(mailbox, folder)
		return err
	})
	return uidvalidity, uid, ok, err
}

// statement returns a query prepared, once for all mails of the transaction: SQLite takes longer to understand a query
// than to answer it. The transaction's end closes it.
func (tx *Tx) statement(query string) (*sql.Stmt, error) {
	if st := tx.prepared[query]; st != nil {
		return st, nil
	}
	st, err := tx.sql.PrepareContext(tx.ctx, query)
	if err != nil {
		return nil, err
	}
	if tx.prepared == nil {
		tx.prepared = map[string]*sql.Stmt{}
	}
	tx.prepared[query] = st
	return st, nil
}

func (tx *Tx) exec(query string, args ...any) (sql.Result, error) {
	st, err := tx.statement(query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(tx.ctx, args...)
}

func (tx *Tx) row(query string, args ...any) row {
	st, err := tx.statement(query)
	if err != nil {
		return row{err: err}
	}
	return row{Row: st.QueryRowContext(tx.ctx, args...)}
}

// A row is the first row of an answer, or why there is none.
type row struct {
	*sql.Row
	err error
}

// Scan reads the row.
func (r row) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.Row.Scan(into...)
}

// each runs a query and calls scan for every row.
func (tx *Tx) each(scan func(*sql.Rows) error, query string, args ...any) error {
	st, err := tx.statement(query)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(tx.ctx, args...)
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
