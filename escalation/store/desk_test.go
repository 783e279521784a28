package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// opened gives a store with case 1 of jane.
func opened(t *testing.T) *Store {
	t.Helper()
	s := open(t)
	update(t, s, func(tx *Tx) error {
		return tx.OpenCase(&Case{Customer: "jane@mail.example", CustomerName: "Jane Roe", Channel: "shopify", Mailbox: "support",
			OpenedAt: noon, Order: "1234"})
	})
	return s
}

func TestCaseGoesThroughItsStates(t *testing.T) {
	t.Parallel()
	s := opened(t)
	ctx := t.Context()
	want := func(state CaseState, acked, resolved time.Time) {
		t.Helper()
		c, err := s.Case(ctx, 1)
		noError(t, err)
		if c.State != state || !c.AckedAt.Equal(acked) || !c.ResolvedAt.Equal(resolved) {
			t.Errorf("%s, acked %v, resolved %v", c.State, c.AckedAt, c.ResolvedAt)
		}
	}
	one, two, three := noon.Add(time.Hour), noon.Add(2*time.Hour), noon.Add(3*time.Hour)
	want(Open, time.Time{}, time.Time{})
	noError(t, s.Ack(ctx, 1, one))
	noError(t, s.Ack(ctx, 1, two))
	want(Acked, one, time.Time{})
	noError(t, s.Resolve(ctx, 1, two))
	noError(t, s.Resolve(ctx, 1, three))
	want(Resolved, one, two)
	noError(t, s.Reopen(ctx, 1, three))
	want(Open, time.Time{}, time.Time{})
	noError(t, s.Resolve(ctx, 1, three)) // without an ack
	want(Resolved, time.Time{}, three)
}

func TestWhatACaseCannotDoIsSaid(t *testing.T) {
	t.Parallel()
	s := opened(t)
	ctx := t.Context()
	says := func(err, kind error, want string) {
		t.Helper()
		if !errors.Is(err, kind) || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	none := "case 7: there is no such case; `heed cases list` shows all"
	says(s.Ack(ctx, 7, noon), ErrNoCase, none)
	says(s.Resolve(ctx, 7, noon), ErrNoCase, none)
	says(s.Reopen(ctx, 7, noon), ErrNoCase, none)
	says(s.AddNote(ctx, 7, noon, "x"), ErrNoCase, none)
	_, err := s.Case(ctx, 7)
	says(err, ErrNoCase, none)

	says(s.Reopen(ctx, 1, noon), ErrCaseState, "reopen case 1: not possible: it is not resolved")
	noError(t, s.Resolve(ctx, 1, noon))
	says(s.Ack(ctx, 1, noon), ErrCaseState, "ack case 1: not possible: it is resolved; `heed cases reopen 1` comes first")
	update(t, s, func(tx *Tx) error { return tx.OpenCase(&Case{Customer: "jane@mail.example", Previous: 1}) })
	says(s.Reopen(ctx, 1, noon), ErrCaseState, "reopen case 1: not possible: case 2 of the same customer is open; go on with that one")
}

func TestCustomerHasOneOpenCase(t *testing.T) {
	t.Parallel()
	s := opened(t)
	err := s.Update(t.Context(), func(tx *Tx) error { return tx.OpenCase(&Case{Customer: "jane@mail.example"}) })
	if err == nil {
		t.Error("a second case was opened")
	}
}

func TestNotesAreKeptInOrder(t *testing.T) {
	t.Parallel()
	s := opened(t)
	noError(t, s.AddNote(t.Context(), 1, noon, " Called her. \n"))
	noError(t, s.Resolve(t.Context(), 1, noon))
	noError(t, s.AddNote(t.Context(), 1, noon, "She is content."))
	for _, bad := range []string{"", " \n", strings.Repeat("x", MaxNote+1)} {
		if err := s.AddNote(t.Context(), 1, noon, bad); err == nil {
			t.Errorf("%.10q was taken", bad)
		}
	}
	c, err := s.Case(t.Context(), 1)
	noError(t, err)
	if strings.Join(c.Notes, "|") != "Called her.|She is content." {
		t.Errorf("notes %q", c.Notes)
	}
}

func TestCasesAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	s := opened(t)
	ctx := t.Context()
	noError(t, s.Resolve(ctx, 1, noon))
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.OpenCase(&Case{Customer: "jane@mail.example", Previous: 1}), tx.OpenCase(&Case{Customer: "joe@mail.example"}))
	})
	noError(t, s.Ack(ctx, 3, noon))
	for _, c := range []struct {
		about string
		f     Filter
		want  string
	}{
		{"all", Filter{}, "321"},
		{"unresolved", Filter{States: []CaseState{Open, Acked}}, "32"},
		{"resolved", Filter{States: []CaseState{Resolved}}, "1"},
		{"one customer's", Filter{Customer: "jane@mail.example"}, "21"},
		{"one customer's open ones", Filter{Customer: "jane@mail.example", States: []CaseState{Open}}, "2"},
		{"the newest", Filter{Limit: 1}, "3"},
	} {
		cases, err := s.Cases(ctx, c.f)
		noError(t, err)
		got := ""
		for _, one := range cases {
			got += string(rune('0' + one.ID))
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.about, got, c.want)
		}
	}
	second, err := s.Case(ctx, 2)
	noError(t, err)
	if second.Previous != 1 {
		t.Errorf("the case before: %d", second.Previous)
	}
}
