package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// maxFound is how many UIDs one search hands on; the rest is found by the next one.
const maxFound = 50_000

// errShort means that a body ended before its announced length. The library alone would not say so: when the peer
// closes in the middle, it hands out what came as if it were all.
var errShort = errors.New("the connection ended in the middle of a mail")

// An outline is what is known of a mail before its body is fetched.
type outline struct {
	uid, seq uint32
	size     int64
	date     time.Time
	texts    bool // only its texts were fetched
	keywords []string
}

// A portion says how much of a mail is fetched.
type portion int

// The portions, from the whole to what even a broken server can give.
const (
	whole  portion = iota
	start          // the first MaxPart bytes
	header         // the header only
	nothing
)

// limit is the most bytes that a portion may have.
func (p portion) limit() int64 {
	if p == whole {
		return MaxMail
	}
	return MaxPart
}

// section is the portion as FETCH asks for it. Peek always: a fetch must not set \Seen.
func (p portion) section() *imap.FetchItemBodySection {
	s := &imap.FetchItemBodySection{Peek: true}
	if p == header {
		s.Specifier = imap.PartSpecifierHeader
	}
	if p != whole {
		s.Partial = &imap.SectionPartial{Offset: 0, Size: MaxPart}
	}
	return s
}

// uidSet makes a set of UIDs, which come in rising order.
func uidSet(uids []uint32) imap.UIDSet {
	var set imap.UIDSet
	for _, u := range uids {
		set.AddNum(imap.UID(u))
	}
	return set
}

// above returns the lowest UIDs above one, at most maxFound of them, in rising order. "UID n:*" finds the last mail
// even when its UID is lower (RFC 9051, 6.4.9), so that lower ones are dropped.
func (s *session) above(ctx context.Context, uid uint32) ([]uint32, error) {
	if uid == ^uint32(0) {
		return nil, nil
	}
	var set imap.UIDSet
	set.AddRange(imap.UID(uid+1), 0)
	found, err := s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{set}})
	if err != nil {
		return nil, err
	}
	return found.above(uid, maxFound), nil
}

// present returns those of the UIDs that the folder still holds.
func (s *session) present(ctx context.Context, uids []uint32) ([]uint32, error) {
	found, err := s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{uidSet(uids)}})
	if err != nil {
		return nil, err
	}
	return found.above(0, maxFound), nil
}

// errNotUIDs means that a server has found mails, but names them in another way than was asked for.
var errNotUIDs = errors.New("the server answered a search for UIDs with other numbers")

// search runs UID SEARCH. A server with ESEARCH (RFC 4731) answers with ranges, which are shorter than a list of each UID by as
// much as the folder is long. One that offers it and does not understand it is asked for lists from then on.
func (s *session) search(ctx context.Context, criteria *imap.SearchCriteria) (foundUIDs, error) {
	if s.caps.Has(imap.CapESearch) && !s.listsOnly {
		found, err := s.searchWith(ctx, criteria, &imap.SearchOptions{ReturnAll: true})
		if s.listsOnly = replyOf(err) != nil || errors.Is(err, errNotUIDs); !s.listsOnly {
			return found, err
		}
	}
	return s.searchWith(ctx, criteria, nil)
}

func (s *session) searchWith(ctx context.Context, criteria *imap.SearchCriteria, options *imap.SearchOptions) (foundUIDs, error) {
	var data *imap.SearchData
	err := s.do(ctx, listing(), func() (err error) {
		data, err = s.client.UIDSearch(criteria, options).Wait()
		return err
	})
	if err != nil || data.All == nil { // no set at all is nothing found
		return nil, err
	}
	set, ok := data.All.(imap.UIDSet)
	if !ok {
		return nil, errNotUIDs
	}
	return foundUIDs(set), nil
}

// foundUIDs is the answer to a search: sorted ranges, which are never expanded as a whole, since they may be anything.
type foundUIDs imap.UIDSet

// above lists the first n UIDs above one.
func (f foundUIDs) above(uid uint32, n int) []uint32 {
	var uids []uint32
	for _, r := range f {
		for u := max(uint64(r.Start), uint64(uid)+1); u <= uint64(r.Stop); u++ {
			if len(uids) == n {
				return uids
			}
			uids = append(uids, uint32(u))
		}
	}
	return uids
}

// outlines asks for size and arrival of mails. Mails that are gone are not in the answer. Without dates it asks for
// the sizes only, for servers with an INTERNALDATE that the library can't read.
func (s *session) outlines(ctx context.Context, uids []uint32, dates bool) (map[uint32]outline, error) {
	known := make(map[uint32]outline, len(uids))
	err := s.do(ctx, brief(), func() error {
		cmd := s.client.Fetch(uidSet(uids), &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: dates, Flags: uids[0] <= s.old})
		defer cmd.Close()
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			o, sized := outline{seq: m.SeqNum}, false
			for item := m.Next(); item != nil; item = m.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					o.uid = uint32(item.UID)
				case imapclient.FetchItemDataRFC822Size:
					o.size, sized = max(item.Size, 0), true
				case imapclient.FetchItemDataInternalDate:
					o.date = item.Time
				case imapclient.FetchItemDataFlags:
					o.keywords = keywords(item.Flags)
				}
			}
			if sized { // else it was a change of flags that the server pushed
				known[o.uid] = o
			}
		}
		return cmd.Close()
	})
	return known, err
}

