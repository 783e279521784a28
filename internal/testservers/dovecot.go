package testservers

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// An IMAP is a running Dovecot. Mailboxes are Maildirs; each user starts with INBOX, Sent and Drafts (marked for their
// special use) and Trash.
type IMAP struct {
	Addr    string         // clear text, with STARTTLS offered
	TLSAddr string         // TLS from the first byte
	Host    string         // 127.0.0.1, which the certificate is good for
	Port    int            // of Addr
	TLSPort int            // of TLSAddr
	CA      *x509.CertPool // the authority of the server's certificate
	CAFile  string         // the same, as a PEM file

	t        testing.TB
	dir      string
	bin      string
	pki      pki
	uid, gid int // who owns the mail
	server   *server

	mu      sync.Mutex
	users   []string
	changed []func() // told after a user was added

	delivered int
}

// Dovecot starts a Dovecot that ends with the test.
func Dovecot(t testing.TB) *IMAP {
	t.Helper()
	return startDovecot(t, nil)
}

// startDovecot starts a Dovecot, with log-in by OAuth 2.0 where that is wanted.
func startDovecot(t testing.TB, tokens *oauthSettings) *IMAP {
	t.Helper()
	s := &IMAP{t: t, Host: "127.0.0.1", bin: program(t, "dovecot", "dovecot-imapd")}
	s.dir = workDir(t)
	s.pki = newPKI(t, s.dir)
	s.CA, s.CAFile = s.pki.pool, s.pki.caFile
	s.uid, s.gid = mailOwner(t)
	mkdir(t, s.mailDir(), s.uid, s.gid)
	mkdir(t, filepath.Join(s.dir, "state"), 0, 0)
	write(t, filepath.Join(s.dir, "users"), "", 0o644)
	logOnFailure(t, "Dovecot", filepath.Join(s.dir, "dovecot.log"))
	more := ""
	if tokens != nil {
		more = tokens.write(t, filepath.Join(s.dir, "oauth2.conf"))
	}

	var err error
	for range 3 { // another process may have taken a port before Dovecot could
		ports := freePorts(t, 2)
		s.Port, s.TLSPort = ports[0], ports[1]
		s.Addr, s.TLSAddr = local(s.Port), local(s.TLSPort)
		write(t, s.config(), s.settings()+more, 0o644)
		if err = s.launch(); err == nil {
			t.Cleanup(s.Stop)
			return s
		}
	}
	t.Fatal(err)
	return nil
}

// mailOwner returns the user that mail belongs to: Dovecot refuses root, so that it is Debian's "mail" for him.
func mailOwner(t testing.TB) (uid, gid int) {
	t.Helper()
	if os.Getuid() != 0 {
		return os.Getuid(), os.Getgid()
	}
	return numbers(t, "mail")
}

// numbers looks a user up.
func numbers(t testing.TB, name string) (uid, gid int) {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ = strconv.Atoi(u.Uid) // on Unix these are numbers
	gid, _ = strconv.Atoi(u.Gid)
	return uid, gid
}

func (s *IMAP) config() string     { return filepath.Join(s.dir, "dovecot.conf") }
func (s *IMAP) mailDir() string    { return filepath.Join(s.dir, "mail") }
func (s *IMAP) authSocket() string { return filepath.Join(s.dir, "auth") }

// launch starts the process.
func (s *IMAP) launch() error {
	running, err := launch("Dovecot", s.Addr, exec.Command(s.bin, "-F", "-c", s.config()), itself, greets)
	if err == nil {
		s.server = running
	}
	return err
}

// Stop ends the server, as a crash of the mail host would look to its clients. It may be called twice.
func (s *IMAP) Stop() {
	if s.server != nil {
		s.server.stop()
		s.server = nil
	}
}

// Start starts a stopped server again, at the same addresses, with the same mail.
func (s *IMAP) Start() {
	s.t.Helper()
	if err := s.launch(); err != nil {
		s.t.Fatal(err)
	}
}

