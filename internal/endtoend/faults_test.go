package endtoend

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A mailbox that can't be watched is the administrator's trouble, and nobody else's.
func TestAMailboxThatCantLogInDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.file("wrong", "not the password\n")
	broken := fmt.Sprintf(`[[mailbox]]
name = "support-de"
host = "127.0.0.1"
port = %d
ca_file = %q
username = %q
password_file = "wrong"

[smtp]`, s.imap.TLSPort, s.imap.CAFile, second)
	d := s.start(s.config("[smtp]", broken))
	s.send("jane1@mail.example", support, threat(1))
	s.look(silver, "INBOX").until("the escalation", func(m []mail) bool { return escalations(m) == 1 })
	d.log.until(t, "support-de", "password") // the server takes its time to refuse
	if status := d.stop(); status != 0 {
		t.Errorf("exit status %d after SIGTERM", status)
	}
}

// Each of these has to end in one sentence that says where, what, and what to do.
func TestEveryFaultIsOneClearSentence(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.file("wrong", "not the password\n")
	if err := os.Mkdir(s.dir+"/a-directory", 0o700); err != nil {
		t.Fatal(err)
	}
	s.file("no-database", strings.Repeat("this is no database\n", 100))
	tests := []struct {
		name    string
		args    []string
		replace []string
		status  int
		says    []string // all in one line of output
	}{
		{"a wrong password", []string{"check"}, []string{"username = \"" + support + "\"\npassword_file = \"password\"", "username = \"" + support + "\"\npassword_file = \"wrong\""}, 1,
			[]string{"FAIL", "support-us", "password"}},
		{"an unknown host", []string{"check"}, []string{"host = \"127.0.0.1\"\nport = " + fmt.Sprint(s.imap.TLSPort), "host = \"no-such-host.invalid\"\nport = 993"}, 1,
			[]string{"FAIL", "support-us", "no-such-host.invalid"}},
		{"a missing folder", []string{"check"}, []string{`folders = ["INBOX"]`, `folders = ["INBOX", "Custmers"]`}, 1,
			[]string{"FAIL", "support-us", "Custmers"}},
		{"an unknown key", []string{"run"}, []string{`start = "all"`, `strat = "all"`}, 2, []string{"heed.toml:16", "strat", "start"}},
		{"an SMTP refusal", []string{"check"}, []string{`to = ["` + contact + `"]`, `to = ["nobody@example.com"]`}, 1,
			[]string{"FAIL", "nobody@example.com", "550"}},
		{"a state file that is a directory", []string{"run"}, []string{`state = "heed.db"`, `state = "a-directory"`}, 1, []string{"a-directory", "directory"}},
		{"a state file that is none", []string{"run"}, []string{`state = "heed.db"`, `state = "no-database"`}, 1, []string{"no-database"}},
		{"no config at all", []string{"run", "-c", "nowhere.toml"}, nil, 2, []string{"nowhere.toml"}},
		{"an unknown command", []string{"rnu"}, nil, 2, []string{"rnu"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := tt.args
			if tt.replace != nil {
				args = append(args, "-c", s.config(tt.replace...))
			}
			stdout, stderr, status := s.heed(args...)
			if status != tt.status {
				t.Errorf("exit status %d, want %d", status, tt.status)
			}
			if !anyLine(stdout+stderr, tt.says) {
				t.Errorf("no line says %q:\n%s%s", tt.says, stdout, stderr)
			}
		})
	}
}

func anyLine(text string, words []string) bool {
	for line := range strings.Lines(text) {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			return true
		}
	}
	return false
}

func TestARefusedEscalationIsShownLoudly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	config := s.config(`to = ["`+contact+`"]`, `to = ["nobody@example.com"]`)
	d := s.start(config)
	s.send("jane1@mail.example", support, threat(1))
	// Those whom the server accepts get it all the same.
	s.look(silver, "INBOX").until("the escalation", func(m []mail) bool { return escalations(m) == 1 })
	s.look(support, "Drafts").until("the draft", func(m []mail) bool { return len(m) == 1 })
	if status := d.stop(); status != 0 {
		t.Errorf("exit status %d after SIGTERM", status)
	}
	if log := d.log.String(); !strings.Contains(log, "nobody@example.com") || !strings.Contains(log, "550") {
		t.Errorf("the log does not say who refused what:\n%s", log)
	}
	stdout, stderr, status := s.heed("cases", "list", "-c", config)
	if status != 0 || !anyLine(stdout+stderr, []string{"nobody@example.com"}) {
		t.Errorf("heed cases does not show the refusal (exit status %d):\n%s%s", status, stdout, stderr)
	}
}
