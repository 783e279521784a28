package intake

import "strings"

// unquoted takes out of a sentence what stands in quotation marks. A fault quotes the mail, whose words must not get into
// the log; the whole sentence is kept with the message.
func unquoted(sentence string) string {
	var b strings.Builder
	inside := false
	for i := 0; i < len(sentence); i++ {
		switch c := sentence[i]; {
		case c == '"' && inside:
			b.WriteString(`…"`)
			inside = false
		case c == '"':
			b.WriteByte(c)
			inside = true
		case c == '\\' && inside: // what is escaped ends nothing
			i++
		case !inside:
			b.WriteByte(c)
		}
	}
	return b.String()
}
