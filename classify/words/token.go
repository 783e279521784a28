package words

import (
	"strings"
	"unicode/utf8"
)

// A Break says how strongly a word is set off from the one before it.
type Break uint8

// The strengths of a break.
const (
	NoBreak Break = iota
	Comma         // a comma, bracket or quotation mark
	Clause        // a semicolon, colon, dash or dots
)

// A Token is one word of a sentence.
type Token struct {
	Text     string // folded; a masked word in full
	From, To int    // its place in the folded text
	Hash     uint32 // of its text, see Hash
	Break    Break  // what stands before it
	Quoted   bool   // it stands between quotation marks
	Masked   bool   // it was written with signs in place of letters
	Plain    bool   // letters and digits with nothing behind them that may belong to them: every spelling reads them so
}

// Stand-ins for things that are no words.
const (
	Mention = "@"    // an account's name: @shop
	Link    = "://"  // a web or mail address
	Grawlix = "****" // a word of which nothing but signs is left
)

// MaxWord is the longest word that is looked at, in bytes.
const MaxWord = 48

// Words are hashed byte by byte (FNV-1a), so that the hash of each beginning of a word is met on the way.
const (
	HashStart = uint32(2166136261)
	HashPrime = uint32(16777619)
)

// Hash is the hash of a word.
func Hash(word string) uint32 {
	h := HashStart
	for i := 0; i < len(word); i++ {
		h = (h ^ uint32(word[i])) * HashPrime
	}
	return h
}

// token is the token text[from:to] with nothing special about it.
func token(text string, from, to int) Token {
	return Token{Text: text[from:to], From: from, To: to, Hash: Hash(text[from:to])}
}

// Next finds the first word in text[from:to]. It returns an empty Text when there is none.
func (s *Spelling) Next(text string, from, to int) Token {
	i, end, h := plain(text[:to], from)
	if end > i {
		return Token{Text: text[i:end], From: i, To: end, Hash: h, Plain: true}
	}
	return s.other(text, i, to)
}

// other finds the first word in text[i:to], which does not begin with a plain one.
func (s *Spelling) other(text string, i, to int) Token {
	for ; i < to; i++ {
		c := class[text[i]]
		if c&(isLetter|isDigit) != 0 {
			return s.word(text[:to], i)
		}
		if c&isMask != 0 {
			if t, ok := s.signs(text, i, to); ok {
				return t
			}
		}
	}
	return Token{From: to, To: to}
}

// plain finds the first word from a place on and its hash, if it is what nearly all are: letters and digits with nothing behind them
// that may belong to it. Else the word is empty, and begins where it could. It is one tight loop.
func plain(text string, from int) (i, end int, h uint32) {
	for i = from; i < len(text) && class[text[i]]&(isLetter|isDigit|isMask) == 0; i++ {
	}
	h = HashStart
	for end = i; end < len(text) && class[text[end]]&isInner != 0; end++ {
		h = (h ^ uint32(text[end])) * HashPrime
	}
	if end < len(text) && class[text[end]]&(isLetter|goesOn) != 0 {
		return i, i, 0
	}
	return i, end, h
}

// letters finds the end of the letters and digits from i on, one at least, and their hash.
func letters(text string, i int) (h uint32, end int) {
	h = (HashStart ^ uint32(text[i])) * HashPrime
	for end = i + 1; end < len(text); end++ {
		b := text[end]
		if c := class[b]; c&isInner == 0 && (c&isLetter == 0 || aloneSize(text[end:]) > 0) {
			break
		}
		h = (h ^ uint32(b)) * HashPrime
	}
	return h, end
}

// word reads the word that begins at i with a letter or digit.
func (s *Spelling) word(text string, i int) Token {
	if n := aloneSize(text[i:]); n > 0 {
		return token(text, i, i+n)
	}
	h, end := letters(text, i)
	if end < len(text) && class[text[end]]&goesOn != 0 {
		return s.longer(text, i, end, h)
	}
	return Token{Text: text[i:end], From: i, To: end, Hash: h}
}

// longer reads on where the letters and digits text[i:end] may be the beginning of a longer word.
func (s *Spelling) longer(text string, i, end int, h uint32) Token {
	to := len(text)
	switch b := text[end]; {
	case b == '\'':
		return s.apostrophe(text, i, end, to)
	case class[b]&isMask != 0:
		if t, ok := s.unmask(text, i, to); ok {
			return t
		}
		if b == '@' {
			return link(text, i, to)
		}
	case b == ':' && strings.HasPrefix(text[end:to], "://"):
		return link(text, i, to)
	case b == '.' && end+1 < to && (text[i:end] == "www" || text[i:end] == "w"):
		return link(text, i, to)
	}
	return Token{Text: text[i:end], From: i, To: end, Hash: h}
}

