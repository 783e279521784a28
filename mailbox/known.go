package mailbox

import (
	"context"

	"github.com/emersion/go-imap/v2"
)

// known is what a session has learnt of the account's folders, so that the second draft of a burst does not ask for all of it
// again. Somebody else may change the folders meanwhile. So what is known serves for one burst only, and an action that fails
// although it could rely on it is tried once more on a new connection; that is safe, since all of a Writer's actions may be repeated.
type known struct {
	drafts   string          // the Drafts folder, "" before it was looked for
	there    map[string]bool // folders that exist
	open     string          // the folder that is open, with what the server said of it; "" for none
	box      *imap.SelectData
	readOnly bool
	relied   bool // something of this has taken the place of a question
}

// saw notes that a folder exists.
func (k *known) saw(folder string) {
	if k.there == nil {
		k.there = map[string]bool{}
	}
	k.there[folder] = true
}

// has reports whether a folder is known to exist.
func (k *known) has(folder string) bool {
	if k.there[folder] {
		k.relied = true
		return true
	}
	return false
}

// appended notes where the server says that it has put a mail (UIDPLUS, RFC 4315). Where that is not the folder that is open, or
// the server does not say, an open folder may be one that was since removed and made anew: in it the mail would not be found.
func (k *known) appended(at *imap.AppendData) {
	if k.box != nil && at.UIDValidity != k.box.UIDValidity {
		k.open = ""
	}
}

// turnTo opens a folder, or makes the server tell what is new in it where it is open already: what it answers to a search
// need not be newer than what it has told (RFC 9051, 5.2).
func (s *session) turnTo(ctx context.Context, folder string, readOnly bool) (*imap.SelectData, error) {
	if k := &s.known; k.open == folder && (readOnly || !k.readOnly) {
		k.relied = true
		return k.box, s.noop(ctx)
	}
	s.known.open = "" // whatever comes of it
	box, err := s.enter(ctx, folder, &imap.SelectOptions{ReadOnly: readOnly})
	if err == nil {
		s.known.open, s.known.box, s.known.readOnly = folder, box, readOnly
	}
	return box, err
}
