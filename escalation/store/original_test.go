package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// bytesOf is a mail of so many bytes, the same for the same number.
func bytesOf(n int) []byte {
	mail := make([]byte, n)
	random := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = random.Read(mail) // never fails
	return mail
}

// putAside puts a mail aside, in writes of uneven sizes.
func putAside(t *testing.T, s *Store, uid uint32, mail []byte) Original {
	t.Helper()
	o, err := s.PutAside(t.Context(), Place{Mailbox: "support", Folder: "INBOX", UIDValidity: 7, UID: uid}, func(w io.Writer) error {
		for n := 1; len(mail) > 0; n = n*3 + 1 {
			part := mail[:min(n, len(mail))]
			if _, err := w.Write(part); err != nil {
				return err
			}
			mail = mail[len(part):]
		}
		return nil
	})
	noError(t, err)
	return o
}

func enclosing(o Original) *Row {
	return &Row{Key: fmt.Sprint("mail/", o.ID), Kind: MailRow, Payload: []byte("head tail"), Fallback: []byte("small"),
		Enclosed: &Enclosed{Original: o, Payload: Slot{At: 5, Eight: true}, Fallback: Slot{At: 2, Base64: true, Most: 3}}}
}

// pieces counts the pieces of originals in the file.
func pieces(t *testing.T, s *Store) (n int) {
	t.Helper()
	noError(t, s.view(t.Context(), func(tx *Tx) error {
		return tx.row(`SELECT count(*) FROM original_pieces JOIN originals ON originals.id = original`).Scan(&n)
	}))
	return n
}

func TestWhatIsPutAsideComesBackByteForByte(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "heed.db"))
	for _, n := range []int{0, 1, pieceSize - 1, pieceSize, pieceSize + 1, 3*pieceSize + 17} {
		mail := bytesOf(n)
		o := putAside(t, s, uint32(n+1), mail)
		if o.Size != int64(n) || o.Hash != digest(mail) {
			t.Errorf("%d bytes: it says %+v", n, o)
		}
		for _, most := range []int{0, 1, pieceSize, pieceSize + 1, 9 * pieceSize} {
			want := mail
			if most > 0 {
				want = mail[:min(most, n)]
			}
			var got bytes.Buffer
			noError(t, s.WriteOriginal(t.Context(), o, int64(most), &got))
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%d bytes, at most %d: got %d others", n, most, got.Len())
			}
		}
	}
}

func TestARowKeepsWhatItEnclosesUntilItIsDone(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "heed.db"))
	o := putAside(t, s, 1, bytesOf(pieceSize+1))
	row := enclosing(o)
	enqueue(t, s, row)
	noError(t, s.DropOriginals(t.Context(), []int64{o.ID}))
	rows, err := s.Due(t.Context(), noon.Add(time.Hour), 1)
	noError(t, err)
	if len(rows) != 1 || rows[0].Enclosed == nil || *rows[0].Enclosed != *row.Enclosed {
		t.Fatalf("the row encloses %+v", rows[0].Enclosed)
	}
	noError(t, s.WriteOriginal(t.Context(), rows[0].Enclosed.Original, 0, io.Discard))
	rows[0].State = Done
	noError(t, s.Finish(t.Context(), rows[0]))
	if n := pieces(t, s); n != 0 {
		t.Errorf("after the mail has been sent %d pieces are left", n)
	}
}

// Who was refused may have to be told by other means: what the mail held stays until the case is resolved.
func TestARefusedRowKeepsWhatItEncloses(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "heed.db"))
	o := putAside(t, s, 1, bytesOf(10))
	row := enclosing(o)
	row.Recipients = []Recipient{{Address: "lu@example.com"}, {Address: "gone@example.com"}}
	enqueue(t, s, row)
	row.State, row.Recipients[0].State, row.Recipients[1].State = Done, Done, Failed
	noError(t, s.Finish(t.Context(), *row))
	if n := pieces(t, s); n != 1 {
		t.Errorf("%d pieces are left", n)
	}
}

