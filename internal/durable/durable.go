// Package durable gives a finished file its name in such a way that a power cut leaves the old file or the new one, whole.
package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Rename gives the file from, which is written and closed, the name to, in the same directory, in place of whatever has it. All of
// the file is on the disk before, and the name is when Rename returns.
func Rename(from, to string) error {
	if err := syncPath(from); err != nil {
		return fmt.Errorf("bring the file to the disk: %w", err)
	}
	if err := os.Rename(from, to); err != nil {
		return err // which names both
	}
	if err := syncPath(filepath.Dir(to)); err != nil {
		return fmt.Errorf("bring the file's name to the disk: %w", err)
	}
	return nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if cantSync(err) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// cantSync reports that a file system does not know how to sync such a file: several say so of a directory (fsync(2)).
func cantSync(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported)
}
