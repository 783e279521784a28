package outbox

import (
	"context"
	"encoding/base64"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
)

// Originals hands out the customers' mails that were put aside.
type Originals interface {
	// WriteOriginal writes an original, or only so many bytes of it when most is not 0. Its own errors are those of w.
	WriteOriginal(ctx context.Context, o store.Original, most int64, w io.Writer) error
}

// A Letter is the finished bytes of a mail. It is written piece by piece, since a customer's original that goes with it may
// be bigger than what is to be held.
type Letter struct {
	text     func() []byte // all of it, but for an original that was put aside
	slot     store.Slot
	original store.Original // of no bytes where there is none
	missing  bool           // a few lines stand in its place
	from     Originals
}

// notEnclosed stands where the original would, so that nobody looks for what the note says is attached.
const notEnclosed = "Subject: The customer's mail could not be attached\r\n\r\n" +
	"The mail server does not take a mail of its size, or Heed's copy of it was damaged.\r\n" +
	"It is where the summary says: in the mailbox and folder, under the UID.\r\n"

// Letter is the mail as it should go.
func (m Mail) Letter() Letter { return m.letter(func() []byte { return m.Payload }, true) }

// StandIn is the mail for a server that can't take the Letter; false when there is none.
func (m Mail) StandIn() (Letter, bool) {
	switch {
	case m.Fallback != nil:
		return m.letter(func() []byte { return m.Fallback }, false), true
	case m.Enclosed == nil && note.NeedsEightBits(m.Payload): // nearly every server takes these
		return m.letter(sync.OnceValue(func() []byte { return note.InSevenBits(m.Payload) }), false), true
	}
	return m.letter(func() []byte { return nil }, false), false
}

// Forms are the letters to try, the best one first: the mail as it should go, what stands in for it, and at last the note
// without the original, since people have to be told however little a server takes.
func (m Mail) Forms() []Letter {
	forms := []Letter{m.Letter()}
	if standIn, ok := m.StandIn(); ok {
		forms = append(forms, standIn)
	}
	if m.Enclosed != nil && !m.Missing {
		m.Missing = true
		alone := m.Forms()
		forms = append(forms, alone[len(alone)-1])
	}
	return forms
}

func (m Mail) letter(text func() []byte, first bool) Letter {
	l := Letter{text: text, from: m.Originals}
	if e := m.Enclosed; e != nil {
		l.original, l.slot = e.Original, e.Fallback
		if first {
			l.slot = e.Payload
		}
		if l.missing = m.Missing; l.missing {
			l.slot.Most, l.slot.Eight = 0, false
		}
	}
	return l
}

// enclosed is how many bytes of the original go with the letter.
func (l Letter) enclosed() int64 {
	if l.missing {
		return int64(len(notEnclosed))
	}
	if l.slot.Most > 0 {
		return min(l.slot.Most, l.original.Size)
	}
	return l.original.Size
}

// Size is the number of bytes that Write writes.
func (l Letter) Size() int64 {
	n := l.enclosed()
	if l.slot.Base64 && n > 0 {
		lines := (n + base64Line - 1) / base64Line
		n = (n+2)/3*4 + 2*(lines-1)
	}
	return int64(len(l.text())) + n
}

// Eight reports whether a server without 8BITMIME (RFC 6152) can't take it.
func (l Letter) Eight() bool {
	if l.slot.Eight {
		return true
	}
	for _, b := range l.text() {
		if b >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// Write writes the letter. An error leaves it unfinished.
func (l Letter) Write(ctx context.Context, w io.Writer) error {
	text := l.text()
	if l.enclosed() > 0 {
		at := min(max(l.slot.At, 0), len(text))
		if _, err := w.Write(text[:at]); err != nil {
			return err
		}
		if err := l.writeOriginal(ctx, w); err != nil {
			return err
		}
		text = text[at:]
	}
	_, err := w.Write(text)
	return err
}

// writeOriginal writes what goes into the slot, as its part of the mail is encoded.
func (l Letter) writeOriginal(ctx context.Context, w io.Writer) error {
	if !l.slot.Base64 {
		return l.copyOriginal(ctx, w)
	}
	lines := &base64Lines{to: w}
	if err := l.copyOriginal(ctx, lines); err != nil {
		return err
	}
	return lines.close()
}

func (l Letter) copyOriginal(ctx context.Context, w io.Writer) error {
	if l.missing {
		_, err := io.WriteString(w, notEnclosed)
		return err
	}
	return l.from.WriteOriginal(ctx, l.original, l.slot.Most, w)
}

// base64Line is how many bytes fill a line of 76 characters (RFC 2045, 6.8).
const base64Line = 57

// base64Lines encodes what is written to it in lines; the last line has no line end of its own.
type base64Lines struct {
	to   io.Writer
	rest []byte // less than a line, or one line that may be the last
	out  []byte
}

// Write takes the next bytes.
func (b *base64Lines) Write(p []byte) (int, error) {
	n := len(p)
	b.out = b.out[:0]
	for len(p) > 0 {
		if len(b.rest) == base64Line {
			b.out = append(base64.StdEncoding.AppendEncode(b.out, b.rest), '\r', '\n')
			b.rest = b.rest[:0]
		}
		part := p[:min(len(p), base64Line-len(b.rest))]
		b.rest = append(b.rest, part...)
		p = p[len(part):]
	}
	if len(b.out) == 0 {
		return n, nil
	}
	_, err := b.to.Write(b.out)
	return n, err
}

// close writes the last line.
func (b *base64Lines) close() error {
	_, err := b.to.Write(base64.StdEncoding.AppendEncode(nil, b.rest))
	return err
}
