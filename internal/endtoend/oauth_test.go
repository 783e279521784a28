package endtoend

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heedmail/heed/internal/testservers"
)

// newTokenSite is a site whose servers let in who has a token of the provider, besides who has a password.
func newTokenSite(t *testing.T, p *testservers.Provider, mechanism string) *site {
	t.Helper()
	return newSiteOn(t, testservers.DovecotOAuth(t, p, mechanism))
}

// tokenConfig has the mailbox and the way out log in with tokens, each with those of its own user.
func (s *site) tokenConfig(p *testservers.Provider, secrets string) string {
	s.t.Helper()
	var sections strings.Builder
	for name, user := range map[string]string{"reading": support, "sending": sender} {
		fmt.Fprintf(&sections, "[[oauth]]\nname = %q\ntoken_url = %q\nclient_id = %q\n%s\nscopes = [\"mail\"]\n\n", name, p.TokenURL, user, secrets)
	}
	return s.config(
		fmt.Sprintf("username = %q\npassword_file = \"password\"\nfolders", support), fmt.Sprintf("username = %q\noauth = \"reading\"\nfolders", support),
		fmt.Sprintf("username = %q\npassword_file = \"password\"\nfrom", sender), fmt.Sprintf("username = %q\noauth = \"sending\"\nfrom", sender),
		"[domestic]", sections.String()+"[domestic]")
}

func TestAThreatIsForwardedWithTokensThatAreRenewed(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"xoauth2", "oauthbearer"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			p := testservers.NewProvider(t, "token", "s3cret", "")
			p.Lasts(1) // so that each login needs another one
			s := newTokenSite(t, p, mechanism)
			s.file("client", "s3cret\n")
			config := s.tokenConfig(p, `client_secret_file = "client"`)
			out, errs, status := s.heed("check", "-c", config)
			if status != 0 || !strings.Contains(out, "ok   oauth reading: ") || !strings.Contains(out, "ok   oauth sending: ") {
				t.Errorf("heed check ends with %d:\n%s%s", status, out, errs)
			}
			d := s.start(config)
			desk := s.look(yodi, "INBOX")
			s.send("jane1@mail.example", support, threat(1))
			desk.until("the escalation", func(m []mail) bool { return escalations(m) == 1 })

			// What was handed out is over, and the server has forgotten everybody: as after an hour at Microsoft.
			p.Revoke()
			before := p.Issued()
			s.imap.Stop()
			s.imap.Start()
			s.send("jane2@mail.example", support, threat(2))
			s.look(yodi, "INBOX").until("the second escalation", func(m []mail) bool { return escalations(m) == 2 })
			if p.Issued() == before {
				t.Error("no token was asked for")
			}

			// A provider that is out of order is waited for, and what comes meanwhile is not lost.
			p.Refuse("temporarily_unavailable")
			p.Revoke()
			s.imap.Stop()
			s.imap.Start()
			d.log.until(t, "temporarily_unavailable", "connecting again")
			s.send("jane3@mail.example", support, threat(3))
			p.Refuse("")
			s.look(yodi, "INBOX").until("the third escalation", func(m []mail) bool { return escalations(m) == 3 })
			if status := d.stop(); status != 0 {
				t.Errorf("exit status %d", status)
			}
		})
	}
}

func TestARefreshTokenThatIsReplacedIsKept(t *testing.T) {
	t.Parallel()
	p := testservers.NewProvider(t, "token", "s3cret", "refresh-0")
	p.Rotate()
	s := newTokenSite(t, p, "xoauth2")
	s.file("client", "s3cret\n")
	path := s.file("refresh", "refresh-0\n")
	section := fmt.Sprintf("[[oauth]]\nname = \"one\"\ntoken_url = %q\nclient_id = %q\nclient_secret_file = \"client\"\nrefresh_token_file = \"refresh\"\n\n", p.TokenURL, support)
	config := s.config(fmt.Sprintf("username = %q\npassword_file = \"password\"\nfolders", support), fmt.Sprintf("username = %q\noauth = \"one\"\nfolders", support),
		"[domestic]", section+"[domestic]")
	for range 2 { // the second time with what the first has kept
		d := s.start(config)
		d.log.until(t, "mailbox folder watched")
		d.stop()
		if strings.Contains(d.log.String(), "refresh-") {
			t.Errorf("a refresh token is in the log:\n%s", d.log)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil || string(kept) == "refresh-0\n" || p.Issued() < 2 {
		t.Errorf("the file holds %q, %v; %d tokens were handed out", kept, err, p.Issued())
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	// Where it can't be kept, the check says so.
	if err := os.Rename(path, filepath.Join(s.dir, "moved")); err != nil {
		t.Fatal(err)
	}
	config = s.file("heed.toml", strings.ReplaceAll(read(t, config), `refresh_token_file = "refresh"`, `refresh_token_command = ["cat", "moved"]`))
	out, _, status := s.heed("check", "-c", config)
	if status != 1 || !strings.Contains(out, "FAIL oauth \"one\"") || !strings.Contains(out, "can't be kept") || !strings.Contains(out, "ok   mailbox support-us: login") || strings.Contains(out, "refresh-") {
		t.Errorf("heed check ends with %d:\n%s", status, out)
	}
}

// A reload is no restart: what could not be kept in a file is still known.
func TestARefreshTokenThatCannotBeKeptOutlivesAReload(t *testing.T) {
	t.Parallel()
	p := testservers.NewProvider(t, "token", "s3cret", "refresh-0")
	p.Rotate()
	s := newTokenSite(t, p, "xoauth2")
	s.file("client", "s3cret\n")
	section := fmt.Sprintf("[[oauth]]\nname = \"one\"\ntoken_url = %q\nclient_id = %q\nclient_secret_file = \"client\"\nrefresh_token_command = \"echo refresh-0\"\n\n", p.TokenURL, support)
	d := s.start(s.config(fmt.Sprintf("username = %q\npassword_file = \"password\"\nfolders", support), fmt.Sprintf("username = %q\noauth = \"one\"\nfolders", support),
		"[domestic]", section+"[domestic]"))
	d.log.until(t, "mailbox folder watched")
	d.hangUp()
	d.await("RELOADING=1")
	d.await("READY=1")
	s.send("jane1@mail.example", support, threat(1))
	s.look(yodi, "INBOX").until("the escalation", func(m []mail) bool { return escalations(m) == 1 })
	d.stop()
	if log := d.log.String(); strings.Contains(log, "invalid_grant") || strings.Contains(log, "refresh-") {
		t.Errorf("the log:\n%s", log)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
