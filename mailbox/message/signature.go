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
func cutAtDelimiter(lines []string, afterQuote bool) []string {
	for i, l := range lines {
		trimmed := strings.TrimSpace(l)
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
		case strings.HasPrefix(l, "-- ") && !moreFilled(rest, 12):
			return lines[:i]
		}
	}
	return lines
}

// moreFilled reports whether more than n of the lines are not blank. It looks no further than it has to: it is asked
// at every line that may begin a signature.
func moreFilled(lines []string, n int) bool {
	for _, l := range lines {
		if !blank(l) {
			if n--; n < 0 {
				return true
			}
		}
	}
	return false
}

// looksLikeSignature reports whether lines are few, and none of them talks to anybody.
func looksLikeSignature(lines []string) bool {
	if moreFilled(lines, 10) {
		return false
	}
	for _, l := range lines {
		if strings.TrimSpace(l) != "" && !isSignatureLine(l) && !isMobileLine(l) {
			return false
		}
	}
	return true
}

// dropClosings takes off a closing ("Kind regards") with the name, the title and the firm under it. What talks is
// kept, even under a name: a postscript is the customer's. A block of contact lines at the end needs no closing.
func dropClosings(lines []string) []string {
	var out []string
	for i := 0; i < len(lines); i++ {
		if !isClosing(lines[i]) {
			out = append(out, lines[i])
			continue
		}
		end := signatureEnd(lines, i+1)
		if end == i+1 && moreFilled(lines[i+1:], 0) {
			out = append(out, lines[i]) // a "Thanks" in mid-text
			continue
		}
		i = end - 1
	}
	return dropContactBlock(out)
}

// signatureEnd returns where the run of signature lines ends that begins with a name at lines[i], or i for none.
func signatureEnd(lines []string, i int) int {
	end, filled := i, 0
	for j := i; j < len(lines) && filled < 12; j++ {
		l := strings.TrimSpace(lines[j])
		if l == "" {
			continue
		}
		if filled == 0 && !isName(l) || filled > 0 && !isTitleLine(l) && !isMobileLine(l) {
			break
		}
		filled++
		end = j + 1
	}
	return end
}

// dropContactBlock takes off a last paragraph of at least two signature lines of which one is a phone number, an
// address or a link.
func dropContactBlock(lines []string) []string {
	lines = trimBlank(lines)
	start := len(lines)
	for start > 0 && strings.TrimSpace(lines[start-1]) != "" {
		start--
	}
	block := lines[start:]
	if start == 0 || len(block) < 2 || len(block) > 10 || !isName(strings.TrimSpace(block[0])) {
		return lines
	}
	contact := false
	for _, l := range block {
		if !isTitleLine(l) {
			return lines
		}
		contact = contact || isContactLine(l)
	}
	if !contact {
		return lines
	}
	return lines[:start]
}

// isClosing reports whether a line is a closing formula and nothing else but perhaps a name behind it.
func isClosing(l string) bool {
	l = strings.TrimSpace(l)
	if l == "" || len(l) > 60 {
		return false
	}
	f := strings.Trim(fold(l), " ,.!;:-~*_")
	if slices.Contains(closings, f) {
		return true
	}
	before, after, found := strings.Cut(l, ",")
	return found && slices.Contains(closings, strings.Trim(fold(before), " .!*_")) && isName(strings.TrimSpace(after))
}

// isName reports whether a line may be a name: up to four words, the first with a capital, no digits.
func isName(l string) bool {
	l = strings.Trim(l, " .,*_-–|")
	words := strings.Fields(l)
	if len(words) == 0 || len(words) > 5 || utf8.RuneCountInString(l) > 40 || strings.ContainsAny(l, "0123456789?!:@#") {
		return false
	}
	first, _ := utf8.DecodeRuneInString(l)
	return !unicode.IsLower(first) && unicode.IsLetter(first) && !talks(l) || len(words) == 1 && unicode.IsLetter(first) && len(l) <= 20 && !talks(l)
}

// isSignatureLine reports whether a line could stand in a signature: short, no sentence, and it talks to nobody.
func isSignatureLine(l string) bool {
	l = strings.TrimSpace(l)
	if utf8.RuneCountInString(l) > 90 || talks(l) {
		return false
	}
	if isContactLine(l) || isRegisterLine(l) {
		return true
	}
	if strings.HasSuffix(l, "?") || strings.HasSuffix(l, "!") || isPostscript(l) {
		return false
	}
	words := len(strings.Fields(l))
	if strings.HasSuffix(l, ".") && words > 3 {
		return false
	}
	return words <= 8 && !(containsHan(l) && utf8.RuneCountInString(l) > 12)
}

// isTitleLine reports whether a line under a name is a title, a firm or how to reach them: what is no contact is
// written with capitals. "Letter from my lawyer follows" is not.
func isTitleLine(l string) bool {
	l = strings.TrimSpace(l)
	if !isSignatureLine(l) {
		return false
	}
	if isContactLine(l) || isRegisterLine(l) {
		return true
	}
	for _, word := range strings.Fields(l) {
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

func isPostscript(l string) bool {
	f := strings.ReplaceAll(fold(l), ".", "")
	return strings.HasPrefix(f, "ps") && (len(f) == 2 || strings.ContainsAny(f[2:3], " :,-"))
}

// isContactLine reports whether a line holds a phone number, a mail address or a link.
func isContactLine(l string) bool {
	if strings.Contains(l, "@") || strings.Contains(l, "www.") || strings.Contains(l, "://") {
		return true
	}
	digits := 0
	for i := 0; i < len(l); i++ {
		switch c := l[i]; {
		case isDigit(c):
			if digits++; digits >= 7 {
				return true
			}
		case !strings.ContainsRune(" +-()./", rune(c)):
			digits = 0
		}
	}
	return false
}

// isRegisterLine finds the lines that law asks of a firm: "Amtsgericht München, HRB 12345" threatens nobody.
func isRegisterLine(l string) bool {
	f := fold(l)
	if len(f) > 200 {
		return false
	}
	return registerPhrases.in(f)
}

// talks reports whether a line holds a word by which people speak to each other, and signatures don't.
func talks(l string) bool {
	for _, w := range strings.FieldsFunc(fold(l), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if _, ok := talkWords[w]; ok {
			return true
		}
	}
	return false
}

func containsHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
}

// dropMobileLines takes out the lines with which phones and webmailers sign: "Sent from my iPhone".
func dropMobileLines(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), isMobileLine)
}

// withoutMy drops a leading "my" in some language.
func withoutMy(s string) string {
	first, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	if slices.Contains([]string{"my", "meinem", "mon", "mi", "meu", "mijn", "min", "mitt", "mio"}, first) {
		return rest
	}
	return s
}

func isMobileLine(l string) bool {
	l = strings.Trim(l, " \t-_*<>.")
	if len(l) < 6 || len(l) > 160 {
		return false
	}
	f := fold(l)
	if i := strings.IndexAny(f, ",;!?"); i >= 0 && !strings.Contains(f, "yahoo mail") {
		return false
	}
	for _, p := range mobilePhrases {
		if !strings.HasPrefix(f, p.begins) || !strings.Contains(f, p.holds) {
			continue
		}
		return len(strings.Fields(f)) <= 12 && (p.holds != "" || !talks(withoutMy(strings.TrimPrefix(f, p.begins))))
	}
	return false
}
