package note

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	netmail "net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/heedmail/heed/escalation/store"
)

// An envelope is a mail before it is rendered.
type envelope struct {
	id         string
	from       *netmail.Address
	to         []*netmail.Address
	subject    string
	date       time.Time
	caseID     int64
	rules      []string
	alarm      AlarmKind // X-Heed-Alarm; "" for what belongs to a case
	auto       bool      // Auto-Submitted: auto-generated (RFC 3834)
	inReplyTo  string
	references []string
	text       string
	html       string // "" for a mail of plain text only
}

// plain renders the mail without an attachment.
func (e envelope) plain() (Rendered, error) {
	msg, err := e.message()
	if err != nil {
		return Rendered{}, err
	}
	payload, err := e.render(msg, "", 0)
	if err != nil {
		return Rendered{}, err
	}
	return Rendered{MessageID: e.id, Payload: payload}, nil
}

// withOriginal renders the mail with the customer's original attached. An original that was put aside is left out: the
// result says where it goes in. Where the mail needs two forms, they differ in the attachment only.
func (e envelope) withOriginal(f Facts) (Rendered, error) {
	a := attach(f)
	mail, err := e.frame(a)
	if err != nil {
		return Rendered{}, err
	}
	r := Rendered{MessageID: e.id}
	s, two := standIn(a)
	var at, fallbackAt int
	if two {
		r.Fallback, fallbackAt = mail.ofSevenBits().with(s)
	}
	r.Payload, at = mail.with(a)
	if f.Aside != nil {
		r.Enclosed = &store.Enclosed{Original: f.Aside.Original, Payload: a.slot(at)}
		if two {
			r.Enclosed.Fallback = s.slot(fallbackAt)
		}
	}
	return r, nil
}

// A frame is a mail without its attachment: what stands before it, up to the boundary that begins it, and what comes after.
type frame struct{ head, tail []byte }

// frame lets go-mail write the mail around an empty attachment, and takes that out again. There is room for a behind the head.
func (e envelope) frame(a attachment) (frame, error) {
	msg, err := e.message()
	if err != nil {
		return frame{}, err
	}
	msg.AttachReadSeeker(originalName, bytes.NewReader(nil))
	begin := ""
	if a.encoding == "8bit" {
		begin = eightBits
	}
	around, err := e.render(msg, begin, a.room())
	if err != nil {
		return frame{}, err
	}
	m, _, ok := cutAttachment(around)
	if !ok {
		return frame{}, errors.New("render the mail: the attachment is not where it should be")
	}
	return frame{around[:len(m.head)], bytes.Clone(m.tail)}, nil
}

// cutAttachment parts a mail from its last part. The boundary is one that nobody can have written into the part.
func cutAttachment(mail []byte) (m frame, part []byte, ok bool) {
	end := bytes.LastIndex(mail, []byte("\r\n--"))
	if end < 0 {
		return frame{}, nil, false
	}
	boundary, closed := bytes.CutSuffix(mail[end:], []byte("--\r\n"))
	opening := string(boundary) + "\r\n"
	start := bytes.LastIndex(mail[:end], []byte(opening))
	if !closed || start < 0 {
		return frame{}, nil, false
	}
	start += len(opening)
	return frame{mail[:start:start], mail[end:]}, mail[start:end], true
}

// eightBits is how a mail begins that needs them (RFC 2045, 6.4): the whole has to admit what a part needs.
const eightBits = "Content-Transfer-Encoding: 8bit\r\n"

// NeedsEightBits says whether a mail of ours needs a server with 8BITMIME (RFC 6152).
func NeedsEightBits(mail []byte) bool { return bytes.HasPrefix(mail, []byte(eightBits)) }

// InSevenBits is a mail that needs eight bits for a server that takes seven: the same mail, with the original in base64.
func InSevenBits(mail []byte) []byte {
	m, part, ok := cutAttachment(mail)
	_, original, whole := bytes.Cut(part, []byte("\r\n\r\n"))
	if !ok || !whole { // it is none of ours
		return mail
	}
	mail, _ = m.ofSevenBits().with(attachment{name: originalName, body: original}.encoded())
	return mail
}

// ofSevenBits is the frame for an attachment that needs no more of them.
func (m frame) ofSevenBits() frame {
	return frame{slices.Clip(bytes.TrimPrefix(m.head, []byte(eightBits))), m.tail}
}

// with puts an attachment in, and says where its body begins. This way the original is copied once, byte for byte, and its
// part is labelled 7bit where that is true: of itself go-mail labels an unencoded attachment 8bit, which makes relays
// convert what needs no conversion. The head's room is used up.
func (m frame) with(a attachment) (mail []byte, at int) {
	out := bytes.NewBuffer(m.head)
	fmt.Fprintf(out, "Content-Disposition: attachment; filename=%q\r\nContent-Transfer-Encoding: %s\r\nContent-Type: %s; name=%q\r\n\r\n",
		a.name, a.encoding, a.mimeType, a.name)
	at = out.Len()
	a.write(out)
	out.Write(m.tail)
	return out.Bytes(), at
}

// message builds the mail for go-mail. Nothing that stems from a customer's mail is used as a header name or as a
// preformatted header: these are what go-mail does not guard.
func (e envelope) message() (*mail.Msg, error) {
	if len(e.to) == 0 {
		return nil, errors.New("render the mail: it has no recipient with a usable address")
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingQP))
	msg.FromMailAddress(e.from)
	msg.ToMailAddress(e.to...)
	msg.Subject(e.subject)
	msg.SetDateWithValue(e.date)
	msg.SetMessageIDWithValue(e.id)
	if e.inReplyTo != "" {
		msg.SetGenHeader(mail.HeaderInReplyTo, "<"+e.inReplyTo+">")
	}
	if len(e.references) > 0 {
		msg.SetGenHeader(mail.HeaderReferences, "<"+strings.Join(e.references, "> <")+">")
	}
	if e.auto {
		msg.SetGenHeader("Auto-Submitted", "auto-generated")
	}
	if e.caseID != 0 {
		msg.SetGenHeader("X-Heed-Case", strconv.FormatInt(e.caseID, 10))
	}
	if e.alarm != "" {
		msg.SetGenHeader("X-Heed-Alarm", string(e.alarm))
	}
	if len(e.rules) > 0 {
		msg.SetGenHeader("X-Heed-Rules", ruleNames(e.rules))
	}
	msg.SetBodyString(mail.TypeTextPlain, e.text)
	if e.html != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, e.html)
	}
	return msg, nil
}

// ruleNames are the rules as X-Heed-Rules carries them.
func ruleNames(rules []string) string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = clean(r, 60)
	}
	return strings.Join(names, ", ")
}

// render writes the mail into room for all of it, and for so much more: quoted-printable adds a tenth. begin stands before it.
func (e envelope) render(msg *mail.Msg, begin string, more int) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(4<<10 + (len(e.text)+len(e.html))*5/4 + more)
	out.WriteString(begin)
	if _, err := msg.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("render the mail: %w", err)
	}
	return out.Bytes(), nil
}

// writeBase64 encodes body in lines of 76 characters (RFC 2045, 6.8); the last line has no line end of its own.
func writeBase64(out *bytes.Buffer, body []byte) {
	const perLine = 57
	for len(body) > 0 {
		n := min(perLine, len(body))
		out.Write(base64.StdEncoding.AppendEncode(out.AvailableBuffer(), body[:n]))
		if body = body[n:]; len(body) > 0 {
			out.WriteString("\r\n")
		}
	}
}
