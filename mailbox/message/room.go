package message

import (
	"strings"
	"sync"
)

// A room is memory that the reading of a mail takes and leaves again, to be used for the next one. Nothing that a Message
// holds lies in it.
type room struct {
	fields  []field // of all headers
	parts   []part
	leaves  []*part // that are text
	body    []rendering
	lines   []line // of the text in hand, forgotten with it
	content []byte // likewise, before it is a text
	tokens  []token
}

// What is kept of a room. A mail that needs more is rare, or somebody's mischief.
const (
	usualFields  = 64
	usualValues  = 512 // bytes
	usualParts   = 8
	usualLeaves  = 8
	usualBody    = 4
	usualLines   = 64
	usualContent = 8 << 10
	usualTokens  = 512
)

func newRoom() room {
	return room{
		fields:  make([]field, 0, usualFields),
		parts:   make([]part, 0, usualParts),
		leaves:  make([]*part, 0, usualLeaves),
		body:    make([]rendering, 0, usualBody),
		lines:   make([]line, 0, usualLines),
		content: make([]byte, 0, usualContent),
		tokens:  make([]token, 0, usualTokens),
	}
}

// readings holds what mails are read with, one for each that is read at a time.
var readings = sync.Pool{New: func() any { return &reading{parser: parser{room: newRoom()}} }}

// leave ends a reading: its room is handed on.
func (r *reading) leave() {
	r.clear()
	readings.Put(r)
}

// clear forgets the mail: nothing in the room points to it any more.
func (r *reading) clear() {
	kept := r.parser.room
	clear(kept.fields)
	clear(kept.parts)
	clear(kept.leaves)
	clear(kept.body[:cap(kept.body)])
	kept.fields, kept.parts, kept.leaves = kept.fields[:0], kept.parts[:0], kept.leaves[:0]
	if cap(kept.leaves) > usualLeaves {
		kept.leaves = make([]*part, 0, usualLeaves)
	}
	*r = reading{}
	r.parser.room = kept
}

// header reads a header block into the room.
func (m *room) header(values *strings.Builder, block []byte, limit int) (h header, lost int) {
	h, lost = appendHeader(m.fields[len(m.fields):], values, block, limit)
	if used := len(m.fields) + len(h.fields); used <= cap(m.fields) {
		m.fields = m.fields[:used]
	} else { // they have memory of their own
		clear(m.fields[len(m.fields):cap(m.fields)])
	}
	return h, lost
}

// forget ends the use of lines that were appended to those of the room.
func (m *room) forget(lines []line) {
	clear(lines)
	if cap(lines) > cap(m.lines) { // they have memory of their own; what they began in is the room's
		clear(m.lines[:cap(m.lines)])
	}
}

// leaf keeps a part that is text, and returns a list of it alone.
func (m *room) leaf(n *part) []*part {
	m.leaves = append(m.leaves, n)
	return m.leaves[len(m.leaves)-1:]
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
