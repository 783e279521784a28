package daemon

import (
	"context"
	"fmt"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// stuckAfter is how long a loop (of a folder, of the outbox) may show no sign of life. Every wait in it in which nothing
// comes in has a deadline shorter than this, so a loop that is silent for longer hangs, and only a restart helps. A
// mailbox that can't log in is alive: it keeps trying.
const stuckAfter = 15 * time.Minute

// A Notifier is the service manager that wants to know how we are.
type Notifier interface {
	Ready(status string)
	Reloading()
	Stopping()
	// Watchdog returns how often Alive has to be called, 0 for never.
	Watchdog() time.Duration
	Alive()
}

type noNotifier struct{}

func (noNotifier) Ready(string)            {}
func (noNotifier) Reloading()              {}
func (noNotifier) Stopping()               {}
func (noNotifier) Watchdog() time.Duration { return 0 }
func (noNotifier) Alive()                  {}

// Systemd speaks sd_notify(3). It does nothing where NOTIFY_SOCKET is not set.
type Systemd struct{ Log *zap.Logger }

// Ready says that the daemon runs, with a status for `systemctl status`.
func (s Systemd) Ready(status string) { s.send(sd.SdNotifyReady + "\nSTATUS=" + status) }

// Reloading says that the config is being read again; Ready ends it. systemd wants to know when it began, to tell it
// from an earlier one.
func (s Systemd) Reloading() {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		s.Log.Warn("read the monotonic clock for systemd", zap.Error(err))
	}
	s.send(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", sd.SdNotifyReloading, now.Nano()/1000))
}

// Stopping says that the daemon is on its way out.
func (s Systemd) Stopping() { s.send(sd.SdNotifyStopping) }

// Watchdog is half of what the unit allows, 0 where it has no WatchdogSec.
func (s Systemd) Watchdog() time.Duration {
	d, err := sd.SdWatchdogEnabled(false)
	if err != nil {
		s.Log.Warn("read the watchdog's interval", zap.Error(err))
	}
	return d / 2
}

// Alive feeds the watchdog.
func (s Systemd) Alive() { s.send(sd.SdNotifyWatchdog) }

func (s Systemd) send(state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		s.Log.Warn("tell systemd", zap.Error(err))
	}
}

// watchdog feeds the service manager's watchdog as long as every loop shows signs of life.
func (d *daemon) watchdog(ctx context.Context) error {
	every := d.Notify.Watchdog()
	if every <= 0 {
		return nil
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if stuck := d.stuck(d.Now()); stuck == "" {
			d.Notify.Alive()
		} else {
			d.Log.Error("a loop hangs; the watchdog is not fed any more and systemd will restart Heed", zap.String("loop", stuck))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// stuck names a loop that has shown no sign of life for too long, "" when there is none.
func (d *daemon) stuck(now time.Time) string {
	for name, w := range d.watchers {
		for _, h := range w.Health() {
			if silent(d.started, now, h.Since, h.LastSuccess, h.Heard) {
				return name + "/" + h.Folder
			}
		}
	}
	if silent(d.started, now, d.outbox.Alive()) {
		return "outbox"
	}
	return ""
}

// silent reports whether the last of the signs of life since the start is too long ago.
func silent(started, now time.Time, signs ...time.Time) bool {
	last := started
	for _, t := range signs {
		if t.After(last) {
			last = t
		}
	}
	return now.Sub(last) > stuckAfter
}