func TestAnOriginalGoesWithTheLastRowThatEnclosesIt(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "heed.db"))
	o := putAside(t, s, 1, bytesOf(10))
	first, second := enclosing(o), enclosing(o)
	second.Key, second.Told = "mail/second", &Telling{Customer: "jane@mail.example"}
	enqueue(t, s, first)
	enqueue(t, s, second)
	update(t, s, func(tx *Tx) error {
		_, err := tx.exec(`DELETE FROM outbox WHERE id = ?`, first.ID)
		return err
	})
	if n := pieces(t, s); n != 1 {
		t.Errorf("%d pieces are left for the second row", n)
	}
	newer := putAside(t, s, 2, bytesOf(pieceSize+1))
	second.Enclosed = enclosing(newer).Enclosed
	update(t, s, func(tx *Tx) error { return tx.Rewrite(*second) })
	if n := pieces(t, s); n != 2 {
		t.Errorf("%d pieces are left of two originals, of which one has taken the other's place", n)
	}
	if second.Hash == (&Row{Payload: second.Payload}).hashOf() {
		t.Error("the hash does not tell of the original")
	}
}

func TestWhatNobodyEnclosesIsDropped(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	half := func(w io.Writer) error {
		if _, err := w.Write(bytesOf(2 * pieceSize)); err != nil {
			return err
		}
		return broken
	}
	for _, x := range []struct {
		name string
		drop func(*testing.T, string, *Store) *Store
	}{
		{"by whoever put it aside", func(t *testing.T, _ string, s *Store) *Store {
			noError(t, s.DropOriginals(t.Context(), []int64{1, 99}))
			return s
		}},
		{"by the next try", func(t *testing.T, _ string, s *Store) *Store {
			_, err := s.PutAside(t.Context(), Place{Mailbox: "support", Folder: "INBOX", UIDValidity: 7, UID: 1}, half)
			if !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			return s
		}},
		{"by the next start of the daemon", func(t *testing.T, path string, s *Store) *Store {
			noError(t, s.Close())
			s, err := OpenFile(t.Context(), path, Options{Now: clock, Daemon: true})
			noError(t, err)
			t.Cleanup(func() { noError(t, s.Close()) })
			return s
		}},
		{"when somebody is forgotten", func(t *testing.T, _ string, s *Store) *Store {
			keepMail(t, s, 5, []byte("mail"), "text")
			noError(t, s.Forget(t.Context(), "c5@mail.example"))
			return s
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "heed.db")
			s, err := OpenFile(t.Context(), path, Options{Now: clock})
			noError(t, err)
			t.Cleanup(func() { _ = s.Close() }) // one case closes it
			putAside(t, s, 1, bytesOf(10))
			s = x.drop(t, path, s)
			if n := pieces(t, s); n != 0 {
				t.Errorf("%d pieces are left", n)
			}
		})
	}
}

// A mail that was dropped between its being put aside and the decision is no reason to send a note without it.
func TestARowCantEncloseWhatIsGone(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "heed.db"))
	o := putAside(t, s, 1, bytesOf(10))
	noError(t, s.DropOriginals(t.Context(), []int64{o.ID}))
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.Enqueue(enclosing(o)) }); err == nil {
		t.Error("the row was queued")
	}
}

func TestADamagedOriginalIsNoticedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{
		"a piece is missing": `DELETE FROM original_pieces WHERE position = 1`,
		"a bit has fallen":   `UPDATE original_pieces SET bytes = zeroblob(length(bytes)) WHERE position = 0`,
		"a piece is empty":   `UPDATE original_pieces SET bytes = x'' WHERE position = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openAt(t, filepath.Join(t.TempDir(), "heed.db"))
			o := putAside(t, s, 1, bytesOf(2*pieceSize+1))
			update(t, s, func(tx *Tx) error { _, err := tx.exec(query); return err })
			var got bytes.Buffer
			if err := s.WriteOriginal(t.Context(), o, 0, &got); !errors.Is(err, ErrDamaged) || int64(got.Len()) >= o.Size {
				t.Errorf("%d of %d bytes, %v", got.Len(), o.Size, err)
			}
		})
	}
}

func TestTheBackupHoldsTheOriginals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, filepath.Join(dir, "heed.db"))
	mail := bytesOf(pieceSize + 5)
	o := putAside(t, s, 1, mail)
	enqueue(t, s, enclosing(o))
	_, err := BackUp(context.Background(), filepath.Join(dir, "heed.db"), filepath.Join(dir, "copy.db"))
	noError(t, err)
	copied := openAt(t, filepath.Join(dir, "copy.db"))
	var got bytes.Buffer
	noError(t, copied.WriteOriginal(t.Context(), o, 0, &got))
	if !bytes.Equal(got.Bytes(), mail) {
		t.Error("the copy has another mail")
	}
}
