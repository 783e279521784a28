package main

import (
	"context"
	"fmt"

	"github.com/heedmail/heed/escalation/store"
)

// backupCommand is `heed backup`.
type backupCommand struct {
	stateFlags
	File string `arg:"" help:"The file that the copy is written to; one that is there is replaced."`
}

// Run copies the state file, also while the daemon works on it.
func (k backupCommand) Run(ctx context.Context, c *console) error {
	path, err := k.path()
	if err != nil {
		return err
	}
	b, err := store.BackUp(ctx, path, k.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Out, "%s: %s, %s, %d KiB; looked through, nothing is missing\n",
		b.Path, count(b.Messages, "message", "messages"), count(b.Cases, "case", "cases"), (b.Bytes+1023)>>10)
	return err
}
