package intake

import (
	"testing"
	"time"

	"github.com/heedmail/heed/mailbox"
)

// takeMarked hands one mail on that lay in the folder when its reading began, with keywords.
func (d *desk) takeMarked(raw []byte, keywords ...string) Outcome {
	d.t.Helper()
	d.uid++
	before := len(d.outcomes)
	mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: d.uid, Raw: raw, Size: int64(len(raw)), Keywords: keywords,
		InternalDate: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	if err := d.in.Deliver(d.t.Context(), "support-us", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: d.uid, Old: 10}); err != nil {
		d.t.Fatal(err)
	}
	if len(d.outcomes) != before+1 {
		d.t.Fatalf("%d outcomes for one mail", len(d.outcomes)-before)
	}
	return d.outcomes[before]
}

// After the loss of the state file the mailbox itself says of what people were told.
func TestAMailThatBearsOurKeywordFromAnEarlierLifeIsToldToNobodyAgain(t *testing.T) {
	d := newDesk(t, OnEscalate{Keyword: "$Escalated", Note: true})
	first := d.takeMarked(letter("Jane <jane@mail.example>", "t1@mail.example", disputing), "$Forwarded", "$escalated")
	if first.CaseID == 0 || !first.Opened {
		t.Fatalf("it is not counted: %+v", first)
	}
	if rows := d.rows(first.CaseID); len(rows) != 0 {
		t.Errorf("queued: %q", rows)
	}
	// What comes next is a follow-up to those who were told then.
	second := d.take(3, letter("Jane <jane@mail.example>", "t2@mail.example", "As I said: "+disputing+" Today."))
	if second.CaseID != first.CaseID || len(second.Actions) != 1 || len(second.Actions[0].To) != 2 {
		t.Errorf("the next mail: %+v", second.Actions)
	}
	if rows := d.rows(first.CaseID); len(rows) != 2 || rows[0] != "mail@INBOX" {
		t.Errorf("queued for it: %q", rows)
	}
}

func TestAMailWithoutOurKeywordIsToldOfHoweverOld(t *testing.T) {
	d := newDesk(t, OnEscalate{Keyword: "$Escalated"})
	o := d.takeMarked(letter("Jane <jane@mail.example>", "t1@mail.example", disputing), "$Important")
	if rows := d.rows(o.CaseID); len(rows) == 0 {
		t.Error("nothing is queued")
	}
}
