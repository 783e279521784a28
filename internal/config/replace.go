package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/heedmail/heed/internal/durable"
)

// Replace puts another secret where this one was found, which is possible in a file only. Whoever reads the file
// meanwhile, or after a crash, finds the one or the other, whole, and the file's owner and mode stay.
func (s Secret) Replace(secret string) error {
	if s.path == "" {
		return fmt.Errorf("%s is no file", s.source)
	}
	path, err := filepath.EvalSymlinks(s.path)
	if err != nil {
		return fmt.Errorf("find the secret's file: %w", err)
	}
	old, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at the secret's file: %w", err)
	}
	if !old.Mode().IsRegular() {
		return fmt.Errorf("%s is no ordinary file", path)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".heed-*")
	if err != nil {
		return fmt.Errorf("write beside the secret's file: %w", err)
	}
	defer os.Remove(temp.Name()) // is not there any more where all went well
	_, err = temp.WriteString(secret + "\n")
	mode, given := giveTo(temp, old)
	if err = errors.Join(err, given, temp.Chmod(mode), temp.Close()); err != nil {
		return fmt.Errorf("write the secret's file anew: %w", err)
	}
	if err := durable.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("put the secret's file into its place: %w", err)
	}
	return nil
}
