package daemon

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heedmail/heed/internal/config"
)

func TestASocketThatAKilledHeedLeftBehindIsTakenAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	if err := left.Close(); err != nil {
		t.Fatal(err)
	}
	d := &daemon{cfg: &config.Config{Listen: "unix:" + path}}
	ln, err := d.listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != socketMode {
		t.Errorf("socket %v, %v", info, err)
	}
	if _, err := d.listen(t.Context()); err == nil || !strings.Contains(err.Error(), "another Heed answers there") {
		t.Errorf("a socket in use: %v", err)
	}
}

func TestAFileThatIsNoSocketIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &daemon{cfg: &config.Config{Listen: "unix:" + path}}
	if _, err := d.listen(t.Context()); err == nil {
		t.Error("it listens")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "x" {
		t.Errorf("the file is %q, %v", text, err)
	}
}
