package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A token is a word or a number of a text.
type token struct {
	start, end int32 // of 64 KB at most
	word       timeWord
	number     bool // "12", "12.03.2026", "17:30"
	ends       bool // a sentence ends behind it
}

func (t token) is(kinds ...timeKind) bool {
	for _, k := range kinds {
		if t.word.kind == k {
			return true
		}
	}
	return false
}

// tokenize appends the words and numbers of a text.
func tokenize(tokens []token, text string) []token {
	for i := 0; i < len(text); {
		r, end := rune(text[i]), i+1
		kind := signsOf[text[i]]
		if kind == beyondASCII {
			var size int
			r, size = utf8.DecodeRuneInString(text[i:])
			end = i + size
		}
		switch {
		case kind&letter != 0, kind == beyondASCII && unicode.IsLetter(r):
			var known timeWord
			known, end = wordAt(text, i)
			tokens = append(tokens, token{start: int32(i), end: int32(end), word: known})
		case kind == digit:
			end = numberEnd(text, i)
			tokens = append(tokens, token{start: int32(i), end: int32(end), number: true})
		case kind == ending, r == '。':
			if n := len(tokens); n > 0 && endsSentence(text, i, r) {
				tokens[n-1].ends = true
			}
		}
		i = end
	}
	return tokens
}

// linesOfNumbers are the lines of a text in which a number stands.
func linesOfNumbers(text string, tokens []token) []string {
	var all []string
	end := 0 // of the line in hand
	for _, t := range tokens {
		if at := int(t.start); t.number && at >= end {
			var l string
			l, end = lineAt(text, at)
			all = append(all, l)
		}
	}
	return all
}

// endsSentence reports whether a sign ends a sentence: a full stop behind a number may belong to a date.
func endsSentence(text string, i int, r rune) bool {
	switch r {
	case '!', '?', ';', '。':
		return true
	case '.':
		return i > 0 && !isDigit(text[i-1]) || i+1 < len(text) && text[i+1] == '\n'
	case '\n':
		return i+1 < len(text) && text[i+1] == '\n'
	}
	return false
}

// numberEnd is behind a number, with the signs that dates and times have between digits.
func numberEnd(text string, i int) int {
	for i < len(text) && (isDigit(text[i]) || i+1 < len(text) && strings.IndexByte("./-:", text[i]) >= 0 && isDigit(text[i+1])) {
		i++
	}
	return i
}

// wordAt reads the word that begins at a place, and returns where it ends.
func wordAt(text string, i int) (known timeWord, end int) {
	end = i
	for end < len(text) && signsOf[text[end]]&letter != 0 {
		end++
	}
	if end < len(text) && (signsOf[text[end]] == beyondASCII || text[end] == '\'' || text[end] == '-') {
		end = wordEnd(text, end)
		return timeWordOf(text[i:end]), end
	}
	return plainTimeWord(text[i:end]), end // most words
}

// plainTimeWord looks a word in ASCII up in timeWords.
func plainTimeWord[T string | []byte](word T) timeWord {
	shape := shapeOf(word)
	if timeWords.has(shape) {
		for _, known := range timeWords.at(shape) {
			if len(word) == len(known.word) && beginsWith(word, known.word) {
				return known.timeWord
			}
		}
	}
	return timeWord{}
}

// wordEnd is behind a word; an apostrophe or hyphen between letters belongs to it.
func wordEnd(text string, i int) int {
	for i < len(text) {
		if isLetter(text[i]) {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) {
			if r != '\'' && r != '’' && r != '-' {
				break
			}
			if following, _ := utf8.DecodeRuneInString(text[i+size:]); !unicode.IsLetter(following) {
				break
			}
		}
		i += size
	}
	return i
}

// timeWordOf looks a word up in timeWords, in whose plain form it is brought without asking for memory.
func timeWordOf(word string) timeWord {
	const longest = 20
	if len(word) > longest {
		return timeWord{}
	}
	var room [2 * longest]byte
	plain := room[:0]
	for i := 0; i < len(word); {
		if word[i] < utf8.RuneSelf {
			plain = append(plain, lower(word[i]))
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(word[i:])
		ascii, ok := withoutAccent(unicode.ToLower(r))
		if !ok {
			return timeWord{}
		}
		plain = append(plain, ascii...)
		i += size
	}
	return plainTimeWord(plain)
}

// shapeOf makes a number of a word's length, its first and its last letter.
func shapeOf[T string | []byte](word T) uint32 {
	return uint32(len(word))<<16 | uint32(lower(word[0]))<<8 | uint32(lower(word[len(word)-1]))
}

// withoutAccent is how a letter of the words in timeWords is written there.
func withoutAccent(r rune) (string, bool) {
	switch r {
	case 'à', 'á', 'â', 'ä':
		return "a", true
	case 'ç':
		return "c", true
	case 'è', 'é', 'ê', 'ë':
		return "e", true
	case 'ì', 'í', 'î', 'ï':
		return "i", true
	case 'ñ':
		return "n", true
	case 'ò', 'ó', 'ô', 'ö':
		return "o", true
	case 'ù', 'ú', 'û', 'ü':
		return "u", true
	case 'ß':
		return "ss", true
	case '’':
		return "'", true
	}
	return "", false
}
