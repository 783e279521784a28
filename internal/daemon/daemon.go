// Package daemon starts the parts of Heed, watches over them and stops them.
//
// The parts are a Watcher for each mailbox, the outbox, and the status page. They are started in that order, the Watchers
// before the state file is opened (see begin.go), and stopped in the reverse one: first no mail is taken any more, then the outbox
// finishes what it has in hand, then the state file is closed. One part's failure to reach its server never stops the
// others; only what makes the whole useless (a state file that can't be written, a port that is taken) ends the daemon.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/chat"
	"github.com/heedmail/heed/escalation/outbox/submission"
	"github.com/heedmail/heed/escalation/remind"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/internal/web"
	"github.com/heedmail/heed/mailbox"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Options are what a daemon is made from.
type Options struct {
	Config  *config.Config
	Reload  func() (*config.Config, error) // reads the config again; nil if it can't be
	HangUp  <-chan os.Signal               // asks for a reload; nil for never
	Log     *zap.Logger
	Version string
	Now     func() time.Time
	Notify  Notifier // the service manager; nil for none

	RemindEvery time.Duration // how often is looked who is to be reminded; 0 for the usual

	// For whoever wants to look on, such as the demo. They may be nil, and must not block for long.
	OnMail  func(intake.Outcome)
	OnEvent func(outbox.Event)
}

// Run runs the daemon until the context ends, and returns nil when it has stopped in good order. A reload stops
// everything and starts it again with the new config; a config that can't be used leaves the old one running.
func Run(ctx context.Context, o Options) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Notify == nil {
		o.Notify = noNotifier{}
	}
	var old *config.Config
	for cfg := o.Config; cfg != nil; {
		next, err := runWith(ctx, cfg, o)
		var start startError
		switch {
		case ctx.Err() != nil && errors.As(err, &start): // told to stop before it had come up
			return nil
		case old != nil && errors.As(err, &start):
			o.Log.Error("the new config can't be started with; the old one is in force again", zap.Error(err))
			next, old = old, nil
		case err != nil:
			return err
		default:
			old = cfg
		}
		if next != nil {
			followTokens(next, cfg)
		}
		cfg = next
	}
	return nil
}

// followTokens hands on the refresh tokens that are held nowhere but in the Sources of the config that ran before.
func followTokens(next, before *config.Config) {
	for _, source := range next.OAuth {
		for _, b := range before.OAuth {
			if source.Name() == b.Name() {
				source.Follow(b)
			}
		}
	}
}

// A startError says why a config could not be started with. Nothing ran with it.
type startError struct{ error }

func (e startError) Unwrap() error { return e.error }

// runWith runs the daemon with one config. It returns the config to go on with, or nil to end.
func runWith(ctx context.Context, cfg *config.Config, o Options) (*config.Config, error) {
	d, err := newDaemon(cfg, o)
	if err != nil {
		return nil, startError{err}
	}
	watching := newParts(ctx, d.failed)
	defer watching.stop()
	for _, w := range d.watchers {
		watching.start(w.Run)
	}
	st, err := store.OpenFile(ctx, cfg.State, store.Options{Now: o.Now, Daemon: true})
	if err != nil {
		return nil, startError{err}
	}
	next, err := d.run(ctx, st, watching)
	return next, errors.Join(err, st.Close())
}

// A daemon is all parts with one config.
type daemon struct {
	Options
	cfg      *config.Config
	store    *store.Store
	ear      *ear
	watchers map[string]*mailbox.Watcher
	writers  map[string]*mailbox.Writer
	smtp     *submission.Sender
	outbox   *outbox.Outbox
	couriers []*chat.Courier
	metrics  *web.Metrics
	web      *web.Server
	guard    *guard
	remind   *remind.Loop
	shop     *customers.Asker // nil where none is configured
	started  time.Time
	failed   chan error // why the first part that failed has ended
}

