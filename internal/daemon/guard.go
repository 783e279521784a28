package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/heedmail/heed/escalation/alarm"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
	"go.uber.org/zap"
)

const (
	lookEvery  = 5 * time.Second // how often the guard looks
	keepEvery  = time.Minute     // how often it writes down what it sees when nothing has changed
	sayEvery   = time.Hour       // how often the log says again that a mailbox is not read
	guardLimit = 30 * time.Second
	// startGrace is how long a mailbox has after a start of Heed, however long it was silent before: a machine that was
	// off for a week has done nothing wrong.
	startGrace = 2 * time.Minute
)

// A guard sees to it that no mailbox falls silent unnoticed: it raises an alarm when one has not been read for too long,
// and another when it is read again. What it knows is kept in the state file, so that neither a restart nor a loop of
// restarts makes it forget a silence or tell of it twice.
type guard struct {
	store  *store.Store
	desk   alarm.Desk
	after  time.Duration
	log    *zap.Logger
	now    func() time.Time
	health func() map[string][]mailbox.FolderHealth
	queued func() // is called when an alarm waits in the outbox

	started time.Time
	known   map[string]store.Watched // nil until it has been read
	kept    time.Time
	said    map[string]time.Time // when the log last said that a mailbox is not read
}

// newGuard makes the guard over the mailboxes of a daemon.
func (d *daemon) newGuard(desk alarm.Desk) *guard {
	return &guard{
		store: d.store, desk: desk, after: d.cfg.Alert.After, log: d.Log, now: d.Now, started: d.started,
		queued: func() { d.outbox.Kick() },
		health: func() map[string][]mailbox.FolderHealth {
			all := map[string][]mailbox.FolderHealth{}
			for name, w := range d.watchers {
				all[name] = w.Health()
			}
			return all
		},
	}
}

// run looks again and again until the context ends. A state file that can't be used is no reason to end: the log and
// /healthz still tell.
func (g *guard) run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := g.look(ctx); err != nil && ctx.Err() == nil {
				g.log.Error("can't write down how the mailboxes are; an alarm waits until it can", zap.Error(err))
			}
		}
	}
}

// look compares how the mailboxes are with what is known of them, and keeps what changed.
func (g *guard) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, guardLimit)
	defer cancel()
	if g.known == nil {
		known, err := g.store.Watched(ctx)
		if err != nil {
			return err
		}
		g.known, g.said = known, map[string]time.Time{}
	}
	now := g.now()
	var changed []store.Watched
	var alarms []note.Alarm
	for name, folders := range g.health() {
		w, a := g.judge(name, folders, now)
		if a != nil {
			alarms = append(alarms, *a)
		}
		if w != g.known[name] {
			changed = append(changed, w)
		}
	}
	if len(changed) == 0 || len(alarms) == 0 && now.Sub(g.kept).Abs() < keepEvery {
		return nil
	}
	err := g.store.Update(ctx, func(tx *store.Tx) error {
		var errs []error
		for _, w := range changed {
			errs = append(errs, tx.SetWatched(w))
		}
		for _, a := range alarms {
			errs = append(errs, g.desk.Queue(tx, a, now))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		return err
	}
	for _, w := range changed {
		g.known[w.Mailbox] = w
	}
	g.kept = now
	if len(alarms) > 0 {
		g.queued()
	}
	return nil
}

// judge says what is known of a mailbox now, and which alarm follows from that, if any.
func (g *guard) judge(name string, folders []mailbox.FolderHealth, now time.Time) (store.Watched, *note.Alarm) {
	before := g.known[name]
	w, last, problem := before, stalest(folders), problemOf(folders)
	w.Mailbox = name
	if !last.IsZero() {
		w.LastSuccess = last.UTC().Truncate(time.Microsecond) // as the file keeps it
	}
	silent := g.silence(last, before.LastSuccess, now) > g.after
	switch {
	case silent && before.AlarmSince.IsZero():
		w.AlarmSince = w.LastSuccess
		if w.AlarmSince.IsZero() {
			w.AlarmSince = g.started.UTC().Truncate(time.Microsecond)
		}
		g.say(name, w, problem, now)
		return w, &note.Alarm{Key: alarmKey(note.MailboxSilent, w), Kind: note.MailboxSilent, Mailbox: name, Since: w.LastSuccess, Problem: problem}
	case silent:
		g.say(name, w, problem, now)
	case !before.AlarmSince.IsZero() && !last.IsZero():
		delete(g.said, name)
		g.log.Info("mailbox is read again", zap.String("mailbox", name), zap.Time("last_success", last), zap.Time("not_since", before.AlarmSince))
		w.AlarmSince = time.Time{}
		return w, &note.Alarm{Key: alarmKey(note.MailboxWell, before), Kind: note.MailboxWell, Mailbox: name, Since: before.AlarmSince}
	}
	return w, nil
}

// say tells the log that a mailbox is not read, once in a while.
func (g *guard) say(name string, w store.Watched, problem string, now time.Time) {
	if last, ok := g.said[name]; ok && now.Sub(last) < sayEvery {
		return
	}
	g.said[name] = now
	g.log.Error("mailbox is not read; no threat that comes in there is passed on", zap.String("mailbox", name),
		zap.Time("last_success", w.LastSuccess), zap.String("problem", problem), zap.Bool("mailed", len(g.desk.To) > 0))
}

// alarmKey is the same for the same silence, before and after a restart.
func alarmKey(kind note.AlarmKind, w store.Watched) string {
	return fmt.Sprintf("%s/%s/%d", kind, w.Mailbox, w.AlarmSince.UnixMicro())
}

// silence is how long a mailbox has not been read: since its last success in this process, else since the start and what
// had passed before it. Durations within a process are those of the monotonic clock: a wall clock that is set back or
// ahead raises no alarm.
func (g *guard) silence(last, before, now time.Time) time.Duration {
	if !last.IsZero() {
		return now.Sub(last)
	}
	var earlier time.Duration
	if !before.IsZero() {
		earlier = min(max(g.started.Sub(before), 0), max(g.after-startGrace, 0))
	}
	return earlier + now.Sub(g.started)
}

// stalest is the last success of the folder that waits longest; zero when one was never read.
func stalest(folders []mailbox.FolderHealth) time.Time {
	var oldest time.Time
	for i, f := range folders {
		if i == 0 || f.LastSuccess.Before(oldest) {
			oldest = f.LastSuccess
		}
	}
	return oldest
}

// problemOf is what keeps the first folder that has a problem from being read.
func problemOf(folders []mailbox.FolderHealth) string {
	for _, f := range folders {
		if f.Err != nil {
			return f.Err.Error()
		}
	}
	return ""
}
