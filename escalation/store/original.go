package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
)

// A mail that is forwarded may have tens of megabytes, of which nobody has to hold more than a piece at a time. It is put
// aside before it is known whether it will be forwarded, since no transaction may wait for a mail server; the row of the
// outbox that forwards it refers to it, and it goes with the last row that does (the triggers in schema.sql). What no row
// refers to is dropped by whoever put it aside; after a crash, by the next start.

// pieceSize is how much of an original is held at once. Each piece is a transaction of its own.
const pieceSize = 512 << 10

// ErrDamaged means that an original is not what it was when it was put aside.
var ErrDamaged = errors.New("the original in the state file is damaged")

// An Original is a mail that was put aside whole, byte for byte.
type Original struct {
	ID   int64
	Size int64
	Hash string // SHA-256
}

// A Slot is where in a mail the original goes when the mail is sent, and how.
type Slot struct {
	At     int   `json:"at"`               // before this byte of the mail as it is kept
	Base64 bool  `json:"base64,omitempty"` // in base64, else as it is
	Eight  bool  `json:"eight,omitempty"`  // it has bytes there that need 8BITMIME
	Most   int64 `json:"most,omitempty"`   // only so many bytes from its beginning; 0 for all
}

// Enclosed says which original goes into the Payload and the Fallback of a row, and where.
type Enclosed struct {
	Original Original `json:"-"`
	Payload  Slot     `json:"payload"`
	Fallback Slot     `json:"fallback"`
}

// PutAside keeps the mail that fill writes, for the time until a row of the outbox refers to it. After an error nothing is
// kept. What an earlier try has left behind for the same place is removed.
func (s *Store) PutAside(ctx context.Context, place Place, fill func(io.Writer) error) (Original, error) {
	a := aside{ctx: ctx, store: s, sum: sha256.New()}
	err := a.begin(place)
	if err == nil {
		err = fill(&a)
	}
	if err == nil {
		err = a.finish()
	}
	if err != nil {
		if a.is.ID != 0 { // should this fail too, the next try or the next start does it
			_ = s.DropOriginals(context.WithoutCancel(ctx), []int64{a.is.ID})
		}
		return Original{}, fmt.Errorf("put the original aside: %w", err)
	}
	return a.is, nil
}

// An aside takes an original in.
type aside struct {
	ctx   context.Context // of the call to PutAside, which it does not outlive
	store *Store
	is    Original
	sum   hash.Hash
	held  []byte // what is not written yet: less than a piece
	count int    // of the pieces that are written
}

func (a *aside) begin(p Place) error {
	return a.store.Update(a.ctx, func(tx *Tx) error {
		left, err := tx.originalsOf(p)
		if err == nil {
			err = tx.DropOriginals(left)
		}
		if err != nil {
			return err
		}
		return tx.row(`INSERT INTO originals (mailbox, folder, uidvalidity, uid, size, hash) VALUES (?, ?, ?, ?, 0, '') RETURNING id`,
			p.Mailbox, p.Folder, p.UIDValidity, p.UID).Scan(&a.is.ID)
	})
}

// Write takes the next bytes of the original.
func (a *aside) Write(p []byte) (n int, err error) {
	for n < len(p) {
		if a.held == nil {
			a.held = make([]byte, 0, pieceSize)
		}
		part := p[n:min(len(p), n+pieceSize-len(a.held))]
		a.held = append(a.held, part...)
		n += len(part)
		if len(a.held) == pieceSize {
			if err := a.store.Update(a.ctx, a.writePiece); err != nil {
				return n, err
			}
			a.wrote()
		}
	}
	return n, nil
}

// writePiece writes what is held. It may run again.
func (a *aside) writePiece(tx *Tx) error {
	_, err := tx.exec(`INSERT INTO original_pieces (original, position, bytes) VALUES (?, ?, ?)`, a.is.ID, a.count, a.held)
	return err
}

// wrote lets go of a piece that was written.
func (a *aside) wrote() {
	a.sum.Write(a.held) // never fails
	a.is.Size += int64(len(a.held))
	a.held = a.held[:0]
	a.count++
}

// finish writes the last piece, and with it that all are there.
func (a *aside) finish() error {
	last := a.held
	a.sum.Write(last) // never fails
	a.is.Size, a.is.Hash = a.is.Size+int64(len(last)), hex.EncodeToString(a.sum.Sum(nil))
	return a.store.Update(a.ctx, func(tx *Tx) error {
		if len(last) > 0 {
			if err := a.writePiece(tx); err != nil {
				return err
			}
		}
		_, err := tx.exec(`UPDATE originals SET size = ?, hash = ? WHERE id = ?`, a.is.Size, a.is.Hash, a.is.ID)
		return err
	})
}

