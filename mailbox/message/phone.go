package message

import (
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
	var all []string
	for l := range strings.Lines(clipText(text, maxFactText)) {
		if len(l) > maxFactLine || !strings.ContainsAny(l, "0123456789") {
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

// isTail reports whether what begins at a place goes on with a word before it, as the digits of PP-D-85785153 do.
func isTail(l string, at int) bool {
	before := strings.TrimRight(l[:at], "-_#")
	r, _ := utf8.DecodeLastRuneInString(before)
	return unicode.IsLetter(r) || unicode.IsDigit(r) || len(before) < at && l[at-1] == '#'
}

func isPhone(found string, others []string) bool {
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
	return !slices.ContainsFunc(others, func(o string) bool { return strings.Contains(o, found) || o == digits })
}
