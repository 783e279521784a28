package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
)

// twoCases keeps two people with an open case each, and returns their numbers.
func twoCases(t *testing.T, s *Store) (jane, alias int64) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		for i, customer := range []string{"jane@mail.example", "alias@relay.example"} {
			c := &Case{Customer: customer, OpenedAt: noon}
			noError(t, tx.OpenCase(c))
			m := inbound(customer, uint32(i+1), classify.Abuse)
			m.CaseID, m.Orders = c.ID, []string{"1234"}
			noError(t, tx.AddMessage(m))
			noError(t, tx.UseSteps(c.ID, []escalation.StepKey{{Rule: "abuse", At: i + 1, Do: escalation.Escalate}}, m.ID))
			noError(t, tx.AddMailed(c.ID, []string{"lu@example.com", customer[:4] + "@example.com"}, noon))
			noError(t, tx.AddNote(c.ID, noon, "of "+customer))
			noError(t, tx.RememberDispute("PP-D-"+customer[:1], customer, noon))
			jane, alias = alias, c.ID
		}
		return nil
	})
	return jane, alias
}

func TestMergedCasesAreOneWithAllThatWasInThem(t *testing.T) {
	t.Parallel()
	s := open(t)
	jane, alias := twoCases(t, s)
	stays, err := s.Merge(t.Context(), alias, jane, noon.Add(time.Hour))
	noError(t, err)
	if stays != jane {
		t.Fatalf("case %d stays, want the lower one, %d", stays, jane)
	}
	kept, err := s.Case(t.Context(), jane)
	noError(t, err)
	gone, err := s.Case(t.Context(), alias)
	noError(t, err)
	messages, err := s.CaseMessages(t.Context(), jane)
	noError(t, err)
	if kept.State != Open || len(kept.Used) != 2 || len(messages) != 2 ||
		strings.Join(kept.Mailed, " ") != "lu@example.com jane@example.com alia@example.com" ||
		strings.Join(kept.Notes, "; ") != "of jane@mail.example; of alias@relay.example; Heed: case 2 was merged into this one." {
		t.Errorf("kept %+v with %d messages", kept, len(messages))
	}
	if gone.State != Resolved || gone.MergedInto != jane || gone.Customer != "jane@mail.example" || strings.Join(gone.Notes, "") != "Heed: merged into case 1." {
		t.Errorf("gone %+v", gone)
	}
	update(t, s, func(tx *Tx) error {
		person, err := tx.Person("alias@relay.example")
		noError(t, err)
		h, open, err := tx.History(person, noon, 90*24*time.Hour)
		noError(t, err)
		if len(h.Counted) != 2 || open == nil || open.ID != jane {
			t.Errorf("%d messages count, open is %v", len(h.Counted), open)
		}
		dispute, _, err := tx.CustomerOfDispute("PP-D-a")
		noError(t, err)
		if dispute != "jane@mail.example" {
			t.Errorf("the dispute is with %s", dispute)
		}
		return nil
	})
}

func TestMergedCaseSettlesNothingAndIsNoLastCase(t *testing.T) {
	t.Parallel()
	s := open(t)
	jane, alias := twoCases(t, s)
	_, err := s.Merge(t.Context(), jane, alias, noon)
	noError(t, err)
	noError(t, s.Resolve(t.Context(), jane, noon.Add(time.Hour)))
	update(t, s, func(tx *Tx) error {
		last, err := tx.LastResolved("jane@mail.example")
		noError(t, err)
		if last != jane {
			t.Errorf("the last case is %v", last)
		}
		h, _, err := tx.History("jane@mail.example", noon, 90*24*time.Hour)
		noError(t, err)
		if len(h.Counted) != 0 {
			t.Errorf("%d messages count after the case was resolved", len(h.Counted))
		}
		return nil
	})
	update(t, s, func(tx *Tx) error {
		if c, err := tx.CurrentCase(alias); err != nil || c.ID != jane {
			t.Errorf("case %d is now %v, %v", alias, c, err)
		}
		return nil
	})
	if err := s.Reopen(t.Context(), alias, noon); !errors.Is(err, ErrCaseState) || !strings.Contains(err.Error(), "it was merged into case 1") {
		t.Errorf("reopen: %v", err)
	}
}

func TestResolvedCaseThatAnOpenOneIsMergedIntoIsOpen(t *testing.T) {
	t.Parallel()
	s := open(t)
	jane, alias := twoCases(t, s)
	noError(t, s.Resolve(t.Context(), jane, noon))
	noError(t, s.Ack(t.Context(), alias, noon.Add(time.Minute)))
	_, err := s.Merge(t.Context(), jane, alias, noon.Add(time.Hour))
	noError(t, err)
	kept, err := s.Case(t.Context(), jane)
	noError(t, err)
	if kept.State != Acked || !kept.AckedAt.Equal(noon.Add(time.Minute)) || !kept.ResolvedAt.IsZero() {
		t.Errorf("kept %+v", kept)
	}
}

func TestMergeIsRefusedWhereItWouldLoseSomething(t *testing.T) {
	t.Parallel()
	s := open(t)
	jane, alias := twoCases(t, s)
	third := &Case{Customer: "third@mail.example", OpenedAt: noon, State: Resolved}
	update(t, s, func(tx *Tx) error {
		noError(t, tx.OpenCase(third))
		return tx.OpenCase(&Case{Customer: "third@mail.example", OpenedAt: noon})
	})
	for _, tt := range []struct {
		about string
		a, b  int64
		want  string
	}{
		{"itself", jane, jane, "they are one and the same"},
		{"nothing", jane, 99, "there is no such case"},
		{"a third case is open", jane, third.ID, "case 4 of the same people is open"},
	} {
		if _, err := s.Merge(t.Context(), tt.a, tt.b, noon); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.about, err)
		}
	}
	_, err := s.Merge(t.Context(), jane, alias, noon)
	noError(t, err)
	if _, err := s.Merge(t.Context(), alias, third.ID, noon); err == nil || !strings.Contains(err.Error(), "case 2 was merged into case 1; name that one") {
		t.Errorf("a merged one: %v", err)
	}
}

func TestPeopleJoinedInARowAreOnePerson(t *testing.T) {
	t.Parallel()
	s := open(t)
	update(t, s, func(tx *Tx) error {
		noError(t, tx.JoinCustomers("order:1234", "alias@relay.example", "", "order 1234", noon))
		noError(t, tx.JoinCustomers("alias@relay.example", "jane@mail.example", "Jane", "order 1234", noon))
		noError(t, tx.JoinCustomers("jane@mail.example", "jane@mail.example", "Jane", "nothing", noon))
		for _, alias := range []string{"order:1234", "alias@relay.example", "jane@mail.example"} {
			if person, err := tx.Person(alias); err != nil || person != "jane@mail.example" {
				t.Errorf("%s is %s, %v", alias, person, err)
			}
		}
		return nil
	})
}
