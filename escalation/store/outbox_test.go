package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func enqueue(t *testing.T, s *Store, rows ...*Row) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		for _, r := range rows {
			if err := tx.Enqueue(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// due names the rows that are due at a time.
func due(t *testing.T, s *Store, at time.Time) string {
	t.Helper()
	rows, err := s.Due(t.Context(), at, 100)
	noError(t, err)
	var keys []string
	for _, r := range rows {
		keys = append(keys, r.Key)
	}
	return strings.Join(keys, " ")
}

func next(t *testing.T, s *Store) string {
	t.Helper()
	at, ok, err := s.NextDue(t.Context())
	noError(t, err)
	if !ok {
		return "never"
	}
	return at.Sub(noon).String()
}

func TestDecisionIsQueuedOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := &Row{Key: "a", Kind: MailRow, Payload: []byte("one")}
	again := &Row{Key: "a", Kind: MailRow, Payload: []byte("two"), Recipients: []Recipient{{Address: "eve@mail.example"}}}
	enqueue(t, s, a, again)
	rows, err := s.Due(t.Context(), noon, 10)
	noError(t, err)
	if len(rows) != 1 || string(rows[0].Payload) != "one" || len(rows[0].Recipients) != 0 || again.ID != a.ID {
		t.Errorf("%+v", rows)
	}
}

func TestRowReadsBackWhole(t *testing.T) {
	t.Parallel()
	s := opened(t)
	r := Row{Key: "k", Kind: MailRow, CaseID: 1, Place: Place{"support", "INBOX", 7, 9}, MessageID: "m@example.com", From: "heed@example.com",
		Recipients: []Recipient{{Address: "lu@example.com"}, {Address: "yodi@example.com"}}, Payload: []byte("8bit"), Fallback: []byte("7bit"),
		Argument: "arg", NextAt: noon.Add(time.Minute), CreatedAt: noon}
	enqueue(t, s, &r)
	rows, err := s.Due(t.Context(), noon.Add(time.Minute), 10)
	noError(t, err)
	if len(rows) != 1 || fmt.Sprintf("%+v", rows[0]) != fmt.Sprintf("%+v", r) {
		t.Errorf("got\n%+v\nwant\n%+v", rows, r)
	}
}

func TestRowsAreDueInTheirOrderAndTime(t *testing.T) {
	t.Parallel()
	s := open(t)
	if got := next(t, s); got != "never" {
		t.Errorf("nothing is queued, next is %s", got)
	}
	enqueue(t, s,
		&Row{Key: "late", Kind: MailRow, NextAt: noon.Add(time.Hour)},
		&Row{Key: "a", Kind: MailRow}, &Row{Key: "b", Kind: DraftRow}, &Row{Key: "c", Kind: MailRow})
	if got := due(t, s, noon.Add(-time.Second)); got != "" {
		t.Errorf("before noon: %s", got)
	}
	if got := due(t, s, noon); got != "a b c" {
		t.Errorf("at noon: %s", got)
	}
	if got := due(t, s, noon.Add(time.Hour)); got != "late a b c" {
		t.Errorf("at one: %s", got)
	}
	rows, err := s.Due(t.Context(), noon, 2)
	if len(rows) != 2 || err != nil {
		t.Errorf("limit 2: %d rows, %v", len(rows), err)
	}
}

func TestADestinationWithManyRowsHidesNoOther(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range 20 {
		enqueue(t, s, &Row{Key: fmt.Sprint("mail", i), Kind: MailRow, Place: Place{Mailbox: "us"}},
			&Row{Key: fmt.Sprint("us", i), Kind: DraftRow, Place: Place{Mailbox: "us"}})
	}
	enqueue(t, s, &Row{Key: "de", Kind: DraftRow, Place: Place{Mailbox: "de"}})
	rows, err := s.Due(t.Context(), noon, 1)
	noError(t, err)
	var keys []string
	for _, r := range rows {
		keys = append(keys, r.Key)
	}
	if got := strings.Join(keys, " "); got != "mail0 us0 de" {
		t.Errorf("due %q, want one for each destination", got)
	}
	for _, tt := range []struct {
		except []string
		want   int
	}{{[]string{""}, 2}, {[]string{"us"}, 2}, {[]string{"us", "de"}, 1}, {[]string{"", "us", "de", "no such"}, 0}} {
		if rows, err := s.Due(t.Context(), noon, 1, tt.except...); err != nil || len(rows) != tt.want {
			t.Errorf("except %q: %d rows, %v", tt.except, len(rows), err)
		}
	}
}

func TestMarksOfOneMailWaitForOneAnother(t *testing.T) {
	t.Parallel()
	s := open(t)
	here, there := Place{"support", "INBOX", 7, 1}, Place{"support", "INBOX", 7, 2}
	enqueue(t, s,
		&Row{Key: "first", Kind: MailRow, Place: here, NextAt: noon.Add(time.Hour)}, // an SMTP server that is away stops no mark
		&Row{Key: "keyword", Kind: KeywordRow, Place: here}, &Row{Key: "note", Kind: NoteRow, Place: here},
		&Row{Key: "move", Kind: MoveRow, Place: here}, &Row{Key: "mail", Kind: MailRow, Place: here},
		&Row{Key: "draft", Kind: DraftRow, Place: here}, &Row{Key: "other", Kind: MoveRow, Place: there})
	step := func(want, wantNext string) {
		t.Helper()
		if got := due(t, s, noon); got != want {
			t.Errorf("due %q, want %q", got, want)
		}
		if got := next(t, s); got != wantNext {
			t.Errorf("next %s, want %s", got, wantNext)
		}
	}
	finish := func(key string, state RowState) {
		t.Helper()
		rows, err := s.Due(t.Context(), noon.Add(24*time.Hour), 10)
		noError(t, err)
		for _, r := range rows {
			if r.Key == key {
				r.State = state
				noError(t, s.Finish(t.Context(), r))
			}
		}
	}
	step("keyword mail draft other", "0s")
	finish("mail", Done)
	finish("draft", Done)
	finish("other", Done)
	noError(t, s.Attempt(t.Context(), 2, "", noon.Add(time.Minute))) // the IMAP server is away
	step("", "1m0s")                                                 // note and move were due before, but would only be in vain
	finish("keyword", Failed)
	step("note", "0s")
	finish("note", Done)
	step("move", "0s")
	finish("move", Done)
	step("", "1h0m0s")
}

func TestAttemptIsWrittenBeforeItIsMade(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := &Row{Key: "a", Kind: MailRow, Payload: []byte("mail"), Recipients: []Recipient{{Address: "lu@example.com"}, {Address: "yodi@example.com"}}}
	enqueue(t, s, r)
	ctx := t.Context()
	noError(t, s.Attempt(ctx, r.ID, r.Hash, noon.Add(5*time.Second)))
	if got := next(t, s); got != "5s" || due(t, s, noon) != "" {
		t.Errorf("after the attempt began, next %s", got)
	}
	rows, err := s.Due(ctx, noon.Add(5*time.Second), 1)
	noError(t, err)
	half := rows[0]
	half.Error = "451 try later"
	half.Recipients[0].State = Done
	half.Recipients[1].Error = "451 greylisted"
	noError(t, s.Finish(ctx, half)) // one has it, the other is to be tried again
	rows, err = s.Due(ctx, noon.Add(5*time.Second), 1)
	noError(t, err)
	got := rows[0]
	if got.Attempts != 1 || got.State != Pending || got.Error != "451 try later" || !got.DoneAt.IsZero() || string(got.Payload) != "mail" ||
		got.Recipients[0].State != Done || got.Recipients[1] != (Recipient{"yodi@example.com", Pending, "451 greylisted"}) {
		t.Errorf("%+v", got)
	}
}

func TestOneAttemptEndsAndTheNextBeginsInOneWrite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(*testing.T, *Store, *Row, *Row) // what became of them meanwhile
		begun  bool
		states string // and attempts
	}{
		"both are there":        {func(*testing.T, *Store, *Row, *Row) {}, true, "done 0, pending 1"},
		"the first ended":       {func(t *testing.T, s *Store, ended, _ *Row) { noError(t, s.Finish(t.Context(), *ended)) }, true, "done 0, pending 1"},
		"the second is another": {func(_ *testing.T, _ *Store, _, next *Row) { next.Hash = "joined" }, false, "done 0, pending 0"},
		"the second ended": {func(t *testing.T, s *Store, _, next *Row) {
			gone := *next
			gone.State = Failed
			noError(t, s.Finish(t.Context(), gone))
		}, false, "done 0, failed 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t)
			ended := Row{Key: "a", Kind: MailRow, CaseID: 1, Payload: []byte("mail"), Recipients: []Recipient{{Address: "lu@example.com"}}}
			next := Row{Key: "b", Kind: MailRow, CaseID: 1, Payload: []byte("mail 2"), Recipients: []Recipient{{Address: "lu@example.com"}}}
			enqueue(t, s, &ended)
			enqueue(t, s, &next)
			ended.State, ended.Recipients[0].State = Done, Done
			c.before(t, s, &ended, &next)
			next.NextAt = noon.Add(5 * time.Second)
			begun, err := s.FinishAndAttempt(t.Context(), ended, next)
			noError(t, err)
			rows, err := s.CaseRows(t.Context(), 1)
			noError(t, err)
			got := fmt.Sprintf("%s %d, %s %d", rows[0].State, rows[0].Attempts, rows[1].State, rows[1].Attempts)
			if begun != c.begun || got != c.states || begun != rows[1].NextAt.Equal(next.NextAt) {
				t.Errorf("begun %v, %s, next at %v; want %v, %s", begun, got, rows[1].NextAt, c.begun, c.states)
			}
		})
	}
}

