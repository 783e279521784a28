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

// memoryGoal is what the program's memory is kept near. Live are 20 to 30 MB, most of it the lexicon; the rest is room for
// mail in hand, and for garbage, of which a collector without a goal would leave more lying. Less is dear: a backlog of
// 20,000 mails took 13.7 s with a goal of 48 MiB, 7 s with one of 62, and 5.2 s without any (and 125 MiB).
const memoryGoal = 64 << 20

// boundMemory sets the goal, unless the administrator has set another (GOMEMLIMIT). It is no limit: a mail of 30 MB that
// is forwarded takes what it needs.
func boundMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
	}
}

type runCommand struct {
	configFlag
}

// Run runs the daemon until SIGTERM. SIGHUP reads the config again.
func (c *runCommand) Run(ctx context.Context, con *console) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if err := forbidCore(); err != nil {
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
