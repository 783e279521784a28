package message

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxElements bounds how deep open elements are followed; what nests deeper is read as if it stood at that depth.
const maxElements = 200

// htmlLines turns HTML into lines as a reader sees them: no scripts, no styles, no hidden elements, no signature
// containers. What stands in a quote container of a known mail program is marked as quoted.
func htmlLines(source string) []line {
	w := htmlWalker{}
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			w.endLine()
			return w.lines
		case html.TextToken:
			if !w.state().skip {
				w.write(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(tag{name: tagName(z.Raw()), attributes: attributesOf(z), closed: kind == html.SelfClosingTagToken})
		case html.EndTagToken:
			w.end(tagName(z.Raw()))
		}
	}
}

// A tag begins an element.
type tag struct {
	name       atom.Atom
	attributes attributes
	closed     bool // by itself: <br/>
}

// tagName reads the name of a tag as it stands in its source.
func tagName(raw []byte) atom.Atom {
	raw = bytes.TrimPrefix(raw[1:], []byte("/"))
	if end := bytes.IndexAny(raw, " \n\r\t\f/>"); end >= 0 {
		raw = raw[:end]
	}
	const longest = 32 // longer than any that HTML knows
	if len(raw) > longest {
		return 0
	}
	var room [longest]byte
	name := room[:0]
	for _, c := range raw {
		name = append(name, lower(c))
	}
	return atom.Lookup(name)
}

// An element is an open element and what it does to the text in it.
type element struct {
	tag              atom.Atom
	skip, quote, pre bool
}

type htmlWalker struct {
	open  []element
	lines []line
	text  []byte // the line in hand
	space bool   // white space is due before the next word
	rest  bool   // everything from here on is quoted
}

func (w *htmlWalker) state() element {
	if len(w.open) == 0 {
		return element{quote: w.rest}
	}
	e := w.open[len(w.open)-1]
	e.quote = e.quote || w.rest
	return e
}

// write appends text, with runs of white space as one space, except in <pre>.
func (w *htmlWalker) write(s string) {
	if w.state().pre {
		first := true
		for part := range strings.SplitSeq(cleanText(s), "\n") {
			if !first {
				w.endLine()
			}
			first = false
			w.text = append(w.text, part...)
		}
		return
	}
	s = cleanText(s)
	for s != "" {
		word := s
		if i := strings.IndexAny(s, " \n\t"); i >= 0 {
			word = s[:i]
		}
		if word == "" {
			w.space = true
			s = s[1:]
			continue
		}
		if w.space && len(w.text) > 0 {
			w.text = append(w.text, ' ')
		}
		w.space = false
		w.text = append(w.text, word...)
		s = s[len(word):]
	}
}

// endLine ends the line in hand, if anything stands in it.
func (w *htmlWalker) endLine() {
	if len(w.text) > 0 {
		w.breakLine()
	}
	w.space = false
}

// breakLine ends the line in hand even when it is empty.
func (w *htmlWalker) breakLine() {
	w.lines = append(w.lines, line{text: string(bytes.TrimRight(w.text, " \t")), quoted: w.state().quote})
	w.text = w.text[:0]
	w.space = false
}

// blankLine makes the gap between paragraphs.
func (w *htmlWalker) blankLine() {
	w.endLine()
	if n := len(w.lines); n > 0 && w.lines[n-1].text != "" {
		w.breakLine()
	}
}

func (w *htmlWalker) start(t tag) {
	w.closeImplied(t.name)
	switch t.name {
	case atom.Br:
		if !w.state().skip {
			w.breakLine()
		}
		return
	case atom.Hr:
		w.endLine()
		w.rest = w.rest || t.attributes.quoteDivider()
		return
	case atom.Img, atom.Input, atom.Meta, atom.Link, atom.Col, atom.Area, atom.Base, atom.Wbr:
		return
	case atom.Td, atom.Th:
		w.space = true
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Pre, atom.Ul, atom.Ol, atom.Table:
		w.blankLine()
	case atom.Li:
		w.endLine()
		if !w.state().skip {
			w.text = append(w.text, "- "...)
		}
	default:
		if isBlock(t.name) {
			w.endLine()
		}
	}
	w.push(t)
}

func (w *htmlWalker) push(t tag) {
	e := w.state()
	e.quote = e.quote && !w.rest
	e.tag = t.name
	e.pre = e.pre || t.name == atom.Pre
	mark := t.attributes
	e.skip = e.skip || isUnread(t.name) || mark.hidden() || mark.signature()
	e.quote = e.quote || mark.quote(t.name)
	w.rest = w.rest || mark.quotesRest()
	if t.closed && isUnread(t.name) {
		return
	}
	if len(w.open) < maxElements {
		w.open = append(w.open, e)
	}
}

// closeImplied closes what the new element closes by being there: a head that was never ended, or a paragraph, item or
// cell by the next one.
func (w *htmlWalker) closeImplied(tag atom.Atom) {
	if tag == atom.Body {
		w.open = w.open[:0]
		return
	}
	if len(w.open) == 0 {
		return
	}
	top := w.open[len(w.open)-1].tag
	switch tag {
	case atom.P, atom.Li, atom.Tr, atom.Td, atom.Th, atom.Dt, atom.Dd, atom.Option:
		if top == tag {
			w.open = w.open[:len(w.open)-1]
		}
	case atom.Div, atom.Table, atom.Span, atom.Blockquote, atom.Br, atom.A:
		for top == atom.Head && len(w.open) > 0 {
			w.open = w.open[:len(w.open)-1]
			if len(w.open) > 0 {
				top = w.open[len(w.open)-1].tag
			}
		}
	}
	if tag == atom.P && len(w.open) > 0 && w.open[len(w.open)-1].tag == atom.Head {
		w.open = w.open[:len(w.open)-1]
	}
}

