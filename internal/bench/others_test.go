package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// others are the programs that Heed is measured beside. Each takes all mails of the mailbox once, and reports false where
// it is not installed.
var others = map[string]func(t *testing.T, port, mails int) (time.Duration, bool){
	"mbsync":           func(t *testing.T, port, mails int) (time.Duration, bool) { return mbsync(t, port, mails, "yes") },
	"mbsync, FSync no": func(t *testing.T, port, mails int) (time.Duration, bool) { return mbsync(t, port, mails, "no") },
	"imapfilter":       imapfilter,
}

// mbsync copies the mailbox into a Maildir.
func mbsync(t *testing.T, port, mails int, fsync string) (time.Duration, bool) {
	dir := t.TempDir()
	config := fmt.Sprintf(`FSync %s
IMAPStore remote
Host 127.0.0.1
Port %d
User %s
Pass %s
SSLType None
AuthMechs LOGIN

MaildirStore local
Path %s/
Inbox %s/INBOX
SubFolders Verbatim

Channel c
Far :remote:
Near :local:
Patterns INBOX
Create Near
Sync Pull New
SyncState *
`, fsync, port, user, password, dir, dir)
	took, ok := timed(t, dir, "mbsync", config, "-q", "-c", "config", "c")
	if !ok {
		return 0, false
	}
	found, err := filepath.Glob(dir + "/INBOX/*/*")
	if err != nil || len(found) < mails {
		t.Fatalf("mbsync copied %d of %d mails (%v)", len(found), mails, err)
	}
	return took, true
}

// imapfilter fetches all bodies and looks for phrases in them.
func imapfilter(t *testing.T, port, mails int) (time.Duration, bool) {
	dir := t.TempDir()
	config := fmt.Sprintf(`options.timeout = 120
options.info = false
options.starttls = false
account = IMAP { server = '127.0.0.1', port = %d, username = '%s', password = '%s' }
all = account.INBOX:select_all()
hits = 0
seen = 0
for _, message in ipairs(all) do
  mailbox, uid = table.unpack(message)
  body = mailbox[uid]:fetch_body()
  seen = seen + 1
  for _, phrase in ipairs({'dispute the charge', 'chargeback', 'speak to your manager', 'lawyer', 'one star review'}) do
    if body and string.find(body, phrase, 1, true) then hits = hits + 1 end
  end
end
file = io.open('seen', 'w')
file:write(seen)
file:close()
`, port, user, password)
	took, ok := timed(t, dir, "imapfilter", config, "-c", "config")
	if !ok {
		return 0, false
	}
	seen, err := os.ReadFile(filepath.Join(dir, "seen"))
	if err != nil || string(seen) != fmt.Sprint(mails) {
		t.Fatalf("imapfilter read %s of %d mails (%v)", seen, mails, err)
	}
	return took, true
}

// timed runs a program with a configuration file in a directory of its own.
func timed(t *testing.T, dir, program, config string, args ...string) (time.Duration, bool) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Logf("%s is not installed, and not measured", program)
		return 0, false
	}
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out[max(0, len(out)-2000):])
	}
	return took, true
}
