package message

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	gomessage "github.com/emersion/go-message"
)

// The bounds of what is read of one mail. What lies beyond them is left out and named in Message.Faults.
const (
	MaxDepth  = 50        // levels of multipart within multipart
	MaxParts  = 500       // parts of all levels
	MaxHeader = 256 << 10 // bytes of the mail's header
	MaxText   = 1 << 20   // bytes of text, decoded, of all parts together

	maxPartHeader = 32 << 10 // bytes of a part's header
)

// A part is one node of a mail's MIME tree (RFC 2045, RFC 2046).
type part struct {
	header header
	media  string // "text/plain", in lower case
	params parameters
	body   []byte // in its transfer encoding
	first  *part  // of its parts
	next   *part  // the one behind it within the same part
	isHTML bool   // so its text turned out to be, whatever it is called

	decoded bool
	content []byte // the body in UTF-8, once it is decoded
}

// holds reports whether a part, or one within it, has a property.
func (n *part) holds(property func(*part) bool) bool {
	if property(n) {
		return true
	}
	for one := n.first; one != nil; one = one.next {
		if one.holds(property) {
			return true
		}
	}
	return false
}

// A parser splits a mail into its parts.
//
// The tree is split here, over the bytes that are in memory anyway, and not by go-message's readers: those refuse a
// whole mail for one bad header line, lose the parts behind a bad one, and take quadratic time on nested parts.
type parser struct {
	room   room
	values strings.Builder // of the fields that were asked for
	parts  int
	read   int // bytes of text that were decoded
	faults []string
}

func (p *parser) fault(format string, args ...any) {
	const enough = 20
	if len(p.faults) < enough {
		p.faults = append(p.faults, fmt.Sprintf(format, args...))
	}
}

// mail parses a whole mail.
func (p *parser) mail(raw []byte) *part {
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') >= 0 { // line ends of old Macs
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	raw = bytes.TrimLeft(raw, "\r\n")
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	header, body := splitHeader(raw)
	if len(raw) > 0 && !namesMailField(header) {
		p.fault("The mail has no header; all of it was read as text.")
		header, body = nil, raw
	}
	return p.part(header, body, "text/plain", MaxHeader, 0)
}

// namesMailField reports whether a header block holds one of the fields that every mail has some of.
func namesMailField(header []byte) bool {
	for len(header) > 0 {
		var line []byte
		line, header = cutLine(header)
		name, _, _ := bytes.Cut(line, []byte(":"))
		f := field{name: bytes.TrimSpace(name)}
		if slices.ContainsFunc(mailFields, f.is) {
			return true
		}
	}
	return false
}

// mailFields are fields of which every mail has some.
var mailFields = []string{"from", "to", "subject", "date", "received", "return-path", "message-id", "mime-version", "content-type", "sender",
	"reply-to", "delivered-to", "cc", "content-transfer-encoding", "x-mailer"}

func (p *parser) part(header, body []byte, defaultMedia string, limit, depth int) *part {
	p.parts++
	h, lost := p.room.header(&p.values, header, limit)
	if lost > 0 {
		p.fault("Header lines that could not be read were left out of part %d: %d.", p.parts, lost)
	}
	n := p.room.part()
	n.header, n.body = h, body
	n.media, n.params = mediaType(n.header.raw("Content-Type"), defaultMedia)
	if strings.HasPrefix(n.media, "multipart/") {
		p.split(n, depth)
	}
	return n
}

// split parses the parts of a multipart. When there are none, because the boundary is missing or never occurs, its
// body is taken as text.
func (p *parser) split(n *part, depth int) {
	if depth >= MaxDepth {
		p.fault("The mail nests more than %d levels deep; what lies deeper was not read.", MaxDepth)
		n.body = nil
		return
	}
	defaultMedia := "text/plain"
	if n.media == "multipart/digest" {
		defaultMedia = "message/rfc822"
	}
	found, last := false, &n.first
	for piece := range pieces(n.body, n.params.get("boundary")) {
		if found = true; p.parts >= MaxParts {
			p.fault("The mail has more than %d parts; the rest was not read.", MaxParts)
			break
		}
		header, body := splitHeader(piece)
		*last = p.part(header, body, defaultMedia, maxPartHeader, depth+1)
		last = &(*last).next
	}
	if !found {
		p.fault("A %s part has no boundary that occurs in it; it was read as text.", n.media)
		n.media, n.params = "text/plain", nil
		return
	}
	n.body = nil
}

// pieces cuts a multipart's body at the lines that are its boundary. The preamble and the epilogue are left out, and a missing
// closing boundary is no fault: the last part reaches to the end.
func pieces(body []byte, boundary string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if boundary == "" {
			return
		}
		delimiter := []byte("--" + boundary)
		start := -1
		for at := 0; at < len(body); {
			i := bytes.Index(body[at:], delimiter)
			if i < 0 {
				break
			}
			i += at
			line, rest := cutLine(body[i+len(delimiter):])
			at = i + len(delimiter)
			closing := bytes.HasPrefix(line, []byte("--"))
			if i > 0 && body[i-1] != '\n' || !closing && len(bytes.TrimSpace(line)) > 0 {
				continue // no line of its own, or a longer boundary that begins like this one
			}
			if start >= 0 && !yield(trimLineEnd(body[start:max(i, start)])) || closing {
				return
			}
			start = len(body) - len(rest)
			at = start
		}
		if start >= 0 {
			yield(body[start:])
		}
	}
}

