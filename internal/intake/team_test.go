package intake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/alarm"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/reply"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
)

// newTeamDesk is a desk with a team mailbox, whose clock goes on by an hour with every mail to it.
func newTeamDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t, OnEscalate{})
	o := d.in.Options
	staff := []string{"lu@example.com", "yodi@example.com"}
	o.Team = Team{Addresses: staff}
	o.Mailboxes = append(o.Mailboxes, Mailbox{Name: "heed", Team: true, Read: message.Mailbox{
		OwnAddresses: []string{"heed@example.com"}, Staff: append(staff, "heed@example.com"), EscalatesAs: "heed@example.com"}})
	o.Now = func() time.Time { return time.Date(2026, 11, 9, 12+int(d.uid), 0, 0, 0, time.UTC) }
	d.in = New(o)
	return d
}

// answer hands a mail to the team mailbox.
func (d *desk) answer(raw string) Outcome {
	d.t.Helper()
	d.uid++
	mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 9, UID: d.uid, Raw: []byte(strings.ReplaceAll(raw, "\n", "\r\n")), InternalDate: d.in.Now()}
	if err := d.in.Deliver(d.t.Context(), "heed", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 9, UID: d.uid}); err != nil {
		d.t.Fatal(err)
	}
	return d.outcomes[len(d.outcomes)-1]
}

// mailed is the Message-ID of the first mail about a case.
func (d *desk) mailed(caseID int64) string {
	d.t.Helper()
	rows, err := d.in.Store.CaseRows(d.t.Context(), caseID)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, r := range rows {
		if r.Kind == store.MailRow {
			return r.MessageID
		}
	}
	d.t.Fatalf("nobody was mailed on case %d", caseID)
	return ""
}

