package endtoend

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heedmail/heed/internal/testservers"
)

// The secrets of these tests are found again wherever they go, plainly or in base64.
const (
	mark  = "hush-7f3a91"
	token = mark + "-token"
	wrong = mark + "-not-the-password"

	secretive = "secretive@example.com" // logs in to IMAP
	postman   = "postman@example.com"   // logs in to SMTP
)

// disguises are the forms in which a secret could be written down.
func disguises(secret, username string) []string {
	forms := []string{secret}
	for _, said := range []string{secret, "\x00" + username + "\x00" + secret, "user=" + username + "\x01auth=Bearer " + secret} {
		forms = append(forms, base64.StdEncoding.EncodeToString([]byte(said))[:len(said)/3*4]) // whatever follows
	}
	return forms
}

func mustNotHold(t *testing.T, where, text string) {
	t.Helper()
	for _, username := range []string{secretive, postman} {
		for _, secret := range []string{token, wrong, mark + "-imap", mark + "-smtp", mark + "-client", mark + "-refresh", mark + "-access"} {
			for _, form := range disguises(secret, username) {
				if strings.Contains(text, form) {
					t.Errorf("%s holds the secret %s", where, form)
				}
			}
		}
	}
}

func TestSecretsAreSeenNowhere(t *testing.T) {
	t.Run("passwords", func(t *testing.T) {
		s := newSite(t)
		s.imap.AddUser(secretive, mark+"-imap")
		s.imap.AddUser(postman, mark+"-smtp")
		s.file("password", mark+"-imap\n")
		t.Setenv("HEED_TEST_SMTP", mark+"-smtp")
		s.secretsStayHidden(
			[]string{fmt.Sprintf("username = %q", support), fmt.Sprintf("username = %q", secretive),
				fmt.Sprintf("username = %q\npassword_file = \"password\"", sender), fmt.Sprintf("username = %q\npassword_env = \"HEED_TEST_SMTP\"", postman)},
			func() {
				s.file("password", wrong+"\n")
				t.Setenv("HEED_TEST_SMTP", wrong)
			})
	})
	// An access token that the mail server refuses, and secrets that the provider refuses, and repeats to say so.
	for name, spoil := range map[string]func(*testservers.Provider){
		"tokens, refused by the mail server": (*testservers.Provider).Distrust,
		"tokens, refused by the provider":    func(p *testservers.Provider) { p.Refuse("invalid_grant") },
	} {
		t.Run(name, func(t *testing.T) {
			p := testservers.NewProvider(t, mark+"-access", mark+"-client", mark+"-refresh")
			s := newSiteOn(t, testservers.DovecotOAuth(t, p, "xoauth2"))
			s.imap.AddUser(secretive, "unused")
			s.file("client", mark+"-client\n")
			t.Setenv("HEED_TEST_SMTP", mark+"-refresh")
			section := fmt.Sprintf("[[oauth]]\nname = \"provider\"\ntoken_url = %q\nclient_id = %q\nclient_secret_file = \"client\"\nrefresh_token_env = \"HEED_TEST_SMTP\"\n\n", p.TokenURL, secretive)
			s.secretsStayHidden(
				[]string{fmt.Sprintf("username = %q\npassword_file = \"password\"", support), fmt.Sprintf("username = %q\noauth = \"provider\"", secretive),
					fmt.Sprintf("username = %q\npassword_file = \"password\"", sender), fmt.Sprintf("username = %q\noauth = \"provider\"", secretive),
					"[[contact]]", section + "[[contact]]"},
				func() { spoil(p) })
		})
	}
}

// secretsStayHidden looks for the secrets wherever Heed goes, with a config that uses them, and once more when they are
// refused.
func (s *site) secretsStayHidden(login []string, spoil func()) {
	t := s.t
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	if len(socket) > 100 { // the path of a socket may not be long
		socket = filepath.Join(os.TempDir(), fmt.Sprintf("heed-%d.sock", os.Getpid()))
	}
	config := s.config(append([]string{`listen = ""`, fmt.Sprintf("listen = %q", "unix:"+socket),
		"[domestic]", "[web]\ntoken_command = [\"echo\", \"" + token + "\"]\n\n[domestic]"}, login...)...)
	d := s.start(config)
	s.send("jane1@mail.example", secretive, threat(1))
	s.look(yodi, "INBOX").until("the escalation", func(m []mail) bool { return escalations(m) == 1 })

	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	for _, path := range []string{"/", "/healthz", "/metrics"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://heed"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s answers %s, %v", path, answer.Status, err)
		}
		answer.Body.Close()
		mustNotHold(t, "the page "+path, string(body))
	}
	client.CloseIdleConnections()

	for _, file := range []string{"cmdline", "limits"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", d.cmd.Process.Pid, file))
		if err != nil {
			t.Skipf("this machine has no /proc: %v", err)
		}
		mustNotHold(t, "the process list", string(text))
		if file == "limits" && !strings.Contains(strings.Join(strings.Fields(string(text)), " "), "Max core file size 0 0 ") {
			t.Errorf("a crash would leave a core file:\n%s", text)
		}
	}
	if status := d.stop(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	mustNotHold(t, "the log", d.log.String())

	// A login that is refused is told without the password that was refused.
	spoil()
	d = s.start(config)
	d.log.until(t, "log in")
	d.stop()
	mustNotHold(t, "the log of a refused login", d.log.String())
	out, errs, status := s.heed("check", "-c", config)
	if status != 1 {
		t.Errorf("heed check ends with %d", status)
	}
	mustNotHold(t, "heed check", out+errs)
	s.nothingWrittenHolds(config)
}

// nothingWrittenHolds looks through everything that Heed left on the disk and in the mailboxes.
func (s *site) nothingWrittenHolds(config string) {
	s.t.Helper()
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path == config || filepath.Base(path) == "password" || filepath.Base(path) == "client" {
			return err
		}
		text, err := os.ReadFile(path)
		mustNotHold(s.t, filepath.Base(path), string(text))
		if info, infoErr := entry.Info(); infoErr == nil && strings.HasPrefix(entry.Name(), "heed.db") && info.Mode().Perm() != 0o600 {
			s.t.Errorf("%s has mode %v", entry.Name(), info.Mode())
		}
		return err
	})
	if err != nil {
		s.t.Error(err)
	}
	for _, m := range s.look(yodi, "INBOX").all() {
		mustNotHold(s.t, "the escalation", string(m.raw))
	}
}
