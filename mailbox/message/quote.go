package message

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// foldedSize is how much memory the folded lines of a mail take at once.
const foldedSize = 1 << 10

// markQuotes marks what programs quote without marking each line: the attribution ("On … wrote:"), and everything
// behind an attribution, a separator ("-----Original Message-----") or a block of header fields ("From: … Sent: …")
// whose quoted mail has no marks of its own. The lines that are left it folds.
func markQuotes(lines []line) {
	answers := answerFinder{next: -1}
	folder := folder{size: foldedSize}
	spoken := false // own words stand above
	for i := 0; i < len(lines); i++ {
		text := strings.TrimSpace(lines[i].text)
		if lines[i].quoted || text == "" {
			continue
		}
		lines[i].folded = folder.fold(text)
		from, to, rest := i, i, false
		if isReplyAboveMarker(lines[i].folded) {
			rest = spoken // who writes below it all the same is not to be lost
		} else if isSeparator(text) {
			rest = !nextIsQuoted(lines, i+1)
		} else if n := headerBlock(lines[i:]); n > 0 {
			to = i + n - 1
			rest = !nextIsQuoted(lines, to+1)
			from = dividerBefore(lines, from)
		} else if n := attribution(lines, i); n > 0 {
			from = i - n + 1
			rest = !nextIsQuoted(lines, i+1) && !answers.inline(lines, i+1)
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

// nextIsQuoted reports whether the next line that isn't blank is quoted.
func nextIsQuoted(lines []line, i int) bool {
	for ; i < len(lines); i++ {
		if lines[i].quoted {
			return true
		}
		if !lines[i].blank() {
			return false
		}
	}
	return false
}

// An answerFinder tells an answer written between an attribution and the quote marks from a quoted mail without marks
// that quotes an older one in turn: the older quote has an attribution of its own. It remembers what it found at the
// next quote, which many lines may have in common.
type answerFinder struct {
	next    int // the next quoted line, -1 when none was looked for
	answers bool
}

func (f *answerFinder) inline(lines []line, i int) bool {
	if i <= f.next {
		return f.answers
	}
	last := -1
	for f.next = i; f.next < len(lines) && !lines[f.next].quoted; f.next++ {
		if !lines[f.next].blank() {
			last = f.next
		}
	}
	f.answers = f.next < len(lines) && last >= 0 && attribution(lines, last) == 0 && !isSeparator(strings.TrimSpace(lines[last].text))
	return f.answers
}

// dividerBefore returns the drawn line shortly before lines[i], or i.
func dividerBefore(lines []line, i int) int {
	for j := i - 1; j >= 0 && j >= i-3; j-- {
		text := strings.TrimSpace(lines[j].text)
		if isDivider(text) {
			return j
		}
		if text != "" {
			break
		}
	}
	return i
}

// isSeparator finds the lines that programs put before an old mail: "-----Original Message-----" and "Begin forwarded
// message:" in many languages.
func isSeparator(s string) bool {
	if len(s) > 120 || isOrdinary(s) {
		return false
	}
	s = strings.ReplaceAll(s, "&nbsp;", " ") // QQ Mail puts it into plain text
	core := strings.Trim(s, "-_=*#– \t")
	drawn := len(s)-len(core) >= 4
	if !drawn && !strings.HasSuffix(core, ":") && !strings.HasSuffix(core, "：") {
		return false
	}
	core = fold(strings.TrimRight(core, ":： "))
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
	s = strings.TrimLeft(s, " \t*>_")
	i := colonIn(s, 40)
	if i <= 0 {
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
func attribution(lines []line, i int) int {
	text := strings.TrimRight(lines[i].text, " \t*_")
	if !strings.HasSuffix(text, ":") && !strings.HasSuffix(text, "：") || len(text) > 300 {
		return 0
	}
	quoteFollows := nextIsQuoted(lines, i+1)
	joined, single := "", false
	for n := 1; n <= 4 && i-n+1 >= 0; n++ {
		l := lines[i-n+1]
		text := strings.TrimSpace(l.text)
		if text == "" || l.quoted || len(joined)+len(text) > 400 {
			break
		}
		if n == 1 {
			joined = text
		} else {
			joined = text + " " + joined
		}
		marks := attributionMarks(joined)
		if !marks.suffice(quoteFollows) {
			continue
		}
		if beginsAttribution(text) {
			return n
		}
		single = single || n == 1
	}
	if single {
		return 1
	}
	return 0
}

// attributionFacts are what speaks for a line to be an attribution.
type attributionFacts struct{ verb, address, bracketed, clock, digit, short, talks bool }

func attributionMarks(s string) attributionFacts {
	f := fold(s)
	words := 0
	for range wordsOf(f) {
		words++
	}
	return attributionFacts{
		verb:      attributionVerbs.in(f),
		address:   strings.Contains(f, "@"),
		bracketed: strings.Contains(f, "@") && strings.Contains(f, "<"),
		clock:     hasClock(f),
		digit:     strings.ContainsAny(f, "0123456789"),
		short:     words <= 6 && len(f) <= 80,
		talks:     speaksAny(f, pronouns),
	}
}

// suffice weighs the marks. Where quoted lines follow, little is enough. Where none follow, everything behind the
// attribution would be lost, so it takes what only programs write: an address in brackets, or a clock time with no
// "you" or "me" beside it.
func (m attributionFacts) suffice(quoteFollows bool) bool {
	if quoteFollows {
		return m.verb && (m.digit || m.address || m.short && !m.talks) || m.address && m.digit || m.bracketed
	}
	if m.bracketed {
		return m.verb || m.clock
	}
	return m.verb && (m.clock || m.address && m.digit) && !m.talks
}

// beginsAttribution reports whether a line begins as attributions do: with "On" in some language, or a date.
func beginsAttribution(s string) bool {
	s = strings.TrimLeft(s, "*_- \t")
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		return true
	}
	first, _, _ := strings.Cut(fold(s), " ")
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
