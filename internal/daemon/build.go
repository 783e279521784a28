package daemon

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/model"
	"github.com/heedmail/heed/escalation/alarm"
	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/outbox/chat"
	"github.com/heedmail/heed/escalation/outbox/submission"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/intake"
	"go.uber.org/zap"
)

// A ConfigError is a mistake in what the administrator wrote; starting again does not help.
type ConfigError struct{ error }

// Unwrap returns the mistake.
func (e ConfigError) Unwrap() error { return e.error }

// maxLexicon bounds an administrator's lexicon file; the largest built-in one is a tenth of it.
const maxLexicon = 8 << 20

// NewIntake builds the way that every mail takes from the config, for the daemon as well as for replay.
func NewIntake(c *config.Config, st *store.Store, log *zap.Logger, now func() time.Time) (*intake.Intake, error) {
	in := newIntake(c, st, log, now)
	if err := giveComposer(in, c); err != nil {
		return nil, err
	}
	return in, giveClassifier(in, func() (*classify.Classifier, error) { return NewClassifier(c.Lexicons) })
}

// giveComposer lets an intake write.
func giveComposer(in *intake.Intake, c *config.Config) error {
	composer, err := NewComposer(c)
	if err != nil {
		return ConfigError{err}
	}
	in.Composer, in.Alarms = composer, alarm.Desk{Composer: composer, To: c.Alert.To}
	return nil
}

// giveClassifier lets an intake hear.
func giveClassifier(in *intake.Intake, build func() (*classify.Classifier, error)) (err error) {
	if in.Classifier, err = build(); err != nil {
		return ConfigError{err}
	}
	return nil
}

// newIntake is NewIntake without what takes its time: the composer and the classifier. It can tell cursors.
func newIntake(c *config.Config, st *store.Store, log *zap.Logger, now func() time.Time) *intake.Intake {
	o := intake.Options{
		Store: st, Policy: c.Policy, Playbook: c.Playbook, People: c.People(), ContactNames: map[string]string{},
		DomesticName: c.Domestic.Name, Now: now, Log: log,
		GroupWait: c.GroupWait, Limits: intake.Limits{Customer: c.Limit.PerCustomer, Total: c.Limit.PerHour},
	}
	o.Team = intake.Team{Addresses: c.Team(), Zone: c.Remind.Zone}
	for _, contact := range c.Contacts {
		o.ContactNames[contact.Channel] = contact.Name
	}
	for _, r := range c.Chats {
		o.Robots = append(o.Robots, intake.Robot{Name: r.Name, Channels: r.Channels, Rules: r.Rules, Details: r.Details})
	}
	for _, m := range c.Mailboxes {
		o.Mailboxes = append(o.Mailboxes, intake.Mailbox{Name: m.Name, Read: c.Reader(m), Team: m.Role == config.Team, OnEscalate: intake.OnEscalate{
			Keyword: m.OnEscalate.Keyword, MoveTo: m.OnEscalate.MoveTo, Note: m.OnEscalate.Note}})
	}
	return intake.New(o)
}

// newShop builds what tells what the shop knows of its customers, or returns nil where nothing is configured. Whoever gets
// it closes it.
func newShop(c config.Customers, log *zap.Logger, now func() time.Time) (*customers.Asker, error) {
	switch {
	case len(c.Files) > 0:
		return customers.NewAsker(customers.OpenFile(ShopFiles(c, log, now)), now, log), nil
	case c.Database != "":
		source, err := NewShopDatabase(c)
		if err != nil {
			return nil, ConfigError{err}
		}
		return customers.NewAsker(source, now, log), nil
	}
	return nil, nil
}

// ShopFiles are the CSV files of the config as package customers asks for them.
func ShopFiles(c config.Customers, log *zap.Logger, now func() time.Time) customers.FileOptions {
	return customers.FileOptions{Paths: c.Files, Currency: c.Currency, Now: now, Log: log}
}

// NewShopDatabase builds the way to the shop's database.
func NewShopDatabase(c config.Customers) (*customers.Database, error) {
	dsn := c.DSN.Fetch
	if c.Database == customers.SQLite {
		dsn = func(context.Context) (string, error) { return c.Path, nil }
	}
	return customers.OpenDatabase(customers.DatabaseOptions{
		Kind: c.Database, DSN: dsn, ByAddress: c.ByAddress, ByOrder: c.ByOrder, Orders: c.Orders, Currency: c.Currency,
	})
}

// NewClassifier builds the classifier with the administrator's own lexicon files beside the built-in ones.
func NewClassifier(lexicons []string) (*classify.Classifier, error) {
	var o classify.Options
	for _, path := range lexicons {
		text, err := readLexicon(path)
		if err != nil {
			return nil, fmt.Errorf("read lexicon: %w", err)
		}
		file, err := lexicon.Parse(path, text)
		if err != nil {
			return nil, err
		}
		o.Lexicons = append(o.Lexicons, file)
	}
	rules, err := classify.New(o)
	if err != nil {
		return nil, err
	}
	second, err := model.BuiltIn(model.RulesOf(rules))
	if err != nil {
		return nil, fmt.Errorf("read the second opinion: %w", err)
	}
	return rules.With(second), nil
}

func readLexicon(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxLexicon+1))
	if err == nil && len(text) > maxLexicon {
		err = fmt.Errorf("%s is larger than %d MiB", path, maxLexicon>>20)
	}
	return text, err
}

// NewComposer builds what writes the notes, with the administrator's own templates over the built-in ones.
func NewComposer(c *config.Config) (*note.Composer, error) {
	var own fs.FS
	if c.Templates != "" {
		own = os.DirFS(c.Templates)
	}
	return note.New(note.Options{From: c.SMTP.From, Language: c.Language, Templates: own, Zone: time.Local, Answers: c.Answerable(), Version: version()})
}

// NewRobot builds what posts into a group chat.
func NewRobot(c config.Chat, now func() time.Time) *chat.Robot {
	o := chat.Options{Name: c.Name, Kind: c.Kind, URL: c.URL.Fetch, Keyword: c.Keyword, Now: now}
	if c.Secret.IsSet() {
		o.Secret = c.Secret.Fetch
	}
	return chat.New(o)
}

// version is that of the module as the Go toolchain stamped it into the program, "" where it did not.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "(devel)" {
		return ""
	}
	return info.Main.Version
}

// passwordWithin bounds how long a password_command may take.
const passwordWithin = 30 * time.Second

// NewSubmission builds the way out for mail.
func NewSubmission(c config.SMTP) (*submission.Sender, error) {
	return submission.New(submission.Options{
		Host: c.Host, Port: c.Port, TLS: submission.TLS(c.TLS), RootCAs: c.RootCAs, Username: c.Username, OAuth: c.OAuth,
		Password: func() (string, error) {
			ctx, cancel := context.WithTimeout(context.Background(), passwordWithin)
			defer cancel()
			return c.Password.Fetch(ctx)
		},
	})
}
