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

// Sentences cuts a folded text into sentences of at most MaxTokens words, which it appends. Where it is done plainly, another
// spelling would do the same that knows none of the words as an abbreviation with which a sentence ends, see CutsAlike.
func (s *Spelling) Sentences(f Folded, into []Span) (sentences []Span, plainly bool) {
	c := cutting{spelling: s, text: f, sentences: into, plainly: true}
	text := f.Text
	start, line := 0, 0
	for i := 0; i < len(text); {
		i += untilEnd(text[i:])
		if i == len(text) {
			break
		}
		end := i + 1
		for end < len(text) && class[text[end]]&isEnd != 0 && text[end] != '\n' {
			end++
		}
		if text[i] == '\n' {
			if i-line < shortLine || blankLine(text, end) || listMark(text, end) {
				c.add(start, i)
				start = end
			}
			line = end
			i = end
			continue
		}
		end = closers(text, end)
		if c.endsSentence(i, end) {
			c.add(start, end)
			start = end
		}
		i = end
	}
	c.add(start, len(text))
	return c.sentences, c.plainly
}

// A cutting is the work of cutting a text into sentences.
type cutting struct {
	spelling  *Spelling
	text      Folded
	sentences []Span
	plainly   bool // nothing of it depended on the spelling
}

// untilEnd is how far it is to what may end a sentence.
func untilEnd(text string) int {
	for i := range len(text) {
		if class[text[i]]&isEnd != 0 {
			return i
		}
	}
	return len(text)
}

// CutsAlike tells whether s ends sentences where another spelling did so plainly.
func (s *Spelling) CutsAlike(text string, sentences []Span) bool {
	for _, sentence := range sentences {
		end := sentence.To
		for end > sentence.From && (class[text[end-1]]&isEnd != 0 || isCloser(text[end-1])) {
			end--
		}
		if end < sentence.To && s.abbreviations[lastWord(text, end)] {
			return false
		}
	}
	return true
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
	for i < len(text) && isCloser(text[i]) {
		if i+1 < len(text) && class[text[i+1]]&(isLetter|isDigit) != 0 {
			break
		}
		i++
	}
	return i
}

func isCloser(b byte) bool { return b == '"' || b == ')' || b == '\'' }

// endsSentence decides about the marks in text[mark:end].
func (c *cutting) endsSentence(mark, end int) bool {
	f, text := c.text, c.text.Text
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
	if c.spelling.abbreviations[word] {
		c.plainly = false
		return false
	}
	if isInitial(text, mark, word) {
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

// add adds text[from:to], cut into pieces of at most MaxTokens words.
func (c *cutting) add(from, to int) {
	text := c.text.Text
	if to-from < 2*MaxTokens || fewWords(text[from:to]) {
		c.addSpan(from, to)
		return
	}
	c.plainly = false
	start, count, cut := from, 0, from
	for at := from; at < to; {
		t := c.spelling.Next(text, at, to)
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
			c.addSpan(start, cut)
			start, count, at = cut, 0, cut
			continue
		}
		count++
		at = t.To
	}
	c.addSpan(start, to)
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

// addSpan adds text[from:to] without the spaces around it.
func (c *cutting) addSpan(from, to int) {
	text := c.text.Text
	for from < to && (class[text[from]]&isSpace != 0 || text[from] == '\n') {
		from++
	}
	for to > from && (class[text[to-1]]&isSpace != 0 || text[to-1] == '\n') {
		to--
	}
	if from < to {
		c.sentences = append(c.sentences, Span{from, to})
	}
}
