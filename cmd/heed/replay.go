package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/archive"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
	"go.uber.org/zap"
)

type replayCommand struct {
	configFlag
	Mailbox string `placeholder:"NAME" help:"The mailbox that the mail is said to come from; the config's first one if not given."`
	JSON    bool   `name:"json" help:"One JSON object a line for each mail."`
	Archive string `arg:"" name:"archive" placeholder:"DIR|MBOX" help:"A directory of folders with .eml files, a Maildir, or an mbox file."`
}

// Run takes stored mail the whole way, in the order of its arrival, over a state of its own that is thrown away.
func (c *replayCommand) Run(ctx context.Context, con *console) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	mb, err := c.mailbox(cfg)
	if err != nil {
		return err
	}
	entries, err := archive.List(c.Archive)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(con.Out)
	r := replayer{mailbox: mb, json: c.JSON, out: w}
	if err := r.run(ctx, cfg, entries); err != nil {
		return errors.Join(err, w.Flush())
	}
	return w.Flush()
}

func (c *replayCommand) mailbox(cfg *config.Config) (config.Mailbox, error) {
	var names []string
	for _, m := range cfg.Mailboxes {
		if m.Role == config.Team { // no customer's mail lies there
			continue
		}
		if c.Mailbox == "" || m.Name == c.Mailbox {
			return m, nil
		}
		names = append(names, m.Name)
	}
	if len(names) == 0 {
		return config.Mailbox{}, wrong("%s: every mailbox has role = \"team\"; add the one that customers write to", c.Config)
	}
	return config.Mailbox{}, wrong("--mailbox %s: %s names no such mailbox; it has %s", c.Mailbox, c.Config, strings.Join(names, ", "))
}

// A replayer hands stored mails to the intake, one by one.
type replayer struct {
	mailbox config.Mailbox
	json    bool
	out     io.Writer
	mails   int
	failed  error // the first failure to write
}

func (r *replayer) run(ctx context.Context, cfg *config.Config, entries []archive.Entry) error {
	st, err := store.OpenFile(ctx, store.Memory, store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	in, err := daemon.NewIntake(cfg, st, zap.NewNop(), time.Now)
	if err != nil {
		return err
	}
	in.GroupWait, in.Limits = 0, intake.Limits{} // these are about the sending, and nothing is sent
	arrived, err := arrivals(entries)
	if err != nil {
		return err
	}
	archive.Sort(entries, func(e archive.Entry) time.Time { return arrived[e.File] })
	var file string
	in.After = func(o intake.Outcome) { r.print(file, o) }
	for i, e := range entries {
		file = e.File
		if err := r.deliver(ctx, in, e, arrived[e.File], uint32(i+1)); err != nil {
			return err
		}
		if r.failed != nil {
			return r.failed
		}
	}
	return nil
}

// deliver hands one stored mail on as the watcher would.
func (r *replayer) deliver(ctx context.Context, in *intake.Intake, e archive.Entry, at time.Time, uid uint32) error {
	raw, err := e.Read()
	if err != nil {
		return err
	}
	mail := mailbox.Mail{Folder: e.Folder, UIDValidity: 1, UID: uid, InternalDate: at, Size: e.Size(), Raw: raw, Sent: r.isSent(e.Folder)}
	return in.Deliver(ctx, r.mailbox.Name, e.Folder, []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 1, UID: uid})
}

func (r *replayer) isSent(folder string) bool {
	if r.mailbox.Sent != "" {
		return folder == r.mailbox.Sent
	}
	return mailbox.IsSentName(folder)
}

// arrivals finds out when each mail arrived: by its topmost Received, else by its Date, else by its file's time.
func arrivals(entries []archive.Entry) (map[string]time.Time, error) {
	at := make(map[string]time.Time, len(entries))
	for _, e := range entries {
		raw, err := e.Read()
		if err != nil {
			return nil, err
		}
		m := message.Read(raw, message.Mailbox{})
		if at[e.File] = m.Arrived; m.Arrived.IsZero() {
			at[e.File] = e.ModTime()
		}
	}
	return at, nil
}

// A replayRow is one line of `replay --json`, a contract of docs/admin.md.
type replayRow struct {
	File      string            `json:"file"`
	MessageID string            `json:"message_id"`
	At        time.Time         `json:"at"`
	Customer  string            `json:"customer"`
	Channel   string            `json:"channel"`
	Direction message.Direction `json:"direction"`
	Ignored   message.Reason    `json:"ignored"`
	Signals   []replaySignal    `json:"signals"`
	Actions   []replayAction    `json:"actions"`
}

type replaySignal struct {
	Signal   classify.Signal `json:"signal"`
	Evidence string          `json:"evidence"`
}

type replayAction struct {
	Do    escalation.Do `json:"do"`
	Rules []string      `json:"rules"`
	To    []string      `json:"to"`
	Case  int64         `json:"case"`
}

func newReplayRow(file string, o intake.Outcome) replayRow {
	m := o.Message
	row := replayRow{File: file, MessageID: m.MessageID, At: m.At, Customer: cmp.Or(m.Writer, m.Customer), Channel: m.Channel,
		Direction: m.Direction, Ignored: m.Ignored, Signals: []replaySignal{}, Actions: []replayAction{}}
	for _, h := range m.Signals {
		row.Signals = append(row.Signals, replaySignal{h.Signal, h.Evidence})
	}
	for _, a := range o.Actions {
		row.Actions = append(row.Actions, replayAction{a.Do, append([]string{}, a.Rules...), append([]string{}, a.To...), o.CaseID})
	}
	return row
}

func (r *replayer) print(file string, o intake.Outcome) {
	r.mails++
	row := newReplayRow(file, o)
	var err error
	if r.json {
		enc := json.NewEncoder(r.out)
		enc.SetEscapeHTML(false)
		err = enc.Encode(row)
	} else {
		_, err = io.WriteString(r.out, row.String())
	}
	r.failed = errors.Join(r.failed, err)
}

// String is the row for a person: the mail on one line, what was heard and what follows on lines of their own.
func (row replayRow) String() string {
	var b strings.Builder
	what := string(row.Direction)
	if row.Ignored != "" {
		what += " (" + string(row.Ignored) + ")"
	}
	fmt.Fprintf(&b, "%s  %-24s %s  %s, %s\n", row.At.Format("2006-01-02 15:04"), row.File, what, row.Customer, row.Channel)
	for _, s := range row.Signals {
		fmt.Fprintf(&b, "    heard %s: %q\n", s.Signal, s.Evidence)
	}
	for _, a := range row.Actions {
		fmt.Fprintf(&b, "    %s, case %d", a.Do, a.Case)
		if len(a.Rules) > 0 {
			fmt.Fprintf(&b, ", because of %s", strings.Join(a.Rules, ", "))
		}
		if len(a.To) > 0 {
			fmt.Fprintf(&b, ", to %s", strings.Join(a.To, ", "))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
