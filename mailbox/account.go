package mailbox

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heedmail/heed/internal/oauth"
)

// A TLSMode says how a connection is protected.
type TLSMode string

// The ways to protect a connection. The empty mode is TLSImplicit.
const (
	TLSImplicit TLSMode = "implicit" // TLS from the first byte, usually port 993
	TLSStart    TLSMode = "starttls" // STARTTLS before the login, usually port 143; refused if the server can't
	TLSNone     TLSMode = "none"     // clear text, on loopback only
)

// A Start says how far back the first run of a folder reads. Any positive duration is an age: what arrived since then.
type Start time.Duration

// The starts that are no age.
const (
	StartNow Start = 0  // only what arrives from now on
	StartAll Start = -1 // everything that is there
)

// String is the start as it stands in the config.
func (s Start) String() string {
	switch s {
	case StartNow:
		return "now"
	case StartAll:
		return "all"
	}
	return time.Duration(s).String()
}

// An Account is one mailbox on one server.
type Account struct {
	Name     string // as it stands in the config, the log and the state file
	Host     string
	Port     int // 0 = 993 for implicit TLS, else 143
	TLS      TLSMode
	RootCAs  *x509.CertPool // nil = the system's
	Username string
	Password func(context.Context) (string, error) // asked anew at every login
	OAuth    *oauth.Source                         // gives an access token in place of a password; nil for a password

	Folders []string // inbound folders; none = INBOX
	Sent    string   // "" = the folder that the server marks \Sent, else one with a usual name
	Drafts  string   // likewise \Drafts

	// InboundOnly says that there is nothing of ours in the account and that nothing will be put there: no Sent folder is
	// watched.
	InboundOnly bool

	Start Start
	Poll  time.Duration // safety net beside IDLE, and the rhythm without it; 0 = a minute
}

// Validate says what is wrong with the account's settings, all of it at once.
func (a Account) Validate() error {
	var faults []error
	if a.Name == "" {
		faults = append(faults, errors.New("name: must be set"))
	}
	if a.Host == "" {
		faults = append(faults, errors.New("host: must be set"))
	}
	if a.Port < 0 || a.Port > 65535 {
		faults = append(faults, fmt.Errorf("port: %d is no port; use 993 for implicit TLS, 143 for STARTTLS", a.Port))
	}
	if a.Username == "" {
		faults = append(faults, errors.New("username: must be set"))
	}
	if a.Password == nil && a.OAuth == nil {
		faults = append(faults, errors.New("password: no source of a password is set"))
	}
	switch a.TLS {
	case "", TLSImplicit, TLSStart:
	case TLSNone:
		if !isLoopback(a.Host) {
			faults = append(faults, fmt.Errorf("tls: \"none\" is allowed for a loopback host only, and %q is none; use \"implicit\" or \"starttls\"", a.Host))
		}
	default:
		faults = append(faults, fmt.Errorf("tls: %q is unknown; use \"implicit\", \"starttls\" or \"none\"", a.TLS))
	}
	return errors.Join(faults...)
}

// withDefaults fills in what was left empty.
func (a Account) withDefaults() Account {
	if a.TLS == "" {
		a.TLS = TLSImplicit
	}
	if a.Port == 0 {
		a.Port = 143
		if a.TLS == TLSImplicit {
			a.Port = 993
		}
	}
	if len(a.Folders) == 0 {
		a.Folders = []string{"INBOX"}
	}
	if a.Poll <= 0 {
		a.Poll = time.Minute
	}
	return a
}

// address is where the server listens.
func (a Account) address() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) }

// inbound lists the folders that customers' mail is read from: each once, and never the Sent folder, whose mail would
// otherwise count as a customer's.
func (a Account) inbound() []string {
	var folders []string
	for _, f := range a.Folders {
		known := slices.ContainsFunc(folders, func(g string) bool { return sameFolder(f, g) })
		if !known && (a.Sent == "" || !sameFolder(f, a.Sent)) {
			folders = append(folders, f)
		}
	}
	return folders
}

// sameFolder compares folder names: they are case-sensitive but for INBOX (RFC 9051, 5.1).
func sameFolder(a, b string) bool {
	return a == b || strings.EqualFold(a, "INBOX") && strings.EqualFold(b, "INBOX")
}

// isLoopback reports whether a host can be no other machine than this one.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
