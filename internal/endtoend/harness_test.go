package endtoend

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/heedmail/heed/internal/testservers"
)

// patience is how long a test waits for anything before it fails.
const patience = 60 * time.Second

const password = "correct horse"

// The people of the tests; the mailboxes of all of them are on the test's server.
const (
	support = "support-us@example.com"
	second  = "support-de@example.com"
	contact = "lu@example.com"
	yodi    = "yodi@example.com"
	silver  = "silver@example.com"
	sender  = "heed@example.com"
)

var program string // the heed under test, with the race detector on

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "heed-e2e-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "heed")
		build := exec.Command("go", "build", "-race", "-o", program, "github.com/heedmail/heed/cmd/heed")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build heed: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// A site is a shop's mail host with a directory for Heed.
type site struct {
	t    *testing.T
	imap *testservers.IMAP
	smtp *testservers.SMTP
	dir  string
}

func newSite(t *testing.T) *site {
	t.Helper()
	return newSiteOn(t, testservers.Dovecot(t))
}

// newSiteOn is a site with the given IMAP server.
func newSiteOn(t *testing.T, imap *testservers.IMAP) *site {
	t.Helper()
	s := &site{t: t, imap: imap, dir: t.TempDir()}
	for _, user := range []string{support, second, contact, yodi, silver, sender} {
		s.imap.AddUser(user, password)
	}
	s.smtp = testservers.Postfix(t, s.imap)
	s.file("password", password+"\n")
	return s
}

func (s *site) file(name, content string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// config writes a heed.toml of the usual form. replace changes it: pairs of what stands there and what shall.
func (s *site) config(replace ...string) string {
	s.t.Helper()
	text := fmt.Sprintf(`state = "heed.db"
listen = ""
language = "en"

[[mailbox]]
name = "support-us"
channel = "shopify"
host = "127.0.0.1"
port = %d
tls = "implicit"
ca_file = %q
username = %q
password_file = "password"
folders = ["INBOX"]
own_addresses = [%q]
start = "all"
poll = "1m"
on_escalate = { keyword = "$Escalated", move_to = "", note = true }

[smtp]
host = "127.0.0.1"
port = %d
tls = "starttls"
ca_file = %q
username = %q
password_file = "password"
from = "Heed <%s>"

[[contact]]
channel = "shopify"
name = "Lu"
to = [%q]

[domestic]
name = "Domestic customer service"
to = [%q, %q]
`, s.imap.TLSPort, s.imap.CAFile, support, support, s.smtp.Port, s.smtp.CAFile, sender, sender, contact, yodi, silver)
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			s.t.Fatalf("the config has no %q to replace", replace[i])
		}
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	return s.file("heed.toml", text)
}

// lines is what a running program prints.
type lines struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	more chan struct{} // closed at the next Write; nil while nobody waits
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
	return l.buf.Write(p)
}

// until waits until some line says all words.
func (l *lines) until(t *testing.T, words ...string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		l.mu.Lock()
		if l.more == nil {
			l.more = make(chan struct{})
		}
		more, text := l.more, l.buf.String()
		l.mu.Unlock()
		if anyLine(text, words) {
			return
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("no line says %q:\n%s", words, text)
		}
	}
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// A process is a running `heed run`.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	notify *net.UnixConn // what it tells its service manager
	log    *lines
	gone   chan struct{} // closed when it has ended
}

// start runs the daemon and waits until it says that it is ready.
func (s *site) start(config string) *process {
	s.t.Helper()
	// The path of a socket may not be long, and the test's directory is.
	dir, err := os.MkdirTemp("", "heed")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		s.t.Fatal(err)
	}
	d := &process{t: s.t, notify: conn, log: &lines{}, gone: make(chan struct{})}
	d.cmd = exec.Command(program, "run", "-c", config)
	d.cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+socket, "GORACE=halt_on_error=1")
	d.cmd.Stderr = d.log
	if err := d.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		defer close(d.gone)
		defer conn.SetReadDeadline(time.Unix(1, 0)) // nobody is left to wait for
		d.cmd.Wait()                                // its exit status is looked at where it matters
	}()
	s.t.Cleanup(func() {
		d.kill()
		conn.Close()
		if s.t.Failed() {
			s.t.Logf("heed's log:\n%s", d.log)
		}
	})
	d.await("READY=1")
	return d
}

// await waits for a message to the service manager.
func (d *process) await(want string) {
	d.t.Helper()
	timeout := time.AfterFunc(patience, func() { d.notify.SetReadDeadline(time.Unix(1, 0)) })
	defer timeout.Stop()
	buf := make([]byte, 4096)
	for {
		n, err := d.notify.Read(buf)
		if err != nil {
			d.t.Fatalf("wait for %s: %v\n%s", want, err, d.log)
		}
		if strings.Contains(string(buf[:n]), want) {
			return
		}
	}
}

// kill ends the daemon as a power cut would, and waits until it is gone.
func (d *process) kill() {
	d.cmd.Process.Signal(syscall.SIGKILL) // it may be gone already
	<-d.gone
	d.checkRaces()
}