// originalsOf lists the originals that lie for a place.
func (tx *Tx) originalsOf(p Place) (ids []int64, err error) {
	err = tx.each(func(row record) error {
		var id int64
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM originals WHERE mailbox = ? AND folder = ? AND uidvalidity = ? AND uid = ?`, p.Mailbox, p.Folder, p.UIDValidity, p.UID)
	return ids, err
}

// DropOriginals removes those of the originals that no row of the outbox refers to.
func (s *Store) DropOriginals(ctx context.Context, ids []int64) error {
	return s.Update(ctx, func(tx *Tx) error { return tx.DropOriginals(ids) })
}

// DropOriginals removes those of the originals that no row of the outbox refers to.
func (tx *Tx) DropOriginals(ids []int64) error {
	for _, id := range ids {
		for _, table := range []string{"original_pieces WHERE original", "originals WHERE id"} {
			if _, err := tx.exec(`DELETE FROM `+table+` = ?1 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.original = ?1)`, id); err != nil {
				return fmt.Errorf("drop an original: %w", err)
			}
		}
	}
	return nil
}

// dropPieces removes the pieces of an original that goes with a row that is done. The triggers would do it too; but of what
// one statement does in several tables SQLite keeps the way back in memory, which is as big as the mail.
func (tx *Tx) dropPieces(original, row int64) error {
	_, err := tx.exec(`DELETE FROM original_pieces WHERE original = ?1 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.original = ?1 AND o.id <> ?2)`,
		original, row)
	return err
}

// dropUnreferenced removes all originals that no row of the outbox refers to. One that is being put aside meanwhile goes
// too: the transaction that would refer to it fails, and its mail is fetched again.
func (tx *Tx) dropUnreferenced() error {
	for _, table := range []string{"original_pieces WHERE original", "originals WHERE id"} {
		if _, err := tx.exec(`DELETE FROM ` + table + ` NOT IN (SELECT o.original FROM outbox o WHERE o.original IS NOT NULL)`); err != nil {
			return fmt.Errorf("drop originals: %w", err)
		}
	}
	return nil
}

// WriteOriginal writes an original, or only so many bytes of it when most is not 0. Each piece is read on its own, so that
// nobody waits for a slow reader. Where the whole turns out to be another than was put aside, the error is ErrDamaged.
func (s *Store) WriteOriginal(ctx context.Context, o Original, most int64, w io.Writer) error {
	left := o.Size
	if most > 0 {
		left = min(left, most)
	}
	sum := sha256.New()
	for n := 0; left > 0; n++ {
		piece, err := s.piece(ctx, o.ID, n)
		if err != nil {
			return fmt.Errorf("read the original: %w", err)
		}
		piece = piece[:min(int64(len(piece)), left)]
		left -= int64(len(piece))
		sum.Write(piece) // never fails
		if left == 0 && (most == 0 || most >= o.Size) && hex.EncodeToString(sum.Sum(nil)) != o.Hash {
			return ErrDamaged // before the last piece is out: whoever reads has not got all of it
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// piece reads one piece of an original.
func (s *Store) piece(ctx context.Context, id int64, position int) (bytes []byte, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		return tx.row(`SELECT bytes FROM original_pieces WHERE original = ? AND position = ?`, id, position).Scan(&bytes)
	})
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(bytes) == 0 {
		err = ErrDamaged
	}
	return bytes, err
}

// columns are what a row keeps of what is enclosed with it.
func (e *Enclosed) columns() (original any, slots string, err error) {
	if e == nil {
		return nil, "", nil
	}
	slots, err = encode(e)
	return e.Original.ID, slots, err
}

// decodeEnclosed reads what columns wrote.
func decodeEnclosed(o Original, slots string) (*Enclosed, error) {
	if slots == "" {
		return nil, nil
	}
	e := &Enclosed{Original: o}
	if err := json.Unmarshal([]byte(slots), e); err != nil {
		return nil, fmt.Errorf("read where the original goes: %w", err)
	}
	return e, nil
}

// hashOf tells one rendering of a row from another.
func (r *Row) hashOf() string {
	if r.Enclosed == nil {
		return digest(r.Payload)
	}
	sum := sha256.New()
	sum.Write(r.Payload)                          // never fails
	io.WriteString(sum, r.Enclosed.Original.Hash) //nolint:errcheck // likewise
	return hex.EncodeToString(sum.Sum(nil))
}
