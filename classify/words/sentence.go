package words

import (
	"strings"
	"unicode/utf8"
)

// MaxTokens is the most words that a sentence has. Longer ones are cut, at a comma where there is one.
const MaxTokens = 60

// shortLine is the length below which a line that ends is taken to end a thought, not to be wrapped.
const shortLine = 55

// A Span is a part of the folded text.
type Span struct{ From, To int }

// Sentences cuts a folded text into sentences of at most MaxTokens words. They take the place of what is in into.
func (s *Spelling) Sentences(f Folded, into []Span) []Span {
	out := into[:0]
	text := f.Text
	start, line := 0, 0
	for i := 0; i < len(text); {
		for i < len(text) && class[text[i]]&isEnd == 0 {
			i++
		}
		if i == len(text) {
			break
		}
		end := i + 1
		for end < len(text) && class[text[end]]&isEnd != 0 && text[end] != '\n' {
			end++
		}
		if text[i] == '\n' {
			if i-line < shortLine || blankLine(text, end) || listMark(text, end) {
				out = s.appendSentence(out, text, start, i)
				start = end
			}
			line = end
			i = end
			continue
		}
		end = closers(text, end)
		if s.endsSentence(f, i, end) {
			out = s.appendSentence(out, text, start, end)
			start = end
		}
		i = end
	}
	return s.appendSentence(out, text, start, len(text))
}

func blankLine(text string, i int) bool {
	for i < len(text) && class[text[i]]&isSpace != 0 {
		i++
	}
	return i >= len(text) || text[i] == '\n'
}

func listMark(text string, i int) bool {
	for i < len(text) && text[i] == ' ' {
		i++
	}
	return i+1 < len(text) && strings.IndexByte("-*+>", text[i]) >= 0 && text[i+1] == ' '
}

// closers skips quotation marks and brackets that belong to the sentence that ends before them.
func closers(text string, i int) int {
	for i < len(text) && (text[i] == '"' || text[i] == ')' || text[i] == '\'') {
		if i+1 < len(text) && class[text[i+1]]&(isLetter|isDigit) != 0 {
			break
		}
		i++
	}
	return i
}

// endsSentence decides about the marks in text[mark:end].
func (s *Spelling) endsSentence(f Folded, mark, end int) bool {
	text := f.Text
	if text[mark] != '.' {
		return !insideWord(text, mark, end)
	}
	if end-mark > 1 && strings.Trim(text[mark:end], ".") == "" {
		return false // dots leave it open
	}
	if end >= len(text) {
		return true
	}
	word := lastWord(text, mark)
	if class[text[end]]&isSpace == 0 && text[end] != '\n' {
		return len(word) > 1 && upperCase(f, end) && !upperCase(f, mark-1) // "delivered.The"
	}
	if s.abbreviations[word] || isInitial(text, mark, word) {
		return false
	}
	if word != "" && class[word[len(word)-1]]&isDigit != 0 {
		return len(word) > 2 || !lowerFollows(f, end)
	}
	return true
}

// insideWord tells whether the single mark at i stands between letters, as in a masked word.
func insideWord(text string, i, end int) bool {
	return text[i] == '!' && end == i+1 && i > 0 && end < len(text) &&
		class[text[i-1]]&isLetter != 0 && class[text[end]]&isLetter != 0
}

// isInitial tells whether word, which ends at mark, is a single letter by itself ("J. Roe"), not the end of "don't".
func isInitial(text string, mark int, word string) bool {
	before := mark - 2
	return len(word) == 1 && class[word[0]]&isLetter != 0 && (before < 0 || class[text[before]]&isSpace != 0 || text[before] == '.')
}

func lastWord(text string, end int) string {
	from := end
	for from > 0 && end-from < MaxWord && class[text[from-1]]&(isLetter|isDigit) != 0 {
		from--
	}
	return text[from:end]
}

func upperCase(f Folded, i int) bool {
	from, to := f.Place(i, i+1)
	return f.source[from:to] != f.Text[i:i+1] && class[f.Text[i]]&isLetter != 0
}

func lowerFollows(f Folded, i int) bool {
	for i < len(f.Text) && class[f.Text[i]]&isSpace != 0 {
		i++
	}
	return i < len(f.Text) && class[f.Text[i]]&isLetter != 0 && !upperCase(f, i)
}

// appendSentence adds text[from:to], cut into pieces of at most MaxTokens words.
func (s *Spelling) appendSentence(out []Span, text string, from, to int) []Span {
	if to-from < 2*MaxTokens || fewWords(text[from:to]) {
		return appendSpan(out, text, from, to)
	}
	start, count, cut := from, 0, from
	for at := from; at < to; {
		t := s.Next(text, at, to)
		if t.Text == "" {
			break
		}
		if count > MaxTokens/3 && strings.IndexByte(text[at:t.From], ',') >= 0 {
			cut = t.From
		}
		if count == MaxTokens {
			if cut <= start {
				cut = t.From
			}
			out = appendSpan(out, text, start, cut)
			start, count, at = cut, 0, cut
			continue
		}
		count++
		at = t.To
	}
	return appendSpan(out, text, start, to)
}

// fewWords tells of most sentences that they hold no more than MaxTokens words: none has more than it has runs of letters and
// digits, and other characters that are no spaces.
func fewWords(text string) bool {
	n, inWord := 0, false
	for i := 0; i < len(text); i++ {
		plain := text[i] < utf8.RuneSelf && class[text[i]]&(isLetter|isDigit) != 0
		if plain && !inWord || !plain && class[text[i]]&isSpace == 0 {
			n++
		}
		inWord = plain
	}
	return n <= MaxTokens
}

func appendSpan(out []Span, text string, from, to int) []Span {
	for from < to && (class[text[from]]&isSpace != 0 || text[from] == '\n') {
		from++
	}
	for to > from && (class[text[to-1]]&isSpace != 0 || text[to-1] == '\n') {
		to--
	}
	if from == to {
		return out
	}
	return append(out, Span{from, to})
}
