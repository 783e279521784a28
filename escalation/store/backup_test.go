package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestABackupHoldsTheStateAtOneMomentWhileOthersWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "heed.db")
	s := openAt(t, path)
	ctx, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := uint32(1); ctx.Err() == nil; n++ { // the cursor and the message belong together
			err := s.Update(t.Context(), func(tx *Tx) error {
				if err := tx.SetCursor("support", "INBOX", 7, n); err != nil {
					return err
				}
				return tx.AddMessage(inbound(fmt.Sprintf("c%d@mail.example", n), n))
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 3 { // the second and third replace the one before
		b, err := BackUp(t.Context(), path, filepath.Join(dir, "copy.db"))
		noError(t, err)
		copied := openAt(t, b.Path)
		_, uid, _, err := copied.Cursor(t.Context(), "support", "INBOX")
		noError(t, err)
		if int(uid) != b.Messages {
			t.Errorf("the copy holds %d messages and a cursor at %d", b.Messages, uid)
		}
		info, err := os.Stat(b.Path)
		noError(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the copy has mode %v", info.Mode())
		}
	}
	stop()
	writer.Wait()
	if left, _ := filepath.Glob(filepath.Join(dir, ".copy*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestABackupThatCantBeMadeLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, foreign := filepath.Join(dir, "heed.db"), filepath.Join(dir, "other.db")
	openAt(t, path)
	run(t, foreign, "CREATE TABLE t (x)")
	write(t, filepath.Join(dir, "old"), "an older backup")
	for _, c := range []struct{ about, from, to, says string }{
		{"onto itself", path, path, "this is the state file itself"},
		{"onto itself by another name", path, filepath.Join(dir, ".", "x", "..", "heed.db"), "back up to"},
		{"into a directory that is not there", path, filepath.Join(dir, "nowhere", "copy.db"), "nowhere"},
		{"onto a directory", path, dir, "this is no regular file"},
		{"from another program's database", foreign, filepath.Join(dir, "old"), "is a database of another program"},
		{"from nothing", filepath.Join(dir, "none"), filepath.Join(dir, "old"), "none"},
	} {
		_, err := BackUp(t.Context(), c.from, c.to)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", c.about, err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "old")); err != nil || string(text) != "an older backup" {
		t.Errorf("the older backup reads %q, %v", text, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// Damage deep in the file is found at the daemon's start, not by the query that meets it one day.
func TestADaemonFindsADamagedStateAtItsStart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heed.db")
	s, err := OpenFile(t.Context(), path, Options{})
	noError(t, err)
	noError(t, s.Update(t.Context(), func(tx *Tx) error {
		for n := range uint32(300) {
			if err := tx.AddMessage(inbound("jane@mail.example", n+1)); err != nil {
				return err
			}
		}
		return nil
	}))
	noError(t, s.Close())
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	noError(t, err)
	info, err := f.Stat()
	noError(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("spoilt ", 2000)), info.Size()/2)
	noError(t, err)
	noError(t, f.Close())
	_, err = OpenFile(t.Context(), path, Options{Daemon: true})
	if err == nil || !strings.Contains(err.Error(), "is damaged (") || !strings.Contains(err.Error(), "put back a backup") {
		t.Errorf("got %v", err)
	}
}
