package note

import (
	"fmt"
	"time"

	"github.com/heedmail/heed/templates"
)

// An AlarmKind says what an administrator is told. It stands in X-Heed-Alarm, for their filters.
type AlarmKind string

// The kinds of alarms.
const (
	MailboxSilent AlarmKind = "mailbox-silent" // a mailbox can't be read
	MailboxWell   AlarmKind = "mailbox-well"   // and now it can again
	MailHeld      AlarmKind = "mail-held"      // there is too much to tell people
)

// An Alarm is what the administrator is told by mail.
type Alarm struct {
	Key     string // what it is about; the same alarm under the same key is the same mail
	Kind    AlarmKind
	Mailbox string
	Since   time.Time // since when it is so; zero for not known
	Problem string    // one sentence: what is wrong
	Now     time.Time
	To      []string
}

// alarmData is what the template of alarms shows.
type alarmData struct {
	Kind, Mailbox, Since, Problem, Host string
}

// maxProblem bounds the sentence in an alarm, which may quote a server.
const maxProblem = 500

// Alarm writes a mail to the administrator.
func (c *Composer) Alarm(a Alarm) (Rendered, error) {
	data := alarmData{Kind: string(a.Kind), Mailbox: clean(a.Mailbox, 80), Problem: clean(a.Problem, maxProblem), Host: c.domain}
	if !a.Since.IsZero() {
		data.Since = (&viewer{c: c}).when(a.Since)
	}
	written, err := c.words.Text(templates.Alarm, data)
	if err != nil {
		return Rendered{}, fmt.Errorf("write alarm %s: %w", a.Key, err)
	}
	m := c.titled(written, "heed-alarm", a.Key, a.To, a.Now)
	m.alarm = a.Kind
	return m.plain()
}
