package message

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// The bounds of an administrator's own patterns of order numbers.
const (
	MaxOrderPatterns = 20
	maxPattern       = 500 // bytes
	maxOrderNumber   = 40  // bytes
)

// CompileOrderPattern compiles an administrator's pattern of order numbers (RE2 syntax, case does not matter). The number
// is its first group, or all that it matches. A pattern that finds a number in plain words would put strangers' mails
// together, so that it is refused.
func CompileOrderPattern(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("is longer than %d letters", maxPattern)
	}
	re, err := regexp.Compile("(?i)" + pattern)
	if err != nil {
		return nil, fmt.Errorf("is no regular expression (RE2): %w", err)
	}
	if re.MatchString("") {
		return nil, errors.New(`matches the empty text; write what the number looks like, such as '\bNW-\d{5}\b'`)
	}
	if re.MatchString("please send me my money back, thank you") {
		return nil, errors.New(`matches words without a digit; write \d where the digits are`)
	}
	return re, nil
}

// appendOwnOrders adds the numbers that an administrator's pattern finds in a line.
func appendOwnOrders(all []foundOrder, l string, re *regexp.Regexp) []foundOrder {
	for _, m := range re.FindAllStringSubmatchIndex(l, maxOrders) {
		start, end := m[0], m[1]
		if len(m) > 2 && m[2] >= 0 {
			start, end = m[2], m[3]
		}
		number := NormaliseOrder(l[start:end])
		if number != "" && len(number) <= maxOrderNumber && strings.ContainsAny(number, "0123456789") {
			all = append(all, foundOrder{at: start, end: end, number: number, own: true})
		}
	}
	return all
}
