package daemon

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// The rhythm of the janitor: little at a time, so that no mail waits for it.
const (
	cleanEvery = time.Hour
	cleanAtOne = 100 // rows of a table in one go
	cleanPause = 100 * time.Millisecond
)

// janitor removes what is older than the config wants it to be kept, at the start and every hour.
func (d *daemon) janitor(ctx context.Context) error {
	if err := d.dropChats(ctx); err != nil && ctx.Err() == nil {
		d.Log.Error("can't give up what waits for robots that are gone", zap.Error(err))
	}
	if d.cfg.Retain <= 0 {
		return nil
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		d.clean(ctx)
		timer.Reset(cleanEvery)
	}
}

// clean removes until nothing is left to remove.
func (d *daemon) clean(ctx context.Context) {
	before := d.Now().Add(-d.cfg.Retain)
	total := 0
	for ctx.Err() == nil {
		n, err := d.store.Expire(ctx, before, cleanAtOne)
		total += n
		if err != nil && ctx.Err() == nil {
			d.Log.Error("can't remove what is old; tried again in an hour", zap.Error(err))
			return
		}
		if n == 0 {
			break
		}
		pause := time.NewTimer(cleanPause)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
	if total > 0 {
		d.Log.Info("removed what is older than retain allows", zap.Int("rows", total), zap.Time("before", before))
	}
}

// dropChats gives up what waits for robots that were taken out of the config.
func (d *daemon) dropChats(ctx context.Context) error {
	var names []string
	for _, r := range d.cfg.Chats {
		names = append(names, r.Name)
	}
	return d.store.DropChat(ctx, names)
}
