// Package web shows the people who run Heed how it is doing: a status page, /healthz for a monitor that asks, and
// /metrics for Prometheus.
//
// Nothing can be changed here and nobody has to log in, so nothing is shown that a stranger must not see: cases bear a
// number and a channel, never a customer. The pages need no script. What they show comes from a Source, which the
// daemon provides.
package web

import (
	"context"
	"time"
)

// A Source knows how Heed is doing.
type Source interface {
	Status(context.Context) (Status, error)
}

// A Status is all that is shown, at one moment.
type Status struct {
	Now         time.Time
	Version     string
	Started     time.Time
	Mailboxes   []Mailbox
	Outbox      Outbox
	Late        time.Duration // how long a mail may wait for its server; 0 for any time
	Undelivered []Undelivered
	Cases       []Case // those that are not resolved, the newest first
	OpenCases   int    // all of them, should Cases hold only the first
}

// MailLate says for how long mail has waited for its server when that is too long, else 0.
func (s Status) MailLate() time.Duration {
	if s.Late == 0 || s.Outbox.OldestMail.IsZero() {
		return 0
	}
	if d := s.Now.Sub(s.Outbox.OldestMail); d > s.Late {
		return d
	}
	return 0
}

// A Mailbox is one watched account.
type Mailbox struct {
	Name    string
	Folders []Folder
}

// A Folder is one watched folder. Its problem is a sentence for the administrator.
type Folder struct {
	Name        string
	LastSuccess time.Time // the last time that it was known to be read to its end; zero for never
	Healthy     bool
	Problem     string // "" when it is healthy
}

// Well reports whether the folder is read: nothing is wrong with it now, and it has been read to its end before. A
// connection that is still being made is no trouble, but no sign of health either.
func (f Folder) Well() bool { return f.Healthy && !f.LastSuccess.IsZero() }

// Trouble says what keeps the folder from being well.
func (f Folder) Trouble() string {
	if f.Problem == "" && !f.Well() {
		return "not read yet"
	}
	return f.Problem
}

// Well reports whether all folders are.
func (m Mailbox) Well() bool {
	for _, f := range m.Folders {
		if !f.Well() {
			return false
		}
	}
	return len(m.Folders) > 0
}

// LastSuccess is that of the folder which waits longest: a mailbox is as fresh as the stalest of its folders.
func (m Mailbox) LastSuccess() time.Time {
	var oldest time.Time
	for i, f := range m.Folders {
		if i == 0 || f.LastSuccess.Before(oldest) {
			oldest = f.LastSuccess
		}
	}
	return oldest
}

// An Outbox says how much is decided but not done.
type Outbox struct {
	Pending       int
	Failed        int       // refused for good
	OldestPending time.Time // since when the oldest could have been done; zero for none, or when all is held back
	OldestMail    time.Time // since when the oldest mail waits for its server; zero for none
}

// An Undelivered is one mail that somebody did not get.
type Undelivered struct {
	About     string // "case 12"
	Recipient string // of our own people
	Problem   string
}

// A Case as it may be shown to whoever can open the page.
type Case struct {
	ID       int64
	State    string
	Channel  string
	OpenedAt time.Time
	Silenced string // why its last news was told to nobody; "" when it was told
}
