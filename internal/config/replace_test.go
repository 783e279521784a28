//go:build unix

package config

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestASecretIsReplacedInItsFileOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "refresh")
	link := filepath.Join(dir, "link")
	if err := os.WriteFile(path, []byte("old\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 { // the check is run by root, and the daemon by a user of its own
		if err := os.Chown(path, 12345, 12346); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("refresh", link); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{path, link} {
		secret := source(t, dir, `password_file = "`+line+`"`)
		want := "new of " + line
		if err := secret.Replace(want); err != nil {
			t.Fatal(err)
		}
		if got, err := secret.Fetch(context.Background()); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if after.Mode() != before.Mode() || !sameOwner(before, after) {
		t.Errorf("the file was %v %+v, and is %v %+v", before.Mode(), before.Sys(), after.Mode(), after.Sys())
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is one no more: %v, %v", info, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".heed-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}

	t.Setenv("HEED_TEST_PASSWORD", "old")
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`password_env = "HEED_TEST_PASSWORD"`, `password_command = "echo old"`, `password = "old"`, `password_file = "` + pipe + `"`, `password_file = "` + filepath.Join(dir, "not-there") + `"`} {
		if err := source(t, dir, line).Replace("hush"); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func sameOwner(a, b fs.FileInfo) bool {
	x, y := a.Sys().(*syscall.Stat_t), b.Sys().(*syscall.Stat_t)
	return x.Uid == y.Uid && x.Gid == y.Gid
}