// trimLineEnd removes the line end before a boundary, which belongs to the boundary.
func trimLineEnd(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// text returns a part's body as clean text, as far as it may be read.
func (p *parser) text(n *part) string { return cleanBytes(p.content(n)) }

// content returns a part's body in UTF-8, as far as it may be read. It is decoded once.
func (p *parser) content(n *part) []byte {
	if !n.decoded {
		n.content, n.decoded = p.decodeText(n, MaxText-p.read), true
		p.read += len(n.content)
	}
	return n.content
}

// decodeText decodes a part's body to UTF-8, at most limit bytes of it.
func (p *parser) decodeText(n *part, limit int) []byte {
	if limit <= 0 {
		return nil
	}
	b := p.bounded(p.decode(n, limit+1), limit)
	label := n.params.get("charset")
	if label == "" && n.media == "text/html" {
		label = metaCharset(b)
	}
	b, known := decodeCharset(label, b)
	if !known {
		p.fault("The charset %q is unknown; the text was read as UTF-8 or windows-1252.", label)
	}
	if len(b) > limit {
		b = bytes.ToValidUTF8(p.bounded(b, limit), nil)
	}
	return b
}

// decode undoes a part's transfer encoding, as far as it takes to have limit bytes. What an encoding leaves unreadable is
// dropped, what came before it is kept.
func (p *parser) decode(n *part, limit int) []byte {
	encoding := n.header.word("Content-Transfer-Encoding")
	switch encoding {
	case "", "7bit", "8bit", "binary":
		return n.body[:min(len(n.body), limit)]
	case "base64":
		return decodeBase64(n.body, limit)
	}
	in := encoded.Get().(*bufio.Reader)
	in.Reset(bytes.NewReader(n.body))
	defer func() {
		in.Reset(nil)
		encoded.Put(in)
	}()
	var h gomessage.Header
	h.Set("Content-Transfer-Encoding", encoding)
	e, err := gomessage.New(h, in)
	if err != nil {
		p.fault("The transfer encoding %q is unknown; the part was read as it stands.", encoding)
	}
	var out bytes.Buffer
	out.Grow(min(len(n.body), limit) + bytes.MinRead)
	if _, err := out.ReadFrom(io.LimitReader(e.Body, int64(limit))); err != nil {
		p.fault("A part's transfer encoding breaks off; what came before was kept.")
	}
	return out.Bytes()
}

// encoded holds the readers through which transfer encodings are undone, to be used again and again.
var encoded = sync.Pool{New: func() any { return bufio.NewReader(nil) }}

// bounded cuts a text to what may still be read.
func (p *parser) bounded(b []byte, limit int) []byte {
	if len(b) > limit {
		p.fault("The mail holds more than %d bytes of text; the rest was not read.", MaxText)
		b = b[:limit]
	}
	return b
}

// decodeBase64 decodes line by line as far as the lines are base64: padding may be missing, and a footer that a list
// server put behind the encoded text ends it.
func decodeBase64(b []byte, limit int) []byte {
	digits := make([]byte, 0, min(len(b), limit/3*4+4))
lines:
	for len(b) > 0 && len(digits) < limit/3*4+4 {
		var line []byte
		line, b = cutLine(b)
		if !mostlyBase64(line) {
			break lines
		}
		for _, c := range line {
			if isBase64(c) {
				digits = append(digits, c)
			}
		}
		if bytes.HasSuffix(bytes.TrimRight(line, " \t"), []byte("=")) {
			break lines
		}
	}
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(digits)))
	n, _ := base64.RawStdEncoding.Decode(out, digits) // only the unused bits of the last digit can be wrong
	return out[:min(n, limit)]
}

// mostlyBase64 tells a line of base64, in which foreign characters are to be ignored (RFC 2045, 6.8), from a line of
// text. A blank line is neither and stops nothing.
func mostlyBase64(line []byte) bool {
	foreign := 0
	for _, c := range line {
		if !isBase64(c) && c != '=' && c != ' ' && c != '\t' {
			foreign++
		}
	}
	return foreign*4 <= len(line)
}

// metaCharset finds the charset that an HTML document claims for itself.
func metaCharset(b []byte) string {
	head := b[:min(len(b), 2048)]
	at := charsetMark.first(string(head))
	if at < 0 {
		return ""
	}
	after := strings.TrimLeft(strings.ToLower(string(head[at+len("charset="):])), `"' `)
	end := strings.IndexAny(after, `"'> ;/`)
	if end < 0 {
		return ""
	}
	return after[:end]
}

var charsetMark = newPhraseSet("charset=")