// keywords are the flags that are no system flags.
func keywords(flags []imap.Flag) []string {
	var words []string
	for _, f := range flags {
		if !strings.HasPrefix(string(f), `\`) {
			words = append(words, string(f))
		}
	}
	return words
}

// bodies fetches mails in one command: with several in flight the library deadlocks. It returns what came, which may
// lack some; after an error nothing counts.
func (s *session) bodies(ctx context.Context, mails []outline, p portion, into *tray) (map[uint32][]byte, error) {
	uids := make([]uint32, len(mails))
	for i, m := range mails {
		uids[i] = m.uid
	}
	return s.fetch(ctx, uidSet(uids), mails, p, into)
}

// bodyBySeq fetches one mail by its sequence number. The library hands out what a server answers to a UID FETCH only
// when the UID comes before the body; some send it after. By sequence number the order does not matter, and the UID
// in the answer tells whether it is still the mail that we mean.
func (s *session) bodyBySeq(ctx context.Context, mail outline, p portion) ([]byte, error) {
	if mail.seq == 0 {
		return nil, nil
	}
	got, err := s.fetch(ctx, imap.SeqSetNum(mail.seq), []outline{mail}, p, nil)
	return got[mail.uid], err
}

// fetch runs one FETCH of bodies.
func (s *session) fetch(ctx context.Context, set imap.NumSet, mails []outline, p portion, into *tray) (map[uint32][]byte, error) {
	var size int64
	for _, m := range mails {
		size += min(m.size, p.limit())
	}
	got := make(map[uint32][]byte, len(mails))
	err := s.do(ctx, download(size), func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{p.section()}})
		defer cmd.Close() // without it every later command waits for ever
		room := size + MaxMail
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			uid, raw, err := s.readMessage(m, min(p.limit(), room), into)
			if err != nil {
				return err
			}
			if room -= int64(len(raw)); raw != nil {
				got[uid] = raw
			}
		}
		return cmd.Close()
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// errOther means that a server handed out another mail than was asked for.
var errOther = errors.New("the server handed out another mail than was asked for")

// copyWhole writes one mail as it comes and returns how many bytes there were; none when the server does not hand it out.
// After an error what was written is worth nothing. bySeq is as in bodyBySeq.
func (s *session) copyWhole(ctx context.Context, mail outline, bySeq bool, w io.Writer) (n int64, err error) {
	var set imap.NumSet = uidSet([]uint32{mail.uid})
	if bySeq {
		if mail.seq == 0 {
			return 0, nil
		}
		set = imap.SeqSetNum(mail.seq)
	}
	err = s.do(ctx, download(min(mail.size, MaxMail)), func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{whole.section()}})
		defer cmd.Close()
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			uid, copied, err := s.copyMessage(m, w)
			if err == nil && copied > 0 && (uid != mail.uid || n > 0) {
				err = errOther
			}
			if err != nil {
				return err
			}
			n += copied
		}
		return cmd.Close()
	})
	return n, err
}

// copyMessage writes the body in one message's data.
func (s *session) copyMessage(m *imapclient.FetchMessageData, w io.Writer) (uid uint32, n int64, err error) {
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = uint32(item.UID)
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil || n > 0 {
				continue
			}
			if n, err = s.copyLiteral(item.Literal, w); err != nil {
				return 0, 0, err
			}
		}
	}
	return uid, n, nil
}

// copyLiteral writes a body that is complete, or ends the connection.
func (s *session) copyLiteral(lit imap.LiteralReader, w io.Writer) (int64, error) {
	if lit.Size() > MaxMail {
		return 0, s.refuse(lit, MaxMail)
	}
	to := &receiver{w: w}
	n, err := io.Copy(to, lit)
	switch {
	case to.failed != nil:
		s.abandon(lit, to.failed)
		return 0, to.failed
	case err != nil || n < lit.Size():
		s.wire.cut(errShort)
		s.awaitReader()
		return 0, errShort
	}
	return n, nil
}

// readMessage reads one message's data, in whatever order it comes. A body of NIL is none.
func (s *session) readMessage(m *imapclient.FetchMessageData, limit int64, into *tray) (uid uint32, raw []byte, err error) {
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = uint32(item.UID)
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil || raw != nil {
				continue
			}
			if raw, err = s.readLiteral(item.Literal, limit, into); err != nil {
				return 0, nil, err
			}
		}
	}
	return uid, raw, nil
}

// readLiteral takes a body that is complete, or ends the connection. The library's reader goroutine must be gone
// before anything of a broken message is touched again: both would read from the same buffer.
func (s *session) readLiteral(lit imap.LiteralReader, limit int64, into *tray) ([]byte, error) {
	if lit.Size() > limit {
		return nil, s.refuse(lit, limit)
	}
	raw := into.take(lit.Size())
	if _, err := io.ReadFull(lit, raw); err != nil {
		s.wire.cut(errShort)
		s.awaitReader()
		return nil, errShort
	}
	return raw, nil
}

// refuse ends the connection of a server that sends more than it may.
func (s *session) refuse(lit imap.LiteralReader, limit int64) error {
	err := fmt.Errorf("%w: a mail of %d bytes where at most %d can be", errTooMuch, lit.Size(), limit)
	s.abandon(lit, err)
	return err
}

// abandon ends the connection in the middle of a body.
func (s *session) abandon(lit imap.LiteralReader, cause error) {
	s.wire.cut(cause)
	_, _ = io.Copy(io.Discard, lit) // frees the reader goroutine, which waits for the end of the literal
	s.awaitReader()
}

// awaitReader waits until the library's reader goroutine has seen that the connection is closed. It has a limit for
// the one case where the reader waits for us instead: a message with dozens of items behind its body.
func (s *session) awaitReader() {
	limit := time.NewTimer(time.Second)
	defer limit.Stop()
	select {
	case <-s.client.Closed():
	case <-limit.C:
	}
}
