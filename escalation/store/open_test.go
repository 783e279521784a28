package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestFileThatCantBeUsedGivesOneSentence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		about string
		make  func(t *testing.T, path string) // makes the file, or does not
		at    string                          // where the state is said to be, beneath a directory of its own
		want  string                          // %s is the path, %d its directory
	}{
		{"no directory", nil, "missing/heed.db",
			"state file %s: its directory %d does not exist; make it, owned by the user that runs Heed and with mode 0700, or correct `state` in heed.toml"},
		{"a directory", func(t *testing.T, path string) { noError(t, os.Mkdir(path, 0o700)) }, "heed.db",
			"state file %s: is a directory; correct `state` in heed.toml, for example to %s/heed.db"},
		{"a device", func(t *testing.T, path string) { noError(t, os.Symlink(os.DevNull, path)) }, "heed.db",
			"state file %s: is no regular file; correct `state` in heed.toml"},
		{"a file in place of the directory", func(t *testing.T, path string) { write(t, filepath.Dir(path), "x") }, "file/heed.db",
			"state file %s: a part of its path is no directory; correct `state` in heed.toml"},
		{"a text", func(t *testing.T, path string) { write(t, path, strings.Repeat("state = here\n", 100)) }, "heed.toml",
			"state file %s: is not a database; correct `state` in heed.toml, or move that file away"},
		{"another program's database", func(t *testing.T, path string) { run(t, path, "CREATE TABLE t (x)") }, "places.sqlite",
			"state file %s: is a database of another program; correct `state` in heed.toml, or move that file away"},
		{"another program's database with a version", func(t *testing.T, path string) { run(t, path, "PRAGMA user_version = 1") }, "x.db",
			"state file %s: is a database of another program; correct `state` in heed.toml, or move that file away"},
		{"a newer Heed's", func(t *testing.T, path string) { openAt(t, path); run(t, path, "PRAGMA user_version = 99") }, "heed.db",
			"state file %s: was written by a newer Heed (schema 99, this one knows 2); install that version again, or put back the backup from before it"},
		{"damaged", damage, "heed.db",
			"state file %s: is damaged (database disk image is malformed (11)); stop Heed and put back a backup, or save what can be read with `sqlite3 %s .recover`"},
		{"kept locked", func(t *testing.T, path string) { t.Cleanup(lockOut(t, path)) }, "heed.db",
			"state file %s: another program has kept it locked for seconds; end whatever has it open, such as a sqlite3 shell or a backup"},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), c.at)
			if c.make != nil {
				c.make(t, path)
			}
			s, err := OpenFile(t.Context(), path, Options{Wait: 20 * time.Millisecond})
			if err == nil {
				t.Fatal("it opened", s.Close())
			}
			want := strings.NewReplacer("%s", path, "%d", filepath.Dir(path)).Replace(c.want)
			if err.Error() != want {
				t.Errorf("got  %s\nwant %s", err, want)
			}
			var kind *FileError
			if !errors.As(err, &kind) || kind.Path != path {
				t.Errorf("%T is no FileError of that path", err)
			}
		})
	}
}

func TestErrorsOfTheSystemAreExplained(t *testing.T) {
	t.Parallel()
	s := &Store{path: "/var/lib/heed/heed.db"}
	for err, want := range map[error]string{
		syscall.EACCES: "state file /var/lib/heed/heed.db: this user may not write to it; make the user that runs Heed the owner of the file and of /var/lib/heed",
		syscall.EROFS:  "state file /var/lib/heed/heed.db: lies on a file system that is mounted read-only; mount it writable, or correct `state` in heed.toml",
		syscall.ENOSPC: "state file /var/lib/heed/heed.db: there is no space left for it; free some; nothing is lost, and Heed goes on from where it stopped",
		ErrNoCase:      ErrNoCase.Error(),
	} {
		if got := s.explain(fmt.Errorf("wrapped: %w", err)).Error(); got != want && got != "wrapped: "+want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestConnectionsAreSafe(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, db := range []*sql.DB{s.read, s.write} {
		var journal string
		var synchronous, foreignKeys, secureDelete int
		noError(t, db.QueryRow(`SELECT journal_mode, synchronous, foreign_keys, secure_delete
			FROM pragma_journal_mode, pragma_synchronous, pragma_foreign_keys, pragma_secure_delete`).
			Scan(&journal, &synchronous, &foreignKeys, &secureDelete))
		if journal != "wal" || synchronous != 2 || foreignKeys != 1 || secureDelete != 1 {
			t.Errorf("journal %s, synchronous %d, foreign keys %d, secure delete %d", journal, synchronous, foreignKeys, secureDelete)
		}
	}
	if _, err := s.read.Exec(`DELETE FROM cases`); err == nil {
		t.Error("a reader can write")
	}
}

func TestFileIsReadableByNobodyElse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heed.db")
	s := openAt(t, path)
	update(t, s, func(tx *Tx) error { return tx.SetCursor("support", "INBOX", 1, 1) })
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		noError(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode())
		}
	}
}

func TestAnyPathCanBeAStateFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a b.db", "what?mode=memory", "50%25.db", "#1.db", "ünïcode & co.db", "a;b.db", "'quoted'.db"} {
		path := filepath.Join(dir, name)
		s := openAt(t, path)
		update(t, s, func(tx *Tx) error { return tx.SetCursor("support", "INBOX", 1, 1) })
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.db"))
	noError(t, err)
	if len(files) != 6 {
		t.Errorf("files of other names: %q", files)
	}
}

func TestStateIsThereWhenTheFileIsOpenedAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heed.db")
	s, err := OpenFile(t.Context(), path, Options{})
	noError(t, err)
	update(t, s, func(tx *Tx) error { return tx.SetCursor("support", "INBOX", 7, 42) })
	noError(t, s.Close())
	validity, uid, ok, err := openAt(t, path).Cursor(t.Context(), "support", "INBOX")
	if validity != 7 || uid != 42 || !ok || err != nil {
		t.Errorf("cursor %d %d %v %v", validity, uid, ok, err)
	}
}

func TestStatesInMemoryAreApart(t *testing.T) {
	t.Parallel()
	a, b := openAt(t, Memory), openAt(t, Memory)
	update(t, a, func(tx *Tx) error { return tx.SetCursor("support", "INBOX", 7, 42) })
	if _, _, ok, err := b.Cursor(t.Context(), "support", "INBOX"); ok || err != nil {
		t.Errorf("one state shows in the other: %v", err)
	}
	if _, _, ok, err := a.Cursor(t.Context(), "support", "INBOX"); !ok || err != nil {
		t.Errorf("what was written can't be read: %v", err)
	}
}

func TestOnlyOneDaemonRunsOnAState(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heed.db")
	first, err := OpenFile(t.Context(), path, Options{Daemon: true})
	noError(t, err)
	_, err = OpenFile(t.Context(), path, Options{Daemon: true})
	want := "state file " + path + ": another heed daemon is running on it; stop that one first, or give this one another `state` in its heed.toml"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	openAt(t, path) // `heed cases` works beside it
	noError(t, first.Close())
	again, err := OpenFile(t.Context(), path, Options{Daemon: true})
	noError(t, err)
	noError(t, again.Close())
}

func TestManyReadAndWriteAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heed.db")
	stores := []*Store{openAt(t, path), openAt(t, path)} // as the daemon and `heed cases` have it open
	var wg sync.WaitGroup
	for w := range 6 {
		s := stores[w%2]
		wg.Go(func() {
			for n := range 20 {
				err := s.Update(t.Context(), func(tx *Tx) error {
					_, uid, _, err := tx.Cursor("support", "INBOX")
					if err != nil {
						return err
					}
					m := inbound(fmt.Sprintf("c%d@mail.example", w), uint32(w*100+n))
					return errors.Join(tx.SetCursor("support", "INBOX", 7, uid+1), tx.AddMessage(m))
				})
				if err != nil {
					t.Error(err)
				}
				if _, err := s.Timeline(t.Context(), fmt.Sprintf("c%d@mail.example", w), 10); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	_, uid, _, err := stores[0].Cursor(t.Context(), "support", "INBOX")
	if uid != 120 || err != nil {
		t.Errorf("cursor %d, want 120: updates were lost; %v", uid, err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	noError(t, os.WriteFile(path, []byte(text), 0o600))
}

// run executes SQL as another program would.
func run(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	noError(t, err)
	_, err = db.Exec(query)
	noError(t, errors.Join(err, db.Close()))
}

// damage makes a state file and overwrites its schema, but not its header.
func damage(t *testing.T, path string) {
	s, err := OpenFile(t.Context(), path, Options{})
	noError(t, err)
	noError(t, s.Close())
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	noError(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("spoilt ", 500)), 100)
	noError(t, errors.Join(err, f.Close()))
}

// lockOut holds the file as a backup would, and returns what lets go of it.
func lockOut(t *testing.T, path string) func() {
	db, err := sql.Open("sqlite", path)
	noError(t, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec("BEGIN EXCLUSIVE")
	noError(t, err)
	return func() { noError(t, db.Close()) }
}
