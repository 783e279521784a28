//go:build unix && !linux

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// forbidCore sees to it that a crash leaves no memory image behind: it would hold passwords and customers' mail.
func forbidCore() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core files: %w", err)
	}
	return nil
}
