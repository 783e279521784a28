package testservers

import (
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Postgres starts a PostgreSQL that ends with the test.
func Postgres(t testing.TB) *Database {
	t.Helper()
	bin := postgresPrograms(t)
	s := newDatabase(t, "PostgreSQL", "postgres")
	password := filepath.Join(s.dir, "password")
	write(t, password, "secret", 0o644)
	s.install(filepath.Join(bin, "initdb"), "-D", s.data(), "-U", "heed", "-A", "scram-sha-256", "--pwfile", password,
		"--no-sync", "-E", "UTF8", "--locale=C")
	s.serve = func() *exec.Cmd {
		return s.command(filepath.Join(bin, "postgres"), "-D", s.data(), "-c", "listen_addresses=127.0.0.1",
			"-p", strconv.Itoa(s.port), "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=16MB")
	}
	s.answers = asksForPassword
	s.atOnce = syscall.SIGINT // SIGTERM would wait for the clients
	return s.begin(func(addr string) string {
		return fmt.Sprintf("postgres://heed:secret@%s/postgres?sslmode=disable", addr)
	})
}

// postgresPrograms finds the directory of PostgreSQL's programs, which Debian keeps out of the PATH.
func postgresPrograms(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path)
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		missing(t, "PostgreSQL is not installed (on Debian: apt-get install postgresql)")
	}
	return filepath.Dir(found[len(found)-1])
}

// asksForPassword reports whether a PostgreSQL lets users in: it answers a start message (protocol 3.0) with a request
// to authenticate, and with an error while it is starting up.
func asksForPassword(conn net.Conn) bool {
	start := append([]byte{0, 0, 0, 0, 0, 3, 0, 0}, "user\x00heed\x00\x00"...)
	start[3] = byte(len(start))
	if _, err := conn.Write(start); err != nil {
		return false
	}
	answer := make([]byte, 1)
	_, err := conn.Read(answer)
	return err == nil && bytes.Equal(answer, []byte("R"))
}
