package note

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may follow one letter; more of them paint over the lines around.
const maxMarks = 4

// zeroWidthJoiners are the format characters that scripts need: ZWNJ and ZWJ. All others (direction overrides and
// isolates, soft hyphens, tags, byte order marks) can make words look like what they are not.
const zeroWidthJoiners = "\u200c\u200d"

// clean makes one line of at most limit characters out of anything: white space becomes single spaces, invalid UTF-8,
// control and format characters go, a longer text ends in an ellipsis.
func clean(s string, limit int) string {
	if isPlain(s) && (len(s) < limit || limit <= 0) { // nearly all that is not a customer's
		return s
	}
	var b strings.Builder
	runes, marks := 0, 0
	space := false
	b.Grow(min(len(s), cmp.Or(limit, len(s))))
	for _, r := range s {
		if ' ' < r && r < unicode.MaxASCII && !space && (runes < limit-1 || limit <= 0) { // nearly all
			b.WriteByte(byte(r))
			runes++
			marks = 0
			continue
		}
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if r == utf8.RuneError || !visible(r) {
			continue
		}
		if unicode.Is(unicode.M, r) {
			if marks++; marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		if space {
			b.WriteByte(' ')
			runes++
			space = false
		}
		if runes >= limit-1 && limit > 0 {
			return strings.TrimRight(b.String(), " ") + "…"
		}
		b.WriteRune(r)
		runes++
	}
	return b.String()
}

// isPlain says that a text is one line of visible ASCII with single spaces between its words.
func isPlain(s string) bool {
	space := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= unicode.MaxASCII || s[i] == ' ' && space {
			return false
		}
		space = s[i] == ' '
	}
	return !space || s == ""
}

func visible(r rune) bool {
	if unicode.Is(unicode.Cf, r) {
		return strings.ContainsRune(zeroWidthJoiners, r)
	}
	return !unicode.IsControl(r) && !unicode.Is(unicode.Co, r) && !unicode.Is(unicode.Cs, r)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
