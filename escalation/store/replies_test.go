package store

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/mailbox/message"
)

// said adds a message of jane's that carries signals, to her case or to none.
func said(t *testing.T, s *Store, uid uint32, caseID int64, signals ...classify.Signal) {
	t.Helper()
	m := Message{Place: Place{"support", "INBOX", 1, uid}, MessageID: "m" + string(rune('0'+uid)), At: noon, Customer: "jane@mail.example",
		Direction: message.Inbound, Subject: "order", Text: "text of " + string(rune('0'+uid)), Lang: "en", CaseID: caseID}
	for _, signal := range signals {
		m.Signals = append(m.Signals, classify.Hit{Signal: signal, Evidence: "text"})
	}
	update(t, s, func(tx *Tx) error { return tx.AddMessage(&m) })
}

// counts is how often each signal of jane's counts now.
func counts(t *testing.T, s *Store) map[classify.Signal]int {
	t.Helper()
	n := map[classify.Signal]int{}
	update(t, s, func(tx *Tx) error {
		h, _, err := tx.History("jane@mail.example", noon, time.Hour)
		for _, c := range h.Counted {
			for _, signal := range c.Signals {
				n[signal]++
			}
		}
		return err
	})
	return n
}

func TestAFalseAlarmDismissesWhatFiredAndNothingElse(t *testing.T) {
	t.Parallel()
	s := open(t)
	said(t, s, 1, 0, classify.Abuse, classify.PhoneRequest) // led to the case
	update(t, s, func(tx *Tx) error { return tx.OpenCase(&Case{Customer: "jane@mail.example", OpenedAt: noon}) })
	said(t, s, 2, 1, classify.Abuse, classify.ChurnThreat)
	update(t, s, func(tx *Tx) error { return tx.AddFired(1, []classify.Signal{classify.Abuse, classify.Abuse}) })
	noError(t, s.CallFalseAlarm(t.Context(), 1, noon))
	noError(t, s.CallFalseAlarm(t.Context(), 1, noon.Add(time.Hour))) // once is enough

	c, err := s.Case(t.Context(), 1)
	if err != nil || c.State != Resolved || c.Outcome != FalseAlarm || !c.ResolvedAt.Equal(noon) {
		t.Errorf("case %+v, %v", c, err)
	}
	if got := counts(t, s); got[classify.Abuse] != 0 || got[classify.PhoneRequest] != 1 || got[classify.ChurnThreat] != 1 {
		t.Errorf("counted: %v", got)
	}
	var kept []Misheard
	noError(t, s.FalseAlarms(t.Context(), func(m Misheard) error { kept = append(kept, m); return nil }))
	if len(kept) != 2 || kept[1].Text != "text of 2" || kept[1].CaseID != 1 || kept[1].Subject != "" || !slices.Equal(kept[1].Remained, []classify.Signal{classify.ChurnThreat}) {
		t.Errorf("kept: %+v", kept)
	}

	noError(t, s.Reopen(t.Context(), 1, noon.Add(2*time.Hour)))
	c, err = s.Case(t.Context(), 1)
	if err != nil || c.State != Open || c.Outcome != "" || !c.ReopenedAt.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("reopened: %+v, %v", c, err)
	}
	if got := counts(t, s); got[classify.Abuse] != 2 {
		t.Errorf("counted again: %v", got)
	}
}

func TestWhatWasSettledBeforeStaysSettled(t *testing.T) {
	t.Parallel()
	s := open(t)
	said(t, s, 1, 0, classify.Abuse)
	update(t, s, func(tx *Tx) error { return tx.OpenCase(&Case{Customer: "jane@mail.example", OpenedAt: noon}) })
	noError(t, s.Resolve(t.Context(), 1, noon))
	said(t, s, 2, 0, classify.Abuse)
	update(t, s, func(tx *Tx) error {
		c := Case{Customer: "jane@mail.example", OpenedAt: noon}
		return errors.Join(tx.OpenCase(&c), tx.AddFired(c.ID, []classify.Signal{classify.Abuse}))
	})
	noError(t, s.CallFalseAlarm(t.Context(), 2, noon))
	n := 0
	noError(t, s.FalseAlarms(t.Context(), func(m Misheard) error { n += int(m.Message); return nil }))
	if n != 2 {
		t.Errorf("the first case's message was dismissed with the second case: %d", n)
	}
}

func TestASnoozedCaseIsTaken(t *testing.T) {
	t.Parallel()
	s := opened(t)
	ctx := t.Context()
	noError(t, s.Snooze(ctx, 1, noon, noon.Add(time.Hour)))
	c, err := s.Case(ctx, 1)
	if err != nil || c.State != Acked || !c.AckedAt.Equal(noon) || !c.SnoozedUntil.Equal(noon.Add(time.Hour)) {
		t.Errorf("case %+v, %v", c, err)
	}
	if err := s.Snooze(ctx, 1, noon, noon); !errors.Is(err, ErrCaseState) {
		t.Errorf("until now: %v", err)
	}
	noError(t, s.Ack(ctx, 1, noon.Add(time.Minute)))
	if c, err := s.Case(ctx, 1); err != nil || !c.SnoozedUntil.IsZero() || !c.AckedAt.Equal(noon) {
		t.Errorf("case %+v, %v", c, err)
	}
	noError(t, s.Resolve(ctx, 1, noon))
	if err := s.Snooze(ctx, 1, noon, noon.Add(time.Hour)); !errors.Is(err, ErrCaseState) {
		t.Errorf("a resolved case: %v", err)
	}
}