func TestDoneRowGivesItsBytesBack(t *testing.T) {
	t.Parallel()
	s := opened(t)
	r := Row{Key: "a", Kind: MailRow, CaseID: 1, Payload: []byte("mail"), Fallback: []byte("mail7"), Recipients: []Recipient{{Address: "lu@example.com"}}}
	enqueue(t, s, &r)
	r.State, r.Recipients[0].State = Done, Done
	noError(t, s.Finish(t.Context(), r))
	if got := payloads(t, s); got != 0 {
		t.Errorf("%d bytes are left", got)
	}
	rows, err := s.CaseRows(t.Context(), 1)
	noError(t, err)
	if len(rows) != 1 || rows[0].State != Done || rows[0].Hash != digest([]byte("mail")) || !rows[0].DoneAt.Equal(noon) {
		t.Errorf("%+v", rows)
	}
	for _, err := range []error{s.Finish(t.Context(), r), s.Attempt(t.Context(), r.ID, r.Hash, noon), s.Attempt(t.Context(), 99, r.Hash, noon)} {
		if !errors.Is(err, ErrNoRow) {
			t.Errorf("what is done can't be done again: %v", err)
		}
	}
}

func TestRefusedMailIsUndeliveredUntilItsCaseIsResolved(t *testing.T) {
	t.Parallel()
	s := opened(t)
	ctx := t.Context()
	to := func() []Recipient { return []Recipient{{Address: "lu@example.com"}, {Address: "yodi@example.com"}} }
	good := Row{Key: "good", Kind: MailRow, CaseID: 1, Payload: []byte("g"), Recipients: to()}
	half := Row{Key: "half", Kind: MailRow, CaseID: 1, Payload: []byte("half"), Recipients: to()}
	bad := Row{Key: "bad", Kind: MailRow, CaseID: 1, Payload: []byte("bad!"), Recipients: to()}
	draft := Row{Key: "draft", Kind: DraftRow, CaseID: 1, Payload: []byte("draft")}
	enqueue(t, s, &good, &half, &bad, &draft)
	good.State = Done
	half.State, half.Recipients[1] = Done, Recipient{"yodi@example.com", Failed, "550 no such user"}
	bad.State, bad.Error = Failed, "554 refused"
	draft.State = Failed
	for _, r := range []Row{good, half, bad, draft} {
		noError(t, s.Finish(ctx, r))
	}
	rows, err := s.Undelivered(ctx)
	noError(t, err)
	if len(rows) != 2 || rows[0].Key != "half" || rows[0].Recipients[1].Error != "550 no such user" || rows[1].Error != "554 refused" {
		t.Errorf("%+v", rows)
	}
	if got := payloads(t, s); got != len("half")+len("bad!")+len("draft") {
		t.Errorf("%d bytes are kept; what was refused has to be", got)
	}
	st, err := s.Stats(ctx)
	noError(t, err)
	if st.Failed != 3 || st.Pending != 0 {
		t.Errorf("%+v", st)
	}
	noError(t, s.Resolve(ctx, 1, noon))
	if rows, err = s.Undelivered(ctx); len(rows) != 0 || err != nil {
		t.Errorf("after somebody resolved the case: %+v, %v", rows, err)
	}
}

