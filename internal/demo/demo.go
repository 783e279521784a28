// Package demo shows Heed at work on one machine with nothing set up: it starts an IMAP and an SMTP server on loopback
// ports, runs the real daemon over them with a config of the usual form, delivers a small story mail by mail, and prints
// what arrived, what was heard and why, what was decided and what was sent.
//
// Only the servers are the demo's own. Everything between them is what `heed run` does.
package demo

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/mailbox/message"
	"go.uber.org/zap"
)

// patience is how long the demo waits for the daemon to deal with one mail. It takes some milliseconds.
const patience = 30 * time.Second

// The people of the story.
const (
	support  = "support-us@example.com"
	shopify  = "lu@example.com"
	amazon   = "shannbo@example.com"
	yodi     = "yodi@example.com"
	silver   = "silver@example.com"
	password = "demo"
)

//go:embed story/*.eml
var story embed.FS

// Options say how the demo is to run.
type Options struct {
	Out     io.Writer
	Once    bool // end after the story
	Version string
}

// A show is a running demo.
type show struct {
	Options
	servers *servers
	mails   chan intake.Outcome // what became of each mail
	done    chan outbox.Event   // what the outbox did
	ended   chan error          // how the daemon ended
	clock   clock
}

// Run shows the story. It returns when the story is told, or, unless Once is set, when the context ends.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := os.MkdirTemp("", "heed-demo-")
	if err != nil {
		return fmt.Errorf("make a directory for the demo's state: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	servers, err := startServers(password, support, shopify, amazon, yodi, silver)
	if err != nil {
		return err
	}
	defer servers.close()
	cfg, err := writeConfig(dir, servers)
	if err != nil {
		return err
	}
	s := &show{Options: o, servers: servers, mails: make(chan intake.Outcome, 64), done: make(chan outbox.Event, 64), ended: make(chan error, 1)}
	s.clock.turnTo(time.Now()) // until the first mail comes
	running, stop := context.WithCancel(ctx)
	go func() { s.ended <- s.daemon(running, cfg) }()
	err = s.tell(ctx)
	if err == nil && !o.Once {
		err = s.stay(ctx)
	}
	stop()
	if ended := s.drain(); err == nil { // else the story's error has it already
		err = ended
	}
	return err
}

// drain waits for the daemon to stop, taking what it still has to say, and returns how it ended.
func (s *show) drain() error {
	for {
		select {
		case <-s.mails:
		case <-s.done:
		case err := <-s.ended:
			return err
		}
	}
}

func (s *show) daemon(ctx context.Context, cfg *config.Config) error {
	return daemon.Run(ctx, daemon.Options{
		Config: cfg, Log: zap.NewNop(), Version: s.Version, Now: s.clock.now,
		OnMail:  func(o intake.Outcome) { s.mails <- o },
		OnEvent: func(e outbox.Event) { s.done <- e },
	})
}

// writeConfig writes a heed.toml as an administrator would, and reads it as the daemon does.
func writeConfig(dir string, s *servers) (*config.Config, error) {
	text := fmt.Sprintf(`state = "heed.db"
listen = ""
language = "en"

[[mailbox]]
name = "support-us"
channel = "shopify"
host = "127.0.0.1"
port = %d
tls = "none"
username = "%s"
password_file = "password"
sent = "Sent"
drafts = "Drafts"
own_addresses = ["%s"]
start = "all"
poll = "5s"

[smtp]
host = "127.0.0.1"
port = %d
tls = "none"
from = "Heed <heed@example.com>"

[[contact]]
channel = "amazon"
name = "Shannbo"
to = ["%s"]

[[contact]]
channel = "shopify"
name = "Lu"
to = ["%s"]

[domestic]
name = "Domestic customer service"
to = ["%s", "%s"]
`, s.imap.Addr.Port, support, support, s.smtpAddr.Port, amazon, shopify, yodi, silver)
	path := filepath.Join(dir, "heed.toml")
	for name, content := range map[string]string{path: text, filepath.Join(dir, "password"): password + "\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			return nil, fmt.Errorf("write the demo's config: %w", err)
		}
	}
	return config.Load(path)
}

