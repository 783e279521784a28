package words

import "strings"

// maxMasked is the longest word that is tried as a masked one, in bytes.
const maxMasked = 20

// unmask reads a word in which signs stand for letters ("f***ing", "sc@m") when it can be one of the known words.
func (s *Spelling) unmask(text string, i, to int) (Token, bool) {
	end, signs, letters := i, 0, 0
	for end < to && end-i < maxMasked {
		c := class[text[end]]
		if c&(isLetter|isDigit|isMask) == 0 {
			break
		}
		if c&isMask != 0 {
			signs++
		} else if c&isLetter != 0 {
			letters++
		}
		end++
	}
	if !plausible(text[i:end], signs, letters) {
		return Token{}, false
	}
	for ; signs > 0 && end-i > 2; end-- {
		for _, w := range s.masked {
			if fits(text[i:end], w) {
				return Token{Text: w, From: i, To: end, Hash: Hash(w), Masked: true}, true
			}
		}
		last := text[end-1]
		if class[last]&isMask == 0 || last == '*' || last == '$' {
			break
		}
		signs--
	}
	return Token{}, false
}

// plausible tells whether a run of letters and signs looks like a word at all, and not like "C#" or "*I*".
func plausible(m string, signs, letters int) bool {
	if len(m) < 3 || signs == 0 || letters == 0 {
		return false
	}
	switch first := m[0]; {
	case class[first]&isLetter != 0:
		return letters >= 2 || strings.Contains(m, "**")
	case first == '@' || first == '$':
		return letters >= 2
	}
	return false
}

// fits tells whether the masked word m can be read as w. A star stands for one letter, a row of stars for any number.
func fits(m, w string) bool {
	for i := 0; i < len(m); i++ {
		if len(w) == 0 {
			return false
		}
		if m[i] == '*' && i+1 < len(m) && m[i+1] == '*' {
			return starFits(m[i+2:], w)
		}
		if !signFits(m[i], w[0]) {
			return false
		}
		w = w[1:]
	}
	return w == ""
}

func starFits(rest, w string) bool {
	rest = strings.TrimLeft(rest, "*")
	for skip := 1; skip <= len(w); skip++ {
		if fits(rest, w[skip:]) {
			return true
		}
	}
	return false
}

func signFits(m, letter byte) bool {
	if m == letter {
		return true
	}
	switch m {
	case '@':
		return letter == 'a'
	case '$':
		return letter == 's'
	case '!', '1':
		return letter == 'i' || letter == 'l'
	case '0':
		return letter == 'o'
	case '3':
		return letter == 'e'
	case '*', '#', '%', '&':
		return true
	}
	return false
}

// HidesName tells whether a masked word looks like a name of which only the initial is left ("I spoke to K****"): a capital
// in the middle of a sentence that is not in capitals. before is the word before it. "F***" leaves nothing to guess.
func (f Folded) HidesName(before, t Token) bool {
	if !t.Masked || t.Text == Grawlix || f.Text[t.From] == 'f' || strings.Trim(f.Text[t.From+1:t.To], "*") != "" {
		return false
	}
	from, to := f.Place(before.From, before.To)
	word := f.source[from:to]
	return upperCase(f, t.From) && (len(word) == 1 || word != strings.ToUpper(word) || before.Text == Grawlix)
}