// Nobody can resolve a digest or an alarm, so that it would be shown for ever.
func TestRefusedMailOfNoCaseIsUndeliveredForAFortnight(t *testing.T) {
	t.Parallel()
	s := opened(t)
	now := noon
	s.now = func() time.Time { return now }
	digest := Row{Key: "digest", Kind: MailRow, Payload: []byte("d"), Recipients: []Recipient{{Address: "yodi@example.com"}}}
	enqueue(t, s, &digest)
	digest.State, digest.Recipients[0] = Failed, Recipient{"yodi@example.com", Failed, "550 no such user"}
	noError(t, s.Finish(t.Context(), digest))
	for _, days := range []int{0, 14, 15} {
		now = noon.Add(time.Duration(days) * 24 * time.Hour)
		want := 1
		if days > 14 {
			want = 0
		}
		rows, err := s.Undelivered(t.Context())
		noError(t, err)
		st, err := s.Stats(t.Context())
		noError(t, err)
		if len(rows) != want || st.Failed != want {
			t.Errorf("after %d days: %d undelivered, %d failed", days, len(rows), st.Failed)
		}
	}
}

func TestWhoRefusedAMailIsNamedWithTheReason(t *testing.T) {
	t.Parallel()
	done, waits, refused := Recipient{"a@x", Done, ""}, Recipient{"b@x", Pending, "421 later"}, Recipient{"c@x", Failed, "550 no such user"}
	for _, c := range []struct {
		row  Row
		want []string
	}{
		{Row{State: Pending, Recipients: []Recipient{done, waits, refused}}, []string{"c@x: 550 no such user"}},
		{Row{State: Failed, Error: "554 no", Recipients: []Recipient{done, waits, {"d@x", Pending, ""}}}, []string{"b@x: 421 later", "d@x: 554 no"}},
		{Row{State: Failed, Recipients: []Recipient{{"d@x", Failed, ""}}}, []string{"d@x: refused"}},
		{Row{State: Done, Recipients: []Recipient{done}}, nil},
	} {
		var got []string
		for _, r := range c.row.Refused() {
			got = append(got, r.Address+": "+r.Error)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q; want %q", c.row, got, c.want)
		}
	}
}

