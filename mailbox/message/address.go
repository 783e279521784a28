package message

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// NormaliseAddress gives the form under which a person is known: lower case, without +tag, the domain as A-labels
// (RFC 5890); for gmail.com and googlemail.com, which are one, without dots. What is no address comes back in lower
// case.
func NormaliseAddress(addr string) string {
	if isNormal(addr) {
		return addr
	}
	addr = strings.Trim(strings.ReplaceAll(oneLine(strings.ToLower(validText(addr))), " ", ""), "<>")
	local, domain, ok := cutAddress(addr)
	if !ok {
		return addr
	}
	domain = asciiDomain(strings.TrimRight(domain, ".<>"))
	if i := strings.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		local = strings.Trim(strings.ReplaceAll(local, ".", ""), "<>")
	}
	if len(local)+len("@")+len(domain) == len(addr) && strings.HasPrefix(addr, local) && strings.HasSuffix(addr, domain) {
		return addr
	}
	return local + "@" + domain
}

// isNormal is a quick look whether an address is normal already, as most are: small letters, digits, dots and dashes on both
// sides of the '@', no A-label, and not at Google.
func isNormal(addr string) bool {
	at := -1
	for i := range len(addr) {
		switch c := addr[i]; {
		case c >= 'a' && c <= 'z', isDigit(c), c == '_', c == '-' && i > 0 && addr[i-1] != '-', c == '.' && i+1 < len(addr):
		case c == '@' && i > 0 && at < 0:
			at = i
		default:
			return false
		}
	}
	return at >= 0 && at+1 < len(addr) && addr[at+1:] != "gmail.com" && addr[at+1:] != "googlemail.com"
}

// asciiDomain returns a domain in lower case as A-labels, or as it is where it is no domain. Most have no other letters.
func asciiDomain(domain string) string {
	other := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' }
	if !strings.ContainsFunc(domain, other) && !strings.Contains(domain, "xn--") {
		return domain
	}
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	return strings.TrimRight(domain, ".")
}

func cutAddress(addr string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(addr, '@')
	if i <= 0 || i == len(addr)-1 {
		return addr, "", false
	}
	return addr[:i], addr[i+1:], true
}

// domainOf returns the domain of an address in lower case, "" when it has none.
func domainOf(addr string) string {
	_, domain, _ := cutAddress(strings.ToLower(addr))
	return strings.TrimSuffix(domain, ".")
}

func localOf(addr string) string {
	local, _, _ := cutAddress(strings.ToLower(addr))
	return local
}

// within reports whether domain is parent or lies below it. Only a dot is a boundary: "evil-paypal.com" and
// "paypal.com.evil.example" are not within "paypal.com".
func within(domain, parent string) bool {
	rest, is := strings.CutSuffix(domain, parent)
	return is && (rest == "" || strings.HasSuffix(rest, "."))
}

// organisation returns the domain that somebody registered: "mail.example.co.uk" belongs to "example.co.uk".
func organisation(domain string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

// findAddress returns the first thing in s that looks like a mail address, "" for none.
func findAddress(s string) string {
	for at := strings.IndexByte(s, '@'); at >= 0; {
		start, end := at, at+1
		for start > 0 && isAddressByte(s[start-1], true) {
			start--
		}
		for end < len(s) && isAddressByte(s[end], false) {
			end++
		}
		domain := strings.Trim(s[at+1:end], ".-")
		if local := strings.Trim(s[start:at], "."); local != "" && strings.Contains(domain, ".") && len(local) <= 128 && len(domain) <= 253 {
			return local + "@" + domain
		}
		next := strings.IndexByte(s[at+1:], '@')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return ""
}

func isAddressByte(c byte, local bool) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c >= 0x80:
		return true
	}
	return local && strings.IndexByte("!#$%&'*+/=?^_{|}~`", c) >= 0
}