// AddUser makes an account. The name is a mail address of example.com when Postfix is to deliver to it.
func (s *IMAP) AddUser(name, password string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users = append(s.users, name)
	f, err := os.OpenFile(filepath.Join(s.dir, "users"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = fmt.Fprintf(f, "%s:{PLAIN}%s\n", name, password)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		s.t.Fatal(err)
	}
	for _, told := range s.changed {
		told()
	}
}

// Maildir is where a user's INBOX lies; other folders are ".Name" in it.
func (s *IMAP) Maildir(name string) string { return filepath.Join(s.mailDir(), name, "Maildir") }

// Deliver puts mails into a user's INBOX, unread, as a local delivery would: without SMTP, and fast.
func (s *IMAP) Deliver(name string, mails ...[]byte) {
	s.t.Helper()
	s.DeliverTo(name, "INBOX", mails...)
}

// folderDir is where a folder of a user lies.
func (s *IMAP) folderDir(name, folder string) string {
	if strings.EqualFold(folder, "INBOX") {
		return s.Maildir(name)
	}
	return filepath.Join(s.Maildir(name), "."+folder)
}

// RenewUIDs makes a folder forget its UIDs, so that it gets a new UIDVALIDITY, as after a repair of the mail host.
// Nobody may have the folder open meanwhile.
func (s *IMAP) RenewUIDs(name, folder string) {
	s.t.Helper()
	stale, err := filepath.Glob(filepath.Join(s.folderDir(name, folder), "dovecot.index*"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, path := range append(stale, filepath.Join(s.folderDir(name, folder), "dovecot-uidlist")) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.t.Fatal(err)
		}
	}
}

// ExpiredCertificate is one for this server, from its authority, that has run out.
func (s *IMAP) ExpiredCertificate() tls.Certificate {
	s.t.Helper()
	return s.pki.expired(s.t)
}

// DeliverTo is Deliver for any folder.
func (s *IMAP) DeliverTo(name, folder string, mails ...[]byte) {
	s.t.Helper()
	s.deliver(name, folder, "new", "", mails)
}

// DeliverRead is DeliverTo for mails that somebody has read by the time that we see them.
func (s *IMAP) DeliverRead(name, folder string, mails ...[]byte) {
	s.t.Helper()
	s.deliver(name, folder, "cur", ":2,S", mails)
}

func (s *IMAP) deliver(name, folder, part, flags string, mails [][]byte) {
	s.t.Helper()
	at := s.folderDir(name, folder)
	for _, dir := range []string{filepath.Dir(s.Maildir(name)), s.Maildir(name), at, at + "/tmp", at + "/new", at + "/cur"} {
		if !isFile(dir) {
			mkdir(s.t, dir, s.uid, s.gid)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range mails {
		s.delivered++
		unique := fmt.Sprintf("%d.heed%06d.localhost", 1_700_000_000+s.delivered, s.delivered) // UIDs follow this order
		tmp := filepath.Join(at, "tmp", unique)
		write(s.t, tmp, string(m), 0o600)
		if os.Getuid() == 0 {
			if err := os.Chown(tmp, s.uid, s.gid); err != nil {
				s.t.Fatal(err)
			}
		}
		if err := os.Rename(tmp, filepath.Join(at, part, unique+flags)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// settings is the configuration. Nothing in it is left to the machine's own.
func (s *IMAP) settings() string {
	internal, login := "dovecot", "dovenull"
	if os.Getuid() != 0 {
		me := strconv.Itoa(os.Getuid())
		if u, err := user.LookupId(me); err == nil {
			me = u.Username
		}
		internal, login = me, me
	}
	group := ""
	if os.Getuid() != 0 {
		if g, err := user.LookupGroupId(strconv.Itoa(os.Getgid())); err == nil {
			group = "default_internal_group = " + g.Name
		}
	}
	return strings.NewReplacer("DIR", s.dir, "INTERNAL", internal, "LOGIN", login, "GROUP", group,
		"UID", strconv.Itoa(s.uid), "GID", strconv.Itoa(s.gid), "IMAPPORT", strconv.Itoa(s.Port), "TLSPORT", strconv.Itoa(s.TLSPort),
		"CERT", s.pki.certFile, "KEY", s.pki.keyFile, "AUTH", s.authSocket()).Replace(dovecotConf)
}

const dovecotConf = `base_dir = DIR/run
state_dir = DIR/state
log_path = DIR/dovecot.log
protocols = imap
listen = 127.0.0.1

default_internal_user = INTERNAL
default_login_user = LOGIN
GROUP
first_valid_uid = UID
first_valid_gid = GID
mail_uid = UID
mail_gid = GID

ssl = yes
ssl_cert = <CERT
ssl_key = <KEY
disable_plaintext_auth = no
auth_mechanisms = plain login

passdb {
  driver = passwd-file
  args = username_format=%u DIR/users
}
userdb {
  driver = static
  args = uid=UID gid=GID home=DIR/mail/%u
}

mail_location = maildir:~/Maildir
mailbox_idle_check_interval = 1 secs
mail_max_userip_connections = 0
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    auto = create
    special_use = \Sent
  }
  mailbox Drafts {
    auto = create
    special_use = \Drafts
  }
  mailbox Trash {
    auto = create
    special_use = \Trash
  }
}

service imap-login {
  chroot =
  inet_listener imap {
    port = IMAPPORT
  }
  inet_listener imaps {
    port = TLSPORT
    ssl = yes
  }
}
auth_failure_delay = 0
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener AUTH {
    mode = 0666
  }
}
`
