package message

import (
	"slices"
	"strings"
	"unicode"
)

// dropFooters takes out the paragraphs that lawyers, virus scanners, list servers and mail gateways add. A footer's "legal
// action" is nobody's threat. Where a footer has no blank line before it, its paragraph is cut at the line where it
// begins.
func dropFooters(lines []string) []string {
	var out []string
	afterFooter := false
	for i := 0; i < len(lines); {
		if blank(lines[i]) || isDivider(strings.TrimSpace(lines[i])) {
			if isListFooter(lines[i:]) {
				return out
			}
			out = append(out, lines[i])
			i++
			continue
		}
		start := i
		for i < len(lines) && !blank(lines[i]) && !isDivider(strings.TrimSpace(lines[i])) {
			i++
		}
		paragraph := lines[start:i]
		kept := keptOfParagraph(paragraph, afterFooter)
		afterFooter = kept < len(paragraph)
		out = append(out, paragraph[:kept]...)
	}
	return out
}

// isListFooter reports whether a drawn line and what follows it are a mailing list's own: few lines that talk to nobody,
// with a link or an address among them.
func isListFooter(lines []string) bool {
	if !strings.HasPrefix(strings.TrimSpace(lines[0]), "____") || moreFilled(lines, 6) || !looksLikeSignature(lines[1:]) {
		return false
	}
	return slices.ContainsFunc(lines[1:], isContactLine)
}

func blank(l string) bool { return strings.TrimSpace(l) == "" }

// keptOfParagraph returns how many lines of a paragraph stand before its footer begins; all of them where it has none.
// Behind a footer less is asked of the next paragraph to be one too.
func keptOfParagraph(paragraph []string, afterFooter bool) int {
	text := fold(strings.Join(paragraph, " "))
	if len(text) < 20 || len(text) > 8000 {
		return len(paragraph)
	}
	if slices.ContainsFunc(footerPhrases, func(p string) bool { return strings.Contains(text, p) }) {
		return lineOf(paragraph, footerPhrases)
	}
	need := 3
	if afterFooter {
		need = 2
	}
	start := lineOf(paragraph, disclaimerStarts)
	text = fold(strings.Join(paragraph[start:], " "))
	if disclaimerScore(text) >= need && !inFirstPerson(text) {
		return start
	}
	return len(paragraph)
}

// inFirstPerson reports whether somebody says "I". Notices don't.
func inFirstPerson(text string) bool {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if _, ok := firstPerson[w]; ok {
			return true
		}
	}
	return false
}

// disclaimerScore counts which of the things that confidentiality notices say are there: secrecy, the rightful
// recipient, what others must do, and "this e-mail". Without secrecy or a wrong recipient there is no notice.
func disclaimerScore(text string) int {
	score := 0
	if !slices.ContainsFunc(disclaimerGroups[0], func(p string) bool { return strings.Contains(text, p) }) &&
		!slices.ContainsFunc(wrongRecipient, func(p string) bool { return strings.Contains(text, p) }) {
		return 0
	}
	for _, group := range disclaimerGroups {
		if slices.ContainsFunc(group, func(p string) bool { return strings.Contains(text, p) }) {
			score++
		}
	}
	return score
}

// lineOf returns the first line that holds one of the phrases, or that begins with it; 0 when only all lines together
// do.
func lineOf(paragraph, phrases []string) int {
	for i, l := range paragraph {
		f := fold(l)
		if slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(f, p) }) {
			return i
		}
	}
	return 0
}