// stop ends the daemon as systemd would, and returns its exit status.
func (d *process) stop() int {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	select {
	case <-d.gone:
	case <-time.After(patience):
		d.t.Fatalf("heed does not stop on SIGTERM\n%s", d.log)
	}
	d.checkRaces()
	return d.cmd.ProcessState.ExitCode()
}

func (d *process) checkRaces() {
	if strings.Contains(d.log.String(), "please report") { // what every contained panic says
		d.t.Errorf("a panic was contained:\n%s", d.log)
	}
	if d.cmd.ProcessState.ExitCode() == 66 { // the race detector's
		d.t.Errorf("the race detector ended heed:\n%s", d.log)
	}
}

// heed runs one command to its end.
func (s *site) heed(args ...string) (stdout, stderr string, status int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// send hands a customer's mail to Postfix.
func (s *site) send(from, to string, raw []byte) {
	s.t.Helper()
	c, err := smtp.Dial(s.smtp.Addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	steps := []func() error{
		func() error { return c.StartTLS(&tls.Config{RootCAs: s.smtp.CA, ServerName: s.smtp.Host}) },
		func() error { return c.Mail(from) },
		func() error { return c.Rcpt(to) },
		func() error {
			w, err := c.Data()
			if err != nil {
				return err
			}
			_, err = w.Write(raw)
			return errors.Join(err, w.Close())
		},
		c.Quit,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			s.t.Fatal(err)
		}
	}
}

// A reader looks into one folder of one account.
type reader struct {
	t      *testing.T
	client *imapclient.Client
	pushed chan struct{}
}

// look opens a folder read-only.
func (s *site) look(user, folder string) *reader {
	s.t.Helper()
	r := &reader{t: s.t, pushed: make(chan struct{}, 1)}
	wake := func() {
		select {
		case r.pushed <- struct{}{}:
		default:
		}
	}
	c, err := imapclient.DialInsecure(s.imap.Addr, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(*imapclient.UnilateralDataMailbox) { wake() },
		Fetch: func(m *imapclient.FetchMessageData) {
			for m.Next() != nil { // flags that change are news too
			}
			wake()
		},
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	if err := c.Login(user, password).Wait(); err != nil {
		s.t.Fatal(err)
	}
	if _, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		s.t.Fatal(err)
	}
	r.client = c
	return r
}

// A mail is what lies in a folder.
type mail struct {
	raw   []byte
	flags []imap.Flag
}

func (r *reader) all() []mail {
	r.t.Helper()
	data, err := r.client.Search(&imap.SearchCriteria{}, nil).Wait()
	if err != nil {
		r.t.Fatal(err)
	}
	if len(data.AllSeqNums()) == 0 {
		return nil
	}
	got, err := r.client.Fetch(data.All, &imap.FetchOptions{Flags: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
	if err != nil {
		r.t.Fatal(err)
	}
	var mails []mail
	for _, m := range got {
		mails = append(mails, mail{m.BodySection[0].Bytes, m.Flags})
	}
	return mails
}

// until waits in IDLE until the folder is as wanted, and returns its mails.
func (r *reader) until(what string, wanted func([]mail) bool) []mail {
	r.t.Helper()
	deadline := time.After(patience)
	for {
		idle, err := r.client.Idle()
		if err != nil {
			r.t.Fatal(err)
		}
		// What came before IDLE began is in the folder already, and is looked at below before anything is waited for.
		if err := idle.Close(); err != nil {
			r.t.Fatal(err)
		}
		if err := idle.Wait(); err != nil {
			r.t.Fatal(err)
		}
		mails := r.all()
		if wanted(mails) {
			return mails
		}
		if idle, err = r.client.Idle(); err != nil {
			r.t.Fatal(err)
		}
		select {
		case <-r.pushed:
		case <-time.After(100 * time.Millisecond): // the push may have come between the look and IDLE
		case <-deadline:
			r.t.Fatalf("waited %s for %s; the folder holds %d mails", patience, what, len(mails))
		}
		if err := errors.Join(idle.Close(), idle.Wait()); err != nil {
			r.t.Fatal(err)
		}
	}
}

func with(header, value string) func(mail) bool {
	return func(m mail) bool {
		head, _, _ := bytes.Cut(m.raw, []byte("\r\n\r\n"))
		return strings.Contains(string(head), header+": "+value)
	}
}

func count(mails []mail, is func(mail) bool) int {
	n := 0
	for _, m := range mails {
		if is(m) {
			n++
		}
	}
	return n
}

func find(t *testing.T, mails []mail, is func(mail) bool) mail {
	t.Helper()
	for _, m := range mails {
		if is(m) {
			return m
		}
	}
	t.Fatal("no such mail")
	return mail{}
}

func has(m mail, flag imap.Flag) bool {
	for _, f := range m.flags {
		if strings.EqualFold(string(f), string(flag)) {
			return true
		}
	}
	return false
}
