package message

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A line of a mail's text.
type line struct {
	text   string
	rest   string // of the text, from this line on, as appendNew found it; "" for a line that was not or has been cut
	folded string // the text as it is compared: trimmed, in the form that fold gives. markQuotes fills it in
	at     int    // where folded stands in what its folder has folded; likewise
	holds  signs  // what stands in it; likewise
	quoted bool   // markup or a mark says that it is somebody else's
}

// splitLines cuts plain text into lines and marks those that a '>' quotes.
func splitLines(text string) []line {
	out := make([]line, 0, strings.Count(text, "\n")+1)
	for text != "" {
		var l string
		l, text, _ = strings.Cut(text, "\n")
		out = append(out, line{text: l, quoted: isQuoteMarked(l)})
	}
	return out
}

// splitNew cuts plain text into the lines that newText asks for.
func splitNew(text string) []line { return appendNew(nil, text) }

// appendNew appends the lines that newText asks for. Lines that are quoted one after the other are one, since nobody asks
// what stands in them.
func appendNew(out []line, text string) []line {
	for rest := text; text != ""; rest = text {
		var l string
		l, text, _ = strings.Cut(text, "\n")
		quoted := isQuoteMarked(l)
		if n := len(out); !quoted || n == 0 || !out[n-1].quoted {
			out = append(out, line{text: l, rest: rest, quoted: quoted})
		}
	}
	return out
}

// isQuoteMarked reports whether a line begins with a quote mark: '>' in any number, its full-width form, or the
// initials that some programs put before it ("JR>").
func isQuoteMarked(l string) bool {
	if l == "" || signsOf[l[0]] == small { // most lines
		return false
	}
	l = strings.TrimLeftFunc(l, unicode.IsSpace)
	for i := 0; i < 4 && i < len(l); i++ {
		if l[i] == '>' {
			return true
		}
		if l[i] < 'A' || l[i] > 'Z' {
			break
		}
	}
	return strings.HasPrefix(l, "＞")
}

func (l line) blank() bool { return l.folded == "" && blank(l.text) }

func blank(l string) bool { return strings.TrimSpace(l) == "" }

// trimSigns takes signs of ASCII off both ends of a text, where most texts have none.
func trimSigns[T string | []byte](s T, signs string) T {
	for len(s) > 0 && strings.IndexByte(signs, s[0]) >= 0 {
		s = s[1:]
	}
	for len(s) > 0 && strings.IndexByte(signs, s[len(s)-1]) >= 0 {
		s = s[:len(s)-1]
	}
	return s
}

func (l line) isDivider() bool {
	return (l.folded == "" || !isLetter(l.folded[0])) && isDivider(strings.TrimSpace(l.text))
}

// isDivider reports whether a line is drawn: at least five of the same drawing character and nothing else.
func isDivider(s string) bool {
	if s == "" || isLetter(s[0]) || isDigit(s[0]) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	if !strings.ContainsRune("-_=*~#—–─━", first) { // nearly all lines
		return false
	}
	s = strings.ReplaceAll(s, " ", "")
	if len(s) < 5 {
		return false
	}
	return strings.Trim(s, string(first)) == ""
}

// trimBlank takes the blank lines off both ends.
func trimBlank(lines []line) []line {
	for len(lines) > 0 && lines[0].blank() {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1].blank() {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// tidy makes a text of lines: it trims their ends, drops drawn lines, and leaves at most one blank line between others.
func tidy(lines []line) string {
	if text, ok := asTheyStand(lines); ok {
		return text
	}
	var out strings.Builder
	out.Grow(sizeOf(lines))
	afterBlank := false
	for _, l := range lines {
		text := strings.TrimSpace(l.text)
		if text == "" || isDivider(text) {
			afterBlank = true
			continue
		}
		if out.Len() > 0 {
			out.WriteByte('\n')
			if afterBlank {
				out.WriteByte('\n')
			}
		}
		out.WriteString(text)
		afterBlank = false
	}
	return out.String()
}

// asTheyStand is what plain text has of lines that follow each other in it and are tidy already, as most are. It reports false
// for others.
func asTheyStand(lines []line) (text string, ok bool) {
	afterBlank, next := true, 0 // how long the rest has to be that a line begins
	for i, l := range lines {
		text = strings.TrimSpace(l.text)
		if l.rest == "" || i > 0 && len(l.rest) != next || len(text) != len(l.text) || text == "" && afterBlank || isDivider(text) {
			return "", false
		}
		afterBlank, next = text == "", len(l.rest)-len(l.text)-len("\n")
	}
	if afterBlank {
		return "", false
	}
	whole := lines[0].rest
	return whole[:len(whole)-next-len("\n")], true
}

// sizeOf is how long lines are together, with their ends.
func sizeOf(lines []line) int {
	size := 0
	for _, l := range lines {
		size += len(l.text) + 1
	}
	return size
}

// newNumbers makes one text of the lines that are not quoted and hold a digit; markQuotes has looked at them.
func newNumbers(lines []line) string {
	var out []string
	for _, l := range lines {
		if !l.quoted && l.holds&digit != 0 {
			out = append(out, l.text)
		}
	}
	return strings.Join(out, "\n")
}

// joinLines writes lines as plain text, in which a '>' quotes.
func joinLines(lines []line) string {
	var out strings.Builder
	out.Grow(sizeOf(lines))
	for _, l := range lines {
		if l.quoted {
			out.WriteString("> ")
		}
		out.WriteString(l.text)
		out.WriteByte('\n')
	}
	return out.String()
}

func hasDigit(s string) bool {
	for i := range len(s) {
		if isDigit(s[i]) {
			return true
		}
	}
	return false
}

// numberedLines are the lines of a text in which a digit stands: few, and all that money, dates and orders stand in.
func numberedLines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := 0; at < len(text); at++ {
			if !isDigit(text[at]) {
				continue
			}
			var l string
			if l, at = lineAt(text, at); !yield(l) {
				return
			}
		}
	}
}

