package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/store"
)

// limit is how long anything may take before the benchmark is given up.
const limit = 3 * time.Minute

const (
	user     = "support@example.com"
	password = "correct-horse"
)

// build makes the program as `make build` does.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "heed")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/heedmail/heed/cmd/heed")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build heed: %v\n%s", err, out)
	}
	return path
}

// A mailboxEntry is one watched mailbox of the config.
type mailboxEntry struct {
	name, username string
	port           int
}

// writeConfig makes a directory with a heed.toml and returns its path. Everything is clear text on loopback, as for the
// programs that Heed is compared with.
func writeConfig(t *testing.T, smtpPort int, start string, mailboxes ...mailboxEntry) string {
	t.Helper()
	dir := t.TempDir()
	var text strings.Builder
	text.WriteString("state = \"heed.db\"\nlisten = \"\"\ngroup_wait = \"0s\"\n")
	for _, m := range mailboxes {
		fmt.Fprintf(&text, "[[mailbox]]\nname = %q\nchannel = \"web\"\nhost = \"127.0.0.1\"\nport = %d\ntls = \"none\"\nusername = %q\npassword_file = \"password\"\nown_addresses = [\"support@example.com\"]\nstart = %q\nsent = \"Sent\"\non_escalate = { keyword = \"\", note = false }\n",
			m.name, m.port, m.username, start)
	}
	fmt.Fprintf(&text, "[limit]\nper_customer = 0\nper_hour = 0\n[smtp]\nhost = \"127.0.0.1\"\nport = %d\ntls = \"none\"\nfrom = \"Heed <heed@example.com>\"\n[domestic]\nto = [\"yodi@example.com\"]\n", smtpPort)
	for name, content := range map[string]string{"heed.toml": text.String(), "password": password + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "heed.toml")
}

// A process is a running `heed run`.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	dir   string
	began time.Time
	log   bytes.Buffer
	state *store.Store
	stop  func()
}

// run starts heed. It ends with the test at the latest.
func run(t *testing.T, program, config string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(program, "run", "-c", config), dir: filepath.Dir(config)}
	p.cmd.Stderr = &p.log
	p.cmd.Env = append(os.Environ(), "NOTIFY_SOCKET=")
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.stop = sync.OnceFunc(p.terminate)
	t.Cleanup(p.stop)
	return p
}

// terminate ends heed as systemd would.
func (p *process) terminate() {
	if p.state != nil {
		_ = p.state.Close() // it was only read
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
	err := p.cmd.Wait()
	if err != nil || p.t.Failed() {
		p.t.Errorf("heed ended with %v\n%s", err, p.log.Bytes()[max(0, p.log.Len()-4096):])
	}
}

// open opens the state that heed writes, once it is there.
func (p *process) open(ctx context.Context) *store.Store {
	for p.state == nil {
		if _, err := os.Stat(filepath.Join(p.dir, "heed.db-wal")); err == nil {
			st, err := store.OpenFile(ctx, filepath.Join(p.dir, "heed.db"), store.Options{})
			if err != nil {
				p.t.Fatal(err)
			}
			p.state = st
		} else if !errors.Is(err, os.ErrNotExist) || ctx.Err() != nil {
			p.t.Fatal(err)
		}
		pause()
	}
	return p.state
}

// untilCursor waits until the cursor of a mailbox's INBOX is durable at a UID, and returns the time since heed's start.
func (p *process) untilCursor(mailbox string, uid uint32) time.Duration {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), limit)
	defer cancel()
	st := p.open(ctx)
	for {
		_, at, _, err := st.Cursor(ctx, mailbox, "INBOX")
		if err != nil {
			p.t.Fatalf("heed got to UID %d of %d: %v\n%s", at, uid, err, p.log.Bytes()[max(0, p.log.Len()-4096):])
		}
		took := time.Since(p.began)
		if at >= uid {
			return took
		}
		time.Sleep(untilNextLook(took, at, uid))
	}
}

// untilNextLook is how long the state is left alone: a tenth of the time that is left if it goes on as it went so far. On two
// processors, a look every few milliseconds took 3 % of what heed had.
func untilNextLook(took time.Duration, at, uid uint32) time.Duration {
	left := took // as long again, while nothing is known
	if at > 0 {
		left = took * time.Duration(uid-at) / time.Duration(at)
	}
	return min(max(left/10, shortestPause), longestPause)
}

// The pauses between two looks at the state.
const (
	shortestPause = 2 * time.Millisecond // what a figure may be too long by
	longestPause  = 100 * time.Millisecond
)

// pause is the pace at which the state is waited for.
func pause() { time.Sleep(5 * time.Millisecond) }

// memory reads a figure of the process in KiB: VmHWM is the most that was ever resident, VmRSS what is now.
func (p *process) memory(field string) int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if name, value, ok := strings.Cut(line, ":"); ok && name == field {
			n, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				p.t.Fatal(err)
			}
			return n
		}
	}
	p.t.Fatalf("no %s in the status of the process", field)
	return 0
}

// cpu is the processor time that the process has used.
func (p *process) cpu() time.Duration {
	p.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	var ticks int
	for _, f := range fields[11:13] { // utime and stime (proc_pid_stat(5), fields 14 and 15)
		n, err := strconv.Atoi(f)
		if err != nil {
			p.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}
