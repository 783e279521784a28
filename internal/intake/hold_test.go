package intake

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/alarm"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
)

const (
	disputeThreat = "I will dispute this charge with my bank."
	lawyerThreat  = "You will hear from my lawyer, I am going to sue you."
)

// waiting is a desk whose clock can be set, over a state that has the same clock.
func waiting(t *testing.T, change func(*Options)) (*desk, *time.Time) {
	t.Helper()
	d := newDesk(t, OnEscalate{Keyword: "$Escalated", Note: true})
	now := time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)
	d.in.Now = func() time.Time { return now }
	change(&d.in.Options)
	return d, &now
}

// mailsQueued returns all mails to people that wait, due or not.
func (d *desk) mailsQueued() []store.Row {
	d.t.Helper()
	all, err := d.in.Store.Due(d.t.Context(), d.in.Now().Add(1000*time.Hour), 100_000)
	if err != nil {
		d.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(r store.Row) bool { return r.Kind != store.MailRow || r.Told == nil })
}

// sendDue does what the outbox would do with the mails that are due, and returns their subjects.
func (d *desk) sendDue() []string {
	d.t.Helper()
	var subjects []string
	for _, r := range d.mailsQueued() {
		if r.NextAt.After(d.in.Now()) {
			continue
		}
		if err := d.in.Store.Attempt(d.t.Context(), r.ID, r.Hash, d.in.Now().Add(time.Minute)); err != nil {
			d.t.Fatal(err)
		}
		r.State = store.Done
		for i := range r.Recipients {
			r.Recipients[i].State = store.Done
		}
		if err := d.in.Store.Finish(d.t.Context(), r); err != nil {
			d.t.Fatal(err)
		}
		_, after, _ := bytes.Cut(r.Payload, []byte("Subject: "))
		subject, _, _ := bytes.Cut(after, []byte("\r\n"))
		subjects = append(subjects, string(subject))
	}
	return subjects
}

func TestABurstOfOneCustomerBecomesOneEscalation(t *testing.T) {
	d, now := waiting(t, func(o *Options) {
		o.GroupWait = 5 * time.Minute
		o.Robots = []Robot{{Name: "ops"}}
	})
	jane := "Jane Roe <jane@mail.example>"
	first := d.take(9, letter(jane, "1@mail.example", disputeThreat))
	*now = now.Add(time.Minute)
	d.take(9, letter(jane, "2@mail.example", lawyerThreat))
	*now = now.Add(time.Minute)
	last := letter(jane, "3@mail.example", "And I will dispute the charge, believe me.")
	d.take(9, last)
	rows := d.mailsQueued()
	if len(rows) != 1 || len(d.sendDue()) != 0 {
		t.Fatalf("%d mails wait", len(rows))
	}
	r := rows[0]
	if r.Told.Joined != 3 || !slices.Equal(r.Told.Rules, []string{"chargeback-threat", "legal-threat"}) || len(r.Told.Counts) != 2 {
		t.Errorf("it tells %+v", r.Told)
	}
	if want := d.in.Now().Add(3 * time.Minute); !r.NextAt.Equal(want) {
		t.Errorf("it goes at %s, want %s: what joins does not put it off", r.NextAt, want)
	}
	payload := string(r.Payload)
	for _, want := range []string{"X-Heed-Rules: chargeback-threat, legal-threat", "Message-ID: <" + r.MessageID + ">", "This mail tells of 3 messages", string(last)} {
		if !strings.Contains(strings.ReplaceAll(payload, "=\r\n", ""), want) {
			t.Errorf("the mail lacks %q:\n%s", want, payload)
		}
	}
	c, err := d.in.Store.Case(t.Context(), first.CaseID)
	if err != nil || c.ThreadID != r.MessageID || len(c.Mailed) != 2 {
		t.Errorf("case %+v, %v", c, err)
	}
	*now = now.Add(10 * time.Minute)
	if got := d.sendDue(); len(got) != 1 {
		t.Errorf("sent %q", got)
	}
	d.take(9, letter(jane, "4@mail.example", "My lawyer will sue you next week."))
	if got := d.sendDue(); len(got) != 1 { // the case's first mail has gone: nothing waits any more
		t.Errorf("then sent %q", got)
	}
	if notices, err := d.in.Store.ChatBatch(t.Context(), "ops", 10); err != nil || len(notices) != 2 {
		t.Errorf("the chat is told %d times, %v", len(notices), err)
	}
}

