package daemon

import (
	"context"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/internal/web"
	"github.com/heedmail/heed/mailbox"
)

// shownCases is how many open cases the status page lists.
const shownCases = 50

var _ web.Source = (*daemon)(nil)

// Status is how everything is doing, for the status page, /healthz and /metrics.
func (d *daemon) Status(ctx context.Context) (web.Status, error) {
	s := web.Status{Now: d.Now(), Version: d.Version, Started: d.started}
	for _, m := range d.cfg.Mailboxes {
		s.Mailboxes = append(s.Mailboxes, web.Mailbox{Name: m.Name, Folders: folders(d.watchers[m.Name].Health())})
	}
	stats, err := d.store.Stats(ctx)
	if err != nil {
		return s, err
	}
	s.Outbox = web.Outbox{Pending: stats.Pending, Failed: stats.Failed, OldestPending: stats.OldestPending, OldestMail: stats.OldestMail}
	s.Late = d.cfg.Alert.After
	s.OpenCases = stats.OpenCases
	if s.Undelivered, err = d.undelivered(ctx); err != nil {
		return s, err
	}
	cases, err := d.store.Cases(ctx, store.Filter{States: []store.CaseState{store.Open, store.Acked}, Limit: shownCases})
	for _, c := range cases {
		s.Cases = append(s.Cases, web.Case{ID: c.ID, State: string(c.State), Channel: c.Channel, OpenedAt: c.OpenedAt, Silenced: c.Silenced})
	}
	return s, err
}

func (d *daemon) undelivered(ctx context.Context) ([]web.Undelivered, error) {
	rows, err := d.store.Undelivered(ctx)
	var all []web.Undelivered
	for _, r := range rows {
		for _, to := range r.Refused() {
			all = append(all, web.Undelivered{About: r.About(), Recipient: to.Address, Problem: to.Error})
		}
	}
	return all, err
}

func folders(health []mailbox.FolderHealth) []web.Folder {
	var all []web.Folder
	for _, h := range health {
		f := web.Folder{Name: h.Folder, LastSuccess: h.LastSuccess, Healthy: h.Err == nil && h.State != mailbox.Waiting}
		if h.Sent && f.Name == "" {
			f.Name = "(Sent)"
		}
		if h.Err != nil {
			f.Problem = h.Err.Error()
		}
		all = append(all, f)
	}
	return all
}

// metricsOptions name what is counted, so that every series is there from the start.
func metricsOptions(c *config.Config, source web.Source, version string) web.MetricsOptions {
	o := web.MetricsOptions{Source: source, Version: version}
	for _, m := range c.Mailboxes {
		o.Mailboxes = append(o.Mailboxes, m.Name)
	}
	for _, r := range c.Policy.Rules {
		o.Rules = append(o.Rules, r.Name)
	}
	return o
}

// count keeps the metrics of a mail.
func (d *daemon) count(o intake.Outcome) {
	m := o.Message
	d.metrics.Message(m.Place.Mailbox, string(m.Direction))
	d.metrics.Stage("read", o.Took.Read)
	d.metrics.Stage("hear", o.Took.Hear)
	d.metrics.Stage("keep", o.Took.Keep)
	if o.Unreadable {
		d.metrics.Unreadable(m.Place.Mailbox)
	}
	for _, h := range m.Signals {
		d.metrics.Signal(string(h.Signal))
	}
	for _, a := range o.Actions {
		if a.Do != escalation.Escalate {
			continue
		}
		for _, rule := range a.Rules {
			d.metrics.Escalation(rule)
		}
	}
}
