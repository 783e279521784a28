package message

import (
	"slices"
	"strings"
)

// dropFooters takes out the paragraphs that lawyers, virus scanners, list servers and mail gateways add. A footer's "legal
// action" is nobody's threat. Where a footer has no blank line before it, its paragraph is cut at the line where it
// begins. The slice is used up.
func dropFooters(lines []line, f *folder) []line {
	out := lines[:0]
	afterFooter := false
	for len(lines) > 0 {
		if lines[0].blank() || lines[0].isDivider() {
			if isListFooter(lines) {
				return out
			}
			out = append(out, lines[0])
			lines = lines[1:]
			continue
		}
		end := 1
		for end < len(lines) && !lines[end].blank() && !lines[end].isDivider() {
			end++
		}
		kept := beforeFooter(lines[:end], afterFooter, f)
		afterFooter = len(kept) < end
		out = append(out, kept...)
		lines = lines[end:]
	}
	return out
}

// isListFooter reports whether a drawn line and what follows it are a mailing list's own: few lines that talk to nobody,
// with a link or an address among them.
func isListFooter(lines []line) bool {
	if !strings.HasPrefix(strings.TrimSpace(lines[0].text), "____") || moreFilled(lines, 6) || !looksLikeSignature(lines[1:]) {
		return false
	}
	return slices.ContainsFunc(lines[1:], line.isContact)
}

// beforeFooter returns what of a paragraph stands before its footer begins; all of it where it has none. Behind a footer
// less is asked of the next paragraph to be one too.
func beforeFooter(paragraph []line, afterFooter bool, f *folder) []line {
	const shortest, longest = 20, 8000
	size := -1
	for _, l := range paragraph {
		size += len(l.folded) + 1
	}
	if size < shortest || size > longest {
		return paragraph
	}
	text := f.paragraph(paragraph) // a line may end within a phrase
	if !noticeWords.in(text) {
		return paragraph
	}
	need := 3
	if afterFooter {
		need = 2
	}
	cut := len(text)
	if at := footerPhrases.first(text); at >= 0 {
		cut = at
	}
	for _, start := range []int{disclaimerStarts.first(text), 0} {
		if start < 0 {
			continue
		}
		notice := text[start:]
		if disclaimerScore(notice) >= need && !inFirstPerson(notice) {
			cut = min(cut, start)
			break
		}
	}
	if cut == len(text) {
		return paragraph
	}
	return cutParagraph(paragraph, text[:cut])
}

// cutParagraph keeps the lines of a paragraph that stand before its footer, whose folded text is given. A sentence that
// ends on the same line before the footer begins is kept.
func cutParagraph(paragraph []line, before string) []line {
	n := 0
	for n < len(paragraph)-1 && len(before) > len(paragraph[n].folded) {
		before = before[len(paragraph[n].folded)+1:]
		n++
	}
	text := strings.TrimSpace(paragraph[n].text)
	at := len(before)
	if before = strings.TrimSpace(before); before == strings.TrimRight(before, ".!?") {
		return paragraph[:n]
	}
	if at <= len(text) && strings.EqualFold(strings.TrimSpace(text[:at]), before) {
		paragraph[n].text, paragraph[n].rest, paragraph[n].folded = strings.TrimSpace(text[:at]), "", before
		return paragraph[:n+1]
	}
	return paragraph[:n]
}

// inFirstPerson reports whether somebody says "I". Notices don't.
func inFirstPerson(text string) bool {
	return englishI.in(text) || speaksAny(text, firstPerson)
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
