// Package config reads heed.toml into the settings of the other packages.
//
// Everything that is wrong is found in one run and reported with its place, in the order of the file:
//
//	heed.toml:14: mailbox.port: 70000 is out of range; allowed are 1 to 65535
//
// Only a syntax error ends the reading at once. What is legal but unwise becomes a warning, which `heed check` shows.
// Relative paths start from the directory of the file. Secrets are not read here: a Secret knows where one is found and
// fetches it when it is needed.
package config

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/remind"
	"github.com/heedmail/heed/internal/oauth"
	"github.com/heedmail/heed/mailbox"
)

// MaxFile bounds the size of a config file in bytes; a large one is 20 KiB.
const MaxFile = 1 << 20

// TLS says how a connection is secured.
type TLS string

// The ways to secure a connection. None is for servers on this machine only.
const (
	Implicit TLS = "implicit"
	StartTLS TLS = "starttls"
	None     TLS = "none"
)

// Config is a whole heed.toml with its defaults filled in.
type Config struct {
	Path      string // of the file
	State     string // path of the state file
	Listen    string // of the status page: host:port, "unix:" and a path, or "" for none
	Web       Web
	Language  string          // of the notes: "en" or "zh"
	OAuth     []*oauth.Source // where access tokens come from
	Mailboxes []Mailbox
	SMTP      SMTP
	Contacts  []Contact
	Domestic  Contact // its Channel is ""
	Alert     Alert
	Remind    remind.Policy // its After is 0 when nobody is to be reminded
	Digest    remind.Digest // its To is empty when none is wanted
	Chats     []Chat
	GroupWait time.Duration // how long a case's first mail is held back for what may follow it
	Limit     Limit
	Retain    time.Duration // how long what is in no open case is kept; 0 is for ever
	Policy    escalation.Policy
	Playbook  escalation.Playbook // the file's own plays over the built-in ones, in Language
	Customers Customers
	Orders    []*regexp.Regexp // what order numbers look like, beside the built-in forms
	Lexicons  []string         // paths of additional lexicon files
	Templates string           // directory with overriding templates, "" for none
	Warnings  []Fault          // legal but unwise, in file order
}

// Role says whose mail comes to a mailbox.
type Role string

// A Support mailbox is one that customers write to; a Team mailbox is the one that Heed sends from, where our own people
// answer.
const (
	Support Role = "support"
	Team    Role = "team"
)

// Mailbox is one watched IMAP account.
type Mailbox struct {
	Name         string
	Role         Role
	Channel      string
	Host         string
	Port         int
	TLS          TLS
	RootCAs      *x509.CertPool // nil for the system's
	Username     string
	Password     Secret        // not set with OAuth
	OAuth        *oauth.Source // gives access tokens in place of a password; nil for a password
	Folders      []string
	Sent         string // "" for the folder that the server marks \Sent
	Drafts       string // likewise \Drafts
	OwnAddresses []string
	AuthservIDs  []string // names of the mail server in Authentication-Results; none for the topmost field, whoever wrote it
	Start        mailbox.Start
	Poll         time.Duration
	OnEscalate   OnEscalate
}

// OnEscalate says what is done to a mail in the watched mailbox when it was escalated.
type OnEscalate struct {
	Keyword string // "" sets none
	MoveTo  string // "" leaves it where it is
	Note    bool   // a note is appended beside it
}

// SMTP is the way out for escalations.
type SMTP struct {
	Host     string
	Port     int
	TLS      TLS
	RootCAs  *x509.CertPool // nil for the system's
	Username string         // "" sends without a login
	Password Secret         // not set with OAuth
	OAuth    *oauth.Source  // as for a mailbox
	From     string         // as it stands in the file: `Heed <heed@example.com>`
	FromAddr string         // the address alone
}

// Contact is the person or team that is told.
type Contact struct {
	Channel string
	Name    string
	To      []string // addresses alone
}

// Alert says who runs Heed and is told by mail when it can't do its work.
type Alert struct {
	To    []string      // addresses alone; none: nobody is mailed
	After time.Duration // how long a mailbox may go without a successful look
}

// Load reads a config file. Its error is Faults when the file is there and something in it is wrong.
func Load(path string) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return load(path, data)
}

// load reads the bytes of a config file; path is for messages and for relative paths.
func load(path string, data []byte) (*Config, error) {
	root, err := parse(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) // some editors begin a file with a byte order mark
	if err != nil {
		var at *syntaxError
		errors.As(err, &at)
		return nil, Faults{{File: path, Line: at.line, Problem: "this is not TOML: " + at.problem}}
	}
	r := &reader{file: path, dir: filepath.Dir(path), known: map[string][]string{}}
	c := r.config(root)
	if len(r.faults) > 0 {
		return nil, Faults(inFileOrder(r.faults))
	}
	c.Warnings = inFileOrder(r.warnings)
	return c, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, missingFile(path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%s: this user may not read the config file; run as Heed's user, or chmod the file", path)
	case err != nil:
		return nil, fmt.Errorf("open the config file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the config file: %w", err)
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%s: larger than %d KiB; that is no config file", path, MaxFile>>10)
	}
	return data, nil
}

// A missingFile is the path of a config file that is not there.
type missingFile string

func (m missingFile) Error() string {
	return string(m) + ": there is no such config file; name yours with -c FILE or in HEED_CONFIG"
}

// Is lets callers ask for fs.ErrNotExist.
func (m missingFile) Is(target error) bool { return target == fs.ErrNotExist }
