package message

import (
	"mime"
	"strings"
)

// parameters are those of a media type (RFC 2045, 5.1), their names in lower case.
type parameters []struct{ name, value string }

// get returns the value of a parameter, "" when there is none.
func (p parameters) get(name string) string {
	for _, one := range p {
		if one.name == name {
			return one.value
		}
	}
	return ""
}

func (p *parameters) set(name, value string) {
	*p = append(*p, struct{ name, value string }{name, value})
}

// mediaType reads a Content-Type, as far as it can be read.
func mediaType(v, fallback string) (string, parameters) {
	if v == "" {
		return fallback, nil
	}
	media, params, ok := simpleMediaType(v)
	if !ok {
		media, params = parseMediaType(v)
	}
	if !strings.Contains(media, "/") {
		if media == "text" || media == "plain" || media == "" { // "Content-Type: text" is seen in the wild
			return "text/plain", params
		}
		return fallback, params
	}
	return media, params
}

// simpleMediaType reads a type as nearly all mails have it, such as text/plain; charset="utf-8", and reports false where it
// has anything else in it, which package mime knows.
func simpleMediaType(v string) (media string, params parameters, ok bool) {
	media, rest, more := strings.Cut(v, ";")
	media = strings.TrimSpace(media)
	kind, subtype, _ := strings.Cut(media, "/")
	if !isLowerToken(kind) || !isLowerToken(subtype) {
		return "", nil, false
	}
	for more {
		var name, value string
		name, rest, _ = strings.Cut(rest, "=")
		name = strings.TrimSpace(name)
		if quoted := strings.HasPrefix(rest, `"`); quoted {
			value, rest, quoted = strings.Cut(rest[1:], `"`)
			var behind string
			behind, rest, more = strings.Cut(rest, ";")
			if !quoted || strings.TrimSpace(behind) != "" || strings.ContainsFunc(value, isUnquotable) {
				return "", nil, false
			}
		} else {
			value, rest, more = strings.Cut(rest, ";")
			value = strings.TrimSpace(value)
			if !isLowerToken(strings.ToLower(value)) {
				return "", nil, false
			}
		}
		if !isLowerToken(name) || params.get(name) != "" || value == "" {
			return "", nil, false
		}
		params.set(name, value)
	}
	return media, params, true
}

// isUnquotable reports whether a character makes more of a quoted string than what stands in it.
func isUnquotable(r rune) bool { return r < ' ' || r >= 0x7f || r == '\\' }

// isLowerToken reports whether s is a token (RFC 2045, 5.1) of the plainest kind, in lower case.
func isLowerToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && !isDigit(c) && c != '-' && c != '_' && c != '.' && c != '+' {
			return false
		}
	}
	return s != ""
}

// parseMediaType reads a type by its grammar, and where it breaks it piece by piece.
func parseMediaType(v string) (media string, params parameters) {
	media, named, err := mime.ParseMediaType(v)
	if err != nil {
		return scanMediaType(v)
	}
	for name, value := range named {
		params.set(name, value)
	}
	return media, params
}

// scanMediaType reads type and parameters of a Content-Type that the grammar refuses.
func scanMediaType(v string) (media string, params parameters) {
	media, rest, _ := strings.Cut(v, ";")
	for piece := range strings.SplitSeq(rest, ";") {
		name, value, ok := strings.Cut(piece, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if ok {
			params.set(name, strings.Trim(strings.TrimSpace(value), `"`)) // the first of a name counts
		}
	}
	return strings.ToLower(strings.TrimSpace(media)), params
}
