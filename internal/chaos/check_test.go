package chaos

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/heedmail/heed/internal/testservers"
)

// A result is the table that is printed at the end.
type result struct {
	letters                               int
	escalations, followUps                int // expected
	delivered, lost                       int // of both, each for every recipient
	refused                               int // recipients refused for good by the server, who therefore got nothing
	ambiguous, dying, doubled             int // extra copies: the answer was lost; the program died after it; no excuse
	changed                               int // copies that differ from the first
	unexpected                            int // mails to people that should not have been
	alarms                                int // mails to the administrator
	keywords, notes, drafts               int // found
	wantKeywords, wantNotes, wantDrafts   int
	keywordFaults, noteFaults, draftFault int
	seenChanged, removed, altered         int
}

// failures are the numbers that have to be 0.
func (r result) failures() int {
	return r.lost + r.doubled + r.changed + r.unexpected + r.keywordFaults + r.noteFaults + r.draftFault + r.seenChanged + r.removed + r.altered
}

// A checker compares what arrived with what should have. It knows nothing of the program but what others see of it.
type checker struct {
	t       *testing.T
	host    *host
	smtp    *mailServer
	letters []*letter
	r       result
	quiet   bool // count, and say nothing
}

func (c *checker) fault(n *int, format string, args ...any) {
	*n++
	if !c.quiet && *n <= 12 {
		c.t.Errorf(format, args...)
	}
}

// check looks at everything.
func (c *checker) check(imap *testservers.IMAP, mailboxes int) result {
	c.r = result{letters: len(c.letters)}
	c.checkMail()
	byID := map[string][]*letter{}
	for _, l := range c.letters {
		byID[l.id] = append(byID[l.id], l)
	}
	for i := range mailboxes {
		c.checkMailbox(look(c.t, imap, account(i)), i, byID)
	}
	return c.r
}

// checkMail looks at what the SMTP server took.
func (c *checker) checkMail() {
	type key struct {
		about     string
		followUp  bool
		recipient string
		other     string // the Message-ID of what is about no letter
	}
	came := map[key][]taken{}
	for _, t := range c.smtp.all() {
		k := key{about: t.about, followUp: t.followUp, recipient: t.recipient}
		if t.about == "" {
			k.other = t.messageID
			c.r.alarms++
		}
		came[k] = append(came[k], t)
	}
	for _, l := range c.letters {
		for _, kind := range []struct {
			due      bool
			followUp bool
			counted  *int
		}{{l.escalates, false, &c.r.escalations}, {l.follows, true, &c.r.followUps}} {
			if !kind.due {
				continue
			}
			if !l.vanishes {
				*kind.counted++
			}
			for _, to := range told() {
				k := key{about: l.id, followUp: kind.followUp, recipient: to}
				c.checkCopies(l, to, came[k])
				delete(came, k)
			}
		}
	}
	for k, copies := range came {
		if k.recipient == admin && k.about == "" {
			c.checkExtras(k.other, copies)
		} else {
			c.fault(&c.r.unexpected, "%s was mailed about %s (follow-up: %v) %d times, and should not have been", k.recipient, k.about, k.followUp, len(copies))
		}
	}
}

// checkCopies looks at what one recipient got about one letter.
func (c *checker) checkCopies(l *letter, to string, copies []taken) {
	if len(copies) == 0 {
		switch {
		case l.vanishes:
		case c.wasRefused(l, to):
			c.r.refused++
		default:
			c.fault(&c.r.lost, "%s was not told about %s in %s/%s", to, l.id, account(l.mailbox), l.folder)
		}
		return
	}
	c.r.delivered++
	c.checkExtras(l.id, copies)
}

