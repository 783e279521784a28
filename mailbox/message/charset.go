package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// decodeCharset turns bytes in the named charset into UTF-8; those that are UTF-8 already come back as they are. It
// always succeeds: a charset that is unknown or wrong is read as UTF-8 where the bytes are valid UTF-8, else as
// windows-1252. known is false when the name told nothing.
func decodeCharset(label string, b []byte) (text []byte, known bool) {
	label = strings.Trim(strings.TrimSpace(label), `"'`)
	if strings.EqualFold(label, "utf-8") { // most
		return toUTF8(b), true
	}
	switch label = strings.ToLower(label); label {
	case "":
		return toUTF8(b), true
	case "utf8", "us-ascii", "ascii", "ansi_x3.4-1968", "iso-8859-1", "iso8859-1", "latin1", "iso_8859-1",
		"windows-1252", "cp1252":
		// Valid UTF-8 with letters beyond ASCII is no accident: the label is wrong more often than the bytes.
		// Labels of the Latin-1 family mean windows-1252, as every mail program and browser reads them.
		return toUTF8(b), true
	case "utf-7", "unicode-1-1-utf-7":
		return []byte(decodeUTF7(b)), true
	}
	r, err := charsetReader(label, bytes.NewReader(b))
	if err != nil {
		return toUTF8(b), false
	}
	out, err := io.ReadAll(r)
	if err != nil {
		return toUTF8(b), false
	}
	return toUTF8(out), true
}

// charsetReader is the CharsetReader of encoded words. It puts right what the tables of go-message get wrong:
// gb2312 and gbk hold four-byte GB18030 characters, Latin-1 holds curly quotes, and code page 850 is missing.
func charsetReader(label string, r io.Reader) (io.Reader, error) {
	label = strings.ToLower(strings.TrimSpace(label))
	var enc encoding.Encoding
	switch label {
	case "gb2312", "gbk", "gb18030", "cp936", "x-gbk", "gb_2312-80", "euc-cn":
		enc = simplifiedchinese.GB18030
	case "us-ascii", "ascii", "iso-8859-1", "iso8859-1", "latin1", "windows-1252", "cp1252":
		enc = charmap.Windows1252
	case "cp850", "cp-850", "ibm850", "850":
		enc = charmap.CodePage850
	case "cp437", "cp-437", "ibm437", "437":
		enc = charmap.CodePage437
	case "utf-8", "utf8":
		return r, nil
	case "utf-7", "unicode-1-1-utf-7":
		b, err := io.ReadAll(io.LimitReader(r, maxField))
		if err != nil {
			return nil, fmt.Errorf("read UTF-7: %w", err)
		}
		return strings.NewReader(decodeUTF7(b)), nil
	default:
		return charset.Reader(label, r)
	}
	return enc.NewDecoder().Reader(r), nil
}

// validText is toUTF8 for what is held as a string.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string(toUTF8([]byte(s)))
}

// toUTF8 returns b as valid UTF-8, b itself where it is. Bytes that are not UTF-8 are read as windows-1252, except where
// most of what is beyond ASCII is good UTF-8: then only the bad bytes are replaced.
func toUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	good, bad := 0, 0
	for rest := b; len(rest) > 0; {
		if rest[0] < utf8.RuneSelf {
			rest = rest[1:]
			continue
		}
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		rest = rest[n:]
	}
	if good > bad {
		return bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	return out
}

// decodeUTF7 decodes RFC 2152. What is malformed stays as it stands.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	for i := 0; i < len(b); {
		if b[i] != '+' {
			out.WriteByte(b[i])
			i++
			continue
		}
		end := i + 1
		for end < len(b) && isBase64(b[end]) {
			end++
		}
		switch units, ok := utf16Units(b[i+1 : end]); {
		case end == i+1 && end < len(b) && b[end] == '-':
			out.WriteByte('+')
		case !ok || end == i+1:
			out.Write(b[i:end])
			i = end
			continue
		default:
			out.WriteString(string(utf16.Decode(units)))
		}
		if end < len(b) && b[end] == '-' {
			end++
		}
		i = end
	}
	return validText(out.String())
}

func utf16Units(b64 []byte) ([]uint16, bool) {
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(b64)))
	n, err := base64.RawStdEncoding.Decode(raw, b64)
	if err != nil {
		return nil, false
	}
	units := make([]uint16, 0, n/2)
	for i := 0; i+1 < n; i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	return units, true
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// cleanBytes is cleanText for what comes from the wire, where each line ends with a CR that goes.
func cleanBytes(b []byte) string {
	i := bytes.IndexByte(b, '\r')
	if i < 0 {
		return cleanText(string(b))
	}
	var out strings.Builder
	out.Grow(len(b))
	for ; i >= 0; i = bytes.IndexByte(b, '\r') {
		out.Write(b[:i])
		if b = b[i+1:]; len(b) == 0 || b[0] != '\n' {
			out.WriteByte('\n')
		}
	}
	out.Write(b)
	return cleanText(out.String())
}

// cleanText removes what no reader sees: NULs and other control characters, zero-width and soft-hyphen characters. All
// line ends become \n, all spaces the plain one. A text that is clean comes back as it is.
func cleanText(s string) string {
	var out strings.Builder
	from := 0 // what stands from here on is kept as it is
	for i := 0; ; {
		for i < len(s) && isCleanASCII[s[i]] {
			if i++; i+8 <= len(s) && isPrintable(s[i:i+8]) { // as most is
				i += 8
			}
		}
		if i == len(s) {
			break
		}
		size, clean, instead := 1, false, ""
		if s[i] >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			clean, instead = cleanRune(r)
			clean = clean && size > 1
		} else if s[i] == '\r' && (i+1 == len(s) || s[i+1] != '\n') {
			instead = "\n"
		}
		if !clean {
			if from == 0 {
				out.Grow(len(s))
			}
			out.WriteString(s[from:i])
			out.WriteString(instead)
			from = i + size
		}
		i += size
	}
	if from == 0 {
		return s
	}
	out.WriteString(s[from:])
	return out.String()
}

// isCleanASCII holds the characters that cleanText keeps: most of most texts.
var isCleanASCII = func() (clean [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		clean[c] = true
	}
	clean['\n'], clean['\t'] = true, true
	return clean
}()

// isPrintable reports whether eight bytes are all printable characters of ASCII.
func isPrintable(s string) bool {
	const each = 0x0101010101010101
	all := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	return (all|(all-each*' ')|(all+each))&(each*0x80) == 0
}

// cleanRune reports whether a character beyond ASCII is kept as it is, and what stands in for it if not.
func cleanRune(r rune) (clean bool, instead string) {
	switch {
	case r == utf8.RuneError:
		return true, string(utf8.RuneError) // for a byte that is no character
	case r == '\u2028' || r == '\u2029' || r == '\u0085':
		return false, "\n"
	case r == '\u00a0' || r == '\u202f' || r >= '\u2000' && r <= '\u200a':
		return false, " "
	case r < 0xa0 || isInvisible(r):
		return false, ""
	}
	return true, ""
}

func isInvisible(r rune) bool {
	switch r {
	case '\u00ad', '\u034f', '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u2060', '\u2061', '\u2062', '\u2063', '\u2064', '\ufeff':
		return true
	}
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
