package note

import (
	"bytes"
	"unicode/utf8"

	"github.com/heedmail/heed/escalation/store"
)

// Sizes of what is attached. A mail of more than 10 MB is refused by many servers, and base64 adds a third: of an
// original above maxFallback only the beginning stands in, and of one that needs no encoding already above maxBeginning.
const (
	maxFallback  = 7 << 20
	maxBeginning = 1 << 20
	maxLine      = 998 // RFC 5322, 2.1.1, without CRLF
)

// An Aside is an original that was put aside, since it is too big to be held: it goes into the mail when that is sent.
type Aside struct {
	store.Original
	Form Form // what was seen of it on its way
}

// A Form finds out, of an original that is written to it, how SMTP can carry it.
type Form struct {
	eight  bool // it needs eight bits
	broken bool // SMTP does not carry it unchanged
	line   int  // the length of the line so far
	cr     bool // a CR was the last byte
	some   bool
}

// Write takes the next bytes. It never fails.
func (f *Form) Write(p []byte) (int, error) {
	line, cr := f.line, f.cr
	for _, b := range p {
		if '\r' < b && b < utf8.RuneSelf && !cr { // nearly all
			line++
			continue
		}
		if cr != (b == '\n') || b == 0 { // each LF needs its CR, and each CR its LF
			f.broken = true
		}
		cr = b == '\r'
		switch {
		case b == '\n':
			f.broken = f.broken || line > maxLine
			line = 0
		case !cr:
			f.eight = f.eight || b >= utf8.RuneSelf
			line++
		}
	}
	f.line, f.cr = line, cr
	f.broken = f.broken || line > maxLine
	f.some = f.some || len(p) > 0
	return len(p), nil
}

// unchanged reports whether SMTP carries what was written: lines that end in CRLF and are not too long, no NUL.
func (f *Form) unchanged() bool { return f.some && !f.broken && !f.cr }

// originalName is the file name of an original that is attached whole.
const originalName = "original.eml"

// An attachment is how the original travels.
type attachment struct {
	name     string
	mimeType string
	encoding string // Content-Transfer-Encoding: 7bit, 8bit or base64
	body     []byte // not yet encoded; nil where it is put in when the mail is sent
	size     int64  // of the original
	most     int64  // so many bytes of an original that is put in later; 0 for all
}

// attach chooses the form in which the original arrives byte for byte. A message/rfc822 part must not be encoded (RFC
// 2046, 5.2.1), so only what SMTP carries unchanged can be one. Everything else is an application/octet-stream in base64.
func attach(f Facts) attachment {
	a := attachment{name: originalName, mimeType: "message/rfc822", encoding: "7bit", body: f.Raw, size: int64(len(f.Raw))}
	var form Form
	if f.Aside != nil {
		form, a.body, a.size = f.Aside.Form, nil, f.Aside.Size
	} else {
		form.Write(f.Raw) //nolint:errcheck // never fails
	}
	switch {
	case f.truncated():
		return a.beginning(0)
	case !form.unchanged():
		return a.encoded()
	case form.eight:
		a.encoding = "8bit"
	}
	return a
}

// encoded is the attachment for what nothing on its way may look into.
func (a attachment) encoded() attachment {
	a.mimeType, a.encoding = "application/octet-stream", "base64"
	return a
}

// beginning is the attachment with the first bytes only; 0 for all that there are.
func (a attachment) beginning(most int64) attachment {
	a = a.encoded()
	a.name = "original-beginning.eml"
	if a.body != nil && most > 0 {
		a.body, most = a.body[:most], 0
	}
	a.most = most
	return a
}

// standIn is the attachment for a server that cannot take a: one without 8BITMIME, or with a small limit. There is none
// where a is plain and small, nor where InSevenBits can make it of the mail itself.
func standIn(a attachment) (attachment, bool) {
	eight, aside := a.encoding == "8bit", a.body == nil
	switch {
	case a.size > maxFallback, a.size > maxBeginning && !eight:
		return a.beginning(maxBeginning), true
	case eight && aside:
		return a.encoded(), true
	}
	return attachment{}, false
}

// room is how many bytes write appends.
func (a attachment) room() int {
	if a.encoding == "base64" {
		return (len(a.body)+2)/3*4*78/76 + 4
	}
	return len(a.body)
}

// write appends the body in its encoding.
func (a attachment) write(out *bytes.Buffer) {
	if a.encoding != "base64" {
		out.Write(a.body)
		return
	}
	writeBase64(out, a.body)
}

// slot is where the original goes in when the mail is sent.
func (a attachment) slot(at int) store.Slot {
	return store.Slot{At: at, Base64: a.encoding == "base64", Eight: a.encoding == "8bit", Most: a.most}
}
