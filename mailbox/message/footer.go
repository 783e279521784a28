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
		kept := beforeFooter(lines[start:i], afterFooter)
		afterFooter = len(kept) < i-start
		out = append(out, kept...)
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

// beforeFooter returns what of a paragraph stands before its footer begins; all of it where it has none. Behind a footer
// less is asked of the next paragraph to be one too.
func beforeFooter(paragraph []string, afterFooter bool) []string {
	text := foldLines(paragraph)
	if len(text) < 20 || len(text) > 8000 {
		return paragraph
	}
	need := 3
	if afterFooter {
		need = 2
	}
	cut, oneLine := len(text), strings.ReplaceAll(text, "\n", " ") // a line may end within a phrase
	if at := footerPhrases.first(oneLine); at >= 0 {
		cut = at
	}
	for _, start := range []int{disclaimerStarts.first(oneLine), 0} {
		if start < 0 {
			continue
		}
		notice := oneLine[start:]
		if disclaimerScore(notice) >= need && !inFirstPerson(notice) {
			cut = min(cut, start)
			break
		}
	}
	if cut == len(text) {
		return paragraph
	}
	return cutParagraph(paragraph, text, cut)
}

// cutParagraph cuts a paragraph where its folded text is to be cut. A sentence that ends on the same line before the
// footer begins is kept.
func cutParagraph(paragraph []string, text string, cut int) []string {
	n := strings.Count(text[:cut], "\n")
	kept := paragraph[:n:n]
	lineStart := strings.LastIndexByte(text[:cut], '\n') + 1
	before := strings.TrimSpace(text[lineStart:cut])
	if n >= len(paragraph) || before == strings.TrimRight(before, ".!?") {
		return kept
	}
	if at := cut - lineStart; at <= len(paragraph[n]) && strings.EqualFold(strings.TrimSpace(paragraph[n][:at]), before) {
		kept = append(kept, strings.TrimSpace(paragraph[n][:at]))
	}
	return kept
}

// foldLines folds each line, so that lines can still be counted.
func foldLines(lines []string) string {
	folded := make([]string, len(lines))
	for i, l := range lines {
		folded[i] = fold(l)
	}
	return strings.Join(folded, "\n")
}

// inFirstPerson reports whether somebody says "I". Notices don't.
func inFirstPerson(text string) bool {
	if englishI.in(text) {
		return true
	}
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
	if !disclaimerGroups[0].in(text) && !wrongRecipient.in(text) {
		return 0
	}
	for _, group := range disclaimerGroups {
		if group.in(text) {
			score++
		}
	}
	return score
}
