package intake

import (
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/mailbox/message"
)

// Hear says what a message carries. Only a customer's own words are listened to: the subject where it is theirs, and
// the new text. A platform's notice of a new dispute carries that a dispute was opened, and nothing else: its words
// are the platform's, so nobody threatens or insults in them.
func Hear(c *classify.Classifier, m *message.Message) classify.Verdict {
	switch {
	case m.Direction != message.Inbound:
		return classify.Verdict{}
	case m.Notice != nil:
		return classify.Verdict{Hits: hearNotice(m)}
	}
	return c.Classify(classify.Text{Subject: m.OwnSubject, Body: m.Text})
}

func hearNotice(m *message.Message) []classify.Hit {
	if m.Notice.Kind != message.DisputeOpened {
		return nil
	}
	return []classify.Hit{{
		Signal:   classify.ChargebackOpened,
		Evidence: m.Notice.Words,
		Sentence: around(m.Text, m.Notice.Words),
	}}
}

// around returns the line or lines of a text that words stand in; the words themselves where they are not in it.
func around(text, words string) string {
	at := strings.Index(text, words)
	if at < 0 || words == "" {
		return words
	}
	start := strings.LastIndexByte(text[:at], '\n') + 1
	end := at + len(words)
	if more := strings.IndexByte(text[end:], '\n'); more >= 0 {
		end += more
	} else {
		end = len(text)
	}
	return strings.TrimSpace(text[start:end])
}
