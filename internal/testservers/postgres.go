package testservers

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// A Database is a running PostgreSQL with one superuser, who has to log in with a password, and no data.
type Database struct {
	DSN string

	t        testing.TB
	dir      string
	bin      string
	addr     string
	port     int
	uid, gid int
	server   *server
}

// Postgres starts a PostgreSQL that ends with the test.
func Postgres(t testing.TB) *Database {
	t.Helper()
	s := &Database{t: t, bin: postgresPrograms(t), dir: workDir(t), uid: os.Getuid(), gid: os.Getgid()}
	if s.uid == 0 { // it refuses root
		s.uid, s.gid = numbers(t, "postgres")
	}
	mkdir(t, filepath.Join(s.dir, "home"), s.uid, s.gid)
	write(t, filepath.Join(s.dir, "password"), "secret", 0o644)
	init := s.command("initdb", "-D", s.data(), "-U", "heed", "-A", "scram-sha-256", "--pwfile", filepath.Join(s.dir, "password"),
		"--no-sync", "-E", "UTF8", "--locale=C")
	if out, err := init.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	logOnFailure(t, "PostgreSQL", filepath.Join(s.dir, "postgres.log"))
	var err error
	for range 3 { // another process may have taken the port before it could
		s.port = freePorts(t, 1)[0]
		s.addr = local(s.port)
		s.DSN = fmt.Sprintf("postgres://heed:secret@%s/postgres?sslmode=disable", s.addr)
		if err = s.launch(); err == nil {
			t.Cleanup(s.Stop)
			return s
		}
	}
	t.Fatal(err)
	return nil
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

func (s *Database) data() string { return filepath.Join(s.dir, "home/data") }

// command is a program of PostgreSQL's, run by its own user.
func (s *Database) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(s.uid), Gid: uint32(s.gid)}}
	}
	return cmd
}

// launch starts the process.
func (s *Database) launch() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "postgres.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	cmd := s.command("postgres", "-D", s.data(), "-c", "listen_addresses=127.0.0.1", "-p", strconv.Itoa(s.port),
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=16MB")
	cmd.Stdout, cmd.Stderr = log, log
	running, err := launch("PostgreSQL", s.addr, cmd, itself, asksForPassword)
	if err == nil {
		s.server = running
	}
	return err
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

// Stop ends the server, as a crash of its host would look to its clients. It may be called twice.
func (s *Database) Stop() {
	if s.server != nil {
		_ = syscall.Kill(s.server.leader, syscall.SIGINT) // at once; the SIGTERM that follows alone would wait for its clients
		s.server.stop()
		s.server = nil
	}
}

// Start starts a stopped server again, at the same address, with the same data.
func (s *Database) Start() {
	s.t.Helper()
	if err := s.launch(); err != nil {
		s.t.Fatal(err)
	}
}
