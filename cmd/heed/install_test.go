package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/heedmail/heed/internal/config"
)

// install runs `make install` into a directory of the test, with the program built at the given path.
func install(t *testing.T, root, program string) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	for _, tool := range []string{"make", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("NOT TESTED: %v", err)
		}
	}
	cmd := exec.Command("make", "-C", "../..", "install", "PREFIX=/usr", "DESTDIR="+root, "BUILD="+program)
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false") // git refuses to look into the tree of another user
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make install: %v\n%s", err, out)
	}
}

func TestMakeInstallPutsEverythingInItsPlace(t *testing.T) {
	root := t.TempDir()
	program := filepath.Join(t.TempDir(), "heed") // so that the test leaves nothing in the tree
	install(t, root, program)
	for path, mode := range map[string]os.FileMode{
		"usr/bin/heed": 0o755, "usr/share/man/man1/heed.1": 0o644, "usr/share/doc/heed/admin.md": 0o644,
		"usr/lib/systemd/system/heed.service": 0o644, "usr/lib/sysusers.d/heed.conf": 0o644, "etc/heed/heed.toml": 0o640,
	} {
		info, err := os.Stat(filepath.Join(root, path))
		if err != nil {
			t.Error(err)
			continue
		}
		if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), mode)
		}
	}
	manual, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range regexp.MustCompile(`\]\(([a-z.]+\.(?:md|yml))`).FindAllStringSubmatch(string(manual), -1) {
		if _, err := os.Stat(filepath.Join(root, "usr/share/doc/heed", link[1])); err != nil {
			t.Errorf("the manual points to what is not installed: %v", err)
		}
	}
	unit, err := os.ReadFile(filepath.Join(root, "usr/lib/systemd/system/heed.service"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(unit), "@BINDIR@") || !strings.Contains(string(unit), "\nExecStart=/usr/bin/heed run -c /etc/heed/heed.toml\n") {
		t.Errorf("the unit does not start the installed program:\n%s", unit)
	}
	if c, err := config.Load(filepath.Join(root, "etc/heed/heed.toml")); err != nil || len(c.Mailboxes) != 1 {
		t.Errorf("the config that is installed can't be loaded: %v", err)
	}
	verifyUnit(t, root)

	// An administrator's config is never overwritten.
	mine := filepath.Join(root, "etc/heed/heed.toml")
	if err := os.WriteFile(mine, []byte("# mine"), 0o640); err != nil {
		t.Fatal(err)
	}
	install(t, root, program)
	if text, err := os.ReadFile(mine); err != nil || string(text) != "# mine" {
		t.Errorf("make install has overwritten the config: %q, %v", text, err)
	}
}

// verifyUnit lets systemd read the unit and judge what the service could reach, where systemd is there.
func verifyUnit(t *testing.T, root string) {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Logf("NOT TESTED: the unit was not read by systemd: %v", err)
		return
	}
	unit := filepath.Join(root, "usr/lib/systemd/system/heed.service")
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	// systemd looks whether the program and the manual page are there; here they are in the test's directory.
	text = []byte(strings.NewReplacer("=/usr/bin/", "="+root+"/usr/bin/", "man:heed(1) ", "").Replace(string(text)))
	if err := os.WriteFile(unit, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", "--man=no", unit).CombinedOutput(); err != nil || strings.Contains(string(out), "heed.service") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", unit).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security finds the service too exposed (over 2.0): %v\n%s", err, out)
	}
}

// What ends Heed is told in plain lines. The manual looks for it with `journalctl -p warning`.
func TestTheUnitMakesErrorsOfLastWords(t *testing.T) {
	unit, err := os.ReadFile("../../systemd/heed.service")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(unit), "\nSyslogLevel=err\n") {
		t.Error("the unit leaves lines without a priority at the journal's own: information")
	}
}

// The unit promises that systemd does not start Heed again when its config is faulty.
func TestTheUnitKnowsTheExitStatusOfAFaultyConfig(t *testing.T) {
	unit, err := os.ReadFile("../../systemd/heed.service")
	if err != nil {
		t.Fatal(err)
	}
	if line := fmt.Sprintf("\nRestartPreventExitStatus=%d\n", exitWrong); !strings.Contains(string(unit), line) {
		t.Errorf("the unit lacks %q", line)
	}
	if status, _, _ := heed(t, "", "run", "-c", "testdata/faulty.toml"); status != exitWrong {
		t.Errorf("heed run with a faulty config ends with %d, want %d", status, exitWrong)
	}
}
