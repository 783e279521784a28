package testservers

import (
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Domain is the one domain that Postfix accepts mail for.
const Domain = "example.com"

// An SMTP is a running Postfix. It accepts mail from 127.0.0.1 for the users of its IMAP server, with and without a
// login, refuses unknown users with 550 and other domains with 554, and offers 8BITMIME, STARTTLS and AUTH PLAIN LOGIN
// (the IMAP server's users and passwords).
type SMTP struct {
	Addr   string
	Host   string
	Port   int
	CA     *x509.CertPool
	CAFile string

	t      testing.TB
	dir    string
	bin    string
	imap   *IMAP
	server *server
}

// Postfix starts a Postfix that delivers into the INBOX folders of an IMAP server and ends with the test.
func Postfix(t testing.TB, imap *IMAP) *SMTP {
	t.Helper()
	s := &SMTP{t: t, imap: imap, Host: "127.0.0.1", bin: program(t, "postfix", "postfix")}
	if os.Getuid() != 0 {
		missing(t, "Postfix's master has to be started by root")
	}
	s.dir = workDir(t)
	s.CA, s.CAFile = imap.CA, imap.CAFile
	mkdir(t, filepath.Join(s.dir, "etc"), 0, 0)
	mkdir(t, filepath.Join(s.dir, "queue"), 0, 0)
	owner, group := numbers(t, "postfix")
	mkdir(t, filepath.Join(s.dir, "data"), owner, group)
	logOnFailure(t, "Postfix", s.log())
	write(t, filepath.Join(s.dir, "etc/main.cf"), s.settings(), 0o644)
	s.mapUsers()
	imap.changed = append(imap.changed, s.mapUsers)

	var err error
	for range 3 { // another process may have taken the port before Postfix could
		s.Port = freePorts(t, 1)[0]
		s.Addr = local(s.Port)
		write(t, filepath.Join(s.dir, "etc/master.cf"), fmt.Sprintf(masterCf, s.Addr), 0o644)
		if err = s.launch(); err == nil {
			t.Cleanup(s.Stop)
			return s
		}
	}
	t.Fatal(err)
	return nil
}

func (s *SMTP) log() string { return filepath.Join(s.dir, "postfix.log") }

// launch starts the process.
func (s *SMTP) launch() error {
	running, err := launch("Postfix", s.Addr, exec.Command(s.bin, "-c", filepath.Join(s.dir, "etc"), "start-fg"), s.master, greets)
	if err == nil {
		s.server = running
	}
	return err
}

// master returns the process that leads all of Postfix. It makes a session of its own, outside the reach of the script
// that starts it.
func (s *SMTP) master(int) (int, error) {
	pid, err := os.ReadFile(filepath.Join(s.dir, "queue/pid/master.pid"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(pid)))
}

// Stop ends the server. It may be called twice.
func (s *SMTP) Stop() {
	if s.server != nil {
		s.server.stop()
		s.server = nil
	}
}

// Start starts a stopped server again, at the same address, with what is in its queue.
func (s *SMTP) Start() {
	s.t.Helper()
	if err := s.launch(); err != nil {
		s.t.Fatal(err)
	}
}

// mapUsers tells Postfix where each user's INBOX is.
func (s *SMTP) mapUsers() {
	s.t.Helper()
	var table strings.Builder
	for _, u := range s.imap.users {
		if strings.HasSuffix(u, "@"+Domain) {
			fmt.Fprintf(&table, "%s %s/Maildir/\n", u, u)
		}
	}
	path := filepath.Join(s.dir, "etc/users")
	write(s.t, path, table.String(), 0o644)
	if out, err := exec.Command("postmap", "-c", s.dir+"/etc", "hash:"+path).CombinedOutput(); err != nil {
		s.t.Fatalf("tell Postfix of its users: %v\n%s", err, out)
	}
}

// settings is main.cf. The three transports that could carry mail elsewhere all end in an error.
func (s *SMTP) settings() string {
	return strings.NewReplacer("DIR", s.dir, "MAIL", s.imap.mailDir(), "UID", strconv.Itoa(s.imap.uid), "GID", strconv.Itoa(s.imap.gid),
		"CERT", s.imap.pki.certFile, "KEY", s.imap.pki.keyFile, "AUTH", s.imap.authSocket(), "DOMAIN", Domain).Replace(mainCf)
}

const mainCf = `compatibility_level = 3.6
queue_directory = DIR/queue
data_directory = DIR/data
maillog_file = DIR/postfix.log
maillog_file_prefixes = DIR
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.DOMAIN
mydestination =
mynetworks =
alias_maps =
alias_database =
biff = no

default_transport = error:this is a test server, nothing leaves it
relay_transport = error:this is a test server, nothing leaves it
local_transport = error:this is a test server, nothing leaves it
virtual_transport = virtual

virtual_mailbox_domains = DOMAIN
virtual_mailbox_base = MAIL
virtual_mailbox_maps = hash:DIR/etc/users
virtual_uid_maps = static:UID
virtual_gid_maps = static:GID
virtual_minimum_uid = UID
virtual_mailbox_limit = 0
message_size_limit = 67108864

smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_cert_file = CERT
smtpd_tls_key_file = KEY
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = AUTH
smtpd_tls_auth_only = no
smtpd_peername_lookup = no
`

const masterCf = `%s inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`
