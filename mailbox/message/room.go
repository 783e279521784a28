package message

import "sync"

// A room is memory that the reading of a mail takes and leaves again, to be used for the next one. Nothing that a Message
// holds lies in it.
type room struct {
	fields  []field // of all headers
	parts   []part
	body    []rendering
	lines   []line // of the text in hand
	content []byte // likewise, before it is a text
	tokens  []token
}

// What is kept of a room. A mail that needs more is rare, or somebody's mischief.
const (
	usualFields  = 64
	usualParts   = 8
	usualBody    = 4
	usualLines   = 64
	usualContent = 8 << 10
	usualTokens  = 512
)

// readings holds what is read with, one for each mail that is read at a time.
var readings = sync.Pool{New: func() any {
	r := &reading{}
	m := &r.parser.room
	m.fields, m.parts, m.body = make([]field, 0, usualFields), make([]part, 0, usualParts), make([]rendering, 0, usualBody)
	m.lines, m.content, m.tokens = make([]line, 0, usualLines), make([]byte, 0, usualContent), make([]token, 0, usualTokens)
	return r
}}

// leave ends a reading: its room is handed on, with nothing of the mail in it.
func (r *reading) leave() {
	kept := r.parser.room
	clear(kept.fields)
	clear(kept.parts)
	clear(kept.body[:cap(kept.body)])
	clear(kept.lines[:cap(kept.lines)])
	kept.fields, kept.parts, kept.lines = kept.fields[:0], kept.parts[:0], kept.lines[:0]
	*r = reading{}
	r.parser.room = kept
	readings.Put(r)
}

// header reads a header block into the room.
func (m *room) header(block []byte, limit int) (h header, lost int) {
	h, lost = appendHeader(m.fields[len(m.fields):], block, limit)
	if used := len(m.fields) + len(h.fields); used <= cap(m.fields) { // else they have memory of their own
		m.fields = m.fields[:used]
	}
	return h, lost
}

// part makes a part.
func (m *room) part() *part {
	n := len(m.parts)
	if n == cap(m.parts) {
		return &part{}
	}
	m.parts = m.parts[:n+1]
	return &m.parts[n]
}
