// Package message turns the raw bytes of a mail into what the rest of Heed works with: who wrote, through which
// channel, which words are new, and whether a person wrote it at all.
//
// Read goes this way, a file for each step:
//
//   - room: the memory for all of it, used for one mail after the other;
//   - parts, header, mediatype, charset: bytes → a tree of MIME parts, as tolerant as mail programs are;
//   - body, html: the tree → the text of the mail, plain and HTML;
//   - read: whose mail it is. Ours first; then what a machine sends for a person (form, relay) or about one (notice,
//     with what platforms write in platforms.toml, and authentication); then the machines (automatic, bounce); the rest are
//     people;
//   - lines, newtext, quote, signature, footer: the text → what is new in it. Where it is unsure whose words they are,
//     they are the customer's: a threat that is lost is worse than a name that is read;
//   - order, subject, address: the small things that are asked of a mail;
//   - facts, money, deadline, phone: what people can act on, from the customer's new text alone.
//
// Every mail of a backlog goes this way, so that little is done twice and little is done in vain: a field is decoded when
// it is asked for, HTML only where the plain text does not say it all, the lines of a quote hardly ever; a line is folded
// once, and an expression is tried only where a quick look (phrases, demanded) found a word that it needs. In one pass over
// the bytes most of what could be looked for is ruled out.
//
// What mail programs, forms and platforms write in the languages that are known stands in the words files and in
// platforms.toml, so that a language is added without touching code.
//
// Mail is hostile input. Everything here is bounded (see the Max constants), nothing here returns an error for a bad
// mail: what can't be parsed is read as well as possible and named in Message.Faults. The package knows neither
// network nor database.
package message

import (
	"regexp"
	"time"
)

// A Direction says whose words a mail holds.
type Direction string

// Inbound is a customer's mail, Outbound one of ours, Ignored one that never counts.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
	Ignored  Direction = "ignored"
)

// A Reason says why a mail is ignored. The words are stable: they stand in the log, the state file and the JSON output.
type Reason string

// The reasons why a mail is ignored.
const (
	NotIgnored       Reason = ""
	AutoReply        Reason = "auto-reply"        // out of office and other automatic answers (RFC 3834)
	Bounce           Reason = "bounce"            // delivery status notifications (RFC 3464) and their kin
	List             Reason = "list"              // mailing lists and newsletters (RFC 2369, RFC 2919)
	Automatic        Reason = "automatic"         // receipts and other machine mail
	OwnEscalation    Reason = "own-escalation"    // our own escalation mail or note
	TeamAnswer       Reason = "team-answer"       // an answer of our own people in the team mailbox; set by intake, not here
	NotFromTeam      Reason = "not-from-team"     // a mail to the team mailbox that is not obeyed; likewise
	Duplicate        Reason = "duplicate"         // set by escalation, not here
	DisputeClosed    Reason = "dispute-closed"    // a platform's notice of a dispute closed, won or withdrawn
	UnverifiedNotice Reason = "unverified-notice" // a platform notice that fails DMARC by our own server's word
)

// An Authentication is what our own mail server found out about whether a mail comes from whom its From names: the
// verdict of DMARC, or an aligned DKIM signature, in the topmost Authentication-Results (RFC 8601). The words stand in
// the state file.
type Authentication string

// The verdicts. AuthUnknown means that the server said nothing, which is no reproach.
const (
	AuthUnknown Authentication = ""
	AuthPassed  Authentication = "pass"
	AuthFailed  Authentication = "fail"
)

// A Mailbox is what the reader has to know about the mailbox that the mail lay in.
type Mailbox struct {
	Channel      string   // the mailbox's own channel, used when the mail names none
	OwnAddresses []string // our addresses in this mailbox
	AuthservIDs  []string // what our mail server calls itself in Authentication-Results (RFC 8601, 2.5); none = the topmost field is ours
	Staff        []string // addresses of our own people: contacts, domestic, smtp.from; their mail is outbound
	EscalatesAs  string   // the address in smtp.from: mail that bears it and X-Heed-Case is our own; "" = any sender
	Sent         bool     // the mail lay in the Sent folder

	OrderPatterns []*regexp.Regexp // what order numbers of this shop look like, beside those that every shop has
	Arrived       time.Time        // when the mail in hand came; zero for its own word
}

// An Address is a mailbox of RFC 5322: a display name, decoded, and an addr-spec.
type Address struct{ Name, Addr string }

// A Message is one mail as Heed understands it.
type Message struct {
	ID         string   // Message-ID without its brackets, "" when there is none
	InReplyTo  []string // without brackets
	References []string // without brackets
	From       Address
	To         []Address
	Subject    string    // decoded, one line
	Arrived    time.Time // as the mailbox says, else the topmost Received, else Date; zero when none can be read

	Direction Direction
	Ignored   Reason
	Auth      Authentication // of From
	AuthGiven bool           // our server has said something about it, be it that nothing is proved, or another has said it
	HeedCase  string         // the X-Heed-Case field, which anybody may have written
	Bounced   *Bounced       // set when the mail reports that another one came back

	// Customer is a normalised address: who wrote, or for an outbound mail to whom we wrote; "" for machines that are
	// nobody's. For a notice that names no buyer it is "" (see Notice), and becomes "order:1234" or "dispute:PP-D-1"
	// when nobody else is found.
	Customer     string
	CustomerName string // as it may be shown to a person, "" when unknown
	Channel      string

	OwnSubject string   // the subject when it is the customer's own words, else ""
	Text       string   // the new text: no quotes, no signature, no footer, no form labels
	Orders     []string // order numbers named in the mail, normalised ("1234", "113-5550142-7781123"), subject first
	Facts      Facts    // sums, deadlines and numbers to act on
	Notice     *Notice  // set when the mail is a platform's notice about a dispute
	Faults     []string // what was wrong with the mail, one sentence each
	// Broken says that the reading itself broke off, which is a fault of ours: what is filled in may be anything.
	Broken bool
}

// A NoticeKind says what a platform reports about a dispute.
type NoticeKind string

// DisputeOpened is a new dispute (or a reminder of an open one); DisputeEnded one closed, won, lost or withdrawn.
const (
	DisputeOpened NoticeKind = "opened"
	DisputeEnded  NoticeKind = "closed"
)

// A Notice is what a payment platform or marketplace reports about a dispute.
type Notice struct {
	Platform string // "paypal", "amazon", "shopify", "stripe", "klarna", "ebay", …
	Channel  string // the platform's own channel where it is a marketplace ("amazon"), else ""
	Kind     NoticeKind
	Buyer    string // the buyer's normalised address, "" when the notice names none
	Orders   []string
	Dispute  string // the platform's own number of the dispute, "" when it names none
	Amount   string // as written, "" when it names none
	Deadline string // as written, "" when it names none
	Words    string // the notice's own words that say so, shown as evidence; a substring of Text
	Verified bool   // our own server's topmost Authentication-Results says that DMARC or an aligned DKIM passed
}
