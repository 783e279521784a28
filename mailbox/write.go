package mailbox

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net/textproto"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// mostMatches is how many mails that a search by Message-ID finds are looked at.
const mostMatches = 100

// locate returns the UID of a mail in the folder that is open: the one it had, if the folder's UIDs still mean the same
// and the mail is still there, else that of the newest mail with its Message-ID, else 0.
func (s *session) locate(ctx context.Context, sameUIDs bool, uid uint32, messageID string) (uint32, error) {
	if sameUIDs {
		there, err := s.present(ctx, []uint32{uid})
		if err != nil {
			return 0, err
		}
		if slices.Contains(there, uid) {
			return uid, nil
		}
	}
	found, err := s.byMessageID(ctx, messageID)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[len(found)-1], nil
}

// byMessageID returns the mails in the open folder that have a Message-ID. SEARCH HEADER finds parts of values, and
// some servers' indexes find even less exact matches, so that what it finds is compared.
func (s *session) byMessageID(ctx context.Context, messageID string) ([]uint32, error) {
	if messageID == "" {
		return nil, nil
	}
	found, err := s.search(ctx, &imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: messageID}}})
	if err != nil {
		return nil, err
	}
	uids := found.above(0, mostMatches)
	if len(uids) == 0 {
		return nil, nil
	}
	var exact []uint32
	section := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-ID"}}
	err = s.do(ctx, brief(), func() error {
		cmd := s.client.Fetch(uidSet(uids), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		defer cmd.Close()
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			uid, head, err := s.readMessage(m, smallAnswer, nil)
			if err != nil {
				return err
			}
			if idOf(head) == messageID {
				exact = append(exact, uid)
			}
		}
		return cmd.Close()
	})
	slices.Sort(exact)
	return exact, err
}

// idOf reads the Message-ID, without its brackets, from a header.
func idOf(head []byte) string {
	// What can't be parsed after the field does not matter.
	h, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(head))).ReadMIMEHeader()
	id := strings.TrimSpace(h.Get("Message-Id"))
	return strings.TrimSuffix(strings.TrimPrefix(id, "<"), ">")
}

// holds reports whether a folder has a mail with a Message-ID. That folder is open then.
func (s *session) holds(ctx context.Context, folder, messageID string) (bool, error) {
	if messageID == "" {
		return false, nil
	}
	if _, err := s.turnTo(ctx, folder, true); err != nil {
		return false, err
	}
	found, err := s.byMessageID(ctx, messageID)
	return len(found) > 0, err
}

// ensure creates a folder that is missing, and subscribes to it, since mail programs hide others.
func (s *session) ensure(ctx context.Context, folder string) error {
	there, err := s.exists(ctx, folder)
	if err != nil || there {
		return err
	}
	err = s.do(ctx, brief(), func() error { return s.client.Create(folder, nil).Wait() })
	if r := replyOf(err); r != nil && r.Code == imap.ResponseCodeAlreadyExists {
		return nil
	}
	if err != nil {
		return s.folderFailed(folder, "create the folder", err)
	}
	err = s.do(ctx, brief(), func() error { return s.client.Subscribe(folder).Wait() })
	if replyOf(err) != nil {
		return nil // a server without subscriptions shows all folders
	}
	return err
}

// addKeyword sets a keyword and looks whether it is set: some servers say OK and forget it.
func (s *session) addKeyword(ctx context.Context, uid uint32, keyword string) error {
	set := imap.UIDSetNum(imap.UID(uid))
	err := s.do(ctx, brief(), func() error {
		return s.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.Flag(keyword)}}, nil).Close()
	})
	if err != nil {
		return err
	}
	kept := false
	err = s.do(ctx, brief(), func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, Flags: true})
		defer cmd.Close()
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			for item := m.Next(); item != nil; item = m.Next() {
				if flags, ok := item.(imapclient.FetchItemDataFlags); ok {
					kept = kept || slices.ContainsFunc(flags.Flags, func(f imap.Flag) bool { return strings.EqualFold(string(f), keyword) })
				}
			}
		}
		return cmd.Close()
	})
	if err == nil && !kept {
		err = &Error{Kind: Permanent, Where: s.account.Name, Doing: "set " + keyword, Err: errors.New("the server says OK but does not keep the keyword")}
	}
	return err
}

// move moves a mail from the open folder with MOVE (RFC 6851).
func (s *session) move(ctx context.Context, uid uint32, dest string) error {
	return s.do(ctx, brief(), func() error {
		_, err := s.client.Move(imap.UIDSetNum(imap.UID(uid)), dest).Wait()
		return err
	})
}

// copyAndRemove moves a mail on a server without MOVE, one step after the other: the library's own substitute sends
// all three commands at once, and would remove the mail also when the copy is refused. A mail that an interrupted move
// has copied already is not copied again. UID EXPUNGE (RFC 4315) removes this mail only.
func (s *session) copyAndRemove(ctx context.Context, folder string, uid uint32, dest string, copied bool) error {
	if _, err := s.turnTo(ctx, folder, false); err != nil {
		return err
	}
	set := imap.UIDSetNum(imap.UID(uid))
	if !copied {
		err := s.do(ctx, brief(), func() error {
			_, err := s.client.Copy(set, dest).Wait()
			return err
		})
		if err != nil {
			return err
		}
	}
	err := s.do(ctx, brief(), func() error {
		return s.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close()
	})
	if err != nil {
		return err
	}
	return s.do(ctx, brief(), func() error { return s.client.UIDExpunge(set).Close() })
}

// append sends a mail with APPEND.
func (s *session) append(ctx context.Context, folder string, raw []byte, flags []string) error {
	options := &imap.AppendOptions{}
	for _, f := range flags {
		options.Flags = append(options.Flags, imap.Flag(f))
	}
	return s.do(ctx, upload(int64(len(raw))), func() error {
		cmd := s.client.Append(folder, int64(len(raw)), options)
		_, write := cmd.Write(raw)
		end := cmd.Close()
		data, err := cmd.Wait()
		if err != nil {
			return err // the server's own words, where it refused; the two others only say that it hung up
		}
		s.known.appended(data)
		return errors.Join(write, end)
	})
}
