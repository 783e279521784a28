package mailbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

const (
	restingLimit = 2 * time.Minute  // an unused connection is closed after so long
	freshFor     = 15 * time.Second // and checked with a NOOP when it was unused longer than this
)

// A Writer does what Heed may do to a mailbox: set a keyword, move a mail, append a draft or a note. It never touches
// \Seen and deletes nothing. Everything it does may be asked for again, after a crash or a lost answer, without being
// done twice. It has one connection of its own, opened when needed; concurrent callers take turns.
//
// Errors are *Error: Permanent ones need not be tried again.
type Writer struct {
	account Account
	options Options

	turn    chan struct{} // of capacity one: who has put something in has the fields below
	session *session      // nil when not connected
	used    time.Time
	resting *time.Timer
	closed  bool
}

// NewWriter makes a Writer. It fails when the account's settings are wrong, and opens no connection.
func NewWriter(account Account, options Options) (*Writer, error) {
	if err := account.Validate(); err != nil {
		return nil, fmt.Errorf("mailbox %q: %w", account.Name, err)
	}
	return &Writer{account: account.withDefaults(), options: options.withDefaults(), turn: make(chan struct{}, 1)}, nil
}

// Close closes the connection, after the caller whose turn it is. Later calls fail.
func (w *Writer) Close() error {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	w.closed = true
	w.drop()
	return nil
}

// SetKeyword sets a keyword on a mail. When the folder's UIDs have changed their meaning, or the mail is not at its
// UID any more, it is looked for by its Message-ID (without brackets; "" when it has none).
func (w *Writer) SetKeyword(ctx context.Context, folder string, uidValidity, uid uint32, messageID, keyword string) error {
	doing := fmt.Sprintf("set %s on UID %d", keyword, uid)
	if strings.HasPrefix(keyword, `\`) || !isAtom(keyword) {
		return w.refuse(folder, doing, "it is no keyword; use one like $Escalated")
	}
	return w.act(ctx, folder, doing, func(s *session) error {
		box, err := s.turnTo(ctx, folder, false)
		if err != nil {
			return err
		}
		if !allows(box.PermanentFlags, keyword) {
			return w.refuse(folder, doing, "the server does not let keywords be set in this folder; set `on_escalate.keyword` to \"\"")
		}
		at, err := s.locate(ctx, box.UIDValidity == uidValidity, uid, messageID)
		if err != nil {
			return err
		}
		if at == 0 {
			return w.refuse(folder, doing, "the mail is no longer in the folder")
		}
		return s.addKeyword(ctx, at, keyword)
	})
}

// Move moves a mail to another folder, which is created when it is missing.
func (w *Writer) Move(ctx context.Context, folder string, uidValidity, uid uint32, messageID, dest string) error {
	if sameFolder(folder, dest) {
		return nil
	}
	doing := fmt.Sprintf("move UID %d to %q", uid, dest)
	return w.act(ctx, folder, doing, func(s *session) error {
		if !s.caps.Has(imap.CapMove) && !s.caps.Has(imap.CapUIDPlus) {
			return w.refuse(folder, doing, "the server has neither MOVE nor UIDPLUS, without which others' mail could be lost; set `on_escalate.move_to` to \"\"")
		}
		if err := s.ensure(ctx, dest); err != nil {
			return err
		}
		box, err := s.turnTo(ctx, folder, false)
		if err != nil {
			return err
		}
		at, err := s.locate(ctx, box.UIDValidity == uidValidity, uid, messageID)
		if err != nil {
			return err
		}
		if at != 0 && s.caps.Has(imap.CapMove) {
			return s.move(ctx, at, dest)
		}
		arrived, err := s.holds(ctx, dest, messageID)
		if err != nil {
			return err
		}
		switch {
		case at != 0:
			return s.copyAndRemove(ctx, folder, at, dest, arrived)
		case !arrived:
			return w.refuse(folder, doing, "the mail is in neither of the two folders any more")
		}
		return nil
	})
}

// Append puts a mail into a folder, unless one with that Message-ID (without brackets) is there already. A folder that is
// missing is created, unless it is a watched one. The flags may not hold \Seen or \Deleted.
func (w *Writer) Append(ctx context.Context, folder, messageID string, raw []byte, flags ...string) error {
	return w.append(ctx, messageID, raw, flags, func(s *session) (string, error) { return folder, w.spare(ctx, s, folder) }, folder)
}

// spare fails when a folder is watched and not there. It has been renamed or removed, by somebody who meant it: were it
// made anew, the watcher would find it, empty, and nobody would notice that the mailbox is not read any more.
func (w *Writer) spare(ctx context.Context, s *session, folder string) error {
	if !slices.ContainsFunc(w.account.inbound(), func(f string) bool { return sameFolder(f, folder) }) {
		return nil
	}
	there, err := s.exists(ctx, folder)
	if err == nil && !there {
		err = &Error{Kind: Config, Where: w.account.Name + "/" + folder, Doing: "append to the folder",
			Advice: "give the folder its name back, or correct `folders`", Err: errors.New("the watched folder is not there")}
	}
	return err
}

// AppendDraft puts a mail into the Drafts folder, marked \Draft, unless it is there already.
func (w *Writer) AppendDraft(ctx context.Context, messageID string, raw []byte) error {
	flags := []string{string(imap.FlagDraft)}
	return w.append(ctx, messageID, raw, flags, func(s *session) (string, error) { return s.drafts(ctx) }, "Drafts")
}

// append is Append and AppendDraft.
func (w *Writer) append(ctx context.Context, messageID string, raw []byte, flags []string, find func(*session) (string, error), label string) error {
	doing := fmt.Sprintf("append %q", messageID)
	switch {
	case messageID == "":
		return w.refuse(label, doing, "it has no Message-ID, by which it would be known again")
	case slices.Contains(raw, 0):
		return w.refuse(label, doing, "it holds a NUL byte, which IMAP can't carry")
	case slices.ContainsFunc(flags, forbidden):
		return w.refuse(label, doing, `\Seen and \Deleted are never set`)
	}
	return w.act(ctx, label, doing, func(s *session) error {
		folder, err := find(s)
		if err != nil {
			return err
		}
		if err := s.ensure(ctx, folder); err != nil { // a server that refuses APPEND makes the library hang up
			return err
		}
		there, err := s.holds(ctx, folder, messageID)
		if err != nil || there {
			return err
		}
		return s.append(ctx, folder, raw, flags)
	})
}

// forbidden reports whether a flag is one that Heed never sets.
func forbidden(flag string) bool {
	return strings.EqualFold(flag, string(imap.FlagSeen)) || strings.EqualFold(flag, string(imap.FlagDeleted))
}

// isAtom reports whether a string can be sent as an atom (RFC 9051, 9).
func isAtom(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\]`, r)
	})
}