func TestAnAnswerIsKeptOnceASender(t *testing.T) {
	t.Parallel()
	s := opened(t)
	for i, want := range []bool{true, false, true} {
		r := Reply{MessageID: "a@example.com", Sender: "yodi@example.com", CaseID: 1, At: noon, Verb: "resolve"}
		if i == 2 {
			r.Sender = "lu@example.com"
		}
		update(t, s, func(tx *Tx) error {
			fresh, err := tx.AddReply(r)
			if fresh != want {
				t.Errorf("answer %d: fresh %v", i, fresh)
			}
			return err
		})
	}
	replies, err := s.CaseReplies(t.Context(), 1)
	if err != nil || len(replies) != 2 || replies[0].Verb != "resolve" {
		t.Errorf("got %+v, %v", replies, err)
	}
}

func TestAMailOfOursLeadsToItsCaseAndMayComeBack(t *testing.T) {
	t.Parallel()
	s := opened(t)
	update(t, s, func(tx *Tx) error {
		return tx.Enqueue(&Row{Key: MailKey("ours@example.com"), Kind: MailRow, CaseID: 1, State: Done, MessageID: "ours@example.com",
			Recipients: []Recipient{{Address: "Lu@example.com", State: Done}, {Address: "yodi@example.com", State: Done}}})
	})
	update(t, s, func(tx *Tx) error {
		for id, want := range map[string]int64{"ours@example.com": 1, "theirs@example.com": 0, "": 0} {
			if got, err := tx.CaseOfMail(id); got != want || err != nil {
				t.Errorf("%q: case %d, %v", id, got, err)
			}
		}
		for address, want := range map[string]bool{"lu@example.com": true, "eve@example.com": false} {
			if got, err := tx.Bounced("ours@example.com", address, "it came back"); got != want || err != nil {
				t.Errorf("%s: %v, %v", address, got, err)
			}
		}
		return nil
	})
	rows, err := s.Undelivered(t.Context())
	if err != nil || len(rows) != 1 || rows[0].Recipients[0].State != Failed || rows[0].Recipients[1].State != Done {
		t.Errorf("undelivered: %+v, %v", rows, err)
	}
}

func TestACaseWaitsFromTheFirstMailThatWentOut(t *testing.T) {
	t.Parallel()
	s := opened(t)
	ctx := t.Context()
	waiting := func() []Waiting {
		t.Helper()
		all, err := s.Waiting(ctx)
		noError(t, err)
		return all
	}
	row := Row{Key: "mail/x", Kind: MailRow, CaseID: 1}
	update(t, s, func(tx *Tx) error { return tx.Enqueue(&row) })
	if got := waiting(); len(got) != 0 {
		t.Errorf("before the mail is out: %+v", got)
	}
	row.State = Done
	noError(t, s.Finish(ctx, row))
	update(t, s, func(tx *Tx) error {
		return tx.AddMessage(&Message{Place: Place{"support", "INBOX", 1, 1}, MessageID: "m", At: noon, Customer: "jane@mail.example", Direction: message.Inbound,
			CaseID: 1, Facts: message.Facts{Deadlines: []message.Deadline{{Text: "by Friday", At: noon.Add(48 * time.Hour)}}}})
	})
	got := waiting()
	if len(got) != 1 || got[0].ToldAt.IsZero() || len(got[0].Deadlines) != 1 || !got[0].Deadlines[0].Equal(noon.Add(48*time.Hour)) {
		t.Errorf("waiting: %+v", got)
	}
	noError(t, s.Resolve(ctx, 1, noon))
	if got := waiting(); len(got) != 0 {
		t.Errorf("resolved: %+v", got)
	}
}

func TestAnUpgradeKnowsWhatFired(t *testing.T) {
	t.Parallel()
	first, err := os.ReadFile("testdata/schema-1.sql")
	noError(t, err)
	db := empty(t)
	noError(t, migrate(t.Context(), db, string(first), nil))
	_, err = db.Exec(`INSERT INTO cases (customer, customer_name, channel, mailbox, state, opened_at, order_no, thread_id)
		VALUES ('jane', '', '', '', 'open', 1, '', ''); INSERT INTO case_steps VALUES (1, 'phone-only', 3, 'escalate', 1), (1, 'legal-threat', 1, 'escalate', 1)`)
	noError(t, err)
	noError(t, migrate(t.Context(), db, schema, migrations()))
	var fired string
	noError(t, db.QueryRow(`SELECT group_concat(signal, ' ' ORDER BY signal) FROM case_fired WHERE case_id = 1`).Scan(&fired))
	if fired != "legal_threat phone_only phone_request" {
		t.Errorf("fired: %s", fired)
	}
}
