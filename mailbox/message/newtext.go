package message

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNewText bounds the new text that is kept: classification needs no more, and a note shows less.
const maxNewText = 256 << 10

// A newPart is what is new in a mail.
type newPart struct {
	text    string // without signature and footers
	numbers string // the lines with digits, in signature and footers too: an order number may stand under a name
	quotes  bool   // something else was quoted
}

// newHTML returns what is new in an HTML form of a mail.
func newHTML(source string) newPart {
	lines := htmlLines(source)
	for i := range lines {
		lines[i].quoted = lines[i].quoted || isQuoteMarked(lines[i].text)
	}
	return newText(lines)
}

// newText returns what is new in a mail: the lines that no quote mark, no markup and no quote header claims for
// somebody else.
func newText(lines []line) newPart {
	var f folder
	markQuotes(lines, &f)
	n := newPart{numbers: clipText(newNumbers(lines), maxNewText)}
	var few [4]string
	own := few[:0]
	for len(lines) > 0 {
		if lines[0].quoted {
			n.quotes = true
			lines = lines[1:]
			continue
		}
		end := slices.IndexFunc(lines, func(l line) bool { return l.quoted })
		if end < 0 {
			end = len(lines)
		}
		if text := ownWords(lines[:end], n.quotes, &f); text != "" {
			own = append(own, text)
		}
		lines = lines[end:]
	}
	n.text = clipText(strings.Join(own, "\n\n"), maxNewText)
	return n
}

// ownWords takes the signature and the footers off a stretch of lines, for which it uses up the slice. When nothing but
// a greeting is left ("Thanks!" and a name), the closing words were the message and stay.
func ownWords(lines []line, afterQuote bool, f *folder) string {
	lines = dropMobileLines(cutAtDelimiter(trimBlank(dropFooters(lines, f)), afterQuote))
	if own := trimBlank(dropClosings(lines)); len(own) > 0 {
		return tidy(own)
	}
	return tidy(lines)
}

// clipText cuts a text to at most limit bytes, at a character's edge.
func clipText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.TrimSpace(strings.ToValidUTF8(s[:limit], ""))
}

// bestText chooses between the forms in which a stretch was sent and returns its new text. The plain form is preferred:
// it is what the sender's program thinks the text is. The HTML form is taken when the plain one is empty, only points
// to it, or shows no quote where the HTML marks one.
func (r *reading) bestText(one rendering) newPart {
	if one.plain == "" || one.isHTMLPointer() {
		if source := r.parser.html(one); source != "" {
			return newHTML(source)
		}
	}
	lines := appendNew(r.parser.room.lines, one.plain)
	plain := newText(lines)
	r.parser.room.forget(lines)
	if plain.quotes {
		return plain
	}
	source := r.parser.html(one)
	if source == "" || plain.text != "" && !marksQuotes(source) {
		return plain
	}
	html := newHTML(source)
	if plain.text == "" || html.quotes {
		return html
	}
	return plain
}

// marksQuotes is a quick look whether HTML may hold a quote container at all.
func marksQuotes(html string) bool { return quoteMarkup.in(html) }

var quoteMarkup = newPhraseSet("<blockquote", "quote", "divrplyfwdmsg", "moz-cite", "border-top:solid", "appendonsend")

// pointerSize is the most that a plain part takes to say no more than that there is HTML, in bytes.
const pointerSize = 300

// filledBeyond reports whether a text has more than so many characters that are no space. It reads no further than it must.
func filledBeyond(text string, limit int) bool {
	for _, r := range text {
		if r > ' ' && r < utf8.RuneSelf || !unicode.IsSpace(r) {
			if limit--; limit < 0 {
				return true
			}
		}
	}
	return false
}

// isHTMLPointer reports whether the plain text says nothing of its own but tells the reader to look at the HTML.
func (r rendering) isHTMLPointer() bool {
	if r.long || filledBeyond(r.plain, pointerSize) {
		return false
	}
	text := fold(strings.TrimSpace(r.plain))
	if len(text) > pointerSize {
		return false
	}
	for _, phrase := range []string{"html", "e-mail client", "email client", "mail-client", "mailprogramm",
		"view this email", "view this message", "view in browser", "cliente de correo", "client de messagerie"} {
		if strings.Contains(text, phrase) {
			return strings.Contains(text, "view") || strings.Contains(text, "support") || strings.Contains(text,
				"anzeigen") ||
				strings.Contains(text, "unterstütz") || strings.Contains(text, "format") || strings.Contains(text,
				"see ")
		}
	}
	return false
}
