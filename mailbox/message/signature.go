package message

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cutAtDelimiter cuts a signature off at its delimiter: "-- " with its space (RFC 3676, 4.3) always, "--" and "—" alone
// only where what follows looks like a signature, since people draw such lines between paragraphs too.
//
// Behind a quote, a delimiter with nothing before it begins a signature too: nobody begins an answer so. But a mail that
// begins with a delimiter is not thrown away for it.
func cutAtDelimiter(lines []line, afterQuote bool) []line {
	for i, l := range lines {
		if l.folded == "" || isLetter(l.folded[0]) { // nearly all lines
			continue
		}
		trimmed := strings.TrimSpace(l.text)
		if trimmed != "--" && trimmed != "—" && trimmed != "---" && trimmed != "–" {
			continue
		}
		rest := lines[i+1:]
		switch {
		case looksLikeSignature(rest):
			return lines[:i]
		case i == 0 && !afterQuote:
		case i == 0 && !moreFilled(rest, 4):
			return nil
		case strings.HasPrefix(l.text, "-- ") && !moreFilled(rest, 12):
			return lines[:i]
		}
	}
	return lines
}

// moreFilled reports whether more than n of the lines are not blank. It looks no further than it has to: it is asked
// at every line that may begin a signature.
func moreFilled(lines []line, n int) bool {
	for _, l := range lines {
		if !l.blank() {
			if n--; n < 0 {
				return true
			}
		}
	}
	return false
}

// looksLikeSignature reports whether lines are few, and none of them talks to anybody.
func looksLikeSignature(lines []line) bool {
	if moreFilled(lines, 10) {
		return false
	}
	for _, l := range lines {
		if !l.blank() && !l.isSignature() && !l.isMobile() {
			return false
		}
	}
	return true
}

// dropClosings takes off a closing ("Kind regards") with the name, the title and the firm under it. What talks is
// kept, even under a name: a postscript is the customer's. A block of contact lines at the end needs no closing.
func dropClosings(lines []line) []line {
	var out []line
	for i := 0; i < len(lines); i++ {
		if lines[i].isClosing() {
			end := signatureEnd(lines, i+1)
			if end > i+1 || !moreFilled(lines[i+1:], 0) { // no "Thanks" in mid-text
				i = end - 1
				continue
			}
		}
		if len(out) == i {
			out = lines[: i+1 : i+1] // nothing was taken off yet
		} else {
			out = append(out, lines[i])
		}
	}
	return dropContactBlock(out)
}

// signatureEnd returns where the run of signature lines ends that begins with a name at lines[i], or i for none.
func signatureEnd(lines []line, i int) int {
	end, filled := i, 0
	for j := i; j < len(lines) && filled < 12; j++ {
		l := lines[j]
		if l.blank() {
			continue
		}
		if filled == 0 && !l.isName() || filled > 0 && !l.isTitle() && !l.isMobile() {
			break
		}
		filled++
		end = j + 1
	}
	return end
}

// dropContactBlock takes off a last paragraph of at least two signature lines of which one is a phone number, an
// address or a link.
func dropContactBlock(lines []line) []line {
	lines = trimBlank(lines)
	start := len(lines)
	for start > 0 && !lines[start-1].blank() {
		start--
	}
	block := lines[start:]
	if start == 0 || len(block) < 2 || len(block) > 10 || !block[0].isName() || !slices.ContainsFunc(block, line.isContact) {
		return lines
	}
	for _, l := range block {
		if !l.isTitle() {
			return lines
		}
	}
	return lines[:start]
}

// isClosing reports whether a line is a closing formula and nothing else but perhaps a name behind it.
func (l line) isClosing() bool {
	text := strings.TrimSpace(l.text)
	if text == "" || len(text) > 60 {
		return false
	}
	if _, ok := closings[trimSigns(l.folded, " ,.!;:-~*_")]; ok {
		return true
	}
	before, behind, _ := strings.Cut(l.folded, ",")
	_, after, found := strings.Cut(text, ",")
	if !found {
		return false
	}
	_, ok := closings[trimSigns(before, " .!*_")]
	return ok && isName(strings.TrimSpace(after), behind)
}

func (l line) isName() bool { return isName(strings.TrimSpace(l.text), l.folded) }