// end closes the innermost open element of that name. An end tag that matches nothing is left out.
func (w *htmlWalker) end(tag atom.Atom) {
	at := len(w.open) - 1
	for at >= 0 && (w.open[at].tag != tag || tag == 0) {
		at--
	}
	if at < 0 {
		return
	}
	switch tag {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Pre, atom.Ul, atom.Ol, atom.Table:
		w.blankLine()
	default:
		if isBlock(tag) {
			w.endLine()
		}
	}
	w.open = w.open[:at]
}

// isBlock reports whether an element begins a line of its own.
func isBlock(a atom.Atom) bool {
	switch a {
	case atom.Div, atom.P, atom.Tr, atom.Table, atom.Li, atom.Ul, atom.Ol, atom.Dl, atom.Dt, atom.Dd, atom.Blockquote,
		atom.Pre, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Section, atom.Article, atom.Header,
		atom.Footer, atom.Address, atom.Form, atom.Fieldset, atom.Center, atom.Body, atom.Html, atom.Tbody, atom.Thead:
		return true
	}
	return false
}

// isUnread reports whether an element's content is never shown as text.
func isUnread(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Template, atom.Noscript, atom.Svg, atom.Math, atom.Object,
		atom.Iframe, atom.Select, atom.Textarea, atom.Audio, atom.Video, atom.Canvas:
		return true
	}
	return false
}

// attributes are those of an element that tell what it is, in lower case.
type attributes struct{ class, id, style, kind, name string }

func attributesOf(z *html.Tokenizer) attributes {
	var a attributes
	_, more := z.TagName()
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "class":
			a.class = " " + strings.ToLower(string(value)) + " "
		case "id":
			a.id = strings.TrimPrefix(strings.ToLower(string(value)), "x_")
		case "style":
			a.style = strings.ReplaceAll(strings.ToLower(string(value)), " ", "")
		case "type":
			a.kind = strings.ToLower(string(value))
		case "name":
			a.name = strings.ToLower(string(value))
		case "hidden":
			a.style += ";display:none"
		}
	}
	return a
}

// newClassSet finds classes that begin so; webmail puts "x_" before the classes of others.
func newClassSet(prefixes ...string) *phraseSet {
	var phrases []string
	for _, p := range prefixes {
		phrases = append(phrases, " "+p, " x_"+p)
	}
	return newPhraseSet(phrases...)
}

func (a attributes) hidden() bool {
	return hiddenStyles.in(a.style) || strings.HasSuffix(a.style, "font-size:0") || strings.HasSuffix(a.style, "max-height:0") ||
		strings.HasSuffix(a.style, "opacity:0")
}

var hiddenStyles = newPhraseSet("display:none", "visibility:hidden", "mso-hide:all", "font-size:0;", "font-size:0px",
	"max-height:0;", "max-height:0px", "opacity:0;")

// signature finds the containers in which mail programs put a signature.
func (a attributes) signature() bool {
	return signatureClasses.in(a.class) || strings.Contains(a.class, " signature ") || a.id == "_rc_sig" || a.id == "composer_signature" ||
		a.id == "signature" || a.id == "ms-outlook-mobile-signature" || strings.HasPrefix(a.id, "applemailsignature") ||
		strings.HasPrefix(a.id, "apple-mail-signature") || strings.HasPrefix(a.id, "ydp") && strings.HasSuffix(a.id, "signature")
}

var signatureClasses = newClassSet("gmail_signature", "moz-signature", "protonmail_signature", "apple-mail-signature", "yahoo-signature")

// quote finds the containers that mark what somebody else wrote before.
func (a attributes) quote(tag atom.Atom) bool {
	switch {
	case tag == atom.Blockquote:
		return !a.indents()
	case quoteClasses.in(a.class):
		return true
	case strings.HasPrefix(a.id, "yahoo_quoted"), strings.HasPrefix(a.id, "olk_src_body_section"),
		strings.HasPrefix(a.id, "mail-editor-reference-message"), strings.HasPrefix(a.id, "replyquote"),
		a.id == "reply-intro", a.id == "isreplycontent":
		return true
	}
	return a.name == "quote" || a.name == "quoted-content"
}

var quoteClasses = newClassSet("gmail_attr", "moz-cite-prefix", "moz-forward-container", "moz-email-headers-table", "yahoo_quoted",
	"protonmail_quote", "tutanota_quote", "zmail_extra", "hs_reply", "freebirdformsubject", "front-blockquote", "hey_quote",
	"outlookmessageheader")

// indents tells a blockquote that only moves its text to the right, as the indent buttons of Gmail and Apple Mail make
// it, from one that quotes.
func (a attributes) indents() bool {
	return a.kind == "" && !gmailQuote.in(a.class) && strings.Contains(a.style, "border:none") &&
		strings.Contains(a.style, "40px")
}

var gmailQuote = newClassSet("gmail_quote")

// quotesRest finds the containers after which everything is quoted: Outlook closes them before the quote begins.
func (a attributes) quotesRest() bool {
	return a.id == "divrplyfwdmsg" || a.id == "appendonsend" ||
		strings.Contains(a.style, "border-top:solid#e1e1e1") || strings.Contains(a.style, "border-top:solid#b5c4df")
}

// quoteDivider finds the rule that Outlook.com and Zimbra put before what they quote.
func (a attributes) quoteDivider() bool { return a.id == "stopspelling" || a.id == "zwchr" }