func TestWhatAMailIsAboutIsSaidToPeople(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]Row{
		"case 12": {CaseID: 12, Place: Place{Mailbox: "us", Folder: "INBOX", UID: 7}},
		"the mail that could not be read (us, INBOX, UID 7)": {Place: Place{Mailbox: "us", Folder: "INBOX", UID: 7}, MessageID: "x@example.com"},
		"heed-digest-2026-11-09-ab@example.com":              {MessageID: "heed-digest-2026-11-09-ab@example.com"},
	} {
		if got := r.About(); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

func TestBigMailsAreHandedOutFewAtATime(t *testing.T) {
	t.Parallel()
	s := openAt(t, Memory)
	big := bytes.Repeat([]byte("x"), 12<<20)
	for n := range 5 {
		enqueue(t, s, &Row{Key: fmt.Sprint(n), Kind: MailRow, Payload: big})
	}
	rows, err := s.Due(t.Context(), noon, 100)
	noError(t, err)
	if len(rows) != 3 {
		t.Errorf("%d rows of 12 MiB at once", len(rows))
	}
	for _, r := range rows {
		if len(r.Payload) != len(big) {
			t.Errorf("row %s has %d bytes", r.Key, len(r.Payload))
		}
	}
}

func payloads(t *testing.T, s *Store) (size int) {
	t.Helper()
	noError(t, s.read.QueryRow(`SELECT coalesce(sum(coalesce(length(payload), 0) + coalesce(length(fallback), 0)), 0) FROM outbox`).Scan(&size))
	return size
}

// A row must not wait for as long as the clock was wrong: a day, or for ever.
func TestRowsAreDueThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		about    string
		row      Row
		attempts int
		now      time.Time
		want     string
	}{
		{"failed before the clock was set back by a day", Row{CreatedAt: noon, NextAt: noon.Add(5 * time.Second)}, 1, noon.Add(-24 * time.Hour), "a"},
		{"made before the clock was set back by a day", Row{CreatedAt: noon, NextAt: noon}, 0, noon.Add(-24 * time.Hour), "a"},
		{"waits for its next attempt", Row{CreatedAt: noon.Add(-time.Hour), NextAt: noon.Add(11 * time.Minute)}, 9, noon, ""},
		{"is meant for tomorrow", Row{CreatedAt: noon, NextAt: noon.Add(24 * time.Hour)}, 0, noon, ""},
	} {
		s := open(t)
		row := c.row
		row.Key, row.Kind, row.Payload, row.Attempts = "a", MailRow, []byte("x"), c.attempts
		enqueue(t, s, &row)
		if got := due(t, s, c.now); got != c.want {
			t.Errorf("%s: due %q, want %q", c.about, got, c.want)
		}
	}
}