// newDaemon makes the daemon with its watchers, which need no more than their accounts and the ear.
func newDaemon(cfg *config.Config, o Options) (*daemon, error) {
	d := &daemon{Options: o, cfg: cfg, ear: newEar(), started: o.Now(), failed: make(chan error, 1),
		watchers: map[string]*mailbox.Watcher{}, writers: map[string]*mailbox.Writer{}}
	d.metrics = web.NewMetrics(metricsOptions(cfg, d, o.Version))
	d.Log = o.Log.WithOptions(zap.Hooks(d.countPanic))
	for _, source := range cfg.OAuth {
		source.OnUnkept(func(err error) { d.Log.Error("new refresh token lost at the next restart", zap.Error(err)) })
	}
	for _, m := range cfg.Mailboxes {
		w, err := mailbox.NewWatcher(m.Account(), d.ear, mailbox.Options{Logger: d.Log, Now: o.Now})
		if err != nil {
			return nil, err
		}
		d.watchers[m.Name] = w
	}
	return d, nil
}

// prepare makes all that is needed before mails can be taken in, and opens the status page's port.
func (d *daemon) prepare(ctx context.Context, st *store.Store) (net.Listener, error) {
	in := newIntake(d.cfg, st, d.Log, d.Now)
	in.After = d.taken
	d.ear.open(in)
	hearing := beginHearing(d.cfg.Lexicons)
	defer hearing() //nolint:errcheck // so that it has ended
	if err := d.build(st, in); err != nil {
		return nil, err
	}
	ln, err := d.listen(ctx)
	if err != nil {
		return nil, err
	}
	if err := giveClassifier(in, hearing); err != nil {
		return nil, errors.Join(err, closeListener(ln))
	}
	return ln, nil
}

// build makes the parts but for the watchers.
func (d *daemon) build(st *store.Store, in *intake.Intake) (err error) {
	cfg, log, now := d.cfg, d.Log, d.Now
	if err := giveComposer(in, cfg); err != nil {
		return err
	}
	d.store = st
	if d.shop, err = newShop(cfg.Customers, log, now); err != nil {
		return err
	}
	if d.shop != nil {
		in.Shop = d.shop
	}
	senders := map[string]outbox.Writer{}
	for _, m := range cfg.Mailboxes {
		w, err := mailbox.NewWriter(m.Account(), mailbox.Options{Logger: log, Now: now})
		if err != nil {
			return err
		}
		d.writers[m.Name], senders[m.Name] = w, w
	}
	if d.smtp, err = NewSubmission(cfg.SMTP); err != nil {
		return err
	}
	d.guard = d.newGuard(in.Alarms)
	d.outbox = outbox.New(outbox.Options{Store: st, Mail: d.smtp, Mailboxes: senders, Logger: log, Now: now, OnEvent: d.acted})
	d.remind = remind.New(remind.Options{Store: st, Composer: in.Composer, Policy: cfg.Remind, Digest: cfg.Digest, Rules: cfg.Policy,
		Now: now, Log: log.Named("remind"), Every: d.RemindEvery, Queued: d.outbox.Kick})
	for _, r := range cfg.Chats {
		d.couriers = append(d.couriers, chat.NewCourier(chat.CourierOptions{
			Store: st, Robot: NewRobot(r, now), Name: r.Name, Kind: r.Kind, Logger: log, Now: now, OnEvent: d.acted}))
	}
	token, err := pageToken(cfg.Web)
	if err != nil {
		return err
	}
	d.web = web.New(web.Options{Source: d, Metrics: d.metrics, Log: log, Loopback: isLoopback(cfg.Listen), Token: token})
	return nil
}

// countPanic counts the records of contained panics: whoever contains one logs it at this level.
func (d *daemon) countPanic(e zapcore.Entry) error {
	if e.Level == zapcore.DPanicLevel {
		d.metrics.Panic()
	}
	return nil
}

