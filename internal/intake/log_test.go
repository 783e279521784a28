package intake

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/chat"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// mark stands in every place of a mail where a customer can write.
const mark = "MARKED7788"

// markedMails are mails of every kind that the log has a line for: threats, follow-ups, notices, bounces, ours, broken
// ones, answers of the team.
func markedMails() map[string]string {
	to := "\r\nTo: Support " + mark + " <support-us@example.com>\r\nSubject: " + mark + "\r\nMessage-ID: <%s@mail.example>\r\n"
	jane := "From: Jane " + mark + " <jane@mail.example>" + to
	return map[string]string{
		"threat":    jane + "\r\n" + mark + " I will dispute the charge with my bank, order #" + mark + ", $" + mark + ", call +49 30 " + mark + "\r\n",
		"follow-up": jane + "\r\nAgain: " + mark + " my lawyer will sue you.\r\n",
		"bad MIME": jane + "Content-Type: multipart/mixed; boundary=" + mark + "\r\n\r\n--" + mark + "\r\nContent-Type: text/plain; charset=" + mark +
			"\r\nContent-Transfer-Encoding: " + mark + "\r\n\r\nI will sue you " + mark + "\r\n--" + mark + "\r\nContent-Type: application/" + mark + "; name=\"" + mark + "\"\r\n\r\nx\r\n",
		"bad headers": jane + mark + " no colon\r\nDate: " + mark + "\r\nContent-Type: " + mark + "\r\n\r\nI will sue you " + mark + "\r\n",
		"bad charset": jane + "Content-Type: text/plain; charset=" + mark + "\r\n\r\nI will sue you, " + mark + "\r\n",
		"automatic":   jane + "Auto-Submitted: auto-replied " + mark + "\r\n\r\nI am away, " + mark + "\r\n",
		"ours":        "From: Us " + mark + " <support-us@example.com>" + to + "\r\nWe offer " + mark + "\r\n",
		"nobody":      "From: " + mark + to + "\r\nI will sue you " + mark + "\r\n",
		"notice":      "From: " + mark + " <service@paypal.com>" + to + "\r\nA buyer opened a case PP-D-1234567 about " + mark + " for $" + mark + "\r\n",
		"answer": "From: Lu " + mark + " <lu@example.com>\r\nTo: heed@example.com\r\nSubject: Re: [Heed #1] " + mark +
			"\r\nMessage-ID: <%s@mail.example>\r\nX-Heed-Case: 1\r\n\r\nnote " + mark + "\r\n",
		"closing": "From: Lu " + mark + " <lu@example.com>\r\nTo: heed@example.com\r\nSubject: Re: [Heed #1] " + mark +
			"\r\nMessage-ID: <%s@mail.example>\r\nX-Heed-Case: 1\r\n\r\nresolved " + mark + "\r\n",
	}
}

func TestAFaultIsLoggedWithoutWhatItQuotes(t *testing.T) {
	for fault, want := range map[string]string{
		`The charset "x" is unknown; read as "UTF-8".`: `The charset "…" is unknown; read as "…".`,
		`It says "a \"secret\" word" there.`:           `It says "…" there.`,
		`It never ends: "secret`:                       `It never ends: "`,
		`It ends in a backslash: "secret\`:             `It ends in a backslash: "`,
		`Nothing is quoted.`:                           `Nothing is quoted.`,
	} {
		if got := unquoted(fault); got != want {
			t.Errorf("%s: %s, want %s", fault, got, want)
		}
	}
}

// refusing is a mail server and a chat that take nothing.
type refusing struct{}

func (refusing) Send(_ context.Context, m outbox.Mail) []outbox.Outcome {
	var all []outbox.Outcome
	for i, to := range m.To {
		kind := outbox.Temporary
		if i%2 == 1 {
			kind = outbox.Permanent
		}
		all = append(all, outbox.Outcome{Address: to, Err: &outbox.Error{Kind: kind, Where: "smtp", Doing: "DATA", Err: errors.New("no")}})
	}
	return all
}

func (refusing) Post(context.Context, chat.Post) error {
	return &outbox.Error{Kind: outbox.Temporary, Where: "chat ops", Doing: "post", Err: errors.New("no")}
}

