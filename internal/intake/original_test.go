package intake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"testing"
	"unicode/utf8"

	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
)

// inTexts is a mail of which only the texts were fetched.
func inTexts(d *desk, body string, original func(context.Context, io.Writer) error) mailbox.Mail {
	raw := letter("Jane <jane@mail.example>", "1@x", body)
	return mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: 1, Raw: raw, Size: 5 << 20, InternalDate: d.in.Now(), Original: original}
}

func TestTheOriginalIsFetchedOnlyWhenItMayBeForwarded(t *testing.T) {
	whole := append(letter("Jane <jane@mail.example>", "1@x", disputing), bytes.Repeat([]byte("a file\r\n"), 1000)...)
	for _, x := range []struct {
		name, body string
		fetched    int
	}{
		{"a question", "Where is my lamp?", 0},
		{"a threat", disputing, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			d := newDesk(t, OnEscalate{})
			asked := 0
			mail := inTexts(d, x.body, func(_ context.Context, w io.Writer) error {
				asked++
				_, err := w.Write(whole)
				return err
			})
			if err := d.in.Deliver(t.Context(), "support-us", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: 1}); err != nil {
				t.Fatal(err)
			}
			if asked != x.fetched {
				t.Errorf("the original was fetched %d times, want %d", asked, x.fetched)
			}
			attached := 0
			for _, sent := range d.letters() {
				if bytes.Contains(sent, whole) {
					attached++
				}
				if bytes.Contains(sent, []byte("the mail is bigger")) {
					t.Error("the mail says that it was not attached whole")
				}
			}
			if attached != x.fetched {
				t.Errorf("the whole mail is attached %d times, want %d", attached, x.fetched)
			}
		})
	}
}

// letters are the mails to people that are queued, as they would be sent.
func (d *desk) letters() (all [][]byte) {
	d.t.Helper()
	for _, r := range d.mailsQueued() {
		for _, stand := range []bool{false, true} {
			m := outbox.Mail{Payload: r.Payload, Fallback: r.Fallback, Enclosed: r.Enclosed, Originals: d.in.Store}
			letter, ok := m.Letter(), true
			if stand {
				letter, ok = m.StandIn()
			}
			var sent bytes.Buffer
			if err := letter.Write(d.t.Context(), &sent); err != nil {
				d.t.Fatal(err)
			}
			if int64(sent.Len()) != letter.Size() {
				d.t.Errorf("a letter of %d bytes has %d", letter.Size(), sent.Len())
			}
			if ok {
				all = append(all, sent.Bytes())
			}
		}
	}
	return all
}

// A mail that was put aside goes out as the same bytes as one that is held in memory.
func TestAnOriginalThatWasPutAsideArrivesAsAnyOther(t *testing.T) {
	st, err := store.OpenFile(t.Context(), store.Memory, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	composer, err := note.New(note.Options{From: "Heed <heed@example.com>"})
	if err != nil {
		t.Fatal(err)
	}
	long := bytes.Repeat([]byte("x"), 1200)
	for name, rest := range map[string][]byte{
		"seven bits":             []byte("a file\r\n"),
		"eight bits":             []byte("gr\xc3\xbc\xc3\x9fe\r\n"),
		"a NUL":                  []byte("a\x00b\r\n"),
		"a bare LF":              []byte("a\nb"),
		"a CR at the end":        []byte("a\r\nb\r"),
		"a long line":            long,
		"more than a stand-in":   bytes.Repeat([]byte("a file of many lines, and each has so many bytes that there are eight megabytes\r\n"), 110_000),
		"eight bits, and bigger": bytes.Repeat([]byte("gr\xc3\xbc\xc3\x9fe, a file of many lines, and each has so many bytes that it's eight megabytes\r\n"), 110_000),
	} {
		t.Run(name, func(t *testing.T) {
			mail := append(letter("Jane <jane@mail.example>", "1@x", disputing), rest...)
			facts := note.Facts{Raw: mail, OriginalSize: int64(len(mail)), DomesticTo: []string{"yodi@example.com"}}
			var form note.Form
			o, err := st.PutAside(t.Context(), store.Place{UID: 1}, func(w io.Writer) error {
				_, err := io.MultiWriter(w, &form).Write(mail)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			held, err := composer.Unreadable("x", facts)
			if err != nil {
				t.Fatal(err)
			}
			facts.Raw, facts.Aside = letter("Jane <jane@mail.example>", "1@x", disputing), &note.Aside{Original: o, Form: form}
			aside, err := composer.Unreadable("x", facts)
			if err != nil {
				t.Fatal(err)
			}
			m := outbox.Mail{Payload: aside.Payload, Fallback: aside.Fallback, Enclosed: aside.Enclosed, Originals: st}
			standIn, ok := m.StandIn()
			want := held.Fallback
			if want == nil && note.NeedsEightBits(held.Payload) {
				want = note.InSevenBits(held.Payload)
			}
			if ok != (want != nil) {
				t.Fatalf("there is a stand-in: %v", ok)
			}
			compareLetter(t, m.Letter(), held.Payload)
			if ok {
				compareLetter(t, standIn, want)
			}
		})
	}
}

// compareLetter compares but for the boundaries, which are drawn by lot.
func compareLetter(t *testing.T, l outbox.Letter, want []byte) {
	t.Helper()
	var got bytes.Buffer
	if err := l.Write(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	if int64(got.Len()) != l.Size() {
		t.Errorf("%d bytes are said to be %d", got.Len(), l.Size())
	}
	if eight := bytes.IndexFunc(want, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0; l.Eight() != eight {
		t.Errorf("it is said to need eight bits: %v", l.Eight())
	}
	boundaries := regexp.MustCompile(`boundary=([0-9a-f]{20,})`)
	plain := func(mail []byte) []byte {
		for _, b := range boundaries.FindAllSubmatch(mail, -1) {
			mail = bytes.ReplaceAll(mail, b[1], []byte("BOUNDARY"))
		}
		return mail
	}
	if a, b := plain(got.Bytes()), plain(want); !bytes.Equal(a, b) {
		at := 0
		for at < min(len(a), len(b)) && a[at] == b[at] {
			at++
		}
		t.Errorf("from byte %d on it reads\n%.200q\nwant\n%.200q", at, a[at:], b[at:])
	}
}

func TestAnOriginalThatCantBeHadLeavesTheCursor(t *testing.T) {
	d := newDesk(t, OnEscalate{})
	broken := errors.New("connection reset")
	mail := inTexts(d, disputing, func(_ context.Context, w io.Writer) error { _, _ = w.Write(make([]byte, 1<<20)); return broken })
	if err := d.in.Deliver(t.Context(), "support-us", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: 1}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, known, err := d.in.Cursor(t.Context(), "support-us", "INBOX"); known || err != nil {
		t.Errorf("the cursor was moved (%v)", err)
	}
}
