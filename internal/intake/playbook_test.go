package intake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
)

// What the administrator wrote into the playbook, and how the customer's earlier cases ended, stands in the mail.
func TestTheNoteBearsThePlaybookAndTheEarlierCases(t *testing.T) {
	d := newDesk(t, OnEscalate{})
	d.in.Playbook = escalation.Playbook{{Rule: "chargeback-threat", Goodwill: "$25", Tasks: []escalation.Task{{Do: "Ring the customer.", Within: time.Hour}}}}
	var last Outcome
	for day := 1; day <= 3; day++ {
		last = d.take(day, letter("Jane <jane@mail.example>", string(rune('0'+day))+"@mail.example", disputing+strings.Repeat(" Now.", day)))
		if day < 3 {
			if err := d.in.Store.Resolve(t.Context(), last.CaseID, time.Date(2026, 11, day, 12, 0, 0, 0, time.UTC)); err != nil {
				t.Fatal(err)
			}
		}
	}
	rows, err := d.in.Store.Due(t.Context(), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), 100)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, r := range rows {
		if r.Kind == store.MailRow && r.CaseID == last.CaseID {
			text = textOf(t, r.Payload)
		}
	}
	mustHold(t, "the third case", text,
		"[ ] Ring the customer. by Mon 9 Nov, 13:00 UTC", "Goodwill: up to $25 without asking.",
		"Earlier: case 2 of 2 Nov 2026, resolved on 2 Nov 2026; case 1 of 1 Nov 2026, resolved on 1 Nov 2026")
}

// The note of a customer who has written for years is written from their last messages, and says so.
func TestANoteFromTheLastMessagesSaysSo(t *testing.T) {
	for n, want := range map[int]string{timelineLength - 1: "First seen: 1 Nov 2026 ", timelineLength: "First seen: before 1 Nov 2026 "} {
		d := newDesk(t, OnEscalate{})
		for i := range n {
			d.take(1+i/2, letter("Jane <jane@mail.example>", fmt.Sprintf("%d@mail.example", i), fmt.Sprintf("Any news of lamp %d?", i)))
		}
		o := d.take(30, letter("Jane <jane@mail.example>", "threat@mail.example", disputing))
		if o.CaseID == 0 {
			t.Fatal("no case")
		}
		due, err := d.in.Store.Due(t.Context(), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range due {
			if r.Kind == store.MailRow {
				mustHold(t, fmt.Sprint(n, " mails before"), textOf(t, r.Payload), want)
			}
		}
	}
}
