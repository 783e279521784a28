package store

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A disk that is full when Heed starts already: SQLite can't even make the file that its connections share, and calls
// that an error of the disk.
func TestAStartOnAFullDiskSaysThatItIsFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m,mode=0700"); err != nil {
		t.Skipf("NOT TESTED: a small disk can't be mounted: %v", err)
	}
	t.Cleanup(func() { noError(t, syscall.Unmount(dir, 0)) })
	path := filepath.Join(dir, "heed.db")
	s, err := OpenFile(t.Context(), path, Options{Now: clock})
	noError(t, err)
	noError(t, s.Close())

	filling := filepath.Join(dir, "filling")
	f, err := os.Create(filling)
	noError(t, err)
	if _, err := io.Copy(f, zeroes{}); err == nil {
		t.Fatal("it does not get full")
	}
	noError(t, f.Close())
	if s, err := OpenFile(t.Context(), path, Options{Now: clock}); err == nil {
		noError(t, s.Close())
		t.Error("it is opened")
	} else if want := "there is no space left for it; free some"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}

	noError(t, os.Remove(filling))
	s, err = OpenFile(t.Context(), path, Options{Now: clock})
	noError(t, err)
	noError(t, s.Close())
}

// zeroes have no end.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { return len(p), nil }
