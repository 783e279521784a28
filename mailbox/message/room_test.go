package message

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// What a mail was read with is used for the next one, which must not show in what was read before.
func TestAMessageOutlivesTheRoomOfItsReading(t *testing.T) {
	t.Parallel()
	raw := typicalMail()
	m := Read(raw, shop(false))
	want := describe(m) + fmt.Sprint(m.ID, m.References, m.From, m.To, m.Subject)
	for _, other := range []string{
		fields + "\nThe chair wobbles.\n",
		strings.ToUpper(string(raw)),
		fields + strings.Repeat("X-Filler: x\n", 2*usualFields) + "\n" + strings.Repeat("The chair wobbles, by Friday.\n", 10*usualLines),
		nested(2 * usualParts),
	} {
		Read([]byte(other), shop(false))
	}
	if got := describe(m) + fmt.Sprint(m.ID, m.References, m.From, m.To, m.Subject); got != want {
		t.Errorf("other mails made of\n%s\nthis:\n%s", want, got)
	}
}

func TestAReadingLeavesNothingOfItsMailBehind(t *testing.T) {
	t.Parallel()
	long := bytes.Replace(typicalMail(), []byte("Hello,"), []byte(strings.Repeat("Hello,\n", 2*usualLines)), 1)
	many := fields + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nHello,\n", 3*usualLeaves)
	for _, raw := range [][]byte{typicalMail(), long, []byte(many), append([]byte(strings.Repeat("X-Filler: x\n", 2*usualFields)), typicalMail()...)} {
		r := &reading{in: shop(false), m: &Message{}, parser: parser{room: newRoom()}}
		r.root = r.parser.mail(raw)
		r.header = r.root.header
		r.readHeader()
		r.body = r.parser.renderings(r.parser.room.body, r.root)
		r.judge()
		if !strings.Contains(r.m.Text, "Hello,") {
			t.Fatalf("read %q", r.m.Text)
		}
		r.clear()
		if left := (&reading{parser: parser{room: r.parser.room}}); !reflect.DeepEqual(r, left) {
			t.Errorf("left in the reading: %+v", r)
		}
		room := &r.parser.room
		checkEmpty(t, "field", room.fields)
		checkEmpty(t, "part", room.parts)
		checkEmpty(t, "text", room.leaves)
		checkEmpty(t, "rendering", room.body)
		checkEmpty(t, "line", room.lines)
		if cap(room.fields) != usualFields || cap(room.parts) != usualParts || cap(room.leaves) != usualLeaves || cap(room.body) != usualBody || cap(room.lines) != usualLines {
			t.Errorf("room is kept for %d fields, %d parts, %d texts, %d renderings, %d lines", cap(room.fields), cap(room.parts), cap(room.leaves), cap(room.body), cap(room.lines))
		}
	}
}

// checkEmpty holds what a slice has room for to be empty.
func checkEmpty[T any](t *testing.T, what string, things []T) {
	t.Helper()
	for i, thing := range things[:cap(things)] {
		if !reflect.ValueOf(thing).IsZero() {
			t.Errorf("left behind as %s %d: %+v", what, i, thing)
		}
	}
}

// Most readers ask for no quoted line, and get none; a mail server's answer and a platform's words count wherever they stand.
func TestQuotedLinesAreLeftOutButForWhoNeedsThem(t *testing.T) {
	t.Parallel()
	own := strings.Repeat("The lamp flickers, and it hums when the fan is on in the kitchen.\n", 6)
	quote := "> We are sorry.\n> 550 5.1.1 no such user here\n> Case number PP-D-12345678 was opened.\n"
	left, cut := withoutQuotes(nil, []byte(own+quote+"Yes.\n"))
	if want := own + "> We are sorry.\nYes.\n"; string(left) != want || !cut {
		t.Errorf("left is %q (%v), not %q", left, cut, want)
	}
	mail := func(from, subject string) []byte {
		return []byte("From: " + from + "\nTo: support@example.com\nSubject: " + subject + "\n\n" + own + quote)
	}
	if m := Read(mail("jane.roe@mail.example", "Lamp"), shop(false)); m.Text != strings.TrimSpace(own) {
		t.Errorf("a customer's text is %q", m.Text)
	}
	if m := Read(mail("relay@mail.example", "Undelivered mail"), shop(false)); m.Ignored != Bounce {
		t.Errorf("a quoted answer of a mail server makes %q %q of a mail", m.Direction, m.Ignored)
	}
	if m := Read(mail("service@paypal.com", "A case was opened against you"), shop(false)); m.Notice == nil || m.Notice.Dispute != "PP-D-12345678" {
		t.Errorf("the notice is %+v", m.Notice)
	}
}
