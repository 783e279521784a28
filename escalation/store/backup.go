package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/heedmail/heed/internal/durable"
)

// A Backup is a copy of a state file that was made and looked through.
type Backup struct {
	Path     string
	Bytes    int64
	Messages int
	Cases    int
}

// BackUp copies the state file at from, as it is at one moment, to a new file at to, also while a daemon works on it. The
// copy is readable by nobody else; it is looked through before it takes its name, so that what bears that name is whole.
// A file that bears it already is replaced.
//
// The copy has the schema of the original: a backup that is made before an upgrade can be put back.
func BackUp(ctx context.Context, from, to string) (Backup, error) {
	s := &Store{path: from}
	b, err := s.backUp(ctx, to)
	if err != nil {
		return Backup{}, fmt.Errorf("back up to %s: %w", to, s.explain(err))
	}
	return b, nil
}

func (s *Store) backUp(ctx context.Context, to string) (b Backup, err error) {
	original, err := os.Stat(s.path)
	if err != nil {
		return b, err
	}
	if there, err := os.Stat(to); err == nil && os.SameFile(original, there) {
		return b, errors.New("this is the state file itself; name another")
	} else if err == nil && !there.Mode().IsRegular() {
		return b, errors.New("this is no regular file; name another")
	}
	unfinished := filepath.Join(filepath.Dir(to), "."+filepath.Base(to)+"."+rand.Text())
	if err := touch(unfinished); err != nil {
		return b, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(unfinished))
		}
	}()
	if err := copyInto(ctx, s.path, unfinished); err != nil {
		return b, err
	}
	if b, err = lookThrough(ctx, unfinished); err != nil {
		return b, fmt.Errorf("the copy is not whole: %w", err)
	}
	b.Path = to
	return b, durable.Rename(unfinished, to)
}

// touch makes an empty file, readable by nobody else.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// copyInto lets SQLite write the copy, in one read transaction, which keeps no writer waiting.
func copyInto(ctx context.Context, from, to string) error {
	db, err := openRaw(from, "rw") // not "ro": to read a WAL, SQLite has to lock it
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	var application int
	if err := db.QueryRowContext(ctx, `SELECT application_id FROM pragma_application_id`).Scan(&application); err != nil {
		return err
	}
	if application != applicationID {
		return errForeign
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	return err
}

// lookThrough checks a finished copy in full.
func lookThrough(ctx context.Context, path string) (b Backup, err error) {
	db, err := openRaw(path, "ro")
	if err != nil {
		return b, err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return b, err
	}
	if verdict != "ok" {
		return b, errors.New(verdict)
	}
	err = db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM cases)`).Scan(&b.Messages, &b.Cases)
	if err != nil {
		return b, err
	}
	info, err := os.Stat(path)
	if err == nil {
		b.Bytes = info.Size()
	}
	return b, err
}

// openRaw opens a database as it is, without our schema.
func openRaw(path, mode string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the file: %w", err)
	}
	uri := (&url.URL{Scheme: "file", OmitHost: true, Path: absolute}).String()
	db, err := sql.Open("sqlite", fmt.Sprintf("%s?mode=%s&_pragma=busy_timeout(%d)", uri, mode, (5*time.Second).Milliseconds()))
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// lookLimit bounds the look through the file at the daemon's start: a large state must not keep Heed from its work.
const lookLimit = 10 * time.Second

// errDamaged means that a look through the file found something wrong.
var errDamaged = errors.New("the look through it found")

// lookForDamage looks through the file as far as it gets in a bounded time. What is damaged is told at the start, not by
// the query that meets it weeks later.
func lookForDamage(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	var verdict string
	err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict)
	switch {
	case ctx.Err() != nil: // too large to be looked through now
		return nil
	case err != nil:
		return err
	case verdict != "ok":
		return fmt.Errorf("%w: %s", errDamaged, verdict)
	}
	return nil
}
