package intake

import (
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
