package testservers

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// A Database is a running database server with an empty database and one user, who may do everything and has to log in
// with a password.
type Database struct {
	DSN string // as the server's Go driver takes it

	t        testing.TB
	name     string
	dir      string
	port     int
	uid, gid int
	server   *server

	// What each make does in its own way.
	serve   func() *exec.Cmd    // runs it in the foreground, on port
	answers func(net.Conn) bool // reports whether it lets users in
	atOnce  syscall.Signal      // ends it without waiting for its clients
}

// newDatabase makes a place for a server. Where the test is root, whom servers refuse, it runs as somebody else.
func newDatabase(t testing.TB, name, owner string) *Database {
	t.Helper()
	s := &Database{t: t, name: name, dir: workDir(t), uid: os.Getuid(), gid: os.Getgid()}
	if s.uid == 0 {
		s.uid, s.gid = numbers(t, owner)
	}
	mkdir(t, filepath.Join(s.dir, "home"), s.uid, s.gid)
	logOnFailure(t, name, s.log())
	return s
}

func (s *Database) data() string { return filepath.Join(s.dir, "home/data") }
func (s *Database) log() string  { return filepath.Join(s.dir, "database.log") }

// command is a program of the server's, run by the server's user.
func (s *Database) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = s.dir
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(s.uid), Gid: uint32(s.gid)}}
	}
	return cmd
}

// install runs the program that makes the files of a new server.
func (s *Database) install(program string, args ...string) {
	s.t.Helper()
	if out, err := s.command(program, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("make the files of a %s: %v\n%s", s.name, err, out)
	}
}

// begin starts the server for the first time, and sees to it that it ends with the test.
func (s *Database) begin(dsn func(addr string) string) *Database {
	s.t.Helper()
	var err error
	for range 3 { // another process may have taken the port before it could
		s.port = freePorts(s.t, 1)[0]
		s.DSN = dsn(local(s.port))
		if err = s.launch(); err == nil {
			s.t.Cleanup(s.Stop)
			return s
		}
	}
	s.t.Fatal(err)
	return nil
}

// launch starts the process.
func (s *Database) launch() error {
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	cmd := s.serve()
	cmd.Stdout, cmd.Stderr = log, log
	running, err := launch(s.name, local(s.port), cmd, itself, s.answers)
	if err == nil {
		s.server = running
	}
	return err
}

// Stop ends the server, as a crash of its host would look to its clients. It may be called twice.
func (s *Database) Stop() {
	if s.server != nil {
		_ = syscall.Kill(s.server.leader, s.atOnce)
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
