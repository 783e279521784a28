package message

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A token is a word or a number of a text.
type token struct {
	start, end int32 // of 64 KB at most
	number     bool  // "12", "12.03.2026", "17:30"
	word       timeWord
}

func (t token) is(kinds ...timeKind) bool {
	for _, k := range kinds {
		if t.word.kind == k {
			return true
		}
	}
	return false
}

// tokenize appends the words and numbers of a sentence.
func tokenize(tokens []token, sentence string) []token {
	for i := 0; i < len(sentence); {
		at := i
		switch kind := signsOf[sentence[i]]; {
		case kind&letter != 0, kind == beyondASCII && beginsWithLetter(sentence[i:]):
			i = wordEnd(sentence, i)
			tokens = append(tokens, token{start: int32(at), end: int32(i), word: timeWords.meaning(sentence[at:i])})
		case kind == digit:
			i = numberEnd(sentence, i)
			tokens = append(tokens, token{start: int32(at), end: int32(i), number: true})
		default:
			i++
		}
	}
	return tokens
}

func beginsWithLetter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

// datedSentences are the sentences of a text in which a word or a number completes a date, as in few one does.
func datedSentences(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, dated := 0, false
		for i := 0; i < len(text); {
			at, kind := i, signsOf[text[i]]
			switch {
			case kind&letter != 0, kind == beyondASCII && beginsWithLetter(text[i:]):
				for i++; i < len(text) && signsOf[text[i]]&letter != 0; {
					i++
				}
				if i < len(text) && (text[i] >= utf8.RuneSelf || text[i] == '\'' || text[i] == '-') || kind == beyondASCII {
					i = wordEnd(text, at)
					dated = dated || dateWords.meaning(text[at:i]).kind != noTime
				} else if dateWords.has(shapeOf(text[at:i])) {
					dated = dated || dateWords.plainMeaning(text[at:i]).kind != noTime
				}
			case kind == digit:
				i = numberEnd(text, i)
				dated = dated || countBytes(text[at:i], i-at, isDigit) < i-at
			case kind&(ending|beyondASCII) != 0 && endsSentence(text, i):
				if dated && !yield(text[start:i]) {
					return
				}
				i++
				start, dated = i, false
			default:
				i++
			}
		}
		if dated {
			yield(text[start:])
		}
	}
}

// endsSentence reports whether a sign ends a sentence: a full stop behind a number may belong to a date.
func endsSentence(text string, i int) bool {
	switch text[i] {
	case '.':
		return i > 0 && !isDigit(text[i-1]) || i+1 < len(text) && text[i+1] == '\n'
	case '\n':
		return i+1 < len(text) && text[i+1] == '\n'
	case '!', '?', ';':
		return true
	}
	return strings.HasPrefix(text[i:], "。")
}

// numberEnd is behind a number, with the signs that dates and times have between digits.
func numberEnd(text string, i int) int {
	for i < len(text) && (isDigit(text[i]) || i+1 < len(text) && strings.IndexByte("./-:", text[i]) >= 0 && isDigit(text[i+1])) {
		i++
	}
	return i
}

// wordEnd is behind a word; an apostrophe or hyphen between letters belongs to it.
func wordEnd(text string, i int) int {
	for i < len(text) {
		c := text[i]
		if isLetter(c) {
			i++
			continue
		}
		if c < utf8.RuneSelf && c != '\'' && c != '-' { // most words
			break
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

// A timeShelf holds time words under their shapes.
type timeShelf struct{ *shelf[knownTimeWord] }

// meaning looks a word up, in whose plain form it is brought without asking for memory.
func (s timeShelf) meaning(word string) timeWord {
	const longest = 20
	if len(word) > longest {
		return timeWord{}
	}
	if isASCII(word) {
		return s.plainMeaning(word)
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
	return s.plainMeaning(string(plain))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (s timeShelf) plainMeaning(word string) timeWord {
	if shape := shapeOf(word); s.has(shape) {
		for _, known := range s.at(shape) {
			if len(word) == len(known.word) && beginsWith(word, known.word) {
				return known.timeWord
			}
		}
	}
	return timeWord{}
}

// shapeOf makes a number of a word's length, its first two letters and its last, the same for either case.
func shapeOf(word string) uint32 {
	const inLowerCase = 0x202020
	last := len(word) - 1
	return uint32(len(word))<<24 | uint32(word[0])<<16 | uint32(word[min(1, last)])<<8 | uint32(word[last]) | inLowerCase
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
