package config

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Whoever gives a file to Heed's user by chown alone leaves it to another group, which no user but root can give a file to.
// The secret is worth more than the group's right to read it.
func TestASecretIsReplacedInAFileOfAnotherGroup(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a user who may do everything has to become one who may not")
	}
	const user = 12345
	dir := t.TempDir()
	path := filepath.Join(dir, "refresh")
	if err := os.WriteFile(path, []byte("old\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Dir(dir), dir, path} {
		if err := os.Chown(name, user, 0); err != nil {
			t.Fatal(err)
		}
	}
	secret := source(t, dir, `password_file = "`+path+`"`)
	var replaced error
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine, and its user with it
		if replaced = unix.Setfsgid(user); replaced == nil {
			replaced = unix.Setfsuid(user)
		}
		if replaced == nil {
			replaced = secret.Replace("new")
		}
	}()
	<-done
	if got, err := secret.Fetch(context.Background()); replaced != nil || got != "new" || err != nil {
		t.Errorf("%q, %v, %v", got, replaced, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t); info.Mode().Perm() != 0o600 || owner.Uid != user || owner.Gid != user {
		t.Errorf("the file is %v of %d:%d", info.Mode(), owner.Uid, owner.Gid)
	}
}
