package note

import (
	"regexp"
	"strings"
)

// Mail programs make links of what looks like one, even in plain text. What a customer wrote must not become a link under
// our name, so addresses on the web are shown in the form that people who handle hostile mail use: hxxps://evil[.]example.
var (
	scheme   = regexp.MustCompile(`(?i)(h)tt(ps?:)`)
	other    = regexp.MustCompile(`(?i)\b(ftp|file|javascript|data|vbscript|tel|sms|mailto|message|intent):(\S)`)
	hostname = regexp.MustCompile(`(?i)(?:\bwww\.[^\s/]+|(?:[\pL\pN_-]+\.)+(?:com|net|org|info|biz|edu|gov|int|eu|us|uk|de|fr|es|it|pt|nl|be|at|ch|pl|br|cn|hk|jp|ru|in|au|ca|io|co|me|ly|to|cc|tv|ai|app|dev|xyz|top|shop|store|online|site|club|live|link|click|page|icu|vip|win|zip|mov|example)\b)|//[^\s/]+`)
)

// defang makes links in somebody else's words harmless; everything else stays as it is.
func defang(s string) string {
	if !strings.ContainsAny(s, ".:") {
		return s
	}
	if strings.Contains(s, ":") {
		s = scheme.ReplaceAllString(s, "${1}xx$2")
		s = other.ReplaceAllString(s, "$1[:]$2")
	}
	if !mayHoldHost(s) {
		return s
	}
	return hostname.ReplaceAllStringFunc(s, func(host string) string {
		end := len(strings.TrimRight(host, `.,;:!?)"'`)) // the end of a sentence is no part of a host
		return strings.ReplaceAll(host[:end], ".", "[.]") + host[end:]
	})
}

// mayHoldHost reports whether a text has what every hostname has: a dot within words, or two slashes.
func mayHoldHost(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '.' && s[i+1] != ' ' || s[i] == '/' && s[i+1] == '/' {
			return true
		}
	}
	return false
}

// shown is how somebody else's words stand in what we write: one clean line without links.
func shown(s string, limit int) string { return defang(clean(s, limit)) }
