package intake

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/heedmail/heed/mailbox"
)

// inTexts is a mail of which only the texts were fetched.
func inTexts(d *desk, body string, original func(context.Context) ([]byte, error)) mailbox.Mail {
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
			mail := inTexts(d, x.body, func(context.Context) ([]byte, error) { asked++; return whole, nil })
			if err := d.in.Deliver(t.Context(), "support-us", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: 1}); err != nil {
				t.Fatal(err)
			}
			if asked != x.fetched {
				t.Errorf("the original was fetched %d times, want %d", asked, x.fetched)
			}
			due, err := d.in.Store.Due(t.Context(), d.in.Now().Add(time.Hour), 10)
			if err != nil {
				t.Fatal(err)
			}
			attached := 0
			for _, r := range due {
				if bytes.Contains(r.Payload, whole) {
					attached++
				}
			}
			if attached != x.fetched {
				t.Errorf("the whole mail is attached %d times, want %d", attached, x.fetched)
			}
		})
	}
}

func TestAnOriginalThatCantBeHadLeavesTheCursor(t *testing.T) {
	d := newDesk(t, OnEscalate{})
	broken := errors.New("connection reset")
	mail := inTexts(d, disputing, func(context.Context) ([]byte, error) { return nil, broken })
	if err := d.in.Deliver(t.Context(), "support-us", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: 1}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, known, err := d.in.Cursor(t.Context(), "support-us", "INBOX"); known || err != nil {
		t.Errorf("the cursor was moved (%v)", err)
	}
}
