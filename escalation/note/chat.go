package note

import (
	"fmt"
	"strings"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/templates"
)

// maxChatQuote bounds what a chat is told of a customer's words, in characters.
const maxChatQuote = 200

// chatView is what the chat template shows. Customer, Order and Quote are empty unless details are asked for: a group
// chat lies outside the company's mail, and its members change.
type chatView struct {
	Case                   int64
	FollowUp               bool
	Titles                 []string
	Channel, Mailbox, When string
	Amount, Deadline       string
	Unverified             bool
	Customer, Order, Quote string
}

// Chat writes what a group chat is told of a mail: enough to make somebody open it, and no more. messageID is that of the mail.
func (c *Composer) Chat(do escalation.Do, f Facts, messageID string, details bool) (store.ChatNotice, error) {
	action, ok := find(f.Actions, do)
	if !ok {
		return store.ChatNotice{}, fmt.Errorf("write the chat notice of case %d: no such action follows from the message", f.Case.ID)
	}
	b := viewer{c: c, f: f, do: do, action: action}
	b.counts = b.countsOfRules()
	v := chatView{
		Case: f.Case.ID, FollowUp: do == escalation.FollowUp, Titles: b.titles(), Channel: shown(f.Message.Channel, maxName),
		Mailbox: clean(f.MailboxName, maxName), When: f.Message.At.In(c.zone).Format("2006-01-02 15:04"),
	}
	v.Amount, v.Deadline = stakes(f)
	if n := f.Message.Notice; n != nil {
		v.Unverified = !n.Verified
	}
	if details {
		v.Customer, v.Order, v.Quote = shown(f.Case.CustomerName, maxName), shown(f.Case.Order, maxName), chatQuote(f)
	}
	text, err := c.words.Text(templates.Chat, v)
	if err != nil {
		return store.ChatNotice{}, fmt.Errorf("write the chat notice of case %d: %w", f.Case.ID, err)
	}
	n := store.ChatNotice{
		Case: f.Case.ID, Do: string(do), Rules: append([]string{}, action.Rules...), Signals: []string{}, Channel: v.Channel,
		Mailbox: v.Mailbox, At: f.Message.At.UTC(), Amount: v.Amount, Deadline: v.Deadline, MessageID: messageID,
		Customer: v.Customer, Order: v.Order, Quote: v.Quote, Text: strings.TrimSpace(text),
	}
	for _, hit := range f.Message.Signals {
		n.Signals = append(n.Signals, string(hit.Signal))
	}
	return n, nil
}

// stakes are the sum and the deadline that a notice or the customer names.
func stakes(f Facts) (amount, deadline string) {
	if n := f.Message.Notice; n != nil {
		amount, deadline = shown(n.Amount, maxName), shown(n.Deadline, maxName)
	}
	if found := f.Message.Facts.Amounts; amount == "" && len(found) > 0 {
		amount = money(found[0])
	}
	if found := f.Message.Facts.Deadlines; deadline == "" && len(found) > 0 {
		deadline = found[0].At.UTC().Format("2006-01-02")
	}
	return amount, deadline
}

func chatQuote(f Facts) string {
	for _, hit := range f.Message.Signals {
		if hit.Sentence != "" {
			return shown(hit.Sentence, maxChatQuote)
		}
	}
	return ""
}
