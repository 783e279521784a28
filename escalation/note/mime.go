package note

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	netmail "net/mail"
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
	payload, err := render(msg)
	if err != nil {
		return Rendered{}, err
	}
	return Rendered{MessageID: e.id, Payload: payload}, nil
}

// withOriginal renders the mail with the customer's original attached. An original that was put aside is left out: the
// result says where it goes in.
func (e envelope) withOriginal(f Facts) (Rendered, error) {
	a := attach(f)
	payload, at, err := e.attaching(a)
	if err != nil {
		return Rendered{}, err
	}
	r := Rendered{MessageID: e.id, Payload: payload}
	if f.Aside != nil {
		r.Enclosed = &store.Enclosed{Original: f.Aside.Original, Payload: a.slot(at)}
	}
	s, ok := standIn(a)
	if !ok {
		return r, nil
	}
	if r.Fallback, at, err = e.attaching(s); err != nil {
		return Rendered{}, err
	}
	if r.Enclosed != nil {
		r.Enclosed.Fallback = s.slot(at)
	}
	return r, nil
}

// attaching lets go-mail write the mail around an empty attachment and puts the original in its place, which it returns.
// This way the original is copied once, byte for byte, and its part is labelled 7bit where that is true: of itself go-mail
// labels an unencoded attachment 8bit, which makes relays convert what needs no conversion.
func (e envelope) attaching(a attachment) (rendered []byte, at int, err error) {
	msg, err := e.message()
	if err != nil {
		return nil, 0, err
	}
	if a.encoding == "8bit" { // RFC 2045, 6.4: the whole has to admit what a part needs
		msg.SetGenHeader(mail.HeaderContentTransferEnc, "8bit")
	}
	const label = "8bit"
	msg.AttachReadSeeker(a.name, bytes.NewReader(nil), mail.WithFileContentType(mail.ContentType(a.mimeType)), mail.WithFileEncoding(mail.NoEncoding))
	around, err := render(msg)
	if err != nil {
		return nil, 0, err
	}
	head, tail, ok := cutAtAttachment(around)
	if !ok || !bytes.HasSuffix(bytes.TrimRight(head, "\r\n"), []byte(`"`)) {
		return nil, 0, errors.New("render the mail: the attachment is not where it should be")
	}
	labelled := bytes.LastIndex(head, []byte("Content-Transfer-Encoding: "+label+"\r\n"))
	if labelled < 0 {
		return nil, 0, errors.New("render the mail: the attachment has no Content-Transfer-Encoding")
	}
	var out bytes.Buffer
	out.Grow(len(around) + a.room() + 16)
	out.Write(head[:labelled])
	out.WriteString("Content-Transfer-Encoding: " + a.encoding + "\r\n")
	out.Write(head[labelled+len("Content-Transfer-Encoding: "+label+"\r\n"):])
	at = out.Len()
	a.write(&out)
	out.Write(tail)
	return out.Bytes(), at, nil
}

// cutAtAttachment finds the empty body of the last part: what follows it is only the closing boundary.
func cutAtAttachment(around []byte) (head, tail []byte, ok bool) {
	at := bytes.LastIndex(around, []byte("\r\n\r\n\r\n--"))
	if at < 0 {
		return nil, nil, false
	}
	at += len("\r\n\r\n")
	return around[:at], around[at:], true
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

func render(msg *mail.Msg) ([]byte, error) {
	var out bytes.Buffer
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