// apostrophe decides whether the word ends at the apostrophe at end ("l'avocat") or goes on ("don't").
func (s *Spelling) apostrophe(text string, i, end, to int) Token {
	next := end + 1
	if s.elisions[text[i:end]] || next >= to || class[text[next]]&isLetter == 0 {
		return token(text, i, end)
	}
	for next < to && class[text[next]]&isLetter != 0 {
		next++
	}
	return token(text, i, next)
}

// Reads tells whether s, which knows no masked words, reads a word of a text as it was read by another spelling.
func (s *Spelling) Reads(text string, t *Token) bool {
	if t.Plain || t.Masked {
		return t.Plain
	}
	if i := strings.IndexByte(t.Text, '\''); i >= 0 {
		return !s.elisions[t.Text[:i]]
	}
	return t.To+1 >= len(text) || text[t.To] != '\'' || class[text[t.To+1]]&isLetter == 0 || s.elisions[t.Text]
}

// signs reads what begins with a sign: a mention, a masked word, a grawlix.
func (s *Spelling) signs(text string, i, to int) (Token, bool) {
	if t, ok := s.unmask(text, i, to); ok {
		return t, true
	}
	end := i
	kinds, stars := 0, 0
	for last := byte(0); end < to && end-i < MaxWord && class[text[end]]&isMask != 0; end++ {
		if text[end] != last && text[end] != '!' {
			kinds++
		}
		if last = text[end]; last == '*' {
			stars++
		}
	}
	switch {
	case end-i >= 3 && (stars >= 3 && stars <= 8 && kinds == 1 || kinds >= 3):
		return Token{Text: Grawlix, From: i, To: end, Hash: Hash(Grawlix), Masked: true}, true
	case text[i] == '@' && i+1 < to && class[text[i+1]]&(isLetter|isDigit) != 0:
		end = i + 1
		for end < to && (class[text[end]]&(isLetter|isDigit) != 0 || text[end] == '_') {
			end++
		}
		return Token{Text: Mention, From: i, To: end, Hash: Hash(Mention)}, true
	case text[i] == '%' || text[i] == '$':
		return token(text, i, i+1), true
	}
	return Token{}, false
}

// link reads a web or mail address up to the next space.
func link(text string, i, to int) Token {
	end := i
	for end < to && class[text[end]]&isSpace == 0 && text[end] != '\n' {
		end++
	}
	for end > i+1 && class[text[end-1]]&(isLetter|isDigit) == 0 {
		end--
	}
	return Token{Text: Link, From: i, To: end, Hash: Hash(Link)}
}

// firstAlone is the lowest byte that a character begins with which is a word by itself.
const firstAlone = 0xE2

// aloneSize is the length of a character at the start of text that is a word by itself, such as a CJK character or an
// emoji; 0 for letters that form words.
func aloneSize(text string) int {
	r, n := utf8.DecodeRuneInString(text)
	switch {
	case r >= 0x1F000, r >= 0x2190 && r < 0x2C00, r >= 0x3040 && r < 0xAC00, r >= 0xF900 && r < 0xFB00:
		return n
	}
	return 0
}

// Tokens appends the words of text[from:to], at most limit.
func (s *Spelling) Tokens(text string, from, to, limit int, into []Token) []Token {
	first := len(into)
	quoted := false
	for at := from; len(into)-first < limit; {
		i, end, h := plain(text[:to], at)
		t := Token{Text: text[i:end], From: i, To: end, Hash: h, Plain: true}
		if end == i {
			if t = s.other(text, i, to); t.Text == "" {
				break
			}
		}
		if t.Masked || len(t.Text) <= MaxWord {
			if gap := text[at:t.From]; gap != " " && gap != "" {
				t.Break, quoted = breakBetween(gap, quoted)
			}
			t.Quoted = quoted
			into = append(into, t)
		}
		at = t.To
	}
	if quoted {
		unquote(into[first:])
	}
	return into
}

// unquote takes back the mark of a quotation that never ends.
func unquote(tokens []Token) {
	for i := len(tokens) - 1; i >= 0 && tokens[i].Quoted; i-- {
		tokens[i].Quoted = false
	}
}

func breakBetween(gap string, quoted bool) (Break, bool) {
	b := NoBreak
	for i := 0; i < len(gap); i++ {
		switch gap[i] {
		case ',', '(', ')', '[', ']', '/', '<', '>', '|':
			b = max(b, Comma)
		case '"':
			b, quoted = max(b, Comma), !quoted
		case ';', ':', '!', '?', '\n':
			b = Clause
		case '.':
			b = max(b, Comma)
			if i+1 < len(gap) && gap[i+1] == '.' {
				b = Clause
			}
		case '-':
			if i > 0 && gap[i-1] == ' ' {
				b = Clause
			}
		}
	}
	return b, quoted
}