func TestOfAGroupEveryMailIsMarkedInItsMailbox(t *testing.T) {
	d, _ := waiting(t, func(o *Options) { o.GroupWait = time.Minute })
	for i := range 3 {
		d.take(9, letter("Jane <jane@mail.example>", fmt.Sprint(i, "@mail.example"), fmt.Sprint(disputeThreat, " This is number ", i)))
	}
	all, err := d.in.Store.CaseRows(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	count := map[store.Kind]int{}
	for _, r := range all {
		count[r.Kind]++
	}
	if count[store.KeywordRow] != 3 || count[store.MailRow] != 1 || count[store.NoteRow] != 1 {
		t.Errorf("queued %v", count)
	}
}

// The outbox may have read a mail just before something is joined to it. It must not send what is out of date.
func TestAMailThatIsBeingSentIsNotTheOneThatIsJoined(t *testing.T) {
	d, now := waiting(t, func(o *Options) { o.GroupWait = time.Minute })
	jane := "Jane <jane@mail.example>"
	d.take(9, letter(jane, "1@mail.example", disputeThreat))
	read := d.mailsQueued()[0]
	d.take(9, letter(jane, "2@mail.example", lawyerThreat))
	if err := d.in.Store.Attempt(t.Context(), read.ID, read.Hash, now.Add(time.Hour)); !errors.Is(err, store.ErrNoRow) {
		t.Fatalf("the attempt with old bytes began: %v", err)
	}
	fresh := d.mailsQueued()[0]
	if err := d.in.Store.Attempt(t.Context(), fresh.ID, fresh.Hash, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	d.take(9, letter(jane, "3@mail.example", "My lawyer says that I should sue you."))
	if rows := d.mailsQueued(); len(rows) != 2 || rows[0].Told.Joined != 2 || rows[1].Told.Joined != 1 {
		t.Errorf("%d mails wait", len(rows))
	}
}

func TestFollowUpsOverTheLimitAreOneMail(t *testing.T) {
	d, now := waiting(t, func(o *Options) { o.Limits = Limits{Customer: 3, Total: 100} })
	jane := "Jane <jane@mail.example>"
	for i := range 10 {
		d.take(9, letter(jane, fmt.Sprint(i, "@mail.example"), fmt.Sprint(disputeThreat, " This is number ", i)))
		*now = now.Add(time.Minute)
	}
	if got := d.sendDue(); len(got) != 3 {
		t.Errorf("sent %q", got)
	}
	rows := d.mailsQueued()
	if len(rows) != 1 || rows[0].Told.Joined != 7 || rows[0].Told.Do != "follow_up" {
		t.Fatalf("%d mails wait: %+v", len(rows), rows)
	}
	if want := time.Date(2026, 11, 9, 13, 0, 0, 0, time.UTC); !rows[0].NextAt.Equal(want) {
		t.Errorf("it goes at %s, want %s", rows[0].NextAt, want)
	}
	if !bytes.Contains(bytes.ReplaceAll(rows[0].Payload, []byte("=\r\n"), nil), []byte("since more than 3 mails would have gone within the hour")) {
		t.Errorf("it does not say why it waited:\n%s", rows[0].Payload)
	}
	d.take(9, letter("Joe <joe@mail.example>", "joe@mail.example", disputeThreat))
	if got := d.sendDue(); len(got) != 1 {
		t.Errorf("another customer waits too: %q", got)
	}
	// A new rule is an escalation, which takes along what waits.
	d.take(9, letter(jane, "sue@mail.example", lawyerThreat))
	if got := d.sendDue(); len(got) != 1 || !strings.Contains(got[0], "Legal") {
		t.Errorf("the new threat waits: %q", got)
	}
}

// Ten thousand mails take minutes of a small machine: go test -run Bomb -bomb ./internal/intake
var wholeBomb = flag.Bool("bomb", false, "let the bomb be of ten thousand mails, not of one thousand")

func TestAMailBombCostsOneCaseAndFewMails(t *testing.T) {
	d, now := waiting(t, func(o *Options) { o.Limits = Limits{Customer: 10, Total: 200} })
	bomb := 1_000
	if *wholeBomb {
		bomb = 10_000
	}
	batch := bomb / 20
	sent := 0
	for n := 0; n < bomb; n += batch {
		var mails []mailbox.Mail
		for i := n; i < n+batch; i++ {
			raw := letter("Jane <jane@mail.example>", fmt.Sprint(i, "@mail.example"), fmt.Sprint(disputeThreat, " ", i))
			mails = append(mails, mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: uint32(i + 1), Raw: raw, Size: int64(len(raw)), InternalDate: *now})
		}
		if err := d.in.Deliver(t.Context(), "support-us", "INBOX", mails, mailbox.Cursor{UIDValidity: 7, UID: uint32(n + batch)}); err != nil {
			t.Fatal(err)
		}
		sent += len(d.sendDue())
		*now = now.Add(6 * time.Minute) // two hours in all
	}
	*now = now.Add(3 * time.Hour)
	sent += len(d.sendDue())
	cases, err := d.in.Store.Cases(t.Context(), store.Filter{})
	if err != nil || len(cases) != 1 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	if rows := d.mailsQueued(); sent > 40 || sent < 20 || len(rows) != 0 {
		t.Errorf("%d mails were sent, %d wait", sent, len(rows))
	}
	t.Logf("%d mails from one sender: 1 case, %d mails to people", bomb, sent)
}

func TestTooMuchForAnHourWaitsAndTheAdministratorIsTold(t *testing.T) {
	d, now := waiting(t, func(o *Options) {
		o.Limits = Limits{Customer: 10, Total: 5}
		o.Alarms = alarm.Desk{Composer: o.Composer, To: []string{"admin@example.com"}}
	})
	for i := range 12 {
		d.take(9, letter(fmt.Sprintf("C%d <c%d@mail.example>", i, i), fmt.Sprint(i, "@mail.example"), disputeThreat))
		*now = now.Add(time.Second)
	}
	if got := d.sendDue(); len(got) != 5 {
		t.Errorf("%d mails went", len(got))
	}
	alarms := 0
	all, err := d.in.Store.Due(t.Context(), *now, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if strings.HasPrefix(r.MessageID, "heed-alarm-") {
			alarms++
		}
	}
	if alarms != 1 {
		t.Errorf("%d alarms", alarms)
	}
	if held, err := d.in.Store.Held(t.Context(), *now); err != nil || held != 7 {
		t.Errorf("%d are held, %v", held, err)
	}
	for hour, want := range []int{5, 2, 0} {
		*now = now.Add(time.Hour)
		if got := d.sendDue(); len(got) != want {
			t.Errorf("in hour %d %d mails went, want %d", hour+1, len(got), want)
		}
	}
}

func TestUnreadableMailsOfOneSenderAreOneMailToo(t *testing.T) {
	d, logs := poisoned(t)
	d.in.Limits = Limits{Customer: 2}
	classifier, err := classify.New(classify.Options{Second: breaker{}})
	if err != nil {
		t.Fatal(err)
	}
	d.in.Classifier = classifier
	for i := range 6 {
		d.take(1, letter("Jane <jane@mail.example>", fmt.Sprint(i, "@mail.example"), fmt.Sprint("kaboom ", i)))
	}
	all := d.mailsQueued()
	if len(all) != 3 || panics(logs) != 6 || all[1].NextAt.After(d.in.Now()) || !all[2].NextAt.After(d.in.Now()) {
		t.Fatalf("%d mails wait, %d panics", len(all), panics(logs))
	}
	if last := all[2]; last.Told.Joined != 4 || !bytes.Contains(last.Payload, []byte("It stands for 4 mails")) {
		t.Errorf("%d mails wait: %s", len(all), last.Payload)
	}
}
