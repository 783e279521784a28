package testservers

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

// MariaDB starts a MariaDB that ends with the test.
func MariaDB(t testing.TB) *Database {
	t.Helper()
	daemon, installer := program(t, "mariadbd", "mariadb-server-core"), program(t, "mariadb-install-db", "mariadb-server-core")
	s := newDatabase(t, "MariaDB", "nobody")
	// No settings of the machine's, no log of changes, and little memory. Nothing is forced onto the disk, which is most
	// of the time that it takes to come up: what an outage of the machine would lose is a test's.
	settings := []string{"--no-defaults", "--datadir=" + s.data(), "--skip-name-resolve", "--skip-log-bin", "--debug-no-sync",
		"--innodb-doublewrite=0", "--innodb-use-native-aio=0", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M"}
	// MariaDB's own administrator may come in by the Unix socket only: no account without a password is left.
	s.install(installer, slices.Concat(settings, []string{"--skip-test-db", "--auth-root-authentication-method=socket"})...)

	users := filepath.Join(s.dir, "users.sql") // run at every start, before the first client is let in
	write(t, users, `CREATE DATABASE IF NOT EXISTS shop;
CREATE OR REPLACE USER heed@'127.0.0.1' IDENTIFIED BY 'secret';
GRANT ALL ON *.* TO heed@'127.0.0.1';
`, 0o644)
	s.serve = func() *exec.Cmd {
		return s.command(daemon, slices.Concat(settings, []string{"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(s.port),
			"--socket=" + filepath.Join(s.dir, "home/socket"), "--init-file=" + users})...)
	}
	s.answers = greets
	s.atOnce = syscall.SIGTERM
	return s.begin(func(addr string) string { return fmt.Sprintf("heed:secret@tcp(%s)/shop", addr) })
}
