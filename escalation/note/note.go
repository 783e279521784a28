// Package note writes what Heed tells people: the mail to those who decide, the follow-up, the draft of an answer for
// our own people, and the note beside the customer's mail.
//
// Facts go in, rendered bytes come out; there is no I/O. A mail is rendered once, when it is decided, under a
// Message-ID that follows from the decision, so that however often it is sent, it is the same mail.
//
// Everything that stems from a customer's mail is hostile here: it is stripped of control and direction characters,
// shortened, put on one line, escaped in HTML, and never becomes a header name, a link or part of the MIME structure.
// The original alone travels unchanged, as an attachment (see original.go).
package note

import (
	"errors"
	"fmt"
	"io/fs"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/templates"
)

// Options are the settings of a Composer.
type Options struct {
	From      string         // the address in smtp.from, as "Heed <heed@example.com>"
	Language  string         // of escalations and notes: "en" or "zh"; "" is "en"
	Templates fs.FS          // the administrator's own templates over the built-in ones, or nil
	Zone      *time.Location // in which times are shown; nil is UTC
	Answers   bool           // an answer to a mail is read; the mails say so
	Version   string         // of Heed, for the end of a note; "" leaves it out
}

// A Composer writes mails, drafts and notes. It may be used by any number of goroutines.
type Composer struct {
	from     *netmail.Address
	domain   string // of from, as A-labels
	language string
	answers  bool
	zone     *time.Location
	version  string
	playbook escalation.Playbook // the built-in one, in language
	words    *templates.Set
	drafts   map[string]*templates.Set // by language
	problems []error                   // templates of the administrator that are not used
}

// Facts are all that a note is written from.
type Facts struct {
	Case     store.Case
	Previous store.Case          // the customer's resolved case before this one; zero for none
	Earlier  []store.Case        // the customer's resolved cases, the newest first, Previous included or not
	Actions  []escalation.Action // all that follow from the message in hand
	Counts   []escalation.Count  // how the rules came to fire
	Message  store.Message       // the message in hand
	Timeline []store.Message     // messages of the customer, this one included or not, in any order
	Cut      bool                // there are older ones, which Timeline leaves out

	Shop      *customers.Record // what the shop knows of the customer; nil for nothing
	ShopFault string            // why the shop's data could not be asked, for people; "" when it could, or is not configured

	Raw          []byte // the message in hand, byte for byte
	Aside        *Aside // the message in hand where it is too big to be held; then Raw is only its texts. nil when Raw is all
	OriginalSize int64  // its size in the mailbox; more than that of Raw (or Aside) when that is only its beginning

	Playbook escalation.Playbook // what is asked and may be offered; nil for the built-in one

	Now         time.Time
	MailboxName string
	OwnAddress  string // the mailbox's own first address: drafts come from it, notes go to it

	// A mail that was held back and tells of several messages keeps the Message-ID that it has, and says of which.
	MailID string // "" for a mail that is new
	Joined Joined

	// Names of the people who are told, each with its addresses. A name is shown when one of its addresses is among
	// the recipients; a recipient without a name is shown by the address.
	ContactName  string
	ContactTo    []string
	DomesticName string
	DomesticTo   []string
}

// truncated reports whether only the beginning of the message in hand is at hand.
func (f Facts) truncated() bool {
	if f.Aside != nil {
		return f.OriginalSize > f.Aside.Size
	}
	return f.OriginalSize > int64(len(f.Raw))
}

// Joined is what a mail that was held back tells of beside the message in hand.
type Joined struct {
	Messages []store.Message // the last of them, the oldest first
	Total    int             // of how many messages the mail tells, the one in hand included; 0 or 1 for that alone
	Cap      int             // the mails an hour that it was held back for; 0 when it was not for that
}

// Rendered is a finished mail.
type Rendered struct {
	MessageID string // without brackets
	Payload   []byte // the mail in its canonical form, CRLF lines
	// Fallback is the same mail for a server that cannot take Payload: one without 8BITMIME, or one whose size limit
	// Payload exceeds. It needs 7 bits only and has the same Message-ID. nil when Payload needs no such stand-in, or
	// InSevenBits makes it of Payload.
	Fallback []byte
	// Enclosed says where in both the original goes, which was put aside. nil when both are whole.
	Enclosed *store.Enclosed
}

// New returns a Composer. A broken template of the administrator is no error here: the built-in one stands in for it,
// and Check tells of it.
func New(o Options) (*Composer, error) {
	from, err := netmail.ParseAddress(o.From)
	if err != nil {
		return nil, fmt.Errorf("read the sender address %q: %w", o.From, err)
	}
	from, domain, err := asciiDomain(from)
	if err != nil {
		return nil, fmt.Errorf("read the sender address %q: %w", o.From, err)
	}
	c := &Composer{from: from, domain: domain, language: o.Language, answers: o.Answers, zone: o.Zone, version: o.Version, drafts: map[string]*templates.Set{}}
	if c.language == "" {
		c.language = "en"
	}
	if c.zone == nil {
		c.zone = time.UTC
	}
	if !slices.Contains(templates.NoteLanguages(), c.language) {
		return nil, fmt.Errorf("language %q: notes are written in %s", c.language, strings.Join(templates.NoteLanguages(), " or "))
	}
	c.playbook = escalation.DefaultPlaybook(c.language)
	for _, language := range templates.DraftLanguages() {
		set, problems := templates.Load(language, o.Templates)
		if set == nil {
			return nil, errors.Join(problems...)
		}
		c.drafts[language] = set
		c.problems = append(c.problems, problems...)
	}
	c.words = c.drafts[c.language]
	return c, nil
}

// asciiDomain turns an internationalised domain into A-labels (RFC 5891), so that no mail needs SMTPUTF8.
func asciiDomain(a *netmail.Address) (*netmail.Address, string, error) {
	local, domain, ok := cutAddress(a.Address)
	if !ok {
		return nil, "", errors.New("it is not of the form name@domain")
	}
	if !isASCII(local) {
		return nil, "", errors.New("the part before the @ must be plain ASCII: such an address needs SMTPUTF8, which is not spoken everywhere")
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return nil, "", fmt.Errorf("domain %q: %w", domain, err)
	}
	return &netmail.Address{Name: a.Name, Address: local + "@" + ascii}, ascii, nil
}

// From is the bare address that escalations and notes come from; it serves as envelope sender too.
func (c *Composer) From() string { return c.from.Address }

// Check renders everything once from sample facts, the built-in templates too, and returns what is wrong with the
// administrator's.
func (c *Composer) Check() []error {
	problems := slices.Clone(c.problems)
	data := sampleData(c.Letters(sampleFacts()).view(escalation.Escalate))
	for _, language := range templates.DraftLanguages() {
		problems = append(problems, c.drafts[language].Check(data, sampleWords)...)
		if err := c.drafts[language].CheckBuiltIn(data, sampleWords); err != nil { // can't pass the tests
			problems = append(problems, err)
		}
	}
	return problems
}
