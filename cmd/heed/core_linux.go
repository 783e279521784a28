package main

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// forbidCore sees to it that a crash leaves no memory image behind: it would hold passwords and customers' mail. The
// limit alone is not enough, since a machine may hand the image to a program (core_pattern), whatever its size.
func forbidCore() error {
	err := errors.Join(unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}), unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0))
	if err != nil {
		return fmt.Errorf("forbid core files: %w", err)
	}
	return nil
}