func TestNothingThatAMailSaysStandsInTheLog(t *testing.T) {
	d := newDesk(t, OnEscalate{Keyword: "$Escalated", Note: true})
	core, logs := observer.New(zapcore.DebugLevel)
	d.in.Log = zap.New(core)
	d.in.Robots = []Robot{{Name: "ops", Details: true}}
	d.in.Limits = Limits{Customer: 1, Total: 3}
	d.in.Team.Addresses = []string{"lu@example.com"}
	d.in.mailboxes["team"] = Mailbox{Name: "team", Team: true, Read: message.Mailbox{OwnAddresses: []string{"heed@example.com"}, EscalatesAs: "heed@example.com"}}
	uid := uint32(0)
	for name, text := range markedMails() {
		box := "support-us"
		if name == "answer" || name == "closing" {
			box = "team"
		}
		for range 2 {
			uid++
			raw := []byte(strings.ReplaceAll(text, "%s", fmt.Sprint(uid)))
			mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: uid, Raw: raw, Size: int64(len(raw)) + 1, InternalDate: time.Date(2026, 11, int(uid), 9, 0, 0, 0, time.UTC)}
			if err := d.in.Deliver(t.Context(), box, "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: uid}); err != nil {
				t.Fatal(err)
			}
		}
	}
	actAll(t, d, zap.New(core))
	if logs.Len() < 20 {
		t.Errorf("only %d lines were logged", logs.Len())
	}
	enc := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	for _, entry := range logs.All() {
		line, err := enc.EncodeEntry(entry.Entry, entry.Context)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(line.String()), strings.ToLower(mark)) {
			t.Errorf("the log says: %s", line)
		}
	}
}

// actAll has the outbox and a courier do what they can with what was queued, which is to be refused.
func actAll(t *testing.T, d *desk, log *zap.Logger) {
	t.Helper()
	attempted := make(chan struct{}, 1)
	tell := func(outbox.Event) {
		select {
		case attempted <- struct{}{}:
		default:
		}
	}
	b := outbox.New(outbox.Options{Store: d.in.Store, Mail: refusing{}, Logger: log, OnEvent: tell})
	c := chat.NewCourier(chat.CourierOptions{Store: d.in.Store, Robot: refusing{}, Name: "ops", Kind: chat.Slack, Logger: log, OnEvent: tell})
	for _, run := range []func(context.Context) error{b.Run, c.Run} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		ended := make(chan error)
		go func() { ended <- run(ctx) }()
		select {
		case <-attempted:
		case <-ctx.Done():
			t.Error("nothing was attempted")
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// Twenty thousand lines at the first start would hide the ones that matter, or make the journal drop them.
func TestOfALargeBatchTheQuietMailsShareALine(t *testing.T) {
	for _, tt := range []struct {
		mails int
		want  string
	}{
		{toldEach, strings.Repeat("mail taken []; ", toldEach-1) + "mail taken [chargeback_threat]; "},
		{toldEach + 3, "mail taken [chargeback_threat]; mails taken that nothing follows from 1-13: 12 inbound, 0 outbound, 0 ignored; "},
	} {
		d := newDesk(t, OnEscalate{})
		core, lines := observer.New(zapcore.InfoLevel)
		d.in.Log = zap.New(core)
		var batch []mailbox.Mail
		for i := range tt.mails {
			text := fmt.Sprintf("Where is lamp number %d?", i)
			if i == tt.mails-1 {
				text = disputing
			}
			raw := letter("Jane <jane@mail.example>", fmt.Sprintf("%d@mail.example", i), text)
			batch = append(batch, mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: uint32(i + 1), InternalDate: d.in.Now(), Raw: raw, Size: int64(len(raw))})
		}
		if err := d.in.Deliver(t.Context(), "support-us", "INBOX", batch, mailbox.Cursor{UIDValidity: 7, UID: 99}); err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, l := range lines.All() {
			f := l.ContextMap()
			if l.Message == "mail taken" {
				fmt.Fprintf(&got, "%s %v; ", l.Message, f["signals"])
			} else {
				fmt.Fprintf(&got, "%s %v-%v: %v inbound, %v outbound, %v ignored; ", l.Message, f["from_uid"], f["to_uid"], f["inbound"], f["outbound"], f["ignored"])
			}
		}
		if got.String() != tt.want || len(d.outcomes) != tt.mails {
			t.Errorf("%d mails, %d outcomes: %s\nwant %s", tt.mails, len(d.outcomes), got.String(), tt.want)
		}
	}
}
