package message

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Facts are what a message says that people can act on: sums, dates by which something has to happen, numbers to call and
// numbers to look up. They stem from the customer's new text alone, or from what a platform's notice says.
type Facts struct {
	Amounts   []Money    `json:"amounts,omitempty"`
	Deadlines []Deadline `json:"deadlines,omitempty"`
	Phones    []string   `json:"phones,omitempty"`  // as written
	Numbers   []string   `json:"numbers,omitempty"` // of disputes, claims and cases with platforms: "PP-D-123456"
}

// Money is a sum as somebody wrote it.
type Money struct {
	Text     string `json:"text"`     // as written: "1.234,56 €"
	Minor    int64  `json:"minor"`    // in the currency's smallest unit: 123456
	Currency string `json:"currency"` // ISO 4217: "EUR"
}

// IsZero reports whether no sum is known.
func (m Money) IsZero() bool { return m == Money{} }

// A Deadline is a date that somebody set.
type Deadline struct {
	Text string    `json:"text"` // as written: "by Friday"
	At   time.Time `json:"at"`   // when it is over, counted from the message's arrival
}

// How much of a mail is searched for facts. Customers say what they want in the first lines; longer ones are pasted.
const (
	maxFactText = 64 << 10
	maxFactLine = 4000
)

// maxNumbers bounds the numbers of disputes and cases that are kept of one mail.
const maxNumbers = 10

// caseNumber is PayPal's number of a case wherever it stands, and what follows a word for a case, dispute or claim. It is
// matched where one of caseWords stands and nowhere else.
var caseNumber = regexp.MustCompile(`^(?i)(?:(PP-(?:D-\d{4,12}|R-[A-Z]{3}-\d{6,12}|\d{3}-\d{3}-\d{3}-\d{3}))\b|` +
	`(?:dispute|case|claim|chargeback|ticket|fall|streitfall|vorgang|dossier|litige|caso|disputa|pratica|reclamo|réclamation|reclamación|zaak|claimnummer)` +
	`(?:[ -]?(?:id|number|nummer|nr\.?|no\.?|num(?:ber)?|reference|ref\.?|n°|nº|número|numéro|numero)(?: is| ist| lautet| est| es| è)?[ :.#]{0,3}|[ ]?#[ ]?|: ?)([A-Za-z0-9][A-Za-z0-9_-]{3,40}))`)

// caseWords begin what caseNumber looks for, in either case.
var caseWords = newPhraseSet("pp-", "dispute", "case", "claim", "chargeback", "ticket", "fall", "streitfall", "vorgang", "dossier", "litige",
	"caso", "disputa", "pratica", "reclam", "réclam", "rÉclam", "zaak")

// longestCase is more than the longest of what caseNumber matches takes, in bytes.
const longestCase = 160

// findNumbers returns the numbers of disputes, claims and cases that a text names.
func findNumbers(text string) []string { return numbersIn(numberedLines(text)) }

func numbersIn(lines iter.Seq[string]) []string {
	var all []string
	for l := range lines {
		if len(l) > maxFactLine || !hasThreeDigits(l) {
			continue
		}
		end := 0
		for at := range caseWords.starts(l) {
			m := caseNumber.FindStringSubmatchIndex(l[at:min(len(l), at+longestCase)])
			if at < end || m == nil {
				continue
			}
			end = at + m[1]
			start := at + max(m[2], m[4])
			number := strings.TrimRight(l[start:end], "-_")
			if hasThreeDigits(number) && !slices.Contains(all, number) && len(all) < maxNumbers {
				all = append(all, number)
			}
		}
	}
	return all
}

// readFacts fills in what the mail says that people can act on. A notice speaks in its platform's words, whose number and
// deadline were found on the way.
func (r *reading) readFacts() {
	m := r.m
	if m.Direction != Inbound {
		return
	}
	arrived := m.Arrived
	if m.Notice != nil {
		m.Facts = noticeFacts(m.Notice, arrived)
		if p := r.platform; len(m.Facts.Deadlines) == 0 && p != nil && p.answerDays > 0 && !arrived.IsZero() {
			m.Facts.Deadlines = []Deadline{{Text: fmt.Sprintf("%d days", p.answerDays), At: arrived.AddDate(0, 0, p.answerDays)}}
		}
		return
	}
	text := clipText(m.Text, maxFactText)
	var few [8]string
	lines := few[:0]
	for _, said := range []string{m.OwnSubject, text} {
		m.Facts.Deadlines = appendDeadlines(m.Facts.Deadlines, said, r.parser.room.tokens, arrived)
		lines = slices.AppendSeq(lines, numberedLines(said))
	}
	if len(lines) == 0 {
		return
	}
	m.Facts.Amounts, m.Facts.Numbers = amountsIn(slices.Values(lines)), numbersIn(slices.Values(lines))
	if hasDigit(m.OwnSubject) { // in which nobody leaves a number to call
		lines = lines[1:]
	}
	m.Facts.Phones = phonesIn(slices.Values(lines), m.Orders, m.Facts.Numbers)
}

func noticeFacts(n *Notice, arrived time.Time) Facts {
	f := Facts{Amounts: findAmounts(n.Amount)}
	if n.Dispute != "" {
		f.Numbers = []string{n.Dispute}
	}
	for _, said := range []string{"by " + n.Deadline, "within " + n.Deadline} { // the notice's reader cut that word off
		if found := findDeadlines(said, arrived); n.Deadline != "" && len(found) > 0 {
			f.Deadlines = []Deadline{{Text: n.Deadline, At: found[0].At}}
			break
		}
	}
	return f
}