// isName reports whether a text, which is given folded too, may be a name: up to four words, the first with a capital, no digits.
func isName(l, folded string) bool {
	if len(l) > 200 {
		return false
	}
	l = strings.Trim(l, " .,*_-–|")
	if utf8.RuneCountInString(l) > 40 || strings.ContainsAny(l, "0123456789?!:@#") {
		return false
	}
	words := fieldCount(l)
	if words == 0 || words > 5 {
		return false
	}
	first, _ := utf8.DecodeRuneInString(l)
	if !unicode.IsLetter(first) || unicode.IsLower(first) && (words > 1 || len(l) > 20) {
		return false
	}
	return !speaksAny(folded, talkWords)
}

// isSignature reports whether a line could stand in a signature: short, no sentence, and it talks to nobody.
func (l line) isSignature() bool {
	text := strings.TrimSpace(l.text)
	if utf8.RuneCountInString(text) > 90 || l.talks() {
		return false
	}
	if l.isContact() || l.isRegister() {
		return true
	}
	if strings.HasSuffix(text, "?") || strings.HasSuffix(text, "!") || l.isPostscript() {
		return false
	}
	words := fieldCount(text)
	if strings.HasSuffix(text, ".") && words > 3 {
		return false
	}
	return words <= 8 && !(containsHan(text) && utf8.RuneCountInString(text) > 12)
}

// isTitle reports whether a line under a name is a title, a firm or how to reach them: what is no contact is written
// with capitals. "Letter from my lawyer follows" is not.
func (l line) isTitle() bool {
	if !l.isSignature() {
		return false
	}
	if l.isContact() || l.isRegister() {
		return true
	}
	for word := range strings.FieldsSeq(l.text) {
		first, _ := utf8.DecodeRuneInString(word)
		if unicode.IsLower(first) && !slices.Contains(titleConnectors, word) {
			return false
		}
	}
	return true
}

// titleConnectors are the small words within titles and firms' names.
var titleConnectors = []string{
	"of", "and", "for", "the", "at", "in", "to", "und", "für", "von", "der", "des", "im", "am", "zu", "de", "du", "la", "le", "les", "et", "del", "y", "e",
	"di", "da", "do", "dos", "das", "van", "het", "en", "voor", "i", "og", "och", "för", "av", "ja", "ve", "a", "an", "z.", "c/o",
}

func (l line) isPostscript() bool {
	f := strings.ReplaceAll(l.folded, ".", "")
	return strings.HasPrefix(f, "ps") && (len(f) == 2 || strings.ContainsAny(f[2:3], " :,-"))
}

// isContact reports whether a line holds a phone number, a mail address or a link.
func (l line) isContact() bool {
	text := strings.TrimSpace(l.text)
	return strings.Contains(text, "@") || strings.Contains(text, "www.") || strings.Contains(text, "://") || hasDigitsTogether(text, 7)
}

// isRegister finds the lines that law asks of a firm: "Amtsgericht München, HRB 12345" threatens nobody.
func (l line) isRegister() bool { return len(l.folded) <= 200 && registerPhrases.in(l.folded) }

// talks reports whether a line holds a word by which people speak to each other, and signatures don't.
func (l line) talks() bool { return speaksAny(l.folded, talkWords) }

func containsHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
}

// dropMobileLines takes out the lines with which phones and webmailers sign: "Sent from my iPhone".
func dropMobileLines(lines []line) []line { return slices.DeleteFunc(lines, line.isMobile) }

// withoutMy drops a leading "my" in some language.
func withoutMy(s string) string {
	first, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	if slices.Contains([]string{"my", "meinem", "mon", "mi", "meu", "mijn", "min", "mitt", "mio"}, first) {
		return rest
	}
	return s
}

// mobileSigns stand around such lines.
const mobileSigns = " -_*<>."

func (l line) isMobile() bool {
	f := l.folded
	if f != "" && !isLetter(f[0]) {
		f = strings.TrimLeft(f, mobileSigns)
	}
	if !mobileBeginnings.begins(f) { // nearly all lines
		return false
	}
	f = strings.TrimRight(f, mobileSigns)
	if len(f) < 6 || len(f) > 160 || strings.ContainsAny(f, ",;!?") && !strings.Contains(f, "yahoo mail") {
		return false
	}
	for _, p := range mobilePhrases {
		if strings.HasPrefix(f, p.begins) && strings.Contains(f, p.holds) {
			return fieldCount(f) <= 12 && (p.holds != "" || !speaksAny(withoutMy(strings.TrimPrefix(f, p.begins)), talkWords))
		}
	}
	return false
}
