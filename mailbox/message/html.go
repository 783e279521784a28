package message

import (
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
		switch z.Next() {
		case html.ErrorToken:
			w.endLine()
			return w.lines
		case html.TextToken:
			w.write(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(z.Token())
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		}
	}
}

// An element is an open element and what it does to the text in it.
type element struct {
	tag              atom.Atom
	skip, quote, pre bool
}

type htmlWalker struct {
	open  []element
	lines []line
	text  strings.Builder // the line in hand
	space bool            // white space is due before the next word
	rest  bool            // everything from here on is quoted
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
	state := w.state()
	if state.skip {
		return
	}
	if state.pre {
		first := true
		for part := range strings.SplitSeq(cleanText(s), "\n") {
			if !first {
				w.endLine()
			}
			first = false
			w.text.WriteString(part)
		}
		return
	}
	for _, r := range cleanText(s) {
		if r == ' ' || r == '\n' || r == '\t' {
			w.space = true
			continue
		}
		if w.space && w.text.Len() > 0 {
			w.text.WriteByte(' ')
		}
		w.space = false
		w.text.WriteRune(r)
	}
}

// endLine ends the line in hand, if anything stands in it.
func (w *htmlWalker) endLine() {
	if w.text.Len() > 0 {
		w.breakLine()
	}
	w.space = false
}

// breakLine ends the line in hand even when it is empty.
func (w *htmlWalker) breakLine() {
	w.lines = append(w.lines, line{text: strings.TrimRight(w.text.String(), " \t"), quoted: w.state().quote})
	w.text.Reset()
	w.space = false
}

// blankLine makes the gap between paragraphs.
func (w *htmlWalker) blankLine() {
	w.endLine()
	if n := len(w.lines); n > 0 && w.lines[n-1].text != "" {
		w.breakLine()
	}
}

func (w *htmlWalker) start(t html.Token) {
	w.closeImplied(t.DataAtom)
	switch t.DataAtom {
	case atom.Br:
		if !w.state().skip {
			w.breakLine()
		}
		return
	case atom.Hr:
		w.endLine()
		w.rest = w.rest || isQuoteDivider(t)
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
			w.text.WriteString("- ")
		}
	default:
		if isBlock(t.DataAtom) {
			w.endLine()
		}
	}
	w.push(t)
}

func (w *htmlWalker) push(t html.Token) {
	e := w.state()
	e.quote = e.quote && !w.rest
	e.tag = t.DataAtom
	e.pre = e.pre || t.DataAtom == atom.Pre
	mark := attributesOf(t)
	e.skip = e.skip || isUnread(t.DataAtom) || mark.hidden() || mark.signature()
	e.quote = e.quote || mark.quote(t.DataAtom)
	w.rest = w.rest || mark.quotesRest()
	if t.Type == html.SelfClosingTagToken && isUnread(t.DataAtom) {
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

func attributesOf(t html.Token) attributes {
	var a attributes
	for _, at := range t.Attr {
		v := strings.ToLower(at.Val)
		switch at.Key {
		case "class":
			a.class = " " + v + " "
		case "id":
			a.id = strings.TrimPrefix(v, "x_")
		case "style":
			a.style = strings.ReplaceAll(v, " ", "")
		case "type":
			a.kind = v
		case "name":
			a.name = v
		case "hidden":
			a.style += ";display:none"
		}
	}
	return a
}

// hasClass reports whether one of the classes begins with prefix; webmail puts "x_" before the classes of others.
func (a attributes) hasClass(prefix string) bool {
	return strings.Contains(a.class, " "+prefix) || strings.Contains(a.class, " x_"+prefix)
}

func (a attributes) hidden() bool {
	if a.style == "" {
		return false
	}
	for _, s := range []string{"display:none", "visibility:hidden", "mso-hide:all", "font-size:0;", "font-size:0px",
		"max-height:0;", "max-height:0px", "opacity:0;"} {
		if strings.Contains(a.style+";", s) {
			return true
		}
	}
	return false
}

// signature finds the containers in which mail programs put a signature.
func (a attributes) signature() bool {
	return a.hasClass("gmail_signature") || a.hasClass("moz-signature") || a.hasClass("protonmail_signature") ||
		strings.Contains(a.class, " signature ") || a.id == "_rc_sig" || a.id == "composer_signature" ||
		a.hasClass("apple-mail-signature") || a.hasClass("yahoo-signature") || a.id == "signature" ||
		a.id == "ms-outlook-mobile-signature" || strings.HasPrefix(a.id, "applemailsignature") ||
		strings.HasPrefix(a.id, "apple-mail-signature") || strings.HasPrefix(a.id, "ydp") && strings.HasSuffix(a.id,
		"signature")
}

// quote finds the containers that mark what somebody else wrote before.
func (a attributes) quote(tag atom.Atom) bool {
	switch {
	case tag == atom.Blockquote:
		return !a.indents()
	case a.hasClass("gmail_attr"), a.hasClass("moz-cite-prefix"), a.hasClass("moz-forward-container"),
		a.hasClass("moz-email-headers-table"), a.hasClass("yahoo_quoted"), a.hasClass("protonmail_quote"),
		a.hasClass("tutanota_quote"), a.hasClass("zmail_extra"), a.hasClass("hs_reply"),
		a.hasClass("freebirdformsubject"),
		a.hasClass("front-blockquote"), a.hasClass("hey_quote"), a.hasClass("outlookmessageheader"):
		return true
	case strings.HasPrefix(a.id, "yahoo_quoted"), strings.HasPrefix(a.id, "olk_src_body_section"),
		strings.HasPrefix(a.id, "mail-editor-reference-message"), strings.HasPrefix(a.id, "replyquote"),
		a.id == "reply-intro", a.id == "isreplycontent":
		return true
	}
	return a.name == "quote" || a.name == "quoted-content"
}

// indents tells a blockquote that only moves its text to the right, as the indent buttons of Gmail and Apple Mail make
// it, from one that quotes.
func (a attributes) indents() bool {
	return a.kind == "" && !a.hasClass("gmail_quote") && strings.Contains(a.style, "border:none") &&
		strings.Contains(a.style, "40px")
}

// quotesRest finds the containers after which everything is quoted: Outlook closes them before the quote begins.
func (a attributes) quotesRest() bool {
	return a.id == "divrplyfwdmsg" || a.id == "appendonsend" ||
		strings.Contains(a.style, "border-top:solid#e1e1e1") || strings.Contains(a.style, "border-top:solid#b5c4df")
}

// isQuoteDivider finds the rule that Outlook.com and Zimbra put before what they quote.
func isQuoteDivider(t html.Token) bool {
	a := attributesOf(t)
	return a.id == "stopspelling" || a.id == "zwchr"
}
