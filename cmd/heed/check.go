package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
)

// checkCommand is `heed check`.
type checkCommand struct {
	configFlag
	Offline     bool `help:"Check what can be checked without the network."`
	Notify      bool `help:"Have each [[chat]] robot post a line that says that this is a test."`
	PrintPolicy bool `help:"Print the policy that is in force, as [[rule]] tables for the config, and do nothing else."`
}

// Run tries everything out that Heed will rely on, one line each. It sends no mail and changes nothing; with --notify it
// posts into the group chats, which can't be tried out in silence.
func (k checkCommand) Run(ctx context.Context, c *console) error {
	settings, err := k.load()
	if k.PrintPolicy {
		return k.printPolicy(c.Out, settings, err)
	}
	if err != nil {
		return err
	}
	r := &report{w: c.Out}
	r.ok("%s: %s, %s", k.Config, count(len(settings.Mailboxes), "mailbox", "mailboxes"), count(len(settings.Contacts), "contact", "contacts"))
	for _, w := range settings.Warnings {
		r.warn("%v", w)
	}
	r.policy(settings.Policy)
	r.silences(settings.Policy.Silences, c.Now())
	r.alert(settings.Alert)
	r.templates(settings)
	r.lexicon(settings)
	r.state(settings.State)
	r.team(settings)
	r.chats(ctx, settings.Chats, k.Notify && !k.Offline, c.Now)
	r.customers(ctx, settings.Customers, k.Offline, c.Now)
	if !k.Offline {
		r.connections(ctx, settings)
	}
	if r.broken != nil {
		return fmt.Errorf("print the report: %w", r.broken)
	}
	if r.failed {
		return errTold
	}
	return nil
}

// printPolicy prints the config's policy, or the built-in one where nobody has written a config yet.
func (k checkCommand) printPolicy(w io.Writer, settings *config.Config, err error) error {
	policy := escalation.DefaultPolicy()
	switch {
	case err == nil:
		policy = settings.Policy
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	_, err = io.WriteString(w, policy.TOML())
	return err
}

// A report is what `heed check` prints: a line for each thing, beginning with ok, warn or FAIL.
type report struct {
	w      io.Writer
	failed bool
	broken error // the first failure to print
}

func (r *report) ok(format string, args ...any)   { r.line("ok   ", format, args...) }
func (r *report) warn(format string, args ...any) { r.line("warn ", format, args...) }

func (r *report) fail(format string, args ...any) {
	r.failed = true
	r.line("FAIL ", format, args...)
}

func (r *report) line(word, format string, args ...any) {
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n     ")
	_, err := fmt.Fprintln(r.w, word+text)
	r.broken = errors.Join(r.broken, err)
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

func (r *report) policy(p escalation.Policy) {
	whose := "of your own"
	if p.TOML() == escalation.DefaultPolicy().TOML() {
		whose = "built in"
	}
	r.ok("policy: %s, %s", count(len(p.Rules), "rule", "rules"), whose)
}

func (r *report) templates(settings *config.Config) {
	composer, err := daemon.NewComposer(settings)
	if err != nil {
		r.fail("templates: %v", err)
		return
	}
	problems := composer.Check()
	for _, p := range problems {
		r.fail("templates: %v; until it is mended the built-in one is used", p)
	}
	if len(problems) == 0 {
		r.ok("templates: all can be rendered")
	}
}

func (r *report) lexicon(settings *config.Config) {
	classifier, err := daemon.NewClassifier(settings.Lexicons)
	if err != nil {
		r.fail("lexicon: %v", err)
		return
	}
	faults := classifier.CheckExamples()
	for _, f := range faults {
		if own := slices.ContainsFunc(settings.Lexicons, func(path string) bool { return strings.HasPrefix(f, path+":") }); own {
			r.fail("lexicon: %s", f)
			continue
		}
		// Words of an administrator's own may change how an example of ours is heard; that may be what they want.
		r.warn("lexicon: %s; it is one of Heed's own examples", f)
	}
	if len(faults) == 0 {
		r.ok("lexicon: every example is heard as it should be; %s of your own", count(len(settings.Lexicons), "file", "files"))
	}
}

// state looks at the state file without opening it as a database: that would make it, or bring it to a newer schema,
// and as the wrong user. Who checks is often not the user that Heed runs as, so rights are a matter for a warning.
func (r *report) state(path string) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.newState(path)
		return
	case err != nil:
		r.warn("state: this user may not write %s; the user that Heed runs as has to", path)
		return
	}
	defer f.Close()
	magic := make([]byte, 16)
	n, err := io.ReadFull(f, magic)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		r.ok("state: %s is empty still", path)
	case string(magic[:n]) != "SQLite format 3\x00":
		r.fail("state: %s is no state file of Heed; correct state in the config, or move that file away", path)
	default:
		r.ok("state: %s", path)
	}
}

func (r *report) newState(path string) {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		r.warn("state: the directory %s is not there; systemd makes it (StateDirectory=), else make it for the user that Heed runs as", dir)
		return
	}
	r.ok("state: %s will be made", path)
}

// team says whose answers are obeyed, and what happens when there are none.
func (r *report) team(settings *config.Config) {
	for _, m := range settings.Mailboxes {
		if m.Role == config.Team {
			r.ok("mailbox %s: answers are obeyed of %s", m.Name, strings.Join(settings.Team(), ", "))
		}
	}
	if p := settings.Remind; p.After > 0 {
		next := "nobody is next in line"
		if len(p.ThenTo) > 0 {
			next = "next in line " + strings.Join(p.ThenTo, ", ")
		}
		r.ok("remind: after %s of working time, then every %s, %s; %s", escalation.FormatDuration(p.After), escalation.FormatDuration(p.Repeat),
			count(p.Limit, "reminder", "reminders"), next)
	}
	if d := settings.Digest; len(d.To) > 0 {
		at := time.Time{}.Add(d.At)
		r.ok("digest: at %s in %s, to %s", at.Format("15:04"), d.Zone, strings.Join(d.To, ", "))
	}
}

// alert says who is mailed when a mailbox can't be read.
func (r *report) alert(a config.Alert) {
	if len(a.To) == 0 {
		r.warn("alert: nobody is mailed when a mailbox can't be read; set `to` in [alert], or let a monitor ask /healthz")
		return
	}
	r.ok("alert: %s when a mailbox was not read for %s", strings.Join(a.To, ", "), escalation.FormatDuration(a.After))
}
