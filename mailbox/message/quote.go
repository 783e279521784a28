package message

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// markQuotes marks what programs quote without marking each line: the attribution ("On … wrote:"), and everything
// behind an attribution, a separator ("-----Original Message-----") or a block of header fields ("From: … Sent: …")
// whose quoted mail has no marks of its own. The lines that are left it folds.
func markQuotes(lines []line, f *folder) {
	const most = 1 << 10 // is taken at once; much of a long text may be quoted
	size := 0
	for i := range lines {
		if !lines[i].quoted && size < most {
			size += len(lines[i].text) + 1
		}
	}
	f.buf.Grow(size)
	q := quoteFinder{lines: lines, folder: f, next: -1}
	q.mark()
}

// A quoteFinder goes through the lines of a mail.
type quoteFinder struct {
	lines  []line
	folder *folder

	next    int  // the next quoted line that was looked for, -1 for none
	answers bool // whether an answer stands before it
}

// folded returns a line folded.
func (q *quoteFinder) folded(i int) string {
	l := &q.lines[i]
	if l.folded == "" {
		q.folder.line(l)
	}
	return l.folded
}

func (q *quoteFinder) mark() {
	lines := q.lines
	spoken := false // own words stand above
	for i := 0; i < len(lines); i++ {
		if lines[i].quoted || q.folded(i) == "" {
			continue
		}
		from, to, rest := i, i, false
		if isReplyAboveMarker(lines[i].folded) {
			rest = spoken // who writes below it all the same is not to be lost
		} else if isSeparator(strings.TrimSpace(lines[i].text), lines[i].folded) {
			rest = !q.isQuotedAt(i + 1)
		} else if lines[i].holds&(colon|beyondASCII) == 0 { // nearly all lines
			spoken = true
			continue
		} else if n := headerBlock(lines[i:]); n > 0 {
			to = i + n - 1
			rest = !q.isQuotedAt(to + 1)
			from = q.dividerBefore(from)
		} else if n := q.attribution(i); n > 0 {
			from = i - n + 1
			rest = !q.isQuotedAt(i+1) && !q.answersBehind(i+1)
		} else {
			spoken = true
			continue
		}
		if rest {
			to = len(lines) - 1
		}
		for j := from; j <= to; j++ {
			lines[j].quoted = true
		}
		i = to
	}
}

// isQuotedAt reports whether the first line from lines[i] on that isn't blank is quoted.
func (q *quoteFinder) isQuotedAt(i int) bool {
	for ; i < len(q.lines); i++ {
		if q.lines[i].quoted {
			return true
		}
		if !q.lines[i].blank() {
			return false
		}
	}
	return false
}

// answersBehind tells an answer written between an attribution and the quote marks from a quoted mail without marks
// that quotes an older one in turn: the older quote has an attribution of its own. It remembers what it found at the
// next quote, which many lines may have in common.
func (q *quoteFinder) answersBehind(i int) bool {
	if i <= q.next {
		return q.answers
	}
	last := -1
	for q.next = i; q.next < len(q.lines) && !q.lines[q.next].quoted; q.next++ {
		if !q.lines[q.next].blank() {
			last = q.next
		}
	}
	q.answers = q.next < len(q.lines) && last >= 0 && q.attribution(last) == 0 &&
		!isSeparator(strings.TrimSpace(q.lines[last].text), q.folded(last))
	return q.answers
}

// dividerBefore returns the drawn line shortly before lines[i], or i.
func (q *quoteFinder) dividerBefore(i int) int {
	for j := i - 1; j >= 0 && j >= i-3; j-- {
		if q.lines[j].isDivider() {
			return j
		}
		if !q.lines[j].blank() {
			break
		}
	}
	return i
}

