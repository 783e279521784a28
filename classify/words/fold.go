package words

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Folded is a text whose spellings were made equal, with the way back to the original.
type Folded struct {
	Text   string // lower case, without accents
	source string
	at     []int32 // at[i] is where Text[i] came from; nil when every byte stayed in its place
}

// Fold makes the spellings of s equal.
func Fold(s string) Folded {
	var f Folder
	return f.Fold(s)
}

// A Folder folds one text after the other in the same room. What it returned last is valid until it is asked again.
type Folder struct{ folder }

// Fold makes the spellings of s equal.
func (f *Folder) Fold(s string) Folded {
	f.at = f.at[:0]
	return f.fold(s)
}

// fold folds s, and leaves what was folded before as it is.
func (f *folder) fold(s string) Folded {
	if cap(f.out) < len(s) {
		f.out = make([]byte, 0, len(s)+len(s)/8+16)
	}
	out := f.out[:len(s)]
	var last, before, changed byte
	for i := range len(s) {
		b := lower[s[i]]
		if b >= utf8.RuneSelf || b == last && b == before && class[b]&isLetter != 0 {
			f.out = out[:i]
			return f.foldOn(s)
		}
		out[i] = b
		changed |= b ^ s[i]
		last, before = b, last
	}
	if changed == 0 {
		return Folded{Text: s, source: s}
	}
	return Folded{Text: string(out), source: s}
}

// Of tells whether it is s that was folded.
func (f Folded) Of(s string) bool { return f.source == s }

// InPlace tells whether every byte stayed in its place, which means that all of them are ASCII.
func (f Folded) InPlace() bool { return f.at == nil }

// Original gives back what the customer wrote at Text[from:to].
func (f Folded) Original(from, to int) string {
	a, b := f.Place(from, to)
	return f.source[a:b]
}

// Place gives the bytes of the original that Text[from:to] came from.
func (f Folded) Place(from, to int) (int, int) {
	if f.at == nil {
		return from, to
	}
	for to < len(f.Text) && to > from && f.at[to] == f.at[to-1] {
		to++ // never cut a character that folded to several letters
	}
	return int(f.at[from]), int(f.at[to])
}

// lower is a constant table: the bytes of ASCII letters in lower case, all others as they are.
var lower = func() (table [256]byte) {
	for b := range table {
		table[b] = byte(b)
		if 'A' <= b && b <= 'Z' {
			table[b] += 'a' - 'A'
		}
	}
	return table
}()

// lengthens tells whether b would be the third of the same letters in a row.
func lengthens(out []byte, b byte) bool {
	n := len(out)
	return n >= 2 && out[n-1] == b && out[n-2] == b && 'a' <= b && b <= 'z'
}

// aloneAfter tells whether the run of one letter to which s[i] belongs ends a word. A run that is a word by itself is none
// that somebody lengthened: "BBB", "www".
func aloneAfter(s string, i int) bool {
	j := i
	for j < len(s) && j < i+MaxWord && lower[s[j]] == lower[s[i]] {
		j++
	}
	return j == len(s) || (s[j] < utf8.RuneSelf && class[lower[s[j]]]&isLetter == 0)
}

// aloneBefore tells whether the run of one letter at the end of what is folded begins a word.
func (f *folder) aloneBefore() bool {
	i := len(f.out) - 1
	for i >= max(0, len(f.out)-MaxWord) && f.out[i] == f.out[len(f.out)-1] {
		i--
	}
	return i < 0 || class[f.out[i]]&isLetter == 0
}

// A folder builds folded text with its offset map.
type folder struct {
	out       []byte
	at        []int32
	collapsed bool // the last letter stands for a run of three or more
}

