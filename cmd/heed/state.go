package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/heedmail/heed/escalation/store"
)

// stateFlags say where the state file is: beside -c there is --state, for a copy or a backup.
type stateFlags struct {
	configFlag
	State string `placeholder:"FILE" help:"The state file, in place of the one that the config names."`
}

// path returns the state file's, which has to be there: who asks about cases with a mistyped path is to hear of it
// instead of being told that there are none.
func (f stateFlags) path() (string, error) {
	path := f.State
	if path == "" {
		settings, err := f.load()
		if err != nil {
			return "", err
		}
		path = settings.State
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", wrong("%s: there is no such state file; `heed run` makes it, --state FILE names another", path)
	}
	return path, nil
}

// open opens a state file that is there.
func (f stateFlags) open(ctx context.Context, c *console) (*store.Store, error) {
	path, err := f.path()
	if err != nil {
		return nil, err
	}
	return store.OpenFile(ctx, path, store.Options{Now: c.Now})
}
