package words

import "strings"

// OwnPart finds the first consecutive lines of a text that are not quoted with '>', and what comes after the quoted ones behind
// them. A text that begins with quoted lines has an empty part first.
func OwnPart(text string) (own, rest string) {
	if strings.IndexByte(text, '>') < 0 {
		return text, ""
	}
	end := len(text) // of the part
	for at := 0; at < len(text); {
		next := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		switch isQuoted := isQuoted(text[at:next]); {
		case isQuoted && at < end:
			end = at
		case !isQuoted && end < at:
			return text[:end], text[at:]
		}
		at = next
	}
	return text[:end], ""
}

// isQuoted tells whether a line is somebody else's.
func isQuoted(line string) bool {
	for i := 0; i < len(line); i++ {
		if line[i] != ' ' && line[i] != '\t' {
			return line[i] == '>'
		}
	}
	return false
}