// checkExtras looks at the copies of one mail after the first: each needs an excuse, and has to be the same mail.
func (c *checker) checkExtras(about string, copies []taken) {
	for i, extra := range copies[1:] {
		first := copies[i]
		if extra.messageID != first.messageID || extra.body != first.body {
			c.fault(&c.r.changed, "%s got %s first as %s and then as %s", extra.recipient, about, first.messageID, extra.messageID)
		}
		switch {
		case first.unheard:
			c.r.ambiguous++
		case c.diedAfter(first, extra):
			c.r.dying++
		default:
			c.fault(&c.r.doubled, "%s got %s (%s) again, in life %d after life %d, %s after the first was taken and answered; %s", extra.recipient, about,
				first.messageID, extra.epoch, first.epoch, extra.at.Sub(first.at), c.endOf(first))
		}
	}
}

// wasRefused reports whether the server refused a recipient of the mail about a letter for good.
func (c *checker) wasRefused(l *letter, to string) bool {
	for _, t := range c.smtp.all() {
		if t.about == l.id && c.smtp.wasRefused(refusal{t.messageID, to}) {
			return true
		}
	}
	return false
}

func (s *mailServer) wasRefused(r refusal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused[r]
}

// endOf says how the life in which a mail was taken ended.
func (c *checker) endOf(m taken) string {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	l := c.host.lives[m.epoch-1]
	return fmt.Sprintf("that life ended %s later, killed: %v, known to be not written down: %v", l.ended.Sub(m.at), l.killed, l.pending[m.messageID])
}

// diedAfter reports whether the program was killed before it can have written down that the first was taken: at once,
// or while its disk was full.
func (c *checker) diedAfter(first, second taken) bool {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	life := c.host.lives[first.epoch-1]
	if second.epoch <= first.epoch {
		return false
	}
	for _, full := range c.host.full {
		if first.at.Before(full.to.Add(10*time.Second)) && first.at.After(full.from.Add(-time.Second)) {
			return true
		}
	}
	if life.pending != nil && !life.pending[first.messageID] {
		return false
	}
	return life.killed && life.ended.Sub(first.at) < writeLimit
}

// writeLimit is how long after the server's answer the program may be about to write it down, on a machine that is busy
// with other things.
const writeLimit = 5 * time.Second

// A found is a mail as it lies in a folder.
type found struct {
	folder string
	raw    []byte
	flags  []imap.Flag
}

func (f found) has(flag imap.Flag) bool {
	for _, g := range f.flags {
		if strings.EqualFold(string(g), string(flag)) {
			return true
		}
	}
	return false
}