// isSeparator finds the lines that programs put before an old mail: "-----Original Message-----" and "Begin forwarded
// message:" in many languages.
func isSeparator(s, folded string) bool {
	if s == "" || len(s) > 120 || isOrdinary(s) {
		return false
	}
	if strings.Contains(s, "&nbsp;") { // QQ Mail puts it into plain text
		s = strings.ReplaceAll(s, "&nbsp;", " ")
		folded = fold(s)
	}
	core := strings.Trim(s, "-_=*#– \t")
	drawn := len(s)-len(core) >= 4
	if !drawn && !strings.HasSuffix(core, ":") && !strings.HasSuffix(core, "：") {
		return false
	}
	core = strings.TrimRight(strings.Trim(folded, "-_=*# "), ":： ")
	if drawn && slices.ContainsFunc(separatorPhrases, func(p string) bool { return strings.HasPrefix(core, p) }) {
		return true
	}
	return slices.Contains(forwardPhrases, core)
}

// isOrdinary is a quick look whether a line begins with a letter and ends as a sentence or its parts do, which no
// separator does.
func isOrdinary(s string) bool {
	first, last := s[0]|' ', s[len(s)-1]
	return first >= 'a' && first <= 'z' && (last|' ' >= 'a' && last|' ' <= 'z' || strings.IndexByte(".,!?", last) >= 0)
}

// isReplyAboveMarker finds the line, folded, with which help desks fence off their own mail.
func isReplyAboveMarker(folded string) bool {
	return len(folded) >= 8 && len(folded) <= 200 && replyAbovePhrases.in(folded)
}

// headerBlock returns how many lines the block of quoted header fields takes that begins at lines[0], 0 for none. A
// block holds a From with two other fields, and an address in its From, a Subject, or a date to the minute: a
// traveller's "From: Berlin, To: Hamburg" is none.
func headerBlock(lines []line) int {
	kind, value := quotedField(lines[0].text)
	if kind == noField {
		return 0
	}
	if kind == fromField && fieldsWithin(value) >= 2 {
		return 1
	}
	seen := map[fieldKind]bool{}
	withAddress, withTime := false, false
	end, blank := 0, 0
	for i := 0; i < len(lines) && i < 14 && !lines[i].quoted; i++ {
		text := strings.TrimSpace(lines[i].text)
		if text == "" {
			if blank++; blank > 1 && len(seen) >= 3 || blank > 5 {
				break
			}
			continue
		}
		kind, value = quotedField(text)
		if kind == noField {
			if blank > 0 && i > end+1 || len(text) > 200 { // values may be folded to the next line
				break
			}
			withAddress = withAddress || seen[fromField] && len(seen) == 1 && strings.Contains(text, "@")
			continue
		}
		if seen[kind] && kind != otherField {
			break
		}
		seen[kind] = true
		withAddress = withAddress || kind == fromField && strings.Contains(value, "@")
		withTime = withTime || kind == dateField && hasClock(value) && hasYear(value)
		end = i
		if len(seen) < 3 {
			blank = 0
		}
	}
	if !seen[fromField] || len(seen) < 3 || !withAddress && !withTime && !seen[subjectField] {
		return 0
	}
	return end + 1
}

// fieldsWithin counts the other fields of a header block that lost its line ends: "From: … Sent: … To: …".
func fieldsWithin(value string) int {
	if !strings.Contains(value, "@") || len(value) > 1000 {
		return 0
	}
	seen := map[fieldKind]bool{}
	for {
		before, after, found := strings.Cut(value, ":")
		if !found {
			return len(seen)
		}
		if words := strings.Fields(before); len(words) > 0 {
			if kind := quotedFieldNames[fold(strings.Trim(words[len(words)-1], "*"))]; kind != noField && kind != fromField {
				seen[kind] = true
			}
		}
		value = after
	}
}

// quotedField tells which header field a quoted line is, in any of the languages.
func quotedField(s string) (fieldKind, string) {
	if strings.IndexByte(s, ':') < 0 && !strings.Contains(s, "：") { // nearly all lines
		return noField, ""
	}
	s = strings.TrimLeft(s, " \t*>_")
	i := colonIn(s, 40)
	if i <= 0 || hasDigit(s[:i]) { // "On Tue, May 5, 2026 at 9:12"
		return noField, ""
	}
	label := fold(strings.Trim(s[:i], "* \t_"))
	_, size := utf8.DecodeRuneInString(s[i:])
	return quotedFieldNames[label], s[i+size:]
}

