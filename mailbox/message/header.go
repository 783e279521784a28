package message

import (
	"bytes"
	"mime"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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

// looksLikeField reports whether a line begins a header field.
func looksLikeField(line []byte) bool { return fieldColon(line) > 0 }

// fieldColon returns where the colon stands in a line that begins a header field, 0 for any other line: it has printable
// characters but no space before it.
func fieldColon(line []byte) int {
	for i, c := range line {
		if c == ':' {
			return i
		}
		if c == ' ' && i > 0 { // a space before the colon is wrong, but is seen
			if rest := bytes.TrimLeft(line[i:], " "); len(rest) > 0 && rest[0] == ':' {
				return len(line) - len(rest)
			}
			return 0
		}
		if c <= ' ' || c >= 0x7f {
			return 0
		}
	}
	return 0
}

// A field is one field of a header as it stands in the mail; its value may be folded over several lines.
type field struct{ name, value []byte }

// A header is the fields of a mail or of a part, the topmost first. Most of them are never asked for, so that a value is
// unfolded and decoded only when it is; and most that are asked for are not there, which one bit tells.
type header struct {
	fields []field
	names  uint64           // the bits of their names
	values *strings.Builder // what was asked for
}

// readHeader reads a header block.
func readHeader(block []byte, limit int) (h header, lost int) {
	return appendHeader(nil, new(strings.Builder), block, limit)
}

// appendHeader reads a header block, whose fields it appends to those given; values is for those that are asked for. Bad lines are left out, and a header beyond
// limit is cut at the end of a line. It reports how many lines were lost.
func appendHeader(fields []field, values *strings.Builder, block []byte, limit int) (h header, lost int) {
	h.fields, h.values = fields, values
	size, inField := 0, false
	valueAt := 0 // where the value of the field in hand begins
	for at, rest := 0, block; len(rest) > 0; at = len(block) - len(rest) {
		var line []byte
		line, rest = cutLine(rest)
		colon := fieldColon(line)
		switch {
		case size+len(line) > limit:
			inField, lost = false, lost+1
			continue
		case colon > 0:
			valueAt, inField = at+colon+1, true
			h.add(field{name: bytes.TrimRight(line[:colon], " "), value: line[colon+1:]})
		case inField && len(line) > 0 && (line[0] == ' ' || line[0] == '\t'):
			h.fields[len(h.fields)-1].value = block[valueAt : at+len(line)]
		case isMboxLine(line):
			inField = false
			continue
		default:
			inField, lost = false, lost+1
			continue
		}
		size += len(line) + len("\r\n")
	}
	return h, lost
}

func (h *header) add(f field) {
	h.fields = append(h.fields, f)
	h.names |= nameBit(f.name)
}

// nameBit is one of 64 bits that stands for a name, in whatever case, and for some others.
func nameBit[T string | []byte](name T) uint64 {
	first, last := lower(name[0]), lower(name[len(name)-1])
	return 1 << ((uint(first) + 5*uint(last) + 11*uint(len(name))) & 63)
}

// unfold returns a field's value on one line, without the bytes that have no business in a header. The values of a mail stand
// in one piece of memory.
func (h header) unfold(f *field) string {
	out := h.values
	if out.Cap() == 0 {
		out.Grow(usualValues)
	}
	start := out.Len()
	if bytes.IndexByte(f.value, '\n') < 0 && bytes.IndexByte(f.value, '\r') < 0 && bytes.IndexByte(f.value, 0) < 0 {
		out.Write(trimSigns(f.value, " \t"))
		return out.String()[start:]
	}
	for line := range bytes.Lines(f.value) {
		line = bytes.Trim(line, " \t\r\n\x00")
		if len(line) > 0 && out.Len() > start {
			out.WriteByte(' ')
		}
		for len(line) > 0 {
			i := bytes.IndexAny(line, "\r\x00")
			if i < 0 {
				i = len(line)
			}
			out.Write(line[:i])
			line = line[min(i+1, len(line)):]
		}
	}
	return out.String()[start:]
}

// is reports whether a field bears a name, in whatever case.
func (f *field) is(name string) bool {
	if len(f.name) != len(name) {
		return false
	}
	for i, c := range f.name {
		if lower(c) != lower(name[i]) {
			return false
		}
	}
	return true
}

// named returns the first field of that name, nil for none.
func (h header) named(name string) *field {
	if h.names&nameBit(name) == 0 {
		return nil
	}
	for i := range h.fields {
		if f := &h.fields[i]; f.is(name) {
			return f
		}
	}
	return nil
}

// raw returns the first field of that name as it stands, unfolded and bounded.
func (h header) raw(name string) string {
	f := h.named(name)
	if f == nil {
		return ""
	}
	v := h.unfold(f)
	return strings.TrimSpace(v[:min(len(v), maxField)])
}

// has reports whether the field is there, empty or not.
func (h header) has(name string) bool { return h.named(name) != nil }

// word returns the field's first word in lower case, without what follows a ';' or a comment.
func (h header) word(name string) string {
	v := strings.ToLower(h.raw(name))
	if i := strings.IndexAny(v, ";( \t"); i >= 0 {
		v = v[:i]
	}
	return v
}

// text returns the field decoded (RFC 2047) as one line of valid UTF-8.
func (h header) text(name string) string { return decodeWords(h.raw(name)) }

// decodeWords decodes encoded words and raw 8-bit text to one clean line.
func decodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return oneLine(validText(s))
	}
	out, err := wordDecoder.DecodeHeader(s)
	if err != nil {
		out = s
	}
	return oneLine(validText(out))
}

