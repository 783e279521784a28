package mailbox

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// userTimeout makes the kernel give a connection up when sent data stays unacknowledged for a minute (RFC 5482), so
// that a half-dead path behind a NAT is noticed while we idle.
func userTimeout(_, _ string, c syscall.RawConn) error {
	var set error
	err := c.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 60_000)
	})
	if err != nil {
		return err
	}
	return set
}
