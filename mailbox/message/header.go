package message

import (
	"bufio"
	"bytes"
	"mime"
	"net/mail"
	"strings"
	"time"

	gomessage "github.com/emersion/go-message"
	"github.com/emersion/go-message/textproto"
)

// maxField bounds what is read of one header field; longer ones are cut before they are decoded or parsed.
const maxField = 16 << 10

// splitHeader cuts a mail or a part into its header and its body at the first blank line. What begins without a
// header field has no header: it is all body.
func splitHeader(raw []byte) (header, body []byte) {
	if line, _ := cutLine(raw); !looksLikeField(line) && !isMboxLine(line) {
		if len(bytes.TrimSpace(line)) > 0 {
			return nil, raw
		}
	}
	rest := raw
	for len(rest) > 0 {
		line, after := cutLine(rest)
		if len(line) == 0 {
			return raw[:len(raw)-len(rest)], after
		}
		rest = after
	}
	return raw, nil
}

// cutLine returns the first line without its end, and what follows it.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return bytes.TrimSuffix(b, []byte("\r")), nil
	}
	return bytes.TrimSuffix(b[:i], []byte("\r")), b[i+1:]
}

// isMboxLine reports whether a line is the "From " line that mbox puts before a mail.
func isMboxLine(line []byte) bool {
	return bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))
}

// looksLikeField reports whether a line begins a header field: printable characters but no space, then a colon.
func looksLikeField(line []byte) bool {
	for i, c := range line {
		if c == ':' {
			return i > 0
		}
		if c == ' ' && i > 0 { // a space before the colon is wrong, but is seen
			rest := bytes.TrimLeft(line[i:], " ")
			return len(rest) > 0 && rest[0] == ':'
		}
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return false
}

// readHeader reads a header block. go-message refuses a whole header for one bad line, and with it the mail; so bad
// lines are dropped here first, and a header beyond limit is cut at the end of a line. It reports how many lines were
// lost.
func readHeader(block []byte, limit int) (h gomessage.Header, lost int) {
	var clean bytes.Buffer
	clean.Grow(min(len(block), limit) + 2)
	inField := false
	for len(block) > 0 {
		var line []byte
		line, block = cutLine(block)
		switch {
		case clean.Len()+len(line) > limit:
			inField, lost = false, lost+1
		case looksLikeField(line):
			inField = true
			writeHeaderLine(&clean, line)
		case inField && len(line) > 0 && (line[0] == ' ' || line[0] == '\t'):
			writeHeaderLine(&clean, line)
		case isMboxLine(line):
			inField = false
		default:
			inField, lost = false, lost+1
		}
	}
	clean.WriteString("\r\n")
	fields, err := textproto.ReadHeader(bufio.NewReaderSize(&clean, 512))
	if err != nil { // nothing known gets here: every line was looked at
		lost++
	}
	return gomessage.Header{Header: fields}, lost
}

// writeHeaderLine copies a line without the bytes that have no business in a header.
func writeHeaderLine(w *bytes.Buffer, line []byte) {
	for _, c := range line {
		if c != 0 && c != '\r' {
			w.WriteByte(c)
		}
	}
	w.WriteString("\r\n")
}

// A headerReader reads the fields of a mail's header, decoded and bounded.
type headerReader struct{ h gomessage.Header }

// raw returns the first field of that name as it stands, unfolded.
func (r headerReader) raw(name string) string {
	v := r.h.Get(name)
	if len(v) > maxField {
		v = v[:maxField]
	}
	return strings.TrimSpace(v)
}

// has reports whether the field is there, empty or not.
func (r headerReader) has(name string) bool { return r.h.Has(name) }

// word returns the field's first word in lower case, without what follows a ';' or a comment.
func (r headerReader) word(name string) string {
	v := strings.ToLower(r.raw(name))
	if i := strings.IndexAny(v, ";( \t"); i >= 0 {
		v = v[:i]
	}
	return v
}

// text returns the field decoded (RFC 2047) as one line of valid UTF-8.
func (r headerReader) text(name string) string { return decodeWords(r.raw(name)) }

// decodeWords decodes encoded words and raw 8-bit text to one clean line.
func decodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return oneLine(toUTF8([]byte(s)))
	}
	d := mime.WordDecoder{CharsetReader: charsetReader}
	out, err := d.DecodeHeader(s)
	if err != nil {
		out = s
	}
	return oneLine(toUTF8([]byte(out)))
}

