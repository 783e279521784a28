//go:build unix

package config

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// giveTo gives a new file to the owner and the group of an old one, since root may check what Heed's own user reads, and returns
// the mode for it. A group that Heed's user is not in can't be given a file; then no group may read it.
func giveTo(f *os.File, old fs.FileInfo) (fs.FileMode, error) {
	mode := old.Mode().Perm()
	made, err := f.Stat()
	if err != nil {
		return mode, err
	}
	was, ok := old.Sys().(*syscall.Stat_t)
	is, known := made.Sys().(*syscall.Stat_t)
	if !ok || !known || was.Uid == is.Uid && was.Gid == is.Gid {
		return mode, nil
	}
	err = f.Chown(int(was.Uid), int(was.Gid))
	if was.Uid == is.Uid && errors.Is(err, fs.ErrPermission) {
		return mode &^ 0o070, nil
	}
	return mode, err
}
