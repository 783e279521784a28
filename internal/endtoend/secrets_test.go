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
	return []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("\x00" + username + "\x00" + secret))}
}

func mustNotHold(t *testing.T, where, text string) {
	t.Helper()
	for _, username := range []string{secretive, postman} {
		for _, secret := range []string{token, wrong, mark + "-imap", mark + "-smtp"} {
			for _, form := range disguises(secret, username) {
				if strings.Contains(text, form) {
					t.Errorf("%s holds the secret %s", where, form)
				}
			}
		}
	}
}

func TestSecretsAreSeenNowhere(t *testing.T) {
	s := newSite(t)
	s.imap.AddUser(secretive, mark+"-imap")
	s.imap.AddUser(postman, mark+"-smtp")
	s.file("password", mark+"-imap\n")
	socket := filepath.Join(t.TempDir(), "s")
	if len(socket) > 100 { // the path of a socket may not be long
		socket = filepath.Join(os.TempDir(), fmt.Sprintf("heed-%d.sock", os.Getpid()))
	}
	t.Setenv("HEED_TEST_SMTP", mark+"-smtp")
	config := s.config(`listen = ""`, fmt.Sprintf("listen = %q", "unix:"+socket),
		fmt.Sprintf("username = %q", support), fmt.Sprintf("username = %q", secretive),
		fmt.Sprintf("username = %q\npassword_file = \"password\"", sender), fmt.Sprintf("username = %q\npassword_env = \"HEED_TEST_SMTP\"", postman),
		"[domestic]", "[web]\ntoken_command = [\"echo\", \""+token+"\"]\n\n[domestic]")
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
	s.file("password", wrong+"\n")
	t.Setenv("HEED_TEST_SMTP", wrong)
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
		if err != nil || entry.IsDir() || path == config || filepath.Base(path) == "password" {
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