var wordDecoder = &mime.WordDecoder{CharsetReader: charsetReader}

// oneLine removes control characters and runs of white space.
func oneLine(s string) string {
	if isOneLine(s) {
		return s
	}
	return singleSpaced(cleanText(s))
}

// singleSpaced makes one space of each run of white space.
func singleSpaced(s string) string {
	if isOneLine(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isOneLine reports whether a text is one clean line already, as most are.
func isOneLine(s string) bool {
	afterSpace := true
	for _, r := range s {
		switch {
		case r == ' ' && !afterSpace:
			afterSpace = true
			continue
		case r <= ' ' || r == 0x7f || r == utf8.RuneError:
			return false
		case r >= utf8.RuneSelf:
			if clean, _ := cleanRune(r); !clean || unicode.IsSpace(r) {
				return false
			}
		}
		afterSpace = false
	}
	return s == "" || !afterSpace
}

// addresses returns the addresses of a field. A list with one bad address is not lost: it is then scanned for what
// looks like addresses.
func (h header) addresses(name string) []Address {
	if !h.has(name) {
		return nil
	}
	var out []Address
	for i := range h.fields {
		if f := &h.fields[i]; f.is(name) && len(out) < maxAddresses {
			v := h.unfold(f)
			list := parseAddresses(v[:min(len(v), maxField)])
			if out == nil && len(list) > 0 {
				out = list
			} else {
				out = append(out, list...)
			}
		}
	}
	return out[:min(len(out), maxAddresses)]
}

// maxAddresses bounds how many addresses of a field are kept.
const maxAddresses = 100

func parseAddresses(v string) []Address {
	if list, ok := simpleAddresses(v); ok {
		return list
	}
	parser := mail.AddressParser{WordDecoder: wordDecoder}
	list, err := parser.ParseList(v)
	if err != nil {
		return scanAddresses(v)
	}
	out := make([]Address, 0, len(list))
	for _, a := range list {
		out = append(out, Address{Name: oneLine(validText(a.Name)), Addr: oneLine(validText(a.Address))})
	}
	return out
}

// simpleAddresses reads a list of addresses in the forms that nearly all have, jane@mail.example and
// Jane Roe <jane@mail.example>, and reports false where one of them has another, which net/mail knows.
func simpleAddresses(v string) (list []Address, ok bool) {
	list = make([]Address, 0, min(strings.Count(v, ",")+1, maxAddresses))
	for piece := range strings.SplitSeq(v, ",") {
		name, addr, bracketed := strings.Cut(strings.TrimSpace(piece), "<")
		if bracketed {
			if addr, ok = strings.CutSuffix(addr, ">"); !ok {
				return nil, false
			}
		} else {
			name, addr = "", name
		}
		local, domain, _ := strings.Cut(addr, "@")
		if !isSimpleName(name) || !isDotAtom(local) || !isDotAtom(domain) {
			return nil, false
		}
		list = append(list, Address{Name: singleSpaced(strings.TrimSpace(name)), Addr: addr})
	}
	return list, true
}

// isSimpleName reports whether a name is words in ASCII that need no quotes, or none.
func isSimpleName(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isWordByte(c) && c != ' ' && c != '-' && c != '\'' {
			return false
		}
	}
	return true
}

// isDotAtom reports whether a half of an address is words with dots between them (RFC 5322, 3.2.3).
func isDotAtom(s string) bool {
	afterDot := true
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.' && !afterDot:
			afterDot = true
			continue
		case !isWordByte(c) && c != '-' && c != '+':
			return false
		}
		afterDot = false
	}
	return !afterDot
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
func (h header) messageIDs(name string) []string {
	var out []string
	v := h.raw(name)
	for len(out) < maxAddresses {
		i := strings.IndexByte(v, '<')
		if i < 0 {
			break
		}
		j := strings.IndexByte(v[i:], '>')
		if j < 0 {
			break
		}
		if id := oneLine(validText(v[i+1 : i+j])); id != "" {
			out = append(out, id)
		}
		v = v[i+j+1:]
	}
	if len(out) == 0 && v != "" && !strings.ContainsAny(v, "<> \t") {
		out = append(out, oneLine(validText(v)))
	}
	return out
}

// parseDate reads a date as RFC 5322 has it, and some of the forms in which it is written wrongly.
func parseDate(v string) time.Time {
	if i := strings.IndexByte(v, '('); i > 0 {
		v = v[:i]
	}
	if v = singleSpaced(strings.TrimSpace(v)); v == "" {
		return time.Time{}
	}
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

// received is the date of the topmost Received field: what follows its last semicolon.
func (h header) received() time.Time {
	f := h.named("Received")
	if f == nil {
		return time.Time{}
	}
	value := f.value[:min(len(f.value), maxField)]
	i := bytes.LastIndexByte(value, ';')
	if i < 0 {
		return time.Time{}
	}
	date := field{value: value[i+1:]}
	return parseDate(h.unfold(&date))
}
