package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heedmail/heed/internal/testservers"
)

// A shop is a config for real servers, of which each test spoils one thing.
type shop struct {
	imap *testservers.IMAP
	smtp *testservers.SMTP
	dir  string
}

func newShop(t *testing.T) shop {
	t.Helper()
	imap := testservers.Dovecot(t)
	for _, user := range []string{"support@example.com", "lu@example.com", "yodi@example.com", "heed@example.com"} {
		imap.AddUser(user, "correct-horse")
	}
	s := shop{imap: imap, smtp: testservers.Postfix(t, imap), dir: t.TempDir()}
	for name, password := range map[string]string{"right": "correct-horse", "wrong": "battery-staple"} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// check runs `heed check` over the shop's config with each pair of replacements made.
func (s shop) check(t *testing.T, replace ...string) (int, string) {
	t.Helper()
	text := fmt.Sprintf(`
state = "heed.db"

[[mailbox]]
name = "support"
channel = "shopify"
host = %q
port = %d
ca_file = %q
username = "support@example.com"
password_file = "right"

[smtp]
host = %q
port = %d
ca_file = %q
username = "heed@example.com"
password_file = "right"
from = "Heed <heed@example.com>"

[[contact]]
channel = "shopify"
to = ["lu@example.com"]

[domestic]
to = ["yodi@example.com", "lu@example.com"]
`, s.imap.Host, s.imap.TLSPort, s.imap.CAFile, s.smtp.Host, s.smtp.Port, s.smtp.CAFile)
	path := filepath.Join(s.dir, "heed.toml")
	if err := os.WriteFile(path, []byte(strings.NewReplacer(replace...).Replace(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := heed(t, "", "check", "-c", path)
	if errs != "" {
		t.Errorf("heed check says %s", errs)
	}
	return status, out
}

func TestCheckTriesOutRealServers(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		name    string
		replace []string
		want    []string // in the output
		failing bool
	}{
		{"all is well", nil, []string{
			"ok   mailbox support: login: ", "ok   mailbox support: folder INBOX: ", "ok   mailbox support: sent: ", "ok   mailbox support: drafts: ",
			"ok   smtp 127.0.0.1: takes mail from heed@example.com\n", "ok   smtp 127.0.0.1: takes mail for lu@example.com\n",
			"ok   smtp 127.0.0.1: takes mail for yodi@example.com\n",
		}, false},
		{"the team answers, and is reminded", []string{"[smtp]", fmt.Sprintf("[[mailbox]]\nname = \"heed\"\nrole = \"team\"\nhost = %q\nport = %d\nca_file = %q\nusername = \"heed@example.com\"\npassword_file = \"right\"\n[remind]\nthen_to = [\"support@example.com\"]\n[digest]\ntime_zone = \"Asia/Shanghai\"\n[smtp]", s.imap.Host, s.imap.TLSPort, s.imap.CAFile)},
			[]string{"ok   mailbox heed: login: ", "ok   mailbox heed: folder INBOX: ", "ok   mailbox heed: answers are obeyed of lu@example.com, yodi@example.com, ",
				"ok   remind: after 4h of working time, then every 4h, 3 reminders; next in line support@example.com\n", "ok   digest: at 08:30 in Asia/Shanghai, to yodi@example.com",
				"ok   smtp 127.0.0.1: takes mail for support@example.com\n"}, false},
		{"wrong password of the mailbox", []string{"support@example.com\"\npassword_file = \"right\"", "support@example.com\"\npassword_file = \"wrong\""},
			[]string{"FAIL mailbox support: ", "password of this mailbox", "ok   smtp 127.0.0.1: takes mail for lu@example.com\n"}, true},
		{"password file that is not there", []string{"support@example.com\"\npassword_file = \"right\"", "support@example.com\"\npassword_file = \"nowhere\""},
			[]string{"warn ", "FAIL mailbox support: ", "nowhere: no such file"}, true},
		{"missing folder", []string{"channel = \"shopify\"\nhost", "channel = \"shopify\"\nfolders = [\"INBOX\", \"Elsewhere\"]\nhost"},
			[]string{"ok   mailbox support: folder INBOX: ", "FAIL mailbox support: open the folder \"Elsewhere\"", "\"Trash\""}, true},
		{"certificate of nobody we know", []string{fmt.Sprintf("ca_file = %q\nusername = \"support", s.imap.CAFile), "username = \"support"},
			[]string{"FAIL mailbox support: ", "ca_file"}, true},
		{"wrong password for sending", []string{"heed@example.com\"\npassword_file = \"right\"", "heed@example.com\"\npassword_file = \"wrong\""},
			[]string{"ok   mailbox support: login: ", "FAIL smtp ", "535"}, true},
		{"recipient that does not exist", []string{"[\"lu@example.com\"]", "[\"nobody@example.com\"]"},
			[]string{"FAIL smtp ", "nobody@example.com", "550", "ok   smtp 127.0.0.1: takes mail for yodi@example.com\n"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, out := s.check(t, c.replace...)
			if failing := status != exitDone; failing != c.failing || status == exitWrong || failing != strings.Contains(out, "FAIL ") {
				t.Errorf("exit status %d", status)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in the report", want)
				}
			}
			if strings.Contains(out, "correct-horse") || strings.Contains(out, "battery-staple") {
				t.Error("a password is in the report")
			}
			if t.Failed() || testing.Verbose() {
				t.Log("\n" + out)
			}
		})
	}
}