func (d *desk) theCase(id int64) *store.Case {
	d.t.Helper()
	c, err := d.in.Store.Case(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// replyTo is an answer of yodi's to one of our mails.
func replyTo(ours, id, text string) string {
	return fmt.Sprintf("From: Yodi <yodi@example.com>\nTo: Heed <heed@example.com>\nSubject: Re: something else\nMessage-ID: <%s>\nIn-Reply-To: <%s>\n\n%s\n\nOn Mon, 9 Nov 2026 Heed <heed@example.com> wrote:\n> I will dispute the charge\n", id, ours, text)
}

func TestTheTeamEndsACaseAndTheNextThreatOpensANewOne(t *testing.T) {
	d := newTeamDesk(t)
	first := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
	o := d.answer(replyTo(d.mailed(first.CaseID), "a1@example.com", "Resolved, money is on its way"))
	if o.Answer == nil || o.Answer.Verb != reply.Resolve || o.Answer.Refused != "" || o.Message.Ignored != message.TeamAnswer || o.CaseID != first.CaseID {
		t.Fatalf("got %+v, %s", o.Answer, o.Message.Ignored)
	}
	c := d.theCase(first.CaseID)
	if c.State != store.Resolved || c.Outcome != "" || len(c.Notes) != 1 || c.Notes[0] != "yodi@example.com: money is on its way" || c.AckedAt.IsZero() {
		t.Errorf("case %+v", c)
	}
	second := d.take(2, letter("Jane <jane@mail.example>", "2@mail.example", disputing))
	if !second.Opened || d.theCase(second.CaseID).Previous != first.CaseID {
		t.Errorf("the next threat: %+v", second)
	}
}

func TestEveryAnswerTakesTheCase(t *testing.T) {
	for text, want := range map[string]struct {
		state store.CaseState
		notes int
	}{
		"ack": {store.Acked, 0}, "Who is this?": {store.Acked, 1}, "note called her": {store.Acked, 1}, "已解决": {store.Resolved, 0},
		"误报，他在开玩笑": {store.Resolved, 1}, "snooze 2d": {store.Acked, 0}, "not resolved": {store.Acked, 0}, "": {store.Acked, 0},
	} {
		d := newTeamDesk(t)
		o := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
		d.answer(replyTo(d.mailed(o.CaseID), "a1@example.com", text))
		if c := d.theCase(o.CaseID); c.State != want.state || len(c.Notes) != want.notes || c.AckedAt.IsZero() {
			t.Errorf("%q: case %+v", text, c)
		}
	}
}

func TestASnoozeEndsWithTheNextAnswer(t *testing.T) {
	d := newTeamDesk(t)
	o := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
	d.answer(replyTo(d.mailed(o.CaseID), "a1@example.com", "snooze until 2026-11-12"))
	if got, want := d.theCase(o.CaseID).SnoozedUntil, time.Date(2026, 11, 12, 9, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("snoozed until %s, want %s", got, want)
	}
	d.answer(replyTo(d.mailed(o.CaseID), "a2@example.com", "I have called her"))
	if c := d.theCase(o.CaseID); !c.SnoozedUntil.IsZero() || c.State != store.Acked {
		t.Errorf("case %+v", c)
	}
}

func TestAnAnswerIsObeyedOnce(t *testing.T) {
	d := newTeamDesk(t)
	o := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
	answer := replyTo(d.mailed(o.CaseID), "a1@example.com", "resolved, at last")
	d.answer(answer)
	d.answer(replyTo(d.mailed(o.CaseID), "a2@example.com", "reopen"))
	again := d.answer(answer) // the folder was restored, say
	if c := d.theCase(o.CaseID); c.State != store.Acked || len(c.Notes) != 1 {
		t.Errorf("case %+v", c)
	}
	if again.Message.Ignored != message.Duplicate {
		t.Errorf("it is %s", again.Message.Ignored)
	}
}

func TestTheNumberInTheSubjectIsEnough(t *testing.T) {
	d := newTeamDesk(t)
	o := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
	d.answer(fmt.Sprintf("From: lu@example.com\nTo: heed@example.com\nSubject: Fwd: [Heed #%d] x\nMessage-ID: <a@b>\n\ndone\n", o.CaseID))
	if c := d.theCase(o.CaseID); c.State != store.Resolved {
		t.Errorf("case %+v", c)
	}
	none := d.answer("From: lu@example.com\nTo: heed@example.com\nSubject: [Heed #99] x\nMessage-ID: <b@b>\n\ndone\n")
	if none.Answer == nil || none.Answer.Refused == "" {
		t.Errorf("there is no case 99, yet %+v", none.Answer)
	}
}

func TestNobodyElseIsObeyed(t *testing.T) {
	for _, c := range []struct {
		name, trace, from string
		obeyed            bool
	}{
		{"without a word of our server", "", "yodi@example.com", true},
		{"vouched for", "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\n", "yodi@example.com", true},
		{"forged", "Authentication-Results: mx.example.com; dmarc=fail header.from=example.com\n", "yodi@example.com", false},
		{"nothing is proved", "Authentication-Results: mx.example.com; spf=softfail smtp.mailfrom=evil.example; dmarc=none\n", "yodi@example.com", false},
		{"vouched for by the sender alone", "Received: from evil\nAuthentication-Results: mx.example.com; dmarc=fail\nAuthentication-Results: mx.example.com; dmarc=pass\n", "yodi@example.com", false},
		{"a stranger", "", "eve@evil.example", false},
		{"a stranger who is vouched for", "Authentication-Results: mx.example.com; dmarc=pass header.from=evil.example\n", "eve@evil.example", false},
		{"the customer", "", "jane@mail.example", false},
		{"a stranger with a name of ours", "", `"yodi@example.com" <eve@evil.example>`, false},
		{"two senders, one of whom is vouched for", "Authentication-Results: mx.example.com; dmarc=pass header.from=evil.example\n", "yodi@example.com, eve@evil.example", false},
		{"ourselves", "", "heed@example.com", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newTeamDesk(t)
			o := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
			raw := strings.Replace(replyTo(d.mailed(o.CaseID), "a1@example.com", "resolved"), "From: Yodi <yodi@example.com>", c.trace+"From: "+c.from, 1)
			got := d.answer(raw)
			if resolved := d.theCase(o.CaseID).State == store.Resolved; resolved != c.obeyed {
				t.Errorf("resolved: %v", resolved)
			}
			if !c.obeyed && (got.Answer == nil || got.Answer.Refused == "" || got.Message.Ignored != message.NotFromTeam) {
				t.Errorf("it is kept as %s, %+v", got.Message.Ignored, got.Answer)
			}
		})
	}
}

func TestMachinesAndStrangersDoNothingInTheTeamMailbox(t *testing.T) {
	for name, raw := range map[string]string{
		"out of office":      "From: Yodi <yodi@example.com>\nAuto-Submitted: auto-replied\nSubject: Automatic reply: [Heed #1] x\nMessage-ID: <o@example.com>\n\nresolved\n",
		"our own escalation": "From: heed@example.com\nX-Heed-Case: 1\nAuto-Submitted: auto-generated\nSubject: [Heed #1] x\nMessage-ID: <e@example.com>\n\nresolved\n",
		"a customer":         "From: Jane <jane2@mail.example>\nSubject: order\nMessage-ID: <c@mail.example>\n\n" + disputing + "\n",
		"a newsletter":       "From: news@shop.example\nList-Unsubscribe: <x>\nList-Id: <n.shop.example>\nSubject: [Heed #1] x\nMessage-ID: <n@shop.example>\n\nresolved\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := newTeamDesk(t)
			o := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
			got := d.answer(raw)
			if c := d.theCase(o.CaseID); c.State != store.Open || len(c.Notes) > 0 {
				t.Errorf("case %+v", c)
			}
			if len(got.Actions) > 0 || len(got.Message.Signals) > 0 || got.Message.Direction != message.Ignored {
				t.Errorf("it counts: %+v", got)
			}
		})
	}
}

