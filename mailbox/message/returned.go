package message

import (
	"bytes"
	"slices"
	"strings"
)

// A Bounced is a mail that came back, as a delivery report tells of it (RFC 3464).
type Bounced struct {
	ID         string        // Message-ID of the mail that came back, "" when the report does not enclose it
	Recipients []Undelivered // who has not got it for good; a report of a mere delay names nobody
}

// An Undelivered is a recipient who has not got a mail.
type Undelivered struct {
	Address string // as the mail was sent to
	Why     string // in the server's words, one line
}

// The bounds of what is read of a delivery report.
const (
	maxReport      = 64 << 10 // bytes
	maxUndelivered = 100
	maxWhy         = 500
)

// readBounced reads which mail came back from whom.
func (r *reading) readBounced() *Bounced {
	b := &Bounced{}
	r.anyPart(func(p *part) bool {
		if p.first != nil {
			return false
		}
		switch p.media {
		case "message/delivery-status", "message/global-delivery-status":
			b.readReport(r.parser.decode(p, maxReport))
		case "message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers":
			header, _ := splitHeader(r.parser.decode(p, maxReport))
			h, _ := readHeader(header, maxReport)
			if ids := h.messageIDs("Message-Id"); len(ids) > 0 && b.ID == "" {
				b.ID = ids[0]
			}
		}
		return false
	})
	if len(b.Recipients) == 0 { // Exim and its kin write no report, but name who it was
		for _, a := range r.header.addresses("X-Failed-Recipients") {
			b.add(Undelivered{Address: a.Addr, Why: clipText(r.m.Subject, maxWhy)})
		}
	}
	return b
}

// readReport reads the groups of fields of a report: one about the mail, one for each recipient.
func (b *Bounced) readReport(body []byte) {
	for len(body) > 0 && len(b.Recipients) < maxUndelivered {
		var group []byte
		group, body = cutGroup(body)
		fields, _ := readHeader(group, maxReport)
		if !strings.EqualFold(strings.TrimSpace(fields.raw("Action")), "failed") {
			continue
		}
		address := typed(fields.raw("Original-Recipient"))
		if !strings.Contains(address, "@") {
			address = typed(fields.raw("Final-Recipient"))
		}
		why := typed(fields.raw("Diagnostic-Code"))
		if why == "" {
			why = strings.TrimSpace(fields.raw("Status"))
		}
		b.add(Undelivered{Address: address, Why: clipText(singleSpaced(why), maxWhy)})
	}
}

func (b *Bounced) add(u Undelivered) {
	u.Address = strings.Trim(u.Address, "<> ")
	known := slices.ContainsFunc(b.Recipients, func(v Undelivered) bool { return strings.EqualFold(u.Address, v.Address) })
	if strings.Contains(u.Address, "@") && !known && len(b.Recipients) < maxUndelivered {
		b.Recipients = append(b.Recipients, u)
	}
}

// cutGroup cuts off the fields up to the next blank line.
func cutGroup(body []byte) (group, rest []byte) {
	body = bytes.TrimLeft(body, "\r\n")
	rest = body
	for len(rest) > 0 {
		line, after := cutLine(rest)
		if len(bytes.TrimSpace(line)) == 0 {
			return body[:len(body)-len(rest)], after
		}
		rest = after
	}
	return body, nil
}

// typed takes the type off a field such as "rfc822; lu@example.com".
func typed(value string) string {
	if _, after, ok := strings.Cut(value, ";"); ok {
		value = after
	}
	return strings.TrimSpace(value)
}
