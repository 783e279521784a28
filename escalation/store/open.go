package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
)

// Memory is the path of a state that lives and ends with its Store.
const Memory = ":memory:"

// readers is how many goroutines can read at the same time. SQLite lets them read while one writes.
const readers = 4

// Options holds what a Store takes from outside.
type Options struct {
	Now  func() time.Time // time.Now when nil
	Wait time.Duration    // for another process that writes; 5 s when 0

	// Connector may stand between the Store and the database, so that a test can make any statement fail. It is nil else.
	Connector func(driver.Connector) driver.Connector

	// Daemon says that the mailboxes are watched and the outbox is emptied on behalf of this state. Only one process may
	// do that, since two would send everything twice; OpenFile refuses the second.
	Daemon bool
}

// A Store is an open state file. It may be used by any number of goroutines; writers wait for one another. Several
// processes may have the same file open: `heed cases` works beside the daemon.
type Store struct {
	path  string
	now   func() time.Time
	write *sql.DB    // one connection: SQLite has one writer, and waiting in Go is fair where SQLite's busy loop is not
	along passengers // small writes that go with others
	read  *sql.DB
	lock  *os.File // held by the daemon, else nil
}

// OpenFile opens the state file, makes it where there is none, and brings it to the newest schema. Its errors are for the
// administrator: each is one sentence that names the file, what is wrong and what to do.
func OpenFile(ctx context.Context, path string, o Options) (*Store, error) {
	s := &Store{path: path, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(s.explain(err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) (err error) {
	var uri string
	if s.path == Memory {
		// The memdb VFS lets connections of one process share a database by name, with the locking of a file.
		uri = "file:/heed-" + rand.Text() + "?vfs=memdb&"
	} else {
		if err := createFile(s.path); err != nil {
			return err
		}
		absolute, err := filepath.Abs(s.path)
		if err != nil {
			return fmt.Errorf("find the file: %w", err)
		}
		if o.Daemon {
			if s.lock, err = lockFile(absolute + ".lock"); err != nil {
				return err
			}
		}
		uri = (&url.URL{Scheme: "file", OmitHost: true, Path: absolute}).String() + "?"
	}
	wait := cmp.Or(o.Wait, 5*time.Second)
	// 4 MB of cache hold what a batch changes in a state of a million messages, so that none of it is written twice.
	if s.write, err = connect(uri+"_txlock=immediate&_pragma=cache_size(-4000)&", wait, 1, o.Connector); err != nil {
		return err
	}
	if o.Daemon {
		if err := lookForDamage(ctx, s.write); err != nil {
			return err
		}
	}
	if err := migrate(ctx, s.write, schema, migrations()); err != nil {
		return err
	}
	if o.Daemon { // what an earlier one put aside and did not come to use
		if err := s.Update(ctx, (*Tx).dropUnreferenced); err != nil {
			return err
		}
	}
	s.read, err = connect(uri+"_pragma=query_only(1)&", wait, readers, o.Connector)
	return err
}

// connect makes a pool.
func connect(uri string, wait time.Duration, connections int, wrap func(driver.Connector) driver.Connector) (*sql.DB, error) {
	var base driver.Connector
	base, err := sqlite.NewConnector(address(uri, wait))
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if wrap != nil {
		base = wrap(base)
	}
	db := sql.OpenDB(connector{base})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// address adds the pragmas, which belong to a connection, not to the file.
//
// synchronous=FULL, not NORMAL: in WAL mode NORMAL may forget the last commits when the power fails, and a forgotten
// "sent" would send an escalation twice. secure_delete wipes what `heed forget` removes. The journal is carried over when it
// has 16 MB: a page that many mails change is then written back once for all of them.
func address(uri string, wait time.Duration) string {
	return uri + "_pragma=" + strings.Join([]string{
		fmt.Sprintf("busy_timeout(%d)", wait.Milliseconds()), "foreign_keys(1)", "journal_mode(WAL)", "journal_size_limit(67108864)",
		"secure_delete(1)", "synchronous(FULL)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)",
	}, "&_pragma=")
}

// createFile makes the file where there is none, readable by nobody else. A file that is there is left to SQLite alone:
// a program that opens a database a second time and closes that again gives up the locks of the first (POSIX fcntl).
func createFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return errIsDirectory
	case err == nil && !info.Mode().IsRegular():
		return errIsNoFile
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was quicker
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// Close ends all use of the store. It waits for transactions that are under way.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close()) // which unlocks; the file stays, as removing it would race with the next daemon
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close state file %s: %w", s.path, err)
	}
	return nil
}