// colonIn returns where the first colon of either width stands, -1 when it is not among the first bytes.
func colonIn(s string, within int) int {
	for i := 0; i < len(s) && i <= within; i++ {
		if s[i] == ':' || s[i] == "："[0] && strings.HasPrefix(s[i:], "：") {
			return i
		}
	}
	return -1
}

// attribution returns how many lines the attribution takes that ends at lines[i], 0 for none.
func (q *quoteFinder) attribution(i int) int {
	text := strings.TrimRight(q.lines[i].text, " \t*_")
	if !strings.HasSuffix(text, ":") && !strings.HasSuffix(text, "：") || len(text) > 300 {
		return 0
	}
	quoteFollows := q.isQuotedAt(i + 1)
	joined, single := "", false
	for n := 1; n <= 4 && i-n+1 >= 0; n++ {
		folded := q.folded(i - n + 1)
		if folded == "" || q.lines[i-n+1].quoted || len(joined)+len(folded) > 400 {
			break
		}
		if n == 1 {
			joined = folded
		} else {
			joined = folded + " " + joined
		}
		if !readsAsAttribution(joined, quoteFollows) {
			continue
		}
		if beginsAttribution(folded) {
			return n
		}
		single = single || n == 1
	}
	if single {
		return 1
	}
	return 0
}

// readsAsAttribution weighs what speaks for a text, folded, to be an attribution. Where quoted lines follow, little is
// enough. Where none follow, everything behind the attribution would be lost, so it takes what only programs write: an
// address in brackets, or a clock time with no "you" or "me" beside it.
func readsAsAttribution(folded string, quoteFollows bool) bool {
	verb, address := attributionVerbs.in(folded), strings.Contains(folded, "@")
	bracketed := address && strings.Contains(folded, "<")
	switch {
	case !verb && !address:
		return false
	case quoteFollows:
		return bracketed || hasDigit(folded) || verb && (address || isShort(folded) && !speaksAny(folded, pronouns))
	case bracketed:
		return verb || hasClock(folded)
	}
	return verb && (hasClock(folded) || address && hasDigit(folded)) && !speaksAny(folded, pronouns)
}

// isShort reports whether a text, folded, is a few words.
func isShort(folded string) bool {
	words := 0
	for range wordsOf(folded) {
		words++
	}
	return words <= 6 && len(folded) <= 80
}

// beginsAttribution reports whether a line begins as attributions do: with "On" in some language, or a date.
func beginsAttribution(folded string) bool {
	s := strings.TrimLeft(folded, "*_- ")
	if s != "" && isDigit(s[0]) {
		return true
	}
	first, _, _ := strings.Cut(s, " ")
	return slices.Contains(attributionStarts, strings.Trim(first, ",.:"))
}

// hasClock finds a time of day: 10:30, 10.30, 10h30.
func hasClock(s string) bool {
	for i := 1; i+2 < len(s); i++ {
		if s[i] != ':' && s[i] != '.' && s[i] != 'h' {
			continue
		}
		if isDigit(s[i-1]) && isDigit(s[i+1]) && isDigit(s[i+2]) && (i+3 >= len(s) || !isDigit(s[i+3]) && (s[i] == ':' || s[i+3] != '.')) {
			return true
		}
	}
	return strings.Contains(s, "午")
}

// hasYear finds a number of four digits that may be a year.
func hasYear(s string) bool {
	return strings.Contains(s, "20") && strings.ContainsFunc(s, unicode.IsDigit) && yearPattern.MatchString(s)
}

var yearPattern = regexp.MustCompile(`\b20\d\d\b|20\d\d年`)

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
