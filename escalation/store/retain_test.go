package store

import (
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
)

func TestWhatIsOldGoesUnlessItsCaseIsOpen(t *testing.T) {
	t.Parallel()
	s := open(t)
	old, young := noon.AddDate(-2, 0, 0), noon.AddDate(0, -1, 0)
	update(t, s, func(tx *Tx) error {
		for n, who := range []struct {
			customer string
			at       time.Time
			cased    bool
		}{
			{"gone@mail.example", old, false}, {"resolved@mail.example", old, true}, {"open@mail.example", old, true},
			{"young@mail.example", young, false}, {"young@mail.example", old, false},
		} {
			m := inbound(who.customer, uint32(n+1), classify.LegalThreat)
			m.At, m.Orders = who.at, []string{who.customer}
			if who.cased {
				c := &Case{Customer: who.customer, OpenedAt: who.at}
				noError(t, tx.OpenCase(c))
				m.CaseID = c.ID
			}
			noError(t, tx.AddMessage(m))
			noError(t, tx.RememberDispute("PP-"+who.customer, who.customer, who.at))
		}
		return nil
	})
	noError(t, s.Resolve(t.Context(), 1, old.Add(time.Hour)))
	passes := 0
	for {
		n, err := s.Expire(t.Context(), noon.AddDate(-1, 0, 0), 1)
		noError(t, err)
		if n == 0 {
			break
		}
		if n > 5 {
			t.Errorf("%d rows in one pass", n)
		}
		passes++
	}
	if passes < 2 {
		t.Errorf("%d passes", passes)
	}
	for customer, want := range map[string]int{"gone@mail.example": 0, "resolved@mail.example": 0, "open@mail.example": 1, "young@mail.example": 1} {
		p, err := s.Export(t.Context(), customer)
		if want == 0 {
			if err == nil {
				t.Errorf("%s is still there: %+v", customer, p)
			}
			continue
		}
		noError(t, err)
		if len(p.Messages) != want || len(p.Orders) != 1 || len(p.Disputes) != 1 {
			t.Errorf("%s: %+v", customer, p)
		}
	}
}
