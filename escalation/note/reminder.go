package note

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
	"github.com/heedmail/heed/templates"
)

// A Reminder is what people are told once more of a case. It says enough for whoever is next in line and has not got the
// first mail.
type Reminder struct {
	Case     store.Case
	Messages []store.Message // of the case, for the customer's own words
	Number   int             // of the case's reminders, from 1
	Since    time.Time       // from when an answer is awaited
	Deadline time.Time       // what it warns of; zero when it is for want of an answer
	Last     bool            // no other will come for want of an answer
	To       []string
	Now      time.Time
}

// A Digest is the list of open cases.
type Digest struct {
	Day   string // 2026-11-09
	Cases []store.Case
	To    []string
	Now   time.Time
}

// maxDigest bounds the cases that a digest shows; it says how many there are beside them.
const maxDigest = 100

// maxReminded bounds the quotes in a reminder.
const maxReminded = 3

// listedCase is one case as reminders and digests show it.
type listedCase struct {
	Case                   int64
	State                  string // open, acked, resolved
	Who, Title, Channel    string
	Opened, Taken, Snoozed string
	Told                   string
	Reminders              int
}

// reminderData is what the template of reminders shows.
type reminderData struct {
	listedCase
	Number          int
	Since, Deadline string
	Quotes          []spoken
	Last, Answers   bool
}

// spoken is a sentence of the customer's.
type spoken struct{ When, Words string }

// digestData is what the template of digests shows.
type digestData struct {
	Date    string
	Number  int
	Cases   []listedCase
	More    int
	Answers bool
}

// Reminder writes the mail that reminds people of a case, in the thread of the others.
func (c *Composer) Reminder(r Reminder) (Rendered, error) {
	b := &viewer{c: c, f: Facts{Case: r.Case, Now: r.Now}}
	data := reminderData{listedCase: b.listed(r.Case), Number: r.Number, Since: b.moment(r.Since), Last: r.Last, Answers: c.answers, Quotes: b.spoken(r.Messages)}
	if !r.Deadline.IsZero() {
		data.Deadline = b.dueAt(r.Deadline)
	}
	written, err := c.words.Text(templates.Reminder, data)
	if err != nil {
		return Rendered{}, fmt.Errorf("write reminder %d of case %d: %w", r.Number, r.Case.ID, err)
	}
	m := c.titled(written, fmt.Sprintf("heed-%d-reminder-%d", r.Case.ID, r.Number), r.Case.Customer+r.Case.OpenedAt.UTC().String(), r.To, r.Now)
	m.caseID = r.Case.ID
	if thread := messageIDOf(r.Case.ThreadID); thread != "" {
		m.inReplyTo, m.references = thread, []string{thread}
	}
	return m.plain()
}

// Digest writes the list of open cases.
func (c *Composer) Digest(d Digest) (Rendered, error) {
	data := digestData{Date: clean(d.Day, maxName), Number: len(d.Cases), More: max(0, len(d.Cases)-maxDigest), Answers: c.answers}
	for _, one := range d.Cases[:min(len(d.Cases), maxDigest)] {
		data.Cases = append(data.Cases, (&viewer{c: c, f: Facts{Case: one, Now: d.Now}}).listed(one))
	}
	written, err := c.words.Text(templates.Digest, data)
	if err != nil {
		return Rendered{}, fmt.Errorf("write the digest of %s: %w", d.Day, err)
	}
	return c.titled(written, "heed-digest-"+d.Day, strings.Join(d.To, ","), d.To, d.Now).plain()
}

// titled makes a mail of what a template wrote: its first line is the subject. The Message-ID is the same whenever the
// same thing is told.
func (c *Composer) titled(written, id, key string, to []string, now time.Time) envelope {
	subject, text, _ := strings.Cut(written, "\n")
	sum := sha256.Sum256([]byte(id + "\x00" + key))
	return envelope{
		id:      fmt.Sprintf("%s-%s@%s", id, hex.EncodeToString(sum[:12]), c.domain),
		from:    c.from,
		to:      addresses(to),
		subject: clean(subject, maxSubject),
		date:    now,
		auto:    true,
		text:    strings.TrimLeft(text, "\n"),
	}
}

func (b *viewer) listed(c store.Case) listedCase {
	w := b.shared()
	line := listedCase{
		Case: c.ID, State: string(c.State), Who: w.Subject, Channel: w.Channel, Opened: b.moment(c.OpenedAt), Reminders: len(c.Reminders),
	}
	var titles, told []string
	for key := range c.Used {
		if title := b.title(key.Rule, ""); key.Do == escalation.Escalate && !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
	}
	slices.Sort(titles)
	line.Title = strings.Join(titles, b.c.separator())
	for _, a := range c.Mailed {
		told = append(told, clean(a, maxName))
	}
	line.Told = strings.Join(told, b.c.separator())
	if !c.AckedAt.IsZero() {
		line.Taken = b.moment(c.AckedAt)
	}
	if c.SnoozedUntil.After(b.f.Now) {
		line.Snoozed = b.moment(c.SnoozedUntil)
	}
	return line
}

// spoken are the newest sentences of the customer's in which something was heard.
func (b *viewer) spoken(messages []store.Message) []spoken {
	var all []spoken
	for _, m := range slices.Backward(messages) {
		if m.Direction != message.Inbound || len(m.Signals) == 0 || len(all) == maxReminded {
			continue
		}
		hit := m.Signals[0]
		all = append(all, spoken{b.moment(m.At), shown(cmp.Or(hit.Sentence, hit.Evidence), maxQuote)})
	}
	return all
}