// foldOn folds s, of which out holds the beginning.
func (f *folder) foldOn(s string) Folded {
	f.at, f.collapsed = slices.Grow(f.at[len(f.at):], len(s)+17), false
	f.at = f.at[:len(f.out)]
	for i := range f.at {
		f.at[i] = int32(i)
	}
	for i := len(f.out); i < len(s); {
		if i = f.run(s, i); i == len(s) {
			break
		}
		if b := lower[s[i]]; b < utf8.RuneSelf {
			f.letter(s, i, b)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if int(r) < len(plainLetters) && plainLetters[r] != 0 {
			f.add(plainLetters[r], i)
		} else {
			f.addRune(r, i)
		}
		i += n
	}
	f.at = append(f.at, int32(len(s)))
	return Folded{Text: string(f.out), source: s, at: f.at}
}

// run adds ASCII characters from i on, which are nearly all, as long as no letter is there for the third time in a row. It tells
// where it stopped.
func (f *folder) run(s string, i int) int {
	n := len(f.out)
	if f.collapsed || n < 2 {
		return i
	}
	last, before := f.out[n-1], f.out[n-2]
	rest := s[i:]
	f.out, f.at = slices.Grow(f.out, len(rest)), slices.Grow(f.at, len(rest))
	out, at := f.out[n:][:len(rest)], f.at[n:][:len(rest)]
	k := 0
	for ; k < len(rest); k++ {
		b := lower[rest[k]]
		if b >= utf8.RuneSelf || b == last && b == before && class[b]&isLetter != 0 {
			break
		}
		out[k], at[k] = b, int32(i+k)
		last, before = b, last
	}
	f.out, f.at = f.out[:n+k], f.at[:n+k]
	return i + k
}

// letter adds an ASCII character, which may lengthen what is there.
func (f *folder) letter(s string, i int, b byte) {
	longer := lengthens(f.out, b)
	if !f.collapsed && !longer || longer && f.aloneBefore() && aloneAfter(s, i) {
		f.out, f.at = append(f.out, b), append(f.at, int32(i))
	} else {
		f.add(b, i)
	}
}

// plainLetters says which letters of Latin alphabets fold to one plain letter: 'e' for 'é'. It is what addRune finds out for
// them, found out once.
var plainLetters = func() (plain [0x250]byte) {
	for r := rune(0xA0); int(r) < len(plain); r++ {
		var f folder
		if f.addRune(r, 0); len(f.out) == 1 && class[f.out[0]]&isLetter != 0 {
			plain[r] = f.out[0]
		}
	}
	return plain
}()

func (f *folder) add(b byte, at int) {
	if f.collapsed && f.out[len(f.out)-1] == b {
		return
	}
	f.collapsed = false
	if lengthens(f.out, b) {
		last := len(f.out) - 1
		f.out, f.at = f.out[:last], f.at[:last]
		f.collapsed = true
		return
	}
	f.out, f.at = append(f.out, b), append(f.at, int32(at))
}

// letters that have no decomposition, and signs that are written in many ways.
func respelled(r rune) (string, bool) {
	switch r {
	case '‘', '’', '‛', '′', '´', '`', 'ʼ', '＇':
		return "'", true
	case '“', '”', '„', '«', '»', '″', '‟', '＂', '「', '」', '『', '』':
		return `"`, true
	case '–', '—', '―', '‒':
		return " - ", true
	case '‐', '‑', '−':
		return "-", true
	case '…':
		return "...", true
	case 'ß', 'ẞ':
		return "ss", true
	case 'æ', 'Æ':
		return "ae", true
	case 'œ', 'Œ':
		return "oe", true
	case 'ø', 'Ø':
		return "o", true
	case 'ł', 'Ł':
		return "l", true
	case 'ı', 'İ':
		return "i", true
	case '。', '．':
		return ".", true
	case '！':
		return "!", true
	case '？', '؟':
		return "?", true
	case '¡', '¿':
		return " ", true
	case '€', '£', '¥', '₹', '¢':
		return "$", true
	case '\u2028', '\u2029', '\u0085':
		return "\n", true
	}
	return "", false
}

func (f *folder) addRune(r rune, at int) {
	switch {
	case r == utf8.RuneError:
		f.add(' ', at)
		return
	case invisible(r):
		return
	}
	if s, ok := respelled(r); ok {
		for i := 0; i < len(s); i++ {
			f.add(s[i], at)
		}
		return
	}
	if unicode.IsSpace(r) {
		f.add(' ', at)
		return
	}
	var one [utf8.UTFMax]byte
	n := utf8.EncodeRune(one[:], r)
	for _, d := range string(norm.NFKD.Bytes(one[:n])) {
		f.addDecomposed(d, at)
	}
}

func (f *folder) addDecomposed(r rune, at int) {
	if unicode.Is(unicode.Mn, r) {
		return
	}
	var one [utf8.UTFMax]byte
	n := utf8.EncodeRune(one[:], unicode.ToLower(r))
	if n == 1 {
		f.add(one[0], at)
		return
	}
	f.collapsed = false
	for _, b := range one[:n] {
		f.out, f.at = append(f.out, b), append(f.at, int32(at))
	}
}

// invisible tells whether r only changes how its neighbours look: joiners, soft hyphens, directions, skin tones.
func invisible(r rune) bool {
	return unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || (r >= 0x1F3FB && r <= 0x1F3FF)
}
