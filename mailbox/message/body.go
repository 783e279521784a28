package message

import (
	"bytes"
	"regexp"
	"strings"
)

// A rendering is one stretch of a mail's text in the forms in which it was sent. The HTML of most mails is never asked for,
// since their plain text says the same: it is decoded only then (see parser.html). Nor are the lines of a quote: of those
// that follow each other the plain text has the first alone (see parser.whole).
type rendering struct {
	plain string
	long  bool // plain says more than that there is HTML
	cut   bool // plain lacks quoted lines

	leaves []*part // that it was sent in
}

// renderings appends the text of a mail in reading order. Attachments are left out: they are not what the customer wrote
// here. A mail that holds nothing but one unnamed part is its text whatever it calls itself.
func (p *parser) renderings(all []rendering, n *part) []rendering {
	switch {
	case n.first == nil:
		if one, ok := p.leaf(n); ok {
			all = append(all, one)
		}
		return all
	case n.media == "multipart/related", n.media == "multipart/signed", n.media == "multipart/report":
		return p.renderings(all, n.first)
	}
	first, leaves := len(all), len(p.room.leaves)
	for child := n.first; child != nil; child = child.next {
		all = p.renderings(all, child)
	}
	if n.media != "multipart/alternative" || first == len(all) {
		return all
	}
	one := &all[first]
	for _, r := range all[first+1:] {
		one.plain = joinText(one.plain, r.plain)
		one.long, one.cut = one.long || r.long, one.cut || r.cut
	}
	one.leaves = p.room.leaves[leaves:]
	return all[:first+1]
}

// leaf reads a part that has no parts, and reports false where it is no text.
func (p *parser) leaf(n *part) (one rendering, ok bool) {
	switch n.media {
	case "text/plain", "text/html", "text/enriched":
	case "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted", "application/ms-tnef":
		p.fault("The mail holds a part of the type %s, which can't be read.", n.media)
		return one, false
	default:
		return one, false
	}
	if isAttached(n) {
		return one, false
	}
	if n.media != "text/plain" {
		n.isHTML = true
		return rendering{leaves: p.room.leaf(n)}, true
	}
	content := p.content(n)
	if one.long = visibleBeyond(content, pointerSize); one.long {
		content, one.cut = withoutQuotes(p.room.content, content)
	}
	text := cleanBytes(content)
	switch {
	case blank(text):
		return one, false
	case looksLikeHTML(text):
		n.isHTML = true
		return rendering{leaves: p.room.leaf(n)}, true
	}
	one.plain, one.leaves = flow(n, text), p.room.leaf(n)
	return one, true
}

// whole returns the plain text of a rendering with all of its quoted lines.
func (p *parser) whole(r rendering) string {
	if !r.cut {
		return r.plain
	}
	all := ""
	for _, n := range r.leaves {
		if !n.isHTML {
			all = joinText(all, flow(n, p.text(n)))
		}
	}
	return all
}

// withoutQuotes appends the lines of a text to rest, without the CR that each ends with on the wire. Of lines that a '>'
// quotes one after the other it leaves the first alone, and reports whether there were others. Lines end otherwise in some
// programs, and HTML is no text: that stays as it is.
func withoutQuotes(rest, b []byte) (left []byte, cut bool) {
	if opensMarkup(b) || hasOtherLineEnds(b) {
		return b, false
	}
	quoted := false
	returns := bytes.Count(b, []byte("\r"))
	for at, next := 0, 0; at < len(b); at = next {
		end := bytes.IndexByte(b[at:], '\n') + at
		if next = end + 1; next == at { // the last line ends with the text
			end, next = len(b), len(b)
		} else if end > at && b[end-1] == '\r' {
			end--
			returns--
		}
		wasQuoted := quoted
		if quoted = b[at] == '>'; quoted && wasQuoted {
			cut = true
			continue
		}
		rest = append(rest, b[at:end]...)
		if next > end {
			rest = append(rest, '\n')
		}
	}
	if returns != 0 { // a carriage return alone ends a line too
		return b, false
	}
	return rest, cut
}

// opensMarkup reports whether a text may be HTML (see looksLikeHTML).
func opensMarkup(b []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(b[:min(len(b), 200)]), []byte("<"))
}

// hasOtherLineEnds finds the characters that cleaning makes line feeds of.
func hasOtherLineEnds(b []byte) bool {
	return bytes.Contains(b, []byte("\u2028")) || bytes.Contains(b, []byte("\u2029")) || bytes.Contains(b, []byte("\u0085"))
}

// visibleBeyond reports whether a text has more than so many characters of ASCII that are seen.
func visibleBeyond(b []byte, limit int) bool {
	for _, c := range b {
		if c > ' ' && c < 0x7f {
			if limit--; limit < 0 {
				return true
			}
		}
	}
	return false
}

// flow undoes what format=flowed does to a part's text.
func flow(n *part, text string) string {
	if !strings.EqualFold(n.params.get("format"), "flowed") {
		return text
	}
	return unflow(text, strings.EqualFold(n.params.get("delsp"), "yes"))
}

// html returns the HTML of a rendering, "" when it has none.
func (p *parser) html(r rendering) string {
	all := ""
	for _, n := range r.leaves {
		if !n.isHTML {
			continue
		}
		if text := p.text(n); !blank(text) {
			all = joinText(all, text)
		}
	}
	return all
}

// isAttached reports whether a part is an attached file. "inline" with a file name is one too: a text file that was
// dropped into the mail.
func isAttached(n *part) bool {
	disposition := n.header.raw("Content-Disposition")
	if disposition == "" {
		return false
	}
	kind, params := mediaType("x/"+disposition, "x/inline")
	return kind == "x/attachment" || params.get("filename") != ""
}

// looksLikeHTML finds HTML that is called text/plain.
func looksLikeHTML(s string) bool {
	head := strings.TrimSpace(s[:min(len(s), 200)])
	if !strings.HasPrefix(head, "<") {
		return false
	}
	head = strings.ToLower(head)
	if strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html") {
		return true
	}
	return htmlOpening.MatchString(head) && strings.Contains(s, "</")
}

// htmlOpening is an element with which the HTML of mail programs begins.
var htmlOpening = regexp.MustCompile(`^<(?:\?xml|!--|head|body|div|p|table|span|font|style|meta)[\s>]`)

func joinText(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

// unflow joins the lines that format=flowed (RFC 3676) had broken softly, and takes off the space that it stuffs.
// Lines of different quote depth and the signature's separator are never joined.
func unflow(text string, delSp bool) string {
	var out strings.Builder
	out.Grow(len(text))
	openDepth := -1 // quote depth of the line that waits for its continuation, -1 for none
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		depth := 0
		for depth < len(line) && line[depth] == '>' {
			depth++
		}
		content := strings.TrimPrefix(line[depth:], " ")
		soft := strings.HasSuffix(content, " ") && content != "-- "
		if openDepth != depth || content == "-- " {
			if openDepth >= 0 {
				out.WriteByte('\n')
			}
			if depth > 0 {
				out.WriteString(strings.Repeat(">", depth) + " ")
			}
		}
		if soft && delSp {
			content = content[:len(content)-1]
		}
		out.WriteString(content)
		openDepth = -1
		if soft {
			openDepth = depth
		} else {
			out.WriteByte('\n')
		}
	}
	return out.String()
}
