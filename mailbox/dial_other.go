//go:build !linux

package mailbox

import "syscall"

// userTimeout exists on Linux only; elsewhere keepalive and the poll have to do.
func userTimeout(_, _ string, _ syscall.RawConn) error { return nil }
