package store

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/mailbox/message"
)

func TestMessageReadsBackWhole(t *testing.T) {
	t.Parallel()
	s := open(t)
	want := Message{
		Place:     Place{Mailbox: "support-us", Folder: "INBOX/Ümläut", UIDValidity: 1<<32 - 1, UID: 1<<32 - 1},
		MessageID: "a@mail.example", References: []string{"b@mail.example", "c@mail.example"},
		At: noon.Add(123456 * time.Microsecond), From: "jane@mail.example", Customer: "jane@mail.example", CustomerName: "Jane Roe",
		Channel: "shopify", Direction: message.Inbound, Subject: "Order #1234", Text: "Give me\nmy money back.\x00\xff",
		Lang: "en", Orders: []string{"1234"}, Faults: []string{"charset unknown"}, Auth: message.AuthFailed,
		Facts: message.Facts{
			Amounts:   []message.Money{{Text: "$45", Minor: 4500, Currency: "USD"}},
			Deadlines: []message.Deadline{{Text: "by Friday", At: noon.Add(50 * time.Hour)}},
			Phones:    []string{"+1 555 010 0199"}, Numbers: []string{"PP-D-1"},
		},
		Notice:  &message.Notice{Platform: "paypal", Kind: message.DisputeOpened, Dispute: "PP-D-1", Orders: []string{"1234"}, Verified: true},
		Signals: []classify.Hit{{Signal: classify.ChargebackThreat, Evidence: "my money back", Sentence: "Give me\nmy money back."}},
	}
	m := want
	update(t, s, func(tx *Tx) error { return tx.AddMessage(&m) })
	got, err := s.Timeline(t.Context(), "jane@mail.example", 10)
	noError(t, err)
	if len(got) != 1 {
		t.Fatalf("%d messages", len(got))
	}
	want.ID, want.TextHash = m.ID, TextHash(want.Customer, want.Text)
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got\n%+v\nwant\n%+v", got[0], want)
	}
}

func TestMailIsKnownByItsPlace(t *testing.T) {
	t.Parallel()
	s := open(t)
	m := inbound("jane@mail.example", 1)
	update(t, s, func(tx *Tx) error {
		noError(t, tx.AddMessage(m))
		for _, c := range []struct {
			about string
			place Place
			want  bool
		}{
			{"the same", m.Place, true},
			{"another UID", Place{"support", "INBOX", 7, 2}, false},
			{"renumbered folder", Place{"support", "INBOX", 8, 1}, false},
			{"another folder", Place{"support", "Orders", 7, 1}, false},
			{"another mailbox", Place{"support-de", "INBOX", 7, 1}, false},
		} {
			if known, err := tx.Known(c.place); known != c.want || err != nil {
				t.Errorf("%s: known %v, %v", c.about, known, err)
			}
		}
		again := inbound("joe@mail.example", 1)
		if err := tx.AddMessage(again); !errors.Is(err, ErrKnown) {
			t.Errorf("adding at the same place: %v", err)
		}
		return nil
	})
}

func TestSameMailOrSameWordsAreADuplicate(t *testing.T) {
	t.Parallel()
	first := func() *Message { return inbound("jane@mail.example", 1) }
	for _, c := range []struct {
		about  string
		change func(kept, m *Message)
		want   bool
	}{
		{"the same Message-ID in another folder", func(_, m *Message) { m.Text = "other" }, true},
		{"the same Message-ID a year later", func(_, m *Message) { m.Text, m.At = "other", m.At.AddDate(1, 0, 0) }, true},
		{"the same Message-ID of a mail that was ignored", func(kept, m *Message) { kept.Direction, m.Text = message.Ignored, "other" }, true},
		{"somebody else's use of the Message-ID", func(_, m *Message) { m.From, m.Text = "eve@mail.example", "other" }, false},
		{"the same words at once", func(_, m *Message) { m.MessageID = "new" }, true},
		{"the same words, wrapped otherwise", func(_, m *Message) { m.MessageID, m.Text = "new", " These are\r\nwords\tnumber 1. " }, true},
		{"the same words an hour later", func(_, m *Message) { m.MessageID, m.At = "new", m.At.Add(time.Hour) }, true},
		{"the same words an hour before", func(_, m *Message) { m.MessageID, m.At = "new", m.At.Add(-time.Hour) }, true},
		{"the same words more than an hour later", func(_, m *Message) { m.MessageID, m.At = "new", m.At.Add(time.Hour+time.Second) }, false},
		{"the same words more than an hour before", func(_, m *Message) { m.MessageID, m.At = "new", m.At.Add(-time.Hour-time.Second) }, false},
		{"other words", func(_, m *Message) { m.MessageID, m.Text = "new", "These are other words." }, false},
		{"the same words of another customer", func(_, m *Message) { m.MessageID, m.Customer = "new", "joe@mail.example" }, false},
		{"the words of a mail that did not count", func(kept, m *Message) { kept.Direction, m.MessageID = message.Ignored, "new" }, false},
		{"no words", func(kept, m *Message) { kept.Text, m.Text, m.MessageID = "\n", " ", "new" }, false},
		{"no Message-ID", func(kept, m *Message) { kept.MessageID, m.MessageID, m.Text = "", "", "other" }, false},
		{"a hash of the caller's own", func(kept, m *Message) { kept.TextHash, m.TextHash, m.MessageID, m.Text = "h", "h", "new", "other" }, true},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			kept, m := first(), first()
			m.Place.Folder = "Orders"
			c.change(kept, m)
			update(t, openAt(t, Memory), func(tx *Tx) error {
				noError(t, tx.AddMessage(kept))
				got, err := tx.Duplicate(m, time.Hour)
				if got != c.want {
					t.Errorf("duplicate %v, want %v", got, c.want)
				}
				return err
			})
		})
	}
}

func TestTimelineShowsBothSidesInOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	kinds := []struct {
		direction message.Direction
		ignored   message.Reason
		shown     bool
	}{
		{message.Inbound, message.NotIgnored, true},
		{message.Outbound, message.NotIgnored, true},
		{message.Ignored, message.AutoReply, false},
		{message.Ignored, message.DisputeClosed, true},
		{message.Ignored, message.Duplicate, false},
		{message.Inbound, message.NotIgnored, true},
	}
	update(t, s, func(tx *Tx) error {
		noError(t, tx.AddMessage(inbound("joe@mail.example", 99)))
		for n := len(kinds); n > 0; n-- { // the newest first: mail may come in any order
			m := inbound("jane@mail.example", uint32(n))
			m.Direction, m.Ignored = kinds[n-1].direction, kinds[n-1].ignored
			noError(t, tx.AddMessage(m))
		}
		return nil
	})
	uids := func(limit int) (all []uint32) {
		messages, err := s.Timeline(t.Context(), "jane@mail.example", limit)
		noError(t, err)
		for _, m := range messages {
			all = append(all, m.Place.UID)
		}
		return all
	}
	if got := uids(10); !reflect.DeepEqual(got, []uint32{1, 2, 4, 6}) {
		t.Errorf("timeline %v", got)
	}
	if got := uids(2); !reflect.DeepEqual(got, []uint32{4, 6}) {
		t.Errorf("the last two: %v", got)
	}
}

func TestWhatIsKeptOfAMessageIsBounded(t *testing.T) {
	t.Parallel()
	s := open(t)
	long := strings.Repeat("ü", 1<<20)
	m := inbound("jane@mail.example", 1, classify.Abuse)
	m.Text, m.Subject, m.CustomerName = "x"+long, long, long
	m.Signals[0].Evidence, m.Signals[0].Sentence = long, long
	m.Notice = &message.Notice{Words: long, Amount: long, Deadline: long}
	m.References = slices.Repeat([]string{long}, 200)
	m.MessageID, m.From = long, long
	m.Faults = make([]string, 1<<16)
	update(t, s, func(tx *Tx) error { return tx.AddMessage(m) })
	got, err := s.Timeline(t.Context(), "jane@mail.example", 1)
	noError(t, err)
	size := len(strings.Join(got[0].References, ""))
	for _, text := range []string{got[0].Text, got[0].Subject, got[0].CustomerName, got[0].Signals[0].Evidence, got[0].Signals[0].Sentence, got[0].MessageID, got[0].From,
		got[0].Notice.Words, got[0].Notice.Amount, got[0].Notice.Deadline} {
		size += len(text)
		if !utf8.ValidString(text) {
			t.Errorf("cut within a character: …%q", text[max(0, len(text)-10):])
		}
	}
	if len(got[0].Text) > MaxText || size > MaxText+120<<10 || len(got[0].References) > 100 || len(got[0].Faults) > 100 {
		t.Errorf("%d bytes of text, %d in all, %d references, %d faults", len(got[0].Text), size, len(got[0].References), len(got[0].Faults))
	}
	if m.TextHash != TextHash(m.Customer, m.Text) {
		t.Error("the hash is not that of the whole text")
	}
	again := *m
	again.Text = "other"
	update(t, s, func(tx *Tx) error {
		if same, err := tx.Duplicate(&again, time.Hour); !same || err != nil {
			t.Errorf("a long Message-ID is not found again: %v", err)
		}
		return nil
	})
}

func TestATextHashIsThatOfItsWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("grüße  \u2003und\r\n mehr\xff", 500)
	for _, text := range []string{"", " \n", "one", " one\ttwo ", "one two  three \n four", "a \u00a0 b ü c", "a ü\u2003", "\x01 \x7f", long} {
		want := ""
		if words := strings.Join(strings.Fields(text), " "); words != "" {
			want = digest([]byte("jane@mail.example\x00" + words))[:16]
		}
		if got := TextHash("jane@mail.example", text); got != want {
			t.Errorf("%.20q: %s, want %s", text, got, want)
		}
	}
}

func TestAListIsWrittenAsJSONWouldBe(t *testing.T) {
	t.Parallel()
	for _, list := range [][]string{nil, {}, {""}, {"1234"}, {"1234", "a@b"}, {`a "b"`}, {"<i@x>"}, {"ü"}, {"a\\b", "\x00"}, {"\xff"}, {strings.Repeat("x", 300)},
		{strings.Repeat("x", 200), strings.Repeat("y", 49)}, slices.Repeat([]string{"n"}, 2*maxList), {"\u2028", "a&b", "\x7f"}} {
		want, err := encode(first(list, maxList))
		noError(t, err)
		if got, err := encodeList(list); list != nil && got != want || list == nil && got != nil || err != nil {
			t.Errorf("%q: %s, %v, want %s", list, got, err, want)
		}
	}
}
