package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestAFileTakesTheNameOfAnother(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from, to := filepath.Join(dir, "unfinished"), filepath.Join(dir, "file")
	for path, text := range map[string]string{from: "new", to: "old"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Rename(from, to); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(to); err != nil || string(text) != "new" {
		t.Errorf("it reads %q, %v", text, err)
	}
	if err := Rename(from, to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is there no more: %v", err)
	}
	if err := Rename(to, filepath.Join(dir, "nowhere", "file")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a directory that is not there: %v", err)
	}
}

func TestADirectoryThatCantBeSyncedIsNoFault(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{syscall.EINVAL: true, syscall.ENOTSUP: true, syscall.EIO: false, syscall.ENOSPC: false, nil: false} {
		if err != nil {
			err = &fs.PathError{Op: "sync", Path: "backups", Err: err}
		}
		if cantSync(err) != want {
			t.Errorf("%v: is passed over: %v", err, !want)
		}
	}
}