// taken hears of every mail that was committed: from now on there may be something to do.
func (d *daemon) taken(o intake.Outcome) {
	d.count(o)
	if o.Queued() {
		d.outbox.Kick()
		for _, c := range d.couriers {
			c.Kick()
		}
	}
	if d.OnMail != nil {
		d.OnMail(o)
	}
}

// acted hears of every attempt of the outbox.
func (d *daemon) acted(e outbox.Event) {
	result := "retry"
	switch e.Row.State {
	case store.Done:
		result = "done"
	case store.Failed:
		result = "failed"
	}
	d.metrics.Delivery(string(e.Row.Kind), result)
	if d.OnEvent != nil {
		d.OnEvent(e)
	}
}

// run lets the mails in, starts the other parts, and waits until the context ends or a reload is due.
func (d *daemon) run(ctx context.Context, st *store.Store, watching *parts) (next *config.Config, err error) {
	// The outbox and the page outlive the watchers: what these still decide is to be acted on and seen.
	acting := newParts(context.WithoutCancel(ctx), d.failed)
	if ln, failed := d.prepare(ctx, st); failed == nil {
		d.ear.listen(nil)
		d.startOthers(watching, acting, ln)
		d.Log.Info("heed is watching", zap.Int("mailboxes", len(d.watchers)), zap.String("state", d.cfg.State), zap.String("version", d.Version))
		d.Notify.Ready(fmt.Sprintf("mailboxes watched: %d", len(d.watchers)))
		next, err = d.wait(ctx)
	} else {
		watching.end() // before they hear of it: theirs is another cause
		d.ear.listen(failed)
		err = startError{failed}
	}
	watching.stop()
	acting.stop()
	return next, errors.Join(err, d.close())
}

// close ends what the parts leave open. A start that failed has not made all of it.
func (d *daemon) close() (err error) {
	if d.smtp != nil {
		d.smtp.Close()
	}
	for _, w := range d.writers {
		err = errors.Join(err, w.Close())
	}
	if d.shop != nil {
		err = errors.Join(err, d.shop.Close())
	}
	return err
}

// startOthers starts what is of no use before mails can be heard.
func (d *daemon) startOthers(watching, acting *parts, ln net.Listener) {
	acting.start(d.outbox.Run)
	for _, c := range d.couriers {
		acting.start(c.Run)
	}
	if ln != nil {
		acting.start(func(ctx context.Context) error { return d.web.Serve(ctx, ln) })
	}
	watching.start(d.watchdog)
	watching.start(d.janitor)
	watching.start(d.guard.run)
	watching.start(d.remind.Run)
	watching.start(settle)
}

// closeListener gives up a listener that nobody serves; there may be none.
func closeListener(ln net.Listener) error {
	if ln == nil {
		return nil
	}
	return ln.Close()
}

// wait returns when the daemon has to stop: for good (nil), or to go on with another config.
func (d *daemon) wait(ctx context.Context) (*config.Config, error) {
	for {
		select {
		case <-ctx.Done():
			d.Notify.Stopping()
			d.Log.Info("heed is stopping")
			return nil, nil
		case err := <-d.failed:
			d.Notify.Stopping()
			return nil, err
		case <-d.HangUp:
			if next := d.reload(); next != nil {
				return next, nil
			}
		}
	}
}

// reload reads the config again. Everything that can be wrong with it is found before anything that runs is touched.
func (d *daemon) reload() *config.Config {
	if d.Reload == nil {
		return nil
	}
	d.Notify.Reloading()
	next, err := d.Reload()
	if err == nil {
		_, err = NewIntake(next, d.store, d.Log, d.Now)
	}
	if err != nil {
		d.Log.Error("the new config can't be used; the old one stays in force", zap.Error(err))
		d.Notify.Ready("config not reloaded: it has faults, see the log")
		return nil
	}
	d.Log.Info("config reloaded")
	return next
}
