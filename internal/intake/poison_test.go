package intake

import (
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// A breaker is a part that panics at certain words.
type breaker struct{}

func (breaker) Hear(t classify.Text, _ classify.Verdict) []classify.Hit {
	if strings.Contains(t.Body, "kaboom") {
		panic("met kaboom")
	}
	return nil
}

// poisoned is a desk whose log does not panic again, with what was logged.
func poisoned(t *testing.T) (*desk, *observer.ObservedLogs) {
	t.Helper()
	d := newDesk(t, OnEscalate{})
	core, logs := observer.New(zap.InfoLevel)
	d.in.Log = zap.New(core)
	return d, logs
}

func panics(logs *observer.ObservedLogs) int {
	return logs.FilterLevelExact(zapcore.DPanicLevel).Len()
}

// passedOn returns the queued mails about unreadable ones.
func (d *desk) passedOn() []store.Row {
	d.t.Helper()
	all, err := d.in.Store.Due(d.t.Context(), d.in.Now().Add(time.Hour), 100)
	if err != nil {
		d.t.Fatal(err)
	}
	var rows []store.Row
	for _, r := range all {
		if strings.Contains(r.MessageID, "-unreadable-") {
			rows = append(rows, r)
		}
	}
	return rows
}

func TestAMailThatBreaksTheHearingIsShownToPeopleOnceAndStopsNothing(t *testing.T) {
	d, logs := poisoned(t)
	classifier, err := classify.New(classify.Options{Second: breaker{}})
	if err != nil {
		t.Fatal(err)
	}
	d.in.Classifier = classifier
	raw := letter("Jane <jane@mail.example>", "1@mail.example", "kaboom")
	o := d.take(1, raw)
	if !o.Unreadable || o.CaseID != 0 || len(o.Message.Faults) != 1 {
		t.Errorf("outcome %+v", o)
	}
	rows := d.passedOn()
	if len(rows) != 1 || rows[0].Recipients[0].Address != "yodi@example.com" || rows[0].CaseID != 0 {
		t.Fatalf("passed on: %+v", rows)
	}
	payload := string(rows[0].Payload)
	for _, want := range []string{"Subject: [Heed] A mail could not be read: support-us, INBOX, UID 1", "Auto-Submitted: auto-generated", "kaboom", "message/rfc822"} {
		if !strings.Contains(payload, want) {
			t.Errorf("the mail lacks %q:\n%s", want, payload)
		}
	}
	if panics(logs) != 1 {
		t.Errorf("%d panics are counted", panics(logs))
	}
	if next := d.take(2, letter("Joe <joe@mail.example>", "2@mail.example", disputing)); next.CaseID == 0 {
		t.Error("the next mail was not decided")
	}
	again := mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: 1, Raw: raw, InternalDate: d.in.Now()}
	if err := d.in.Deliver(t.Context(), "support-us", "INBOX", []mailbox.Mail{again}, mailbox.Cursor{UIDValidity: 7, UID: 2}); err != nil {
		t.Fatal(err)
	}
	if n := len(d.passedOn()); n != 1 {
		t.Errorf("passed on %d times", n)
	}
}

func TestAMailThatBreaksTheDecisionIsPutAsideAndItsBatchIsKept(t *testing.T) {
	d, logs := poisoned(t)
	// A customer without an address can't be sent a draft, which is logged while the decision is being made.
	d.in.Log = d.in.Log.WithOptions(zap.Hooks(func(e zapcore.Entry) error {
		if strings.HasPrefix(e.Message, "no draft is written") {
			panic("the log fell over")
		}
		return nil
	}))
	var mails []mailbox.Mail
	for i, from := range []string{"Jane <jane@mail.example>", "nobody", "Joe <joe@mail.example>"} {
		raw := letter(from, from[:3]+"@mail.example", disputing)
		mails = append(mails, mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: uint32(i + 1), Raw: raw, Size: int64(len(raw)), InternalDate: d.in.Now()})
	}
	if err := d.in.Deliver(t.Context(), "support-us", "INBOX", mails, mailbox.Cursor{UIDValidity: 7, UID: 3}); err != nil {
		t.Fatal(err)
	}
	if len(d.outcomes) != 3 {
		t.Fatalf("%d outcomes", len(d.outcomes))
	}
	for i, o := range d.outcomes {
		if wantCase := i != 1; (o.CaseID != 0) != wantCase || o.Unreadable == wantCase {
			t.Errorf("mail %d: case %d, unreadable %v", i+1, o.CaseID, o.Unreadable)
		}
	}
	if n := len(d.passedOn()); n != 1 || panics(logs) != 1 {
		t.Errorf("%d passed on, %d panics", n, panics(logs))
	}
	cursor, _, err := d.in.Cursor(t.Context(), "support-us", "INBOX")
	if err != nil || cursor.UID != 3 {
		t.Errorf("cursor %+v, %v", cursor, err)
	}
}

func TestAMailWithoutReadableTextIsShownToPeopleWhenItsBytesCarryASignal(t *testing.T) {
	nested := func(words string) []byte {
		var b strings.Builder
		b.WriteString("From: Jane <jane@mail.example>\r\nMessage-ID: <n@mail.example>\r\n")
		for range 3000 {
			b.WriteString("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n")
		}
		b.WriteString("Content-Type: text/plain\r\n\r\n" + words + "\r\n")
		return []byte(b.String())
	}
	tests := []struct {
		name, words string
		want        int
	}{
		{"a threat", disputing, 1},
		{"nothing that matters", "Thank you for the lamp.", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := poisoned(t)
			o := d.take(1, nested(tt.words))
			if o.Message.Text != "" || len(o.Message.Faults) == 0 {
				t.Fatalf("the mail was read: %+v", o.Message)
			}
			if rows := d.passedOn(); len(rows) != tt.want || o.Unreadable != (tt.want == 1) {
				t.Errorf("passed on %d times, want %d; faults %q", len(rows), tt.want, o.Message.Faults)
			}
		})
	}
}
