package intake

import (
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation"
)

func TestASilencedCaseIsKeptAndShownAndToldLater(t *testing.T) {
	d, _ := waiting(t, func(o *Options) {
		o.Policy.Silences = []escalation.Silence{{Customer: "jane@mail.example", Until: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC), Reason: "in touch by phone"}}
	})
	jane := "Jane <jane@mail.example>"
	first := d.take(9, letter(jane, "1@mail.example", disputeThreat))
	if !first.Opened || len(first.Actions) != 0 {
		t.Errorf("outcome %+v", first)
	}
	rows, err := d.in.Store.CaseRows(t.Context(), first.CaseID)
	if err != nil || len(rows) != 0 {
		t.Errorf("queued %+v, %v", rows, err)
	}
	c, err := d.in.Store.Case(t.Context(), first.CaseID)
	if err != nil || !strings.Contains(c.Silenced, "in touch by phone") {
		t.Errorf("case %+v, %v", c, err)
	}
	d.take(12, letter(jane, "2@mail.example", "I will dispute this charge with my bank, as I said."))
	if got := d.sendDue(); len(got) != 1 {
		t.Errorf("after the silence: %q", got)
	}
	if c, err = d.in.Store.Case(t.Context(), first.CaseID); err != nil || c.Silenced != "" {
		t.Errorf("case %+v, %v", c, err)
	}
}