// look reads all of an account.
func look(t *testing.T, server *testservers.IMAP, user string) []found {
	t.Helper()
	c, err := imapclient.DialInsecure(server.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(user, password).Wait(); err != nil {
		t.Fatal(err)
	}
	var all []found
	for _, folder := range []string{inbox, claims, extra, "Drafts", "Sent"} {
		box, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err != nil {
			t.Fatalf("open %s of %s: %v", folder, user, err)
		}
		if box.NumMessages == 0 {
			continue
		}
		mails, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{Flags: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			all = append(all, found{folder, m.BodySection[0].Bytes, m.Flags})
		}
	}
	return all
}

var (
	anyID   = regexp.MustCompile(`(?m)^Message-ID: <([^>]+)>`)
	replyTo = regexp.MustCompile(`(?m)^In-Reply-To: <([^>]+)>`)
	isHeeds = regexp.MustCompile(`(?m)^X-Heed-Case: `)
)

// checkMailbox looks at what lies in a watched mailbox: the letters as they came, a keyword on those that were told of,
// a note beside each that escalated, a draft for each that gets one.
func (c *checker) checkMailbox(mails []found, mailbox int, byID map[string][]*letter) {
	lie := map[string][]found{} // letters, by Message-ID
	notes, drafts := map[string]int{}, map[string]int{}
	for _, m := range mails {
		head, _, _ := bytes.Cut(m.raw, []byte("\r\n\r\n"))
		switch about := group(replyTo, head); {
		case !isHeeds.Match(head):
			id := group(anyID, head)
			lie[id] = append(lie[id], m)
		case m.folder == "Drafts":
			drafts[about]++
		default:
			notes[about]++
			if m.has(imap.FlagSeen) {
				c.fault(&c.r.seenChanged, "the note about %s is marked as read", about)
			}
		}
	}
	for id, twins := range byID {
		if twins[0].mailbox == mailbox {
			c.checkLetter(id, twins, lie[id], notes[id], drafts[id])
			delete(notes, id)
			delete(drafts, id)
		}
	}
	for id, n := range notes {
		c.fault(&c.r.noteFaults, "%d notes about %q, of which nothing is known in %s", n, id, account(mailbox))
	}
	for id, n := range drafts {
		c.fault(&c.r.draftFault, "%d drafts about %q, of which nothing is known in %s", n, id, account(mailbox))
	}
}

// checkLetter looks at one mail, which may lie in several folders.
func (c *checker) checkLetter(id string, twins []*letter, lie []found, notes, drafts int) {
	var want letter
	for _, l := range twins {
		want.escalates = want.escalates || l.escalates
		want.drafts = want.drafts || l.drafts
		want.marked = want.marked || l.marked
		want.vanishes = want.vanishes || l.vanishes
	}
	marked := 0
	for _, m := range lie {
		if m.has("$Escalated") {
			marked++
		}
		if m.has(imap.FlagSeen) != twins[0].seen {
			c.fault(&c.r.seenChanged, "\\Seen of %s is %v and was %v", id, m.has(imap.FlagSeen), twins[0].seen)
		}
		if m.has(imap.FlagDeleted) || !bytes.Equal(m.raw, twins[0].raw) {
			c.fault(&c.r.altered, "%s in %s was altered", id, m.folder)
		}
	}
	if len(lie) < len(twins) && !want.vanishes {
		c.fault(&c.r.removed, "%s lies in %d folders and came into %d", id, len(lie), len(twins))
	}
	c.count("keywords", id, marked, want.marked, want.vanishes, &c.r.keywords, &c.r.wantKeywords, &c.r.keywordFaults)
	c.count("notes", id, notes, want.escalates, want.vanishes, &c.r.notes, &c.r.wantNotes, &c.r.noteFaults)
	c.count("drafts", id, drafts, want.drafts, want.vanishes, &c.r.drafts, &c.r.wantDrafts, &c.r.draftFault)
}

// count compares a number that is 1 or 0 with what it should be. Of a mail that was expunged it may be less.
func (c *checker) count(what, id string, got int, want, less bool, found, wanted, faults *int) {
	*found += got
	n := 0
	if want {
		n = 1
	}
	if want && !less {
		*wanted++
	}
	if got > n || got < n && !less {
		c.fault(faults, "%d %s for %s, want %d", got, what, id, n)
	}
}

// table is the result for people.
func (r result) table() string {
	var b strings.Builder
	row := func(what string, format string, args ...any) {
		fmt.Fprintf(&b, "  %-34s %s\n", what, fmt.Sprintf(format, args...))
	}
	row("mails", "%d", r.letters)
	row("escalations and follow-ups due", "%d and %d, to %d people each", r.escalations, r.followUps, len(told()))
	row("delivered", "%d", r.delivered)
	row("refused for good (550)", "%d", r.refused)
	row("lost", "%d", r.lost)
	row("doubled without an excuse", "%d", r.doubled)
	row("  the answer to the dot was lost", "%d, under the same Message-ID", r.ambiguous)
	row("  killed right after the answer", "%d, under the same Message-ID", r.dying)
	row("copies that differ", "%d", r.changed)
	row("alarms to the administrator", "%d", r.alarms)
	row("mails nobody should have got", "%d", r.unexpected)
	row("keywords", "%d (due %d, wrong %d)", r.keywords, r.wantKeywords, r.keywordFaults)
	row("notes", "%d (due %d, wrong %d)", r.notes, r.wantNotes, r.noteFaults)
	row("drafts", "%d (due %d, wrong %d)", r.drafts, r.wantDrafts, r.draftFault)
	row("\\Seen changed", "%d", r.seenChanged)
	row("letters removed or altered", "%d", r.removed+r.altered)
	return b.String()
}
