//go:build !unix

package config

import (
	"io/fs"
	"os"
)

// giveTo has nothing to do: files inherit their rights from the directory.
func giveTo(_ *os.File, old fs.FileInfo) (fs.FileMode, error) { return old.Mode().Perm(), nil }
