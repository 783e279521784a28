package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// A Tx is one transaction. It is valid until the function that it was given to returns, and belongs to one goroutine.
type Tx struct {
	ctx   context.Context // of the call to Update, which the Tx does not outlive
	brief context.Context // for the statements: that of a writer is short, and is not interrupted in its middle
	conn  *conn
	now   func() time.Time

	foreseen    *foresight // what the state lacks of the mails in hand
	lastMessage int64      // the number of the newest message; 0 while it is not known
}

// Update runs f in one transaction: when f returns nil, all that it wrote is on the disk before Update returns, else
// nothing of it is. In f use the Tx alone; a call of the Store's own methods from there would wait for f itself.
func (s *Store) Update(ctx context.Context, f func(*Tx) error) error {
	return s.update(ctx, ctx, f)
}

// update is Update for somebody who waits for their turn no longer than until the end of turn.
func (s *Store) update(turn, ctx context.Context, f func(*Tx) error) error {
	var along []*passenger
	err := errors.New("the transaction broke off")
	defer func() { s.arrive(along, err) }()
	err = s.transact(turn, s.write, &Tx{ctx: ctx, brief: context.WithoutCancel(ctx), now: s.now}, func(tx *Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		along = s.along.board()
		return tx.takeAlong(along)
	})
	return err
}

// view runs f over one unchanging picture of the state. A long question ends with the context.
func (s *Store) view(ctx context.Context, f func(*Tx) error) error {
	return s.transact(ctx, s.read, &Tx{ctx: ctx, brief: ctx, now: s.now}, f)
}

func (s *Store) transact(ctx context.Context, db *sql.DB, tx *Tx, f func(*Tx) error) error {
	pooled, err := db.Conn(ctx)
	if err != nil {
		return s.explain(fmt.Errorf("begin: %w", err))
	}
	defer pooled.Close() //nolint:errcheck // it goes back to the pool
	var panicked any
	err = pooled.Raw(func(inner any) error {
		defer func() { panicked = recover() }() // else the pool would throw the connection away, and with it a state in memory
		tx.conn = inner.(*conn)
		return tx.run(f)
	})
	if panicked != nil {
		panic(panicked)
	}
	return s.explain(err)
}

// run begins the transaction, and ends it: by a commit when f returns nil.
func (tx *Tx) run(f func(*Tx) error) error {
	open, err := tx.conn.BeginTx(tx.ctx, driver.TxOptions{})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	ended := false
	defer func() {
		tx.conn.seen.forget()
		if !ended { // after an error or a panic in f
			for _, p := range tx.conn.piles() {
				p.clear()
			}
			open.Rollback() //nolint:errcheck // SQLite has ended it by itself, or the connection is of no use
		}
	}()
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.writePiles(); err != nil {
		return err
	}
	ended = true
	if err := open.Commit(); err != nil { // which rolls back then
		return fmt.Errorf("commit: %w", err)
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

// statement returns a query prepared, unless the context has ended. It finds in the state what was piled up so far.
func (tx *Tx) statement(query string) (*statement, error) {
	if err := tx.ctx.Err(); err != nil {
		return nil, err
	}
	st, err := tx.conn.statement(tx.brief, query)
	if err != nil || st.passesBy {
		return st, err
	}
	return st, tx.writePiles()
}

func (tx *Tx) exec(query string, args ...any) (driver.Result, error) {
	st, err := tx.statement(query)
	if err != nil {
		return nil, err
	}
	if st.disturbs {
		tx.foreseen = nil
	}
	return st.exec(tx.brief, args)
}

// execForeseen is exec for a write after which the foresight holds, or is told by the caller what is there now.
func (tx *Tx) execForeseen(query string, args ...any) (driver.Result, error) {
	st, err := tx.statement(query)
	if err != nil {
		return nil, err
	}
	return st.exec(tx.brief, args)
}

// each runs a query and calls scan for every record of its answer.
func (tx *Tx) each(scan func(record) error, query string, args ...any) error {
	st, err := tx.statement(query)
	if err != nil {
		return err
	}
	if st.disturbs {
		tx.foreseen = nil
	}
	return st.each(tx.brief, args, scan)
}

// row asks for the first record of an answer. Scan runs the query.
func (tx *Tx) row(query string, args ...any) row { return row{tx, query, args} }

// A row is a question that is answered by one record.
type row struct {
	tx    *Tx
	query string
	args  []any
}

// errEnough ends the reading of an answer.
var errEnough = errors.New("enough")

// Scan asks, and reads the answer; sql.ErrNoRows when there is none.
func (r row) Scan(into ...any) error {
	err := r.tx.each(func(first record) error {
		if err := first.Scan(into...); err != nil {
			return err
		}
		return errEnough
	}, r.query, r.args...)
	switch {
	case err == nil:
		return sql.ErrNoRows
	case errors.Is(err, errEnough):
		return nil
	}
	return err
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
