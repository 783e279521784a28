package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// looksLikeMbox tells an mbox by its ending and by its first line. A single mail may begin with a "From " line as well,
// so the ending is asked for.
func looksLikeMbox(r io.Reader, name string) bool {
	start := make([]byte, 5)
	if _, err := io.ReadFull(r, start); err != nil || string(start) != "From " {
		return false
	}
	return strings.ToLower(path.Ext(name)) != ".eml"
}

// splitMbox finds where the mails of an mbox begin: a line "From " at the start or behind an empty line (RFC 4155).
func splitMbox(r io.Reader, file Entry) ([]Entry, error) {
	var all []Entry
	in := bufio.NewReaderSize(r, 64<<10)
	var at int64
	afterBlank, whole := true, true // whole: the last read ended a line
	for {
		line, err := in.ReadSlice('\n')
		if whole && afterBlank && bytes.HasPrefix(line, []byte("From ")) {
			end(all, at)
			e := file
			e.File, e.mbox = fmt.Sprintf("%s#%d", file.File, len(all)+1), true
			e.offset = at + int64(len(line))
			all = append(all, e)
		}
		at += int64(len(line))
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			end(all, at)
			if errors.Is(err, io.EOF) {
				return all, nil
			}
			return all, fmt.Errorf("read %s: %w", file.File, err)
		}
		afterBlank = whole && len(bytes.TrimRight(line, "\r\n")) == 0
		whole = err == nil
	}
}

// end closes the last mail at an offset.
func end(all []Entry, at int64) {
	if n := len(all); n > 0 {
		all[n-1].size = max(0, at-all[n-1].offset)
	}
}

// unquoteFrom takes one '>' from each line that the mbox writer had quoted (mboxrd: '>' before "From ", ">From ", …).
func unquoteFrom(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(">From ")) {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for line := range bytes.Lines(raw) {
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) && line[0] == '>' {
			line = line[1:]
		}
		out = append(out, line...)
	}
	return out
}