// allows reports whether a keyword can be set for good (RFC 9051, 7.1: PERMANENTFLAGS). A server that says nothing
// may be tried.
func allows(permanent []imap.Flag, keyword string) bool {
	return permanent == nil || slices.ContainsFunc(permanent, func(f imap.Flag) bool {
		return f == imap.FlagWildcard || strings.EqualFold(string(f), keyword)
	})
}

// refuse makes a Permanent error.
func (w *Writer) refuse(folder, doing, why string) error {
	return &Error{Kind: Permanent, Where: w.account.Name + "/" + folder, Doing: doing, Err: errors.New(why)}
}

// act runs an action on the connection when it is the caller's turn. A connection that was kept may have died
// unnoticed, or what it knows of the folders may have become wrong: then the action is tried once more on a new one, which is safe
// since all actions are idempotent.
func (w *Writer) act(ctx context.Context, folder, doing string, action func(*session) error) error {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-w.turn }()
	if w.closed {
		return w.refuse(folder, doing, "the mailbox's writer is closed")
	}
	kept := w.session != nil
	err := w.once(ctx, action)
	if err != nil && kept && (w.session == nil || w.session.known.relied) && ctx.Err() == nil {
		w.drop()
		err = w.once(ctx, action)
	}
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{Kind: commandKind(err), Where: w.account.Name + "/" + folder, Doing: doing, Err: err}
}

// once runs an action on a live connection and keeps the connection if it is still good afterwards.
func (w *Writer) once(ctx context.Context, action func(*session) error) error {
	if err := w.ready(ctx); err != nil {
		return err
	}
	w.session.known.relied = false
	err := action(w.session)
	if err != nil && w.session.dead() {
		w.drop()
		return err
	}
	w.used = w.options.Now()
	w.rest()
	return err
}

// ready makes sure that there is a connection, and that one which was unused for a while still lives; what was known is old then.
func (w *Writer) ready(ctx context.Context) error {
	if w.resting != nil {
		w.resting.Stop()
	}
	if w.session != nil && w.options.Now().Sub(w.used) > freshFor {
		w.session.known = known{}
		if w.session.noop(ctx) != nil {
			w.drop()
		}
	}
	if w.session != nil {
		return nil
	}
	s, err := connect(ctx, w.account, w.options.Dial, func() {})
	w.session = s
	return err
}

// rest has the connection closed if nobody uses it for a while.
func (w *Writer) rest() {
	if w.resting != nil {
		w.resting.Reset(restingLimit)
		return
	}
	w.resting = time.AfterFunc(restingLimit, func() {
		select {
		case w.turn <- struct{}{}:
			defer func() { <-w.turn }()
			if w.options.Now().Sub(w.used) >= restingLimit {
				w.drop()
			}
		default: // somebody has the turn, and will set the timer anew
		}
	})
}

// drop closes the connection.
func (w *Writer) drop() {
	if w.resting != nil {
		w.resting.Stop()
	}
	if w.session != nil {
		w.session.close()
		w.session = nil
	}
}
