package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
	"go.uber.org/zap"
)

// memoryGoal is what the program's memory is kept near. Live are about 14 MB, in a backlog 25, and 36 while a lexicon of the
// administrator's own is being compiled; the rest is room for garbage, of which a collector without a goal would leave more lying.
// In a backlog of 20,000 mails a goal of 56 MiB took 1.80 s of processor time and 88 MiB resident at most, 52 took 1.86 s and
// 85 MiB, 48 took 2.01 s and 81 MiB, and 44 took 2.11 s and 78 MiB. About 30 MiB of that are the program's own file.
const memoryGoal = 56 << 20

// boundMemory sets the goal, unless the administrator has set another (GOMEMLIMIT). It is no limit: what is live beyond it
// stays.
func boundMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
	}
}

// dieOfCrashes has a crash end the program with SIGABRT. Go's own way is exit status 2, which is ours for a config that a
// person has to correct: systemd would not start Heed again after a fatal error, nor after its watchdog's SIGABRT.
func dieOfCrashes() { debug.SetTraceback("crash") }

type runCommand struct {
	configFlag
}

// Run runs the daemon until SIGTERM. SIGHUP reads the config again.
func (c *runCommand) Run(ctx context.Context, con *console) error {
	if err := forbidCore(); err != nil { // before anything is read that it may not hold
		return err
	}
	dieOfCrashes()
	cfg, err := c.load()
	if err != nil {
		return err
	}
	boundMemory()
	log := daemon.NewLogger(con.Err, os.Getenv("JOURNAL_STREAM") != "")
	for _, w := range cfg.Warnings {
		log.Warn("config", zap.String("warning", w.Error()))
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	err = daemon.Run(ctx, daemon.Options{
		Config: cfg, Reload: func() (*config.Config, error) { return config.Load(c.Config) }, HangUp: hup,
		Log: log, Version: version(), Now: con.Now, Notify: daemon.Systemd{Log: log},
	})
	var mistake daemon.ConfigError
	if errors.As(err, &mistake) {
		return wrongError{err}
	}
	return err
}
