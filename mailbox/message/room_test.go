package message

import (
	"fmt"
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
	r := &reading{in: shop(false), m: &Message{}, parser: parser{room: newRoom()}}
	room := &r.parser.room
	r.root = r.parser.mail(typicalMail())
	r.header = r.root.header
	r.readHeader()
	r.body = r.parser.renderings(room.body, r.root)
	r.judge()
	fields, parts, body, lines := room.fields[:cap(room.fields)], room.parts[:cap(room.parts)], room.body[:1], room.lines[:1]
	if fields[0].name == nil || parts[0].body == nil && parts[0].children == nil || body[0].plain == "" || lines[0].text == "" {
		t.Fatal("the room was not used")
	}
	r.clear()
	if fields[0].name != nil || parts[0].children != nil || parts[0].body != nil || body[0].plain != "" || lines[0].text != "" || r.m != nil || r.header.fields != nil {
		t.Errorf("left behind: %q, %+v, %+v, %+v, %+v", fields[0].name, parts[0], body[0], lines[0], r)
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
