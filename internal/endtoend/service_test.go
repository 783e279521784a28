package endtoend

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAReloadTakesTheNewConfigAndRefusesABrokenOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := s.start(s.config())
	yodis, silvers := s.look(yodi, "INBOX"), s.look(silver, "INBOX")
	s.send("jane1@mail.example", support, threat(1))
	yodis.until("the first escalation", func(m []mail) bool { return escalations(m) == 1 })

	s.config(`to = ["`+yodi+`", "`+silver+`"]`, `to = ["`+silver+`"]`)
	d.hangUp()
	d.await("RELOADING=1")
	d.await("READY=1")
	s.send("jane2@mail.example", support, threat(2))
	silvers.until("the second escalation", func(m []mail) bool { return escalations(m) == 2 })

	s.file("heed.toml", "this is no config")
	d.hangUp()
	d.log.until(t, "the old one stays in force")
	// A config without a fault that can't be started with all the same.
	s.config(`state = "heed.db"`, `state = "."`)
	d.hangUp()
	d.log.until(t, "the old one is in force again")
	s.send("jane3@mail.example", support, threat(3))
	silvers.until("the third escalation", func(m []mail) bool { return escalations(m) == 3 })
	if n := escalations(yodis.until("nothing", func([]mail) bool { return true })); n != 1 {
		t.Errorf("%s got %d escalations, want the one before the reload", yodi, n)
	}
	if status := d.stop(); status != 0 {
		t.Errorf("exit status %d after SIGTERM", status)
	}
}

func (d *process) hangUp() {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		d.t.Fatal(err)
	}
}

func TestTheWatchdogIsFed(t *testing.T) {
	s := newSite(t)
	t.Setenv("WATCHDOG_USEC", "200000")
	d := s.start(s.config())
	d.await("WATCHDOG=1")
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	d.await("STOPPING=1")
	<-d.gone
}

// Two daemons on one state file would send everything twice.
func TestASecondDaemonOnTheSameStateIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	config := s.config()
	d := s.start(config)
	_, stderr, status := s.heed("run", "-c", config)
	if status != 1 || !anyLine(stderr, []string{"heed.db"}) {
		t.Errorf("exit status %d:\n%s", status, stderr)
	}
	d.stop()
}

// systemd's watchdog ends a daemon that hangs with SIGABRT, and Go ends a program that crashes with exit status 2, which
// is that of a config that a person has to correct: systemd would leave Heed lying there.
func TestACrashIsNotTakenForAMistakeInTheConfig(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := s.start(s.config())
	if err := d.cmd.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-d.gone:
	case <-time.After(patience):
		t.Fatalf("heed does not end on SIGABRT\n%s", d.log)
	}
	status := d.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != syscall.SIGABRT || status.CoreDump() {
		t.Errorf("it ended with %s, want a death by SIGABRT and no core file", d.cmd.ProcessState)
	}
	if log := d.log.String(); !strings.Contains(log, "goroutine 1 ") {
		t.Errorf("where it hung is not told:\n%s", log)
	}
}
