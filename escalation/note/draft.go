package note

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"mime"
	netmail "net/mail"
	"slices"
	"strings"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/offer"
	"github.com/heedmail/heed/mailbox/message"
	"github.com/heedmail/heed/templates"
)

// ErrNoAddress says that nobody can be answered: the customer is known by an order or dispute number only.
var ErrNoAddress = errors.New("the customer's mail address is not known")

// draftData is what the templates of drafts show.
type draftData struct {
	Name     string
	Order    string
	Offer    offer.Offer // the next better one; of Appease, and the zero Offer where none is left
	Original *original   // what is answered; nil where there are no words
}

// An original is the customer's mail as an answer quotes it.
type original struct {
	Date  string // "2026-03-03", which is the same in every language
	Who   string
	Lines []string
}

// How much of the customer's mail is quoted, and how wide.
const (
	maxQuotedText  = 8 << 10
	maxQuotedLines = 120
	quotedWidth    = 74
)

// Draft is Composer.Draft.
func (l *Letters) Draft(do escalation.Do) (Rendered, error) {
	c, f := l.c, l.Facts
	name := map[escalation.Do]string{escalation.Appease: templates.Appease, escalation.Reassure: templates.Reassure}[do]
	if name == "" {
		return Rendered{}, fmt.Errorf("write a draft of case %d: %q is no draft", f.Case.ID, do)
	}
	to, ok := address(replyAddress(f))
	if !ok {
		return Rendered{}, fmt.Errorf("write %s draft of case %d: %w", do, f.Case.ID, ErrNoAddress)
	}
	from, ok := address(f.OwnAddress)
	if !ok {
		return Rendered{}, fmt.Errorf("write %s draft of case %d: %q is no address to answer from", do, f.Case.ID, clean(f.OwnAddress, maxName))
	}
	to.Name = displayName(f)
	data := draftData{Name: displayName(f), Order: orderNumber(f), Original: c.quoted(f)}
	if do == escalation.Appease {
		data.Offer = l.nextOffer()
	}
	text, err := c.drafts[draftLanguage(f.Message.Lang)].Text(name, data)
	if err != nil {
		return Rendered{}, fmt.Errorf("write %s draft of case %d: %w", do, f.Case.ID, err)
	}
	action, _ := find(f.Actions, do)
	m := envelope{
		id:         c.messageID(string(do), f),
		from:       from,
		to:         []*netmail.Address{to},
		subject:    replySubject(f.Message.Subject),
		date:       f.Now,
		caseID:     f.Case.ID,
		rules:      action.Rules,
		text:       text,
		inReplyTo:  messageIDOf(f.Message.MessageID),
		references: references(f.Message),
	}
	return m.plain()
}

// nextOffer is the first offer of the playbook that is better than all in our earlier answers.
func (l *Letters) nextOffer() offer.Offer {
	b := l.outline(escalation.Appease)
	next, _ := offer.Next(b.play.Offers, b.made())
	next.Words, next.Amount.Text = clean(next.Words, offer.MaxLength), clean(next.Amount.Text, maxName)
	return next
}

// quoted is the customer's own new words, line by line. What they quoted of ours is not quoted back.
func (c *Composer) quoted(f Facts) *original {
	text := f.Message.Text
	if len(text) > maxQuotedText {
		text = strings.ToValidUTF8(text[:maxQuotedText], "") + " …"
	}
	var lines []string
	for line := range strings.Lines(text) {
		line = clean(line, 0)
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		lines = append(lines, wrap(line, quotedWidth)...)
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return nil
	}
	if len(lines) > maxQuotedLines {
		lines = append(lines[:maxQuotedLines:maxQuotedLines], "…")
	}
	who := cmp.Or(displayName(f), clean(cmp.Or(f.Message.From, f.Message.Customer), maxName))
	return &original{Date: f.Message.At.In(c.zone).Format("2006-01-02"), Who: who, Lines: lines}
}

// wrap breaks a line at blanks, so that each line of a quote begins with its mark wherever it is shown.
func wrap(line string, width int) []string {
	if len(line) <= width {
		return []string{line}
	}
	var lines []string
	runes := []rune(line)
	for len(runes) > width {
		at := width
		for i := width; i > width/2; i-- {
			if runes[i] == ' ' {
				at = i
				break
			}
		}
		lines = append(lines, string(runes[:at]))
		runes = runes[at:]
		for len(runes) > 0 && runes[0] == ' ' {
			runes = runes[1:]
		}
	}
	return append(lines, string(runes))
}

func draftLanguage(lang string) string {
	lang, _, _ = strings.Cut(strings.ToLower(lang), "-")
	if slices.Contains(templates.DraftLanguages(), lang) {
		return lang
	}
	return "en"
}

func replySubject(subject string) string {
	subject = clean(subject, 200)
	if len(subject) >= 3 && strings.EqualFold(subject[:3], "re:") {
		return subject
	}
	return strings.TrimSpace("Re: " + subject)
}

// replyAddress finds where an answer goes. The customer's normalised address names the person, but mail may have to go
// to the form in which it was written (a relay's alias, a +tag); so the mail's own Reply-To and From are preferred as
// long as they are that same person.
func replyAddress(f Facts) string {
	customer := cmp.Or(f.Message.Customer, f.Case.Customer)
	for _, candidate := range headerAddresses(f.Raw) {
		if message.NormaliseAddress(candidate) == message.NormaliseAddress(customer) {
			return candidate
		}
	}
	return customer
}

// maxHeader is how much of a mail is read for its addresses.
const maxHeader = 64 << 10

func headerAddresses(raw []byte) []string {
	head := raw[:min(len(raw), maxHeader)]
	if end := bytes.Index(head, []byte("\r\n\r\n")); end >= 0 {
		head = head[:end+4]
	}
	m, err := netmail.ReadMessage(bytes.NewReader(head))
	if err != nil {
		return nil
	}
	parser := netmail.AddressParser{WordDecoder: &mime.WordDecoder{}}
	var list []string
	for _, key := range []string{"Reply-To", "From"} {
		found, err := parser.ParseList(m.Header.Get(key))
		if err != nil {
			continue
		}
		for _, a := range found {
			list = append(list, a.Address)
		}
	}
	return list
}