// oneLine removes control characters and runs of white space.
func oneLine(s string) string { return strings.Join(strings.Fields(cleanText(s)), " ") }

// addresses returns the addresses of a field. A list with one bad address is not lost: it is then scanned for what
// looks like addresses.
func (r headerReader) addresses(name string) []Address {
	var out []Address
	for f := r.h.FieldsByKey(name); f.Next() && len(out) < maxAddresses; {
		v := f.Value()
		if len(v) > maxField {
			v = v[:maxField]
		}
		out = append(out, parseAddresses(v)...)
	}
	if len(out) > maxAddresses {
		out = out[:maxAddresses]
	}
	return out
}

// maxAddresses bounds how many addresses of a field are kept.
const maxAddresses = 100

func parseAddresses(v string) []Address {
	parser := mail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: charsetReader}}
	list, err := parser.ParseList(v)
	if err != nil {
		return scanAddresses(v)
	}
	out := make([]Address, 0, len(list))
	for _, a := range list {
		out = append(out, Address{Name: oneLine(toUTF8([]byte(a.Name))), Addr: oneLine(toUTF8([]byte(a.Address)))})
	}
	return out
}

// scanAddresses finds addresses in a list that the grammar refuses: each piece between commas that holds an '@'.
func scanAddresses(v string) []Address {
	var out []Address
	for _, piece := range splitOutsideQuotes(v) {
		name, addr := "", piece
		if i := strings.LastIndexByte(piece, '<'); i >= 0 {
			name, addr = piece[:i], piece[i+1:]
			if j := strings.IndexByte(addr, '>'); j >= 0 {
				addr = addr[:j]
			}
		}
		addr = findAddress(decodeWords(addr))
		if addr == "" {
			continue
		}
		out = append(out, Address{Name: strings.Trim(decodeWords(name), `"' `), Addr: addr})
	}
	return out
}

// splitOutsideQuotes splits at commas and semicolons that do not stand in a quoted string.
func splitOutsideQuotes(v string) []string {
	var out []string
	quoted, start := false, 0
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"':
			quoted = !quoted
		case (c == ',' || c == ';') && !quoted:
			out, start = append(out, v[start:i]), i+1
		}
	}
	return append(out, v[start:])
}

// messageIDs returns the Message-IDs of a field without their brackets.
func (r headerReader) messageIDs(name string) []string {
	var out []string
	v := r.raw(name)
	for len(out) < maxAddresses {
		i := strings.IndexByte(v, '<')
		if i < 0 {
			break
		}
		j := strings.IndexByte(v[i:], '>')
		if j < 0 {
			break
		}
		if id := oneLine(toUTF8([]byte(v[i+1 : i+j]))); id != "" {
			out = append(out, id)
		}
		v = v[i+j+1:]
	}
	if len(out) == 0 && v != "" && !strings.ContainsAny(v, "<> \t") {
		out = append(out, oneLine(toUTF8([]byte(v))))
	}
	return out
}

// parseDate reads a date as RFC 5322 has it, and some of the forms in which it is written wrongly.
func parseDate(v string) time.Time {
	if i := strings.IndexByte(v, '('); i > 0 {
		v = v[:i]
	}
	v = strings.Join(strings.Fields(v), " ")
	if t, err := time.Parse("Mon, 2 Jan 2006 15:04:05 -0700", v); err == nil { // nearly all; mail.ParseDate begins elsewhere
		return t
	}
	if t, err := mail.ParseDate(v); err == nil {
		return t
	}
	for _, layout := range []string{
		"Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05", "Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006",
		"Mon, 2 Jan 2006 15:04:05 GMT-0700", "Mon, 2 Jan 2006 15:04:05 UTC-0700", time.RFC3339, "2006-01-02 15:04:05 -0700",
	} {
		if t, err := time.Parse(layout, v); err == nil {
			return t
		}
	}
	return time.Time{}
}

// arrival is the date of the topmost Received field: what follows its last semicolon.
func (r headerReader) arrival() time.Time {
	v := r.raw("Received")
	i := strings.LastIndexByte(v, ';')
	if i < 0 {
		return time.Time{}
	}
	return parseDate(v[i+1:])
}
