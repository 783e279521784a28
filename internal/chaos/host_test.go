package chaos

import (
	"bytes"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to look at what a killed program left

	"github.com/heedmail/heed/internal/testservers"
)

const password = "correct horse"

// startLimit is how long the program may take to come up, stopLimit to go, on a machine that is busy with other things.
const (
	startLimit = 60 * time.Second
	stopLimit  = 60 * time.Second
)

// A host is the program with its directory, its clock and its lives.
type host struct {
	t       *testing.T
	program string
	dir     string
	small   bool // the state lies on a small disk, which can be filled
	clock   time.Duration

	mu    sync.Mutex
	epoch int
	lives []life
	full  []span // when the disk was full

	cmd  *exec.Cmd
	log  *tail
	gone chan struct{}
}

// A life is one process, from start to end.
type life struct {
	killed  bool
	ended   time.Time       // when the signal was sent
	pending map[string]bool // the mails, by Message-ID, that were not written down as done when it was killed; nil for not known
}

type span struct{ from, to time.Time }

// build compiles the program with a clock that can be set.
func build(t *testing.T, dir string, race bool) string {
	t.Helper()
	program := filepath.Join(dir, "heed")
	args := []string{"build", "-tags", "chaos", "-o", program}
	if race {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "github.com/heedmail/heed/cmd/heed")...).CombinedOutput(); err != nil {
		t.Fatalf("build heed: %v\n%s", err, out)
	}
	return program
}

// newHost makes the directory: on a disk of its own, where we may mount one.
func newHost(t *testing.T, race bool) *host {
	t.Helper()
	h := &host{t: t, dir: t.TempDir(), log: &tail{}}
	h.program = build(t, t.TempDir(), race)
	if err := os.Mkdir(h.state(), 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := syscall.Mount("tmpfs", h.state(), "tmpfs", 0, "size=96m,mode=0700"); err == nil {
			h.small = true
			t.Cleanup(func() {
				if err := syscall.Unmount(h.state(), syscall.MNT_DETACH); err != nil {
					t.Errorf("unmount the small disk: %v", err)
				}
			})
		}
	}
	h.write("password", password+"\n")
	h.setClock(0)
	return h
}

func (h *host) state() string { return filepath.Join(h.dir, "state") }

func (h *host) write(name, content string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		h.t.Fatal(err)
	}
}

// setClock sets the program's clock so far off.
func (h *host) setClock(off time.Duration) {
	h.clock = off
	h.write("clock", off.String()+"\n")
}

// configure writes heed.toml. Nothing joins mails or holds them back, so that every letter has consequences of its own.
func (h *host) configure(imap *testservers.IMAP, imapPort, smtpPort, mailboxes int) {
	var b strings.Builder
	fmt.Fprintf(&b, "state = \"state/heed.db\"\nlisten = \"\"\n")
	for i := range mailboxes {
		fmt.Fprintf(&b, `
[[mailbox]]
name = "support-%d"
channel = "shopify"
host = "127.0.0.1"
port = %d
ca_file = %q
username = %q
password_file = "password"
folders = ["INBOX", "Claims", "Extra"]
start = "all"
poll = "5s"
`, i, imapPort, imap.CAFile, account(i))
	}
	to := told()
	fmt.Fprintf(&b, `
[limit]
per_customer = 0
per_hour = 0

[smtp]
host = "127.0.0.1"
port = %d
tls = "none"
from = "Heed <heed@example.com>"

[[contact]]
channel = "shopify"
name = "Lu"
to = [%q]

[domestic]
to = [%q, %q]

[alert]
to = [%q]
after = "8s"
`, smtpPort, to[0], to[1], to[2], admin)
	h.write("heed.toml", b.String())
}

// now is which life the program is in.
func (h *host) now() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.epoch
}