// lineAt returns the line that holds a place of a text, and where it ends.
func lineAt(text string, at int) (l string, end int) {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	end = len(text)
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		end = at + i
	}
	return text[start:end], end
}

// fold lower-cases a line and evens out what programs vary: quotes, dashes, and spaces.
func fold(s string) string {
	var f folder
	return f.fold(s)
}

// A folder folds many texts into one piece of memory.
type folder struct{ buf strings.Builder }

func (f *folder) fold(s string) string {
	folded, _ := f.look(s)
	return folded
}

// line folds a line, and fills in what it holds. Behind each line stands a space, so that lines that are folded one after
// the other are one text.
func (f *folder) line(l *line) {
	s := strings.TrimSpace(l.text)
	if s == "" {
		return
	}
	l.at = f.buf.Len()
	l.folded, l.holds = f.look(s)
	if f.buf.Len() == l.at { // it is folded as it stands
		f.buf.WriteString(l.folded)
	}
	f.buf.WriteByte(' ')
}

// paragraph returns lines as one text, folded.
func (f *folder) paragraph(lines []line) string {
	last := lines[len(lines)-1]
	for i := range lines[1:] {
		if lines[i+1].at != lines[i].at+len(lines[i].folded)+1 { // one of them was looked at before its turn
			folded := make([]string, 0, len(lines))
			for _, l := range lines {
				folded = append(folded, l.folded)
			}
			return strings.Join(folded, " ")
		}
	}
	return f.buf.String()[lines[0].at : last.at+len(last.folded)]
}

// look folds a text, and tells what stands in it.
func (f *folder) look(s string) (folded string, found signs) {
	var twice, last signs
	for _, c := range []byte(s) {
		is := signsOf[c]
		found |= is
		twice |= is & last
		last = is
	}
	if found&tab != 0 || twice&space != 0 {
		s = strings.Join(strings.Fields(s), " ")
	}
	if found&(capital|beyondASCII) == 0 {
		return s, found
	}
	f.buf.Grow(len(s) + 1)
	folds := capital | beyondASCII
	if found&beyondASCII != 0 {
		folds |= backquote
	}
	start := f.buf.Len()
	from := 0 // what stands from here on is kept as it is
	for i := 0; i < len(s); {
		if signsOf[s[i]]&folds == 0 {
			i++
			continue
		}
		if signsOf[s[i]] == capital {
			f.buf.WriteString(s[from:i])
			f.buf.WriteByte(lower(s[i]))
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if instead := foldRune(r); instead != r || r == utf8.RuneError {
			f.buf.WriteString(s[from:i])
			f.buf.WriteRune(instead)
			from = i + size
		}
		i += size
	}
	f.buf.WriteString(s[from:])
	return f.buf.String()[start:], found
}

// signs are kinds of characters.
type signs uint16

const (
	capital signs = 1 << iota
	small
	digit
	colon
	space
	tab
	backquote
	ending // of a sentence or a line
	beyondASCII

	letter = capital | small
)

// signsOf says what a byte is.
var signsOf = func() (kinds [256]signs) {
	for c := range kinds {
		switch {
		case c >= 'A' && c <= 'Z':
			kinds[c] = capital
		case c >= 'a' && c <= 'z':
			kinds[c] = small
		case c >= '0' && c <= '9':
			kinds[c] = digit
		case c >= utf8.RuneSelf:
			kinds[c] = beyondASCII
		}
	}
	kinds[':'], kinds[' '], kinds['\t'], kinds['`'] = colon, space, tab, backquote
	for _, c := range []byte(".!?;\n") {
		kinds[c] = ending
	}
	return kinds
}()

// foldRune folds what is not kept as it is.
func foldRune(r rune) rune {
	switch r {
	case '’', '‘', '´', '`':
		return '\''
	case '‐', '‑', '–':
		return '-'
	case '\u00a0':
		return ' '
	}
	if r >= 'ß' && r <= 'ÿ' { // most letters with accents
		return r
	}
	return unicode.ToLower(r)
}

// wordsOf returns the words of a folded text: letters, with the apostrophes in them.
func wordsOf(folded string) func(yield func(string) bool) {
	return strings.FieldsFuncSeq(folded, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
}

// speaksAny reports whether one of the words stands in a folded text.
func speaksAny(folded string, words map[string]struct{}) bool {
	for w := range wordsOf(folded) {
		if _, ok := words[w]; ok {
			return true
		}
	}
	return false
}

// fieldCount is how many words a text has, as spaces part them.
func fieldCount(s string) int {
	n := 0
	for range strings.FieldsSeq(s) {
		n++
	}
	return n
}
