package note

import (
	"bytes"
)

// Sizes of what is attached. A mail of more than 10 MB is refused by many servers, and base64 adds a third: an
// original above maxFallback therefore has a fallback with its beginning only.
const (
	maxFallback  = 7 << 20
	maxBeginning = 1 << 20
	maxLine      = 998 // RFC 5322, 2.1.1, without CRLF
)

// An attachment is how the original travels.
type attachment struct {
	name     string
	mimeType string
	encoding string // Content-Transfer-Encoding: 7bit, 8bit or base64
	body     []byte // not yet encoded
}

// attach chooses the form in which the original arrives byte for byte. A message/rfc822 part must not be encoded (RFC
// 2046, 5.2.1), so only what SMTP carries unchanged can be one: lines that end in CRLF and are not too long, no NUL.
// Everything else is an application/octet-stream in base64.
func attach(raw []byte, whole bool) attachment {
	if !whole {
		return attachment{name: "original-beginning.eml", mimeType: "application/octet-stream", encoding: "base64", body: raw}
	}
	eight, plain := transport(raw)
	switch {
	case len(raw) == 0 || !plain:
		return encoded(raw)
	case eight:
		return attachment{name: "original.eml", mimeType: "message/rfc822", encoding: "8bit", body: raw}
	default:
		return attachment{name: "original.eml", mimeType: "message/rfc822", encoding: "7bit", body: raw}
	}
}

func encoded(raw []byte) attachment {
	return attachment{name: "original.eml", mimeType: "application/octet-stream", encoding: "base64", body: raw}
}

// standIn is the attachment for a server that cannot take a: one without 8BITMIME, or with a small limit. There is none
// where a needs none.
func standIn(a attachment) (attachment, bool) {
	if len(a.body) > maxFallback {
		return attachment{name: "original-beginning.eml", mimeType: "application/octet-stream", encoding: "base64", body: a.body[:maxBeginning]}, true
	}
	if a.encoding == "8bit" {
		return encoded(a.body), true
	}
	return attachment{}, false
}

// transport tells whether raw needs eight bits, and whether SMTP carries it unchanged at all.
func transport(raw []byte) (eight, unchanged bool) {
	line := 0
	for i, b := range raw {
		switch {
		case b == 0:
			return false, false
		case b == '\r':
			if i+1 == len(raw) || raw[i+1] != '\n' {
				return false, false
			}
			continue
		case b == '\n':
			if i == 0 || raw[i-1] != '\r' {
				return false, false
			}
			line = 0
			continue
		case b >= 0x80:
			eight = true
		}
		if line++; line > maxLine {
			return false, false
		}
	}
	return eight, true
}

// base64Lines encodes body in lines of 76 characters (RFC 2045, 6.8).
func (a attachment) size() int {
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