// start starts the program and waits until it says that it is ready, or has ended.
func (h *host) start() (ready bool) {
	h.t.Helper()
	h.mu.Lock()
	h.epoch++
	h.lives = append(h.lives, life{})
	h.mu.Unlock()
	dir, err := os.MkdirTemp("", "heed") // the path of a socket may not be long
	if err != nil {
		h.t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	h.cmd = exec.Command(h.program, "run", "-c", filepath.Join(h.dir, "heed.toml"))
	h.cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+socket, "HEED_CHAOS_CLOCK="+filepath.Join(h.dir, "clock"), "GORACE=halt_on_error=1")
	h.cmd.Stderr = h.log
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	cmd, gone := h.cmd, make(chan struct{})
	h.gone = gone
	go func() {
		cmd.Wait() // its exit status is looked at in end
		close(gone)
		conn.SetReadDeadline(time.Unix(1, 0))
	}()
	conn.SetReadDeadline(time.Now().Add(startLimit))
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return false
		}
		if bytes.Contains(buf[:n], []byte("READY=1")) {
			return true
		}
	}
}

// kill ends the program as a power cut would; stop as systemd does, and returns its exit status.
func (h *host) kill() { h.end(syscall.SIGKILL) }

func (h *host) stop() int { return h.end(syscall.SIGTERM) }

func (h *host) end(sig syscall.Signal) int {
	h.t.Helper()
	ended := time.Now()
	if err := h.cmd.Process.Signal(sig); err == nil || sig == syscall.SIGTERM {
		select {
		case <-h.gone:
		case <-time.After(stopLimit):
			h.cmd.Process.Kill()
			<-h.gone
			h.t.Errorf("heed does not stop on %s; the end of its log:\n%s", sig, h.log)
		}
	}
	<-h.gone
	l := life{killed: sig == syscall.SIGKILL, ended: ended}
	if l.killed {
		l.pending = h.pending()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lives[h.epoch-1] = l
	code := h.cmd.ProcessState.ExitCode()
	if code == 66 || strings.Contains(h.log.String(), "panic: ") {
		h.t.Errorf("heed has broken (exit status %d); the end of its log:\n%s", code, h.log)
	}
	return code
}

// pending asks the state of a dead program which mails it had not written down as done; nil when it can't be asked.
func (h *host) pending() map[string]bool {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.state(), "heed.db")+"?mode=rw&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil
	}
	defer db.Close()
	rows, err := db.Query(`SELECT message_id FROM outbox WHERE state = 'pending' AND kind = 'mail'`)
	if err != nil {
		return nil
	}
	defer rows.Close()
	mails := map[string]bool{}
	for rows.Next() {
		var id string
		if rows.Scan(&id) != nil {
			return nil
		}
		mails[id] = true
	}
	return mails
}

// died reports whether the program has ended by itself.
func (h *host) died() bool {
	select {
	case <-h.gone:
		return true
	default:
		return false
	}
}

// fillDisk leaves no space for the state, and drainDisk gives it back.
func (h *host) fillDisk() {
	f, err := os.Create(filepath.Join(h.state(), "ballast"))
	if err != nil {
		return
	}
	defer f.Close()
	for size := 1 << 20; size >= 1; size /= 4 {
		for chunk := make([]byte, size); ; {
			if _, err := f.Write(chunk); err != nil {
				break
			}
		}
	}
	h.mu.Lock()
	h.full = append(h.full, span{from: time.Now()})
	h.mu.Unlock()
}

func (h *host) drainDisk() {
	if err := os.Remove(filepath.Join(h.state(), "ballast")); err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	h.full[len(h.full)-1].to = time.Now()
	h.mu.Unlock()
}

// A tail keeps the end of a log.
type tail struct {
	mu    sync.Mutex
	buf   []byte
	lines int
}

const tailSize = 256 << 10

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines += bytes.Count(p, []byte("\n"))
	l.buf = append(l.buf, p...)
	if over := len(l.buf) - tailSize; over > 0 {
		l.buf = append(l.buf[:0], l.buf[over:]...)
	}
	return len(p), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.buf)
}
