// Package testservers runs real servers for tests: a Dovecot to read and write mailboxes in, a Postfix that delivers
// into it, and a PostgreSQL and a MariaDB for what a shop knows of its customers. All live in a temporary directory with a
// configuration of their own, listen on 127.0.0.1 only, know no domain but example.com, and end with the test. None
// touches an installed server's files, and no mail can leave the machine.
//
// Where a server is not installed (or, for Postfix, where the test does not run as root) the test is skipped with a
// line that says so, unless CI=true or HEED_REQUIRE_SERVERS=1 is set: then it fails, so that a green run has not
// silently left them out.
package testservers

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

const (
	startLimit = 20 * time.Second
	stopLimit  = 10 * time.Second
)

// missing skips the test, or fails it where the servers are required.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("HEED_REQUIRE_SERVERS") == "1" {
		t.Fatalf("%s (CI or HEED_REQUIRE_SERVERS is set, so that this is a failure)", what)
	}
	t.Skipf("SKIPPED, real servers not tested: %s", what)
}

// program finds a server's binary, which may lie outside the PATH of somebody who is not root.
func program(t testing.TB, name, pkg string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if path := filepath.Join("/usr/sbin", name); isFile(path) {
		return path
	}
	missing(t, fmt.Sprintf("%s is not installed (on Debian: apt-get install %s)", name, pkg))
	return ""
}

// isFile reports whether a path is there.
func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// workDir makes a directory that the servers' users can enter, with a path short enough for sockets in it, which the
// directory of testing.T is not.
func workDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "heed")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the servers' files: %v", err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// write makes a file.
func write(t testing.TB, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
}

// mkdir makes a directory that belongs to a user.
func mkdir(t testing.TB, path string, uid, gid int) {
	t.Helper()
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Chown(path, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
}

// freePorts finds ports on 127.0.0.1 that nobody listens on. All are held until all are found, so that they differ.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// local is an address on this machine.
func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// server is a running server.
type server struct {
	name   string
	cmd    *exec.Cmd
	gone   chan struct{} // closed when the command has ended
	err    error         // how it ended, once gone
	leader int           // the process that leads all others of the server
	reaper *exec.Cmd     // ends the server should the test be killed

	answers func(net.Conn) bool // whether a new connection is served
}

// launch starts a server in the foreground and waits until it answers at an address. The leader is asked for then:
// it need not be the command itself, which may be a script.
func launch(name, address string, cmd *exec.Cmd, leader func(pid int) (int, error), answers func(net.Conn) bool) (*server, error) {
	s := &server{name: name, cmd: cmd, gone: make(chan struct{}), answers: answers}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true // a Ctrl-C is for the test, which then stops the server
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s.leader = cmd.Process.Pid
	go func() {
		s.err = cmd.Wait()
		close(s.gone)
	}()
	err := s.ready(address)
	if pid, found := leader(cmd.Process.Pid); found == nil {
		s.leader = pid
	} else if err == nil {
		err = fmt.Errorf("find the leading process of %s: %w", name, found)
	}
	if err == nil {
		err = s.watchOver()
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// watchOver starts a process that waits for our end of a pipe to close, which a kill of the test does, and then ends
// the server.
func (s *server) watchOver() error {
	s.reaper = exec.Command("sh", "-c", `cat >/dev/null; kill -TERM "$0"; sleep 5; kill -KILL -- "-$0"`, strconv.Itoa(s.leader))
	s.reaper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := s.reaper.StdinPipe(); err != nil {
		return err
	}
	return s.reaper.Start()
}

// ready waits for the first connection that is served.
func (s *server) ready(address string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(startLimit)
	for time.Now().Before(deadline) {
		if s.serves(address) {
			return nil
		}
		select {
		case <-s.gone:
			return fmt.Errorf("%s ended at once: %v", s.name, s.err)
		case <-tick.C:
		}
	}
	return fmt.Errorf("%s does not answer at %s after %s", s.name, address, startLimit)
}

// serves reports whether the server answers to who connects.
func (s *server) serves(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return false
	}
	return s.answers(conn)
}

// greets reports whether a server says something to who connects, as mail servers do.
func greets(conn net.Conn) bool {
	n, err := conn.Read(make([]byte, 1024))
	return n > 0 && err == nil
}

// itself is the leader of a server whose first process stays in the foreground.
func itself(pid int) (int, error) { return pid, nil }

// stop ends the server: politely, then not. Its children may outlive their leader for a while, so that the whole group
// is killed at last. Where a process has ended already the signals fail, which is what we want.
func (s *server) stop() {
	if s.reaper != nil && s.reaper.Process != nil {
		_ = syscall.Kill(-s.reaper.Process.Pid, syscall.SIGKILL) // first: the leader's number will soon be somebody else's
		_ = s.reaper.Wait()                                      // says that it was killed
	}
	_ = syscall.Kill(s.leader, syscall.SIGTERM)
	select {
	case <-s.gone:
	case <-time.After(stopLimit):
		_ = s.cmd.Process.Kill()
	}
	_ = syscall.Kill(-s.leader, syscall.SIGKILL)
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	<-s.gone
}

// logOnFailure prints a server's log when the test has failed.
func logOnFailure(t testing.TB, name, path string) {
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Logf("no log of %s: %v", name, err)
			return
		}
		t.Logf("log of %s:\n%s", name, content[max(0, len(content)-16<<10):])
	})
}
