package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
	"go.uber.org/zap"
)

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
