package message

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// splitLines cuts plain text into lines and marks those that a '>' quotes.
func splitLines(text string) []line {
	var out []line
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		out = append(out, line{l, isQuoteMarked(l)})
	}
	return out
}

// isQuoteMarked reports whether a line begins with a quote mark: '>' in any number, its full-width form, or the
// initials that some programs put before it ("JR>").
func isQuoteMarked(l string) bool {
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

// markQuotes marks what programs quote without marking each line: the attribution ("On … wrote:"), and everything
// behind an attribution, a separator ("-----Original Message-----") or a block of header fields ("From: … Sent: …")
// whose quoted mail has no marks of its own.
func markQuotes(lines []line) {
	answers := answerFinder{next: -1}
	spoken := false // own words stand above
	for i := 0; i < len(lines); i++ {
		if lines[i].quoted {
			continue
		}
		text := strings.TrimSpace(lines[i].text)
		if text == "" {
			continue
		}
		from, to, rest := i, i, false
		if isReplyAboveMarker(text) {
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
		if strings.TrimSpace(lines[i].text) != "" {
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
		if !blank(lines[f.next].text) {
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

// isDivider reports whether a line is drawn: at least five of the same drawing character and nothing else.
func isDivider(s string) bool {
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

// isSeparator finds the lines that programs put before an old mail: "-----Original Message-----" and "Begin forwarded
// message:" in many languages.
func isSeparator(s string) bool {
	if len(s) > 120 {
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

// isReplyAboveMarker finds the line with which help desks fence off their own mail.
func isReplyAboveMarker(s string) bool {
	if len(s) > 200 || len(s) < 8 {
		return false
	}
	return replyAbovePhrases.in(fold(s))
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
	i := strings.IndexAny(s, ":：")
	if i <= 0 || i > 40 {
		return noField, ""
	}
	label := fold(strings.Trim(s[:i], "* \t_"))
	_, size := utf8.DecodeRuneInString(s[i:])
	return quotedFieldNames[label], s[i+size:]
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
		joined = strings.TrimSpace(text + " " + joined)
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
	words := strings.FieldsFunc(f, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
	return attributionFacts{
		verb:      slices.ContainsFunc(attributionVerbs, func(v string) bool { return strings.Contains(f, v) }),
		address:   strings.Contains(f, "@"),
		bracketed: strings.Contains(f, "@") && strings.Contains(f, "<"),
		clock:     hasClock(f),
		digit:     strings.ContainsAny(f, "0123456789"),
		short:     len(words) <= 6 && len(f) <= 80,
		talks:     slices.ContainsFunc(words, func(w string) bool { return slices.Contains(pronouns, w) }),
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

// fold lower-cases a line and evens out what programs vary: quotes, dashes, and spaces.
func fold(s string) string {
	s = strings.ToLower(s)
	if strings.Contains(s, "  ") || strings.Contains(s, "\t") {
		s = strings.Join(strings.Fields(s), " ")
	}
	if isASCII(s) || strings.IndexByte(s, 0xC2) < 0 && strings.IndexByte(s, 0xE2) < 0 && strings.IndexByte(s, '`') < 0 {
		return s // nothing to even out: most letters with accents begin with other bytes
	}
	return folder.Replace(s)
}

var folder = strings.NewReplacer("’", "'", "‘", "'", "`", "'", "´", "'", "‐", "-", "‑", "-", "–", "-", "\u00a0", " ")
