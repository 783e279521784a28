package mailbox

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
)

// errCapabilities ends a connection whose list of capabilities holds a parenthesis: the library's parser would turn
// round at it for ever, on a core of its own. A fuzz test found that.
var errCapabilities = errors.New("the server's list of capabilities is malformed")

// guardedLine is how much of a line is looked at. No list of capabilities is as long.
const guardedLine = 8 << 10

// A lineGuard reads along what a server sends, line by line, and steps over literals, which hold customers' words and not
// the server's.
type lineGuard struct {
	line    []byte // the beginning of the line that is coming in
	tail    []byte // its end: where a literal is announced
	literal uint64 // how much of a literal is still to come
}

// refuses takes the next bytes and reports whether the library must not see them.
func (g *lineGuard) refuses(p []byte) bool {
	for len(p) > 0 {
		if g.literal > 0 {
			n := min(g.literal, uint64(len(p)))
			g.literal -= n
			p = p[n:]
			continue
		}
		part, ended := p, false
		if at := bytes.IndexByte(p, '\n'); at >= 0 {
			part, ended = p[:at+1], true
		}
		p = p[len(part):]
		g.line = append(g.line, part[:min(len(part), guardedLine-len(g.line))]...)
		g.tail = lastOf(append(g.tail, lastOf(part)...))
		if malformedCapabilities(g.line) {
			return true
		}
		if ended {
			g.literal = announced(g.tail)
			g.line, g.tail = g.line[:0], g.tail[:0]
		}
	}
	return false
}

// lastOf is the end of a line, long enough for the announcement of a literal.
func lastOf(p []byte) []byte { return p[max(0, len(p)-32):] }

// announced is the length of the literal that a line announces at its end: {123} or {123+} (RFC 9051, section 4.3).
func announced(line []byte) uint64 {
	line = bytes.TrimRight(line, "\r\n")
	at := bytes.LastIndexByte(line, '{')
	if at < 0 || !bytes.HasSuffix(line, []byte("}")) {
		return 0
	}
	n, err := strconv.ParseUint(string(bytes.TrimSuffix(line[at+1:len(line)-1], []byte("+"))), 10, 63)
	if err != nil {
		return 0
	}
	return n
}

// malformedCapabilities finds a parenthesis in "* CAPABILITY …", and in "[CAPABILITY …]" where a status response has it.
func malformedCapabilities(line []byte) bool {
	_, rest, _ := bytes.Cut(line, []byte(" "))
	if len(rest) < len("CAPABILITY") {
		return false
	}
	list, found := cutFold(rest, "CAPABILITY")
	if !found {
		word, code, _ := bytes.Cut(rest, []byte(" "))
		if list, found = cutFold(code, "[CAPABILITY"); found {
			list, _, _ = bytes.Cut(list, []byte("]"))
			found = slices.Contains([]string{"OK", "NO", "BAD", "BYE", "PREAUTH"}, string(bytes.ToUpper(word)))
		}
	}
	return found && bytes.IndexByte(list, '(') >= 0
}

func cutFold(b []byte, prefix string) ([]byte, bool) {
	if len(b) < len(prefix) || !bytes.EqualFold(b[:len(prefix)], []byte(prefix)) {
		return nil, false
	}
	return b[len(prefix):], true
}
