//go:build unix

package config

import (
	"io/fs"
	"os"
	"syscall"
)

// giveTo gives a new file to the owner and the group of an old one: root may check what Heed's own user reads.
func giveTo(f *os.File, old fs.FileInfo) error {
	made, err := f.Stat()
	if err != nil {
		return err
	}
	was, ok := old.Sys().(*syscall.Stat_t)
	is, known := made.Sys().(*syscall.Stat_t)
	if !ok || !known || was.Uid == is.Uid && was.Gid == is.Gid {
		return nil
	}
	return f.Chown(int(was.Uid), int(was.Gid))
}
