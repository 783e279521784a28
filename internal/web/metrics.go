package web

import (
	"context"
	"runtime"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics counts what happens. Each metric answers one question; no label ever holds anything from a mail.
type Metrics struct {
	registry    *prometheus.Registry
	messages    *prometheus.CounterVec   // by mailbox and direction (inbound, outbound, ignored): is mail coming in?
	signals     *prometheus.CounterVec   // by signal: what are customers saying?
	escalations *prometheus.CounterVec   // by rule: what makes us escalate?
	unreadable  *prometheus.CounterVec   // by mailbox: what had to be shown to people since it could not be read?
	panics      prometheus.Counter       // has one of our own faults been contained?
	deliveries  *prometheus.CounterVec   // by kind (mail, draft, note, keyword, move, chat) and result (done, retry, failed): does it get through?
	stages      *prometheus.HistogramVec // by stage (read, hear, keep): where does the time of a mail go?
}

// What the labels can hold, so that every series is there, as zero, from the start: an alert on something that has
// never happened works the first time it does.
var (
	directions = [...]string{"inbound", "outbound", "ignored"}
	kinds      = [...]string{"mail", "draft", "note", "keyword", "move", "chat"}
	results    = [...]string{"done", "retry", "failed"}
	stages     = [...]string{"read", "hear", "keep"}
)

// MetricsOptions name what is counted.
type MetricsOptions struct {
	Source    Source
	Version   string
	Mailboxes []string
	Rules     []string
}

// NewMetrics returns Metrics with a registry of their own.
func NewMetrics(o MetricsOptions) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "heed", Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry:    prometheus.NewRegistry(),
		messages:    counter("messages_total", "Mails taken in, by mailbox and direction.", "mailbox", "direction"),
		signals:     counter("signals_total", "Signals heard in customers' mails.", "signal"),
		escalations: counter("escalations_total", "Rules that made a mail be escalated.", "rule"),
		unreadable:  counter("unreadable_total", "Mails that could not be read and were passed on for people to read.", "mailbox"),
		panics: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "heed", Name: "panics_total",
			Help: "Faults of Heed that were contained to one mail, folder or outbox row; the log has each."}),
		deliveries: counter("deliveries_total", "Attempts of the outbox, by what was done and how it ended.", "kind", "result"),
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "heed", Name: "stage_seconds",
			Help: "Time that a mail took, by stage.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 8)}, []string{"stage"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "heed", Name: "build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": o.Version, "goversion": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(m.messages, m.signals, m.escalations, m.unreadable, m.panics, m.deliveries, m.stages, build, newGauges(o.Source),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.zero(o)
	return m
}

func (m *Metrics) zero(o MetricsOptions) {
	for _, mailbox := range o.Mailboxes {
		for _, direction := range directions {
			m.messages.WithLabelValues(mailbox, direction)
		}
		m.unreadable.WithLabelValues(mailbox)
	}
	for _, signal := range classify.Signals() {
		m.signals.WithLabelValues(string(signal))
	}
	for _, rule := range o.Rules {
		m.escalations.WithLabelValues(rule)
	}
	for _, kind := range kinds {
		for _, result := range results {
			m.deliveries.WithLabelValues(kind, result)
		}
	}
	for _, stage := range stages {
		m.stages.WithLabelValues(stage)
	}
}

// Message counts one mail that was kept.
func (m *Metrics) Message(mailbox, direction string) {
	m.messages.WithLabelValues(mailbox, direction).Inc()
}

// Unreadable counts one mail that people have to read since Heed could not.
func (m *Metrics) Unreadable(mailbox string) { m.unreadable.WithLabelValues(mailbox).Inc() }

// Panic counts one fault of ours that was contained.
func (m *Metrics) Panic() { m.panics.Inc() }

// Signal counts one signal that was heard.
func (m *Metrics) Signal(name string) { m.signals.WithLabelValues(name).Inc() }

// Escalation counts one rule that made a mail be escalated.
func (m *Metrics) Escalation(rule string) { m.escalations.WithLabelValues(rule).Inc() }

// Delivery counts one attempt of the outbox: "done", "retry" or "failed".
func (m *Metrics) Delivery(kind, result string) { m.deliveries.WithLabelValues(kind, result).Inc() }

// Stage notes how long a stage of one mail took: "read", "hear" or "keep".
func (m *Metrics) Stage(stage string, d time.Duration) {
	m.stages.WithLabelValues(stage).Observe(d.Seconds())
}

// gauges are read from the Source when they are asked for, so that they are never older than the scrape.
type gauges struct {
	source                                             Source
	up, lastSuccess                                    *prometheus.Desc // by mailbox
	pending, failed, oldest, cases, started, readState *prometheus.Desc
}

func newGauges(s Source) *gauges {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("heed_"+name, help, labels, nil)
	}
	return &gauges{
		source:      s,
		up:          desc("mailbox_up", "1 while every folder of the mailbox is read.", "mailbox"),
		lastSuccess: desc("mailbox_last_success_timestamp_seconds", "When the stalest folder of the mailbox was last read to its end; 0 for never.", "mailbox"),
		pending:     desc("outbox_pending", "Things that are decided and not yet done."),
		failed:      desc("outbox_failed", "Things that were refused for good and wait for somebody."),
		oldest:      desc("outbox_oldest_pending_timestamp_seconds", "Since when the oldest pending thing could have been done; 0 when nothing waits, or all of it is held back."),
		cases:       desc("cases_open", "Cases that are not resolved."),
		started:     desc("start_timestamp_seconds", "When Heed was started."),
		readState:   desc("state_readable", "1 when the state file could be read for this scrape."),
	}
}

func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.up, g.lastSuccess, g.pending, g.failed, g.oldest, g.cases, g.started, g.readState} {
		out <- d
	}
}

func (g *gauges) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	s, err := g.source.Status(ctx)
	if err != nil {
		gauge(g.readState, 0)
		return
	}
	gauge(g.readState, 1)
	for _, m := range s.Mailboxes {
		gauge(g.up, number(m.Well()), m.Name)
		gauge(g.lastSuccess, unix(m.LastSuccess()), m.Name)
	}
	gauge(g.pending, float64(s.Outbox.Pending))
	gauge(g.failed, float64(s.Outbox.Failed))
	gauge(g.oldest, unix(s.Outbox.OldestPending))
	gauge(g.cases, float64(s.OpenCases))
	gauge(g.started, unix(s.Started))
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
