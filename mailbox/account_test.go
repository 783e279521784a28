package mailbox

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
)

func TestClearTextIsForLoopbackOnly(t *testing.T) {
	for host, ok := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.9.8.7": true, "::1": true, "::ffff:127.0.0.1": true,
		"imap.example.com": false, "10.0.0.1": false, "0.0.0.0": false, "localhost.example.com": false, "127.0.0.1.example.com": false, "127.1": false,
	} {
		a := Account{Name: "support", Host: host, TLS: TLSNone, Username: "jane", Password: password("x")}
		if err := a.Validate(); (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestValidateTellsAllFaultsAtOnce(t *testing.T) {
	err := Account{Port: 70_000, TLS: "ssl"}.Validate()
	for _, want := range []string{"name:", "host:", "port: 70000", "username:", "password:", `tls: "ssl"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
	if _, err := NewWatcher(Account{Name: "support"}, nil, Options{}); err == nil || !strings.HasPrefix(err.Error(), `mailbox "support": `) {
		t.Errorf("NewWatcher: %v", err)
	}
	if _, err := NewWriter(Account{Name: "support"}, Options{}); err == nil {
		t.Error("NewWriter takes it")
	}
}

func TestDefaultsFollowFromTheTLSMode(t *testing.T) {
	for _, c := range []struct {
		mode TLSMode
		port int
		want string
	}{{"", 0, "h:993"}, {TLSImplicit, 0, "h:993"}, {TLSStart, 0, "h:143"}, {TLSNone, 0, "h:143"}, {TLSStart, 1143, "h:1143"}} {
		a := Account{Host: "h", TLS: c.mode, Port: c.port}.withDefaults()
		if got := a.address(); got != c.want || a.Poll != time.Minute || !slices.Equal(a.Folders, []string{"INBOX"}) {
			t.Errorf("%q %d: %s, %+v", c.mode, c.port, got, a)
		}
	}
	if got := (Account{Host: "::1", Port: 143}).address(); got != "[::1]:143" {
		t.Errorf("IPv6: %s", got)
	}
}

func TestSentFolderIsNeverInbound(t *testing.T) {
	a := Account{Folders: []string{"INBOX", "Claims", "inbox", "Sent", "Claims"}, Sent: "Sent"}
	if got := a.inbound(); !slices.Equal(got, []string{"INBOX", "Claims"}) {
		t.Errorf("got %q", got)
	}
}

func TestDialFailuresHaveTheirKinds(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind Kind
		want string
	}{
		{&net.DNSError{IsNotFound: true}, Config, "`host`"},
		{&net.DNSError{IsTemporary: true}, Temporary, "name server"},
		{x509.HostnameError{Certificate: &x509.Certificate{}}, Config, "`host`"},
		{fmt.Errorf("TLS handshake: %w", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), Config, "`ca_file`"},
		{x509.CertificateInvalidError{Reason: x509.Expired}, Config, "renewed"},
		{tls.RecordHeaderError{}, Config, "does not speak TLS"},
		{quoted{&imap.Error{Type: "BAD"}}, Config, "STARTTLS"},
		{quoted{&imap.Error{Type: "BYE"}}, Temporary, ""},
		{errors.New("connection refused"), Temporary, ""},
	} {
		if kind, advice := dialKind(c.err); kind != c.kind || !strings.Contains(advice, c.want) {
			t.Errorf("%T: %s, %q", c.err, kind, advice)
		}
	}
}

func TestRefusedCommandsAreFinalOnlyWhenTheyCanNeverWork(t *testing.T) {
	for _, c := range []struct {
		typ  imap.StatusResponseType
		code imap.ResponseCode
		want Kind
	}{
		{"NO", "", Temporary}, {"NO", imap.ResponseCodeOverQuota, Temporary}, {"NO", imap.ResponseCodeInUse, Temporary},
		{"NO", imap.ResponseCodeLimit, Temporary}, {"NO", imap.ResponseCodeNoPerm, Permanent}, {"NO", imap.ResponseCodeTooBig, Permanent},
		{"NO", imap.ResponseCodeCannot, Permanent}, {"BAD", "", Permanent},
	} {
		if got := commandKind(quoted{&imap.Error{Type: c.typ, Code: c.code}}); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.typ, c.code, got, c.want)
		}
	}
	if got := commandKind(errClosed); got != Temporary {
		t.Errorf("a lost connection: %s", got)
	}
}

func TestSpecialFoldersAreFoundByMarkThenByName(t *testing.T) {
	folder := func(name string, attrs ...imap.MailboxAttr) listed {
		return listed{name: name, delim: '/', attrs: attrs}
	}
	for _, c := range []struct {
		name    string
		folders []listed
		sent    string
		drafts  string
	}{
		{"marked", []listed{folder("Sent"), folder("Outgoing", `\SENT`), folder("Drafts"), folder("Ideas", `\Drafts`)}, "Outgoing", "Ideas"},
		{"Exchange", []listed{folder("INBOX"), folder("Drafts"), folder("Sent Items")}, "Sent Items", "Drafts"},
		{"Courier", []listed{{name: "INBOX", delim: '.'}, {name: "INBOX.Sent", delim: '.'}, {name: "INBOX.Drafts", delim: '.'}}, "INBOX.Sent", "INBOX.Drafts"},
		{"German", []listed{folder("Gesendete Elemente"), folder("ENTWÜRFE")}, "Gesendete Elemente", "ENTWÜRFE"},
		{"Chinese", []listed{folder("已发送"), folder("草稿箱")}, "已发送", "草稿箱"},
		{"the more telling name", []listed{folder("Sent Messages"), folder("Sent")}, "Sent", ""},
		{"the less deep one", []listed{folder("Archive/2020/Sent"), folder("Sent")}, "Sent", ""},
		{"not a mere branch", []listed{folder("Sent", imap.MailboxAttrNoSelect), folder("Sent/2026")}, "", ""},
		{"none", []listed{folder("INBOX"), folder("Absent"), folder("Unsent")}, "", ""},
		{"no hierarchy", []listed{{name: "Sent"}}, "Sent", ""},
	} {
		if got := pickSpecial(c.folders, imap.MailboxAttrSent); got != c.sent {
			t.Errorf("%s: Sent is %q, want %q", c.name, got, c.sent)
		}
		if got := pickSpecial(c.folders, imap.MailboxAttrDrafts); got != c.drafts {
			t.Errorf("%s: Drafts is %q, want %q", c.name, got, c.drafts)
		}
	}
}

func TestNewFolderLiesWhereTheServerAllowsIt(t *testing.T) {
	for _, c := range []struct {
		folders []listed
		want    string
	}{
		{[]listed{{name: "INBOX", delim: '/'}}, "Drafts"},
		{[]listed{{name: "INBOX", delim: '.'}, {name: "INBOX.Trash", delim: '.'}}, "INBOX.Drafts"},
		{[]listed{{name: "INBOX", delim: '.'}, {name: "INBOX.Old", delim: '.'}, {name: "Trash", delim: '.'}}, "Drafts"},
		{[]listed{{name: "INBOX"}, {name: "Flat"}}, "Drafts"},
	} {
		if got := beside(c.folders, "Drafts"); got != c.want {
			t.Errorf("%v: %q, want %q", c.folders, got, c.want)
		}
	}
}

func TestMessageIDIsReadFromAnyHeader(t *testing.T) {
	for head, want := range map[string]string{
		"Message-ID: <a@b>\r\n\r\n":            "a@b",
		"message-id:\r\n <a@b>\r\n\r\n":        "a@b",
		"Message-Id: a@b\r\n\r\n":              "a@b",
		"Message-ID: <a@b>\r\nbroken line\r\n": "a@b",
		"\r\n":                                 "",
	} {
		if got := idOf([]byte(head)); got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}
