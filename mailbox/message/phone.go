package message

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxPhones = 5

var (
	phoneLike = regexp.MustCompile(`\+?\(?\d[\d ()./\-]{5,22}\d`)
	dateLike  = regexp.MustCompile(`^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})(?: |$)`)
)

// FindPhones returns the phone numbers in a text: seven to fifteen digits (ITU-T E.164) that are no order number, no date,
// and, where they stand alone, not so many that they are rather a parcel's. others are numbers that are known to be none.
func FindPhones(text string, others []string) []string {
	return phonesIn(numberedLines(clipText(text, maxFactText)), others)
}

func phonesIn(lines iter.Seq[string], others ...[]string) []string {
	var all []string
	for l := range lines {
		if len(l) > maxFactLine || !hasDigitsTogether(l, 7) {
			continue
		}
		for _, at := range phoneLike.FindAllStringIndex(l, 2*maxPhones) {
			found := oneLine(strings.Trim(l[at[0]:at[1]], " ./-"))
			if !isTail(l, at[0]) && isPhone(found, others) && !slices.Contains(all, found) && len(all) < maxPhones {
				all = append(all, found)
			}
		}
	}
	return all
}

// hasDigitsTogether reports whether a line holds so many digits with nothing between them but what phone numbers have there.
func hasDigitsTogether(l string, n int) bool {
	digits := 0
	for i := range len(l) {
		switch c := l[i]; {
		case isDigit(c):
			if digits++; digits >= n {
				return true
			}
		case digits > 0 && strings.IndexByte(" +-()./", c) < 0:
			digits = 0
		}
	}
	return false
}

// isTail reports whether what begins at a place goes on with a word before it, as the digits of PP-D-85785153 do.
func isTail(l string, at int) bool {
	before := strings.TrimRight(l[:at], "-_#")
	r, _ := utf8.DecodeLastRuneInString(before)
	return unicode.IsLetter(r) || unicode.IsDigit(r) || len(before) < at && l[at-1] == '#'
}

func isPhone(found string, others [][]string) bool {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, found)
	alone := found == digits && !strings.HasPrefix(found, "0")
	if len(digits) < 7 || len(digits) > 15 || dateLike.MatchString(found) || alone && len(digits) > 11 {
		return false
	}
	return !slices.ContainsFunc(slices.Concat(others...), func(o string) bool { return strings.Contains(o, found) || o == digits })
}
