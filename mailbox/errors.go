package mailbox

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// A Kind says what has to happen before a failed thing can work.
type Kind string

// The kinds of errors. All but Permanent are tried again: an administrator may repair them while Heed runs.
const (
	Temporary Kind = "temporary" // nothing: the network or the server is expected to come back
	Auth      Kind = "auth"      // the credentials must be corrected
	Config    Kind = "config"    // a setting must be corrected: host, TLS, a folder's name
	Permanent Kind = "permanent" // this one thing can never be done; trying again is useless
)

// An Error is what failed, where, and what to do about it, as one sentence.
type Error struct {
	Kind   Kind
	Where  string // the mailbox's name, with the folder where there is one
	Doing  string // what was tried, as "log in as jane at imap.example.com:993"
	Advice string // what to do, "" when waiting is all
	Err    error
}

// Error makes one line of it.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s", e.Where, e.Doing, e.Err)
	if e.Advice != "" {
		b.WriteString("; " + e.Advice)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error; what carries none is Temporary.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Temporary
}

// IsPermanent reports whether trying again is useless.
func IsPermanent(err error) bool { return err != nil && KindOf(err) == Permanent }

// quoted is a server's NO or BAD in words that can't forge a line of the log.
type quoted struct{ reply *imap.Error }

// Error quotes what the server said.
func (q quoted) Error() string {
	text := q.reply.Text
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	if q.reply.Code != "" {
		return fmt.Sprintf("the server says %s [%s] %q", q.reply.Type, q.reply.Code, text)
	}
	return fmt.Sprintf("the server says %s %q", q.reply.Type, text)
}

// Unwrap returns the reply.
func (q quoted) Unwrap() error { return q.reply }

// replyOf returns the server's NO or BAD, nil when the error is something else.
func replyOf(err error) *imap.Error {
	r, _ := errors.AsType[*imap.Error](err)
	return r
}

// dialKind says what kind of failure kept us from connecting, and what to do about it.
func dialKind(err error) (Kind, string) {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return Config, "check `host`"
		}
		return Temporary, "check the name server of this machine"
	}
	if r := replyOf(err); r != nil && r.Type != imap.StatusResponseTypeBye {
		return Config, "the server refuses STARTTLS; check `port` and `tls`"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return Config, "set `ca_file` to the authority that signed the server's certificate"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return Config, "set `host` to a name in the server's certificate"
	}
	if _, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return Config, "the server's certificate has to be renewed"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return Config, "the port does not speak TLS; check `port` and `tls`"
	}
	return Temporary, ""
}

// loginKind says what kind of failure a refused login is. Where the credentials are refused, the advice is the one given.
func loginKind(err error, credentials string) (Kind, string) {
	r := replyOf(err)
	if r == nil {
		return Temporary, ""
	}
	switch r.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug,
		imap.ResponseCodeContactAdmin, imap.ResponseCodeOverQuota:
		return Temporary, ""
	case imap.ResponseCodePrivacyRequired:
		return Config, "set `tls` to \"implicit\" or \"starttls\""
	}
	return Auth, credentials
}

// commandKind says whether a command that the server refused can work another time.
func commandKind(err error) Kind {
	r := replyOf(err)
	if r == nil {
		return Temporary
	}
	switch r.Code {
	case imap.ResponseCodeNoPerm, imap.ResponseCodeCannot, imap.ResponseCodeNonExistent, imap.ResponseCodeTooBig,
		imap.ResponseCodeParse, imap.ResponseCodeUnknownCTE:
		return Permanent
	}
	if r.Type == imap.StatusResponseTypeBad {
		return Permanent
	}
	return Temporary
}
