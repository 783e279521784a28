package words

import "strings"

// An Own is what somebody wrote themselves in the fields of a text, folded: the parts between the lines that are quoted with '>'.
// It is reused for the next text.
type Own struct {
	Spans  []Span  // room for the sentences of the parts
	Tokens []Token // room for their words

	folder folder
	at     []int32
	parts  []Part
}

// A Part is consecutive lines of somebody's own.
type Part struct {
	Folded
	Spans  []Span  // its sentences, if somebody has cut it into those plainly
	Tokens []Token // its words, if somebody has read them and kept them
}

// Read reads the fields of a text in place of what was read before. It gives the parts, which are valid until the next text is read.
func (o *Own) Read(fields ...string) []Part {
	size := 0
	for _, field := range fields {
		size += len(field) + len(field)/8 + 32
	}
	if cap(o.at) < size {
		o.at = make([]int32, 0, size)
	}
	o.folder.at, o.parts = o.at[:0], o.parts[:0]
	for _, field := range fields {
		for field != "" {
			var own string
			own, field = OwnPart(field)
			o.parts = append(o.parts, Part{Folded: o.folder.fold(own)})
		}
	}
	return o.parts
}

// Parts are what was read.
func (o *Own) Parts() []Part { return o.parts }

// Forget lets go of the text, and of what a monstrous one has made grow.
func (o *Own) Forget() {
	clear(o.parts)
	clear(o.Tokens)
	o.Tokens = o.Tokens[:0]
	if o.parts = o.parts[:0]; cap(o.at) > keptBytes || cap(o.parts) > keptParts || cap(o.Spans) > keptParts {
		*o = Own{}
	}
}

// For how much room is kept.
const (
	keptBytes = 1 << 16
	keptParts = 1 << 8
)

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