func TestAMailThatCameBackIsShownAsUndelivered(t *testing.T) {
	d := newTeamDesk(t)
	o := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
	report := func(to, action string) string { return deliveryReport(d.mailed(o.CaseID), to, action) }
	for _, raw := range []string{report("lu@example.com", "delayed"), report("stranger@example.com", "failed")} {
		if got := d.answer(raw); len(got.Answer.Lost) != 0 {
			t.Errorf("lost: %q", got.Answer.Lost)
		}
	}
	if got := d.answer(report("Lu@example.com", "failed")); len(got.Answer.Lost) != 1 || got.CaseID != o.CaseID {
		t.Errorf("got %+v", got.Answer)
	}
	undelivered, err := d.in.Store.Undelivered(t.Context())
	if err != nil || len(undelivered) != 1 || undelivered[0].Recipients[0].Error != "it came back: 550 no such user" {
		t.Errorf("undelivered: %+v, %v", undelivered, err)
	}
}

// Digests, alarms and mails about what can't be read are of no case.
func TestAMailOfNoCaseThatCameBackIsShownAsUndeliveredToo(t *testing.T) {
	d := newTeamDesk(t)
	d.in.Alarms = alarm.Desk{Composer: d.in.Composer, To: []string{"admin@example.com"}}
	err := d.in.Store.Update(t.Context(), func(tx *store.Tx) error {
		return d.in.Alarms.Queue(tx, note.Alarm{Key: "k", Kind: note.MailHeld}, d.in.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := d.in.Store.Due(t.Context(), d.in.Now().Add(time.Hour), 100)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	report := func(id string) string { return deliveryReport(id, "admin@example.com", "failed") }
	if got := d.answer(report("theirs@example.com")); got.Answer != nil {
		t.Errorf("a mail that is none of ours: %+v", got.Answer)
	}
	if got := d.answer(report(rows[0].MessageID)); got.Answer == nil || len(got.Answer.Lost) != 1 || got.CaseID != 0 {
		t.Errorf("got %+v", got.Answer)
	}
	undelivered, err := d.in.Store.Undelivered(t.Context())
	if err != nil || len(undelivered) != 1 {
		t.Errorf("undelivered: %+v, %v", undelivered, err)
	}
}

// deliveryReport is what a mail server writes when it gives a mail of ours back (RFC 3464).
func deliveryReport(id, to, action string) string {
	return "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.com\nTo: heed@example.com\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <r-" + id + to + ">\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n" +
		"Final-Recipient: rfc822; " + to + "\nAction: " + action + "\nDiagnostic-Code: smtp; 550 no such user\n\n--b\nContent-Type: text/rfc822-headers\n\nFrom: heed@example.com\nMessage-ID: <" +
		id + ">\n\n--b--\n"
}

func TestAFalseAlarmTakesOnlyWhatWasMisheard(t *testing.T) {
	d := newTeamDesk(t)
	const rude = "You are a bunch of idiots and crooks."
	d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", rude))
	o := d.take(2, letter("Jane <jane@mail.example>", "2@mail.example", disputing))
	d.answer(replyTo(d.mailed(o.CaseID), "a1@example.com", "false alarm"))
	if c := d.theCase(o.CaseID); c.State != store.Resolved || c.Outcome != store.FalseAlarm {
		t.Fatalf("case %+v", c)
	}
	// The abuse was none of the case's business and counts on: the second one escalates.
	next := d.take(3, letter("Jane <jane@mail.example>", "3@mail.example", rude+" Really, you idiots."))
	if !next.Opened || len(next.Actions) != 1 || next.Actions[0].Rules[0] != "abuse" {
		t.Errorf("after the false alarm: %+v", next)
	}
}

func TestAnAnswerToACaseThatWasMergedIsForTheOneThatStayed(t *testing.T) {
	d := newTeamDesk(t)
	first := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
	second := d.take(2, letter("Jane <jane@other.example>", "2@other.example", disputing))
	ours := d.mailed(second.CaseID)
	if _, err := d.in.Store.Merge(t.Context(), first.CaseID, second.CaseID, d.in.Now()); err != nil {
		t.Fatal(err)
	}
	for i, raw := range []string{
		replyTo(ours, "a1@example.com", "note one"),
		fmt.Sprintf("From: lu@example.com\nTo: heed@example.com\nSubject: Re: [Heed #%d] x\nMessage-ID: <a2@example.com>\n\nnote two\n", second.CaseID),
	} {
		if got := d.answer(raw); got.CaseID != first.CaseID {
			t.Errorf("answer %d went to case %d, not to case %d", i, got.CaseID, first.CaseID)
		}
	}
	if got := d.theCase(second.CaseID); len(got.Notes) != 1 { // that it was merged
		t.Errorf("the case that went: %q", got.Notes)
	}
}