// tell delivers the story mail by mail, each when all that followed from the one before it has been done.
func (s *show) tell(ctx context.Context) error {
	s.printf("Heed watches %s on a mail server of its own, made for this demo. Customers write:\n", support)
	names, err := fs.Glob(story, "story/*.eml")
	if err != nil {
		return err
	}
	for i, name := range names {
		raw, err := story.ReadFile(name)
		if err != nil {
			return err
		}
		if err := s.deliver(ctx, i+1, name, bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return s.showNote()
}

// deliver puts one mail where its server would, prints what becomes of it, and waits until that has happened.
func (s *show) deliver(ctx context.Context, n int, name string, raw []byte) error {
	m := message.Read(raw, message.Mailbox{})
	folder := "INBOX"
	if strings.Contains(name, "sent") {
		folder = "Sent"
	}
	s.printf("\n%2d  %s  %s <%s>: %s\n", n, m.Arrived.Format("Mon 2 Jan 15:04"), m.From.Name, m.From.Addr, m.Subject)
	s.clock.turnTo(m.Arrived)
	if err := s.servers.imap.Put(support, folder, raw, m.Arrived); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	o, err := s.outcome(ctx, m.ID)
	if err != nil {
		return err
	}
	s.printOutcome(o)
	return s.acted(ctx, expected(o))
}

// outcome waits for the mail to be taken in.
func (s *show) outcome(ctx context.Context, id string) (intake.Outcome, error) {
	for {
		select {
		case o := <-s.mails:
			if o.Message.MessageID == id {
				return o, nil
			}
		case err := <-s.ended:
			s.ended <- err
			return intake.Outcome{}, fmt.Errorf("the daemon ended early: %w", err)
		case <-ctx.Done():
			return intake.Outcome{}, fmt.Errorf("wait for the daemon to take the mail in: %w", ctx.Err())
		}
	}
}

// expected says how many things of each kind the outbox has to do because of a mail.
func expected(o intake.Outcome) map[store.Kind]int {
	n := map[store.Kind]int{}
	for _, a := range o.Actions {
		switch a.Do {
		case escalation.Escalate:
			n[store.MailRow]++
			n[store.KeywordRow]++
			n[store.NoteRow]++
		case escalation.FollowUp:
			n[store.MailRow]++
			n[store.KeywordRow]++
		default:
			n[store.DraftRow]++
		}
	}
	return n
}

// acted waits for the outbox to do what is expected of it, and prints it as it happens.
func (s *show) acted(ctx context.Context, left map[store.Kind]int) error {
	for total(left) > 0 {
		select {
		case e := <-s.done:
			left[e.Row.Kind]--
			s.printRow(e.Row)
		case <-s.mails: // the note that was laid beside the mail comes in as a mail, and is ignored
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("the daemon ended early: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("wait for the outbox: %w", ctx.Err())
		}
	}
	return nil
}

func total(left map[store.Kind]int) int {
	n := 0
	for _, k := range left {
		n += max(0, k)
	}
	return n
}

// stay leaves everything running, and goes on printing, until the context ends.
func (s *show) stay(ctx context.Context) error {
	s.printf(`
All of it stays up until you press Ctrl-C. Look around, or write a mail of your own:

  IMAP  127.0.0.1:%d, no TLS, password %q; users %s
  SMTP  127.0.0.1:%d, no TLS, no login; for example

  printf 'From: Ann <ann@mail.example>\nSubject: Order 77\n\nI will dispute this with my bank.\n' |
    curl -s smtp://127.0.0.1:%d --mail-from ann@mail.example --mail-rcpt %s -T -

`, s.servers.imap.Addr.Port, password, strings.Join([]string{support, shopify, amazon, yodi, silver}, ", "),
		s.servers.smtpAddr.Port, s.servers.smtpAddr.Port, support)
	for {
		select {
		case o := <-s.mails:
			m := o.Message
			s.printf("\n    %s: %s\n", m.From, m.Subject)
			s.printOutcome(o)
		case e := <-s.done:
			s.printRow(e.Row)
		case err := <-s.ended:
			s.ended <- err
			return err
		case <-ctx.Done():
			return nil
		}
	}
}
