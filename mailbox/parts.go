package mailbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// MaxSmall is the size up to which a mail is fetched as it stands. Of a bigger one only what people wrote is fetched:
// its header and its text parts. The files that hang on it stay where they are, until the mail is forwarded.
const MaxSmall = 64 << 10

const (
	mostTexts  = 10 // text parts of one mail; one with more is fetched whole
	mostLevels = 20 // multiparts within multiparts; likewise
)

// A pick is a text in a mail's structure: its place, and what the server says of it.
type pick struct {
	path []int // as IMAP numbers parts (RFC 9051, 6.4.5)
	part *imap.BodyStructureSinglePart
}

// texts fetches a mail's header and its text parts, and puts them together as the mail would be if its files were empty:
// the same structure, with the same parts at the same places. It returns nil for a mail that can't be had so, since its
// structure is not what it should be.
func (s *session) texts(ctx context.Context, o outline) ([]byte, error) {
	root, err := s.structure(ctx, o.uid)
	if err != nil || root == nil {
		return nil, err
	}
	picks, ok := pickTexts(root, nil, nil)
	if !ok {
		return nil, nil
	}
	multi, isMulti := root.(*imap.BodyStructureMultiPart)
	got, err := s.sections(ctx, o.uid, picks, isMulti)
	if err != nil || got["HEADER"] == nil {
		return nil, err
	}
	if !isMulti {
		return append(got["HEADER"], got["1"]...), nil
	}
	a := assembly{got: got, out: got["HEADER"]}
	if a.multipart(multi, nil); a.failed {
		return nil, nil
	}
	return a.out, nil
}

// structure asks for a mail's BODYSTRUCTURE; nil when the mail is gone.
func (s *session) structure(ctx context.Context, uid uint32) (imap.BodyStructure, error) {
	var found imap.BodyStructure
	err := s.do(ctx, brief(), func() error {
		cmd := s.client.Fetch(uidSet([]uint32{uid}), &imap.FetchOptions{UID: true, BodyStructure: &imap.FetchItemBodyStructure{Extended: true}})
		defer cmd.Close()
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			for item := m.Next(); item != nil; item = m.Next() {
				if b, ok := item.(imapclient.FetchItemDataBodyStructure); ok {
					found = b.BodyStructure
				}
			}
		}
		return cmd.Close()
	})
	return found, err
}

// pickTexts adds the texts below a node. It reports false for a structure that is beyond the bounds.
func pickTexts(node imap.BodyStructure, path []int, picks []pick) ([]pick, bool) {
	if len(path) > mostLevels {
		return nil, false
	}
	switch node := node.(type) {
	case *imap.BodyStructureSinglePart:
		if len(path) == 0 {
			path = []int{1} // a mail without parts is its own first one
		}
		if isText(node) {
			picks = append(picks, pick{path: path, part: node})
		}
	case *imap.BodyStructureMultiPart:
		for i, child := range node.Children {
			var ok bool
			if picks, ok = pickTexts(child, below(path, i), picks); !ok {
				return nil, false
			}
		}
	}
	return picks, len(picks) <= mostTexts
}

// below is the place of a node's child, the first being number 0.
func below(path []int, child int) []int { return append(path[:len(path):len(path)], child+1) }

// isText reports whether a part is to be read: text that is no attached file, and what mail servers report in.
func isText(p *imap.BodyStructureSinglePart) bool {
	switch media := p.MediaType(); {
	case strings.HasPrefix(media, "text/"):
	case strings.HasPrefix(media, "message/") && media != "message/rfc822" && media != "message/global" && media != "message/partial":
	default:
		return false
	}
	d := p.Disposition()
	return d == nil || !strings.EqualFold(d.Value, "attachment")
}

// sections fetches the header and the texts of one mail in one command. The answers are known by their names: "HEADER",
// "1.2", "1.2.MIME".
func (s *session) sections(ctx context.Context, uid uint32, picks []pick, withMIME bool) (map[string][]byte, error) {
	ask := []*imap.FetchItemBodySection{{Peek: true, Specifier: imap.PartSpecifierHeader, Partial: &imap.SectionPartial{Size: MaxPart}}}
	size := int64(MaxPart)
	for _, p := range picks {
		size += min(int64(p.part.Size), MaxPart) + MaxSmall
		ask = append(ask, &imap.FetchItemBodySection{Peek: true, Part: p.path, Partial: &imap.SectionPartial{Size: MaxPart}})
		if withMIME {
			ask = append(ask, &imap.FetchItemBodySection{Peek: true, Part: p.path, Specifier: imap.PartSpecifierMIME, Partial: &imap.SectionPartial{Size: MaxSmall}})
		}
	}
	got := make(map[string][]byte, len(ask))
	err := s.do(ctx, download(size), func() error {
		cmd := s.client.Fetch(uidSet([]uint32{uid}), &imap.FetchOptions{UID: true, BodySection: ask})
		defer cmd.Close()
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			for item := m.Next(); item != nil; item = m.Next() {
				b, ok := item.(imapclient.FetchItemDataBodySection)
				if !ok || b.Literal == nil {
					continue
				}
				body, err := s.readLiteral(b.Literal, MaxPart, nil)
				if err != nil {
					return err
				}
				got[sectionName(b.Section.Part, b.Section.Specifier)] = body
			}
		}
		return cmd.Close()
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// sectionName writes a section as IMAP does.
func sectionName(path []int, specifier imap.PartSpecifier) string {
	name := strings.Trim(strings.ReplaceAll(fmt.Sprint(path), " ", "."), "[]")
	if name != "" && specifier != "" {
		name += "."
	}
	return name + string(specifier)
}

// An assembly puts a mail together again from what was fetched of it.
type assembly struct {
	got    map[string][]byte
	out    []byte
	failed bool // something is missing, or a boundary is none
}

// multipart writes the parts of a multipart between its boundaries.
func (a *assembly) multipart(m *imap.BodyStructureMultiPart, path []int) {
	boundary := ""
	if m.Extended != nil {
		boundary = m.Extended.Params["boundary"]
	}
	if boundary == "" || strings.ContainsAny(boundary, "\r\n\"\\\x00") {
		a.failed = true
		return
	}
	for i, child := range m.Children {
		a.write("\r\n--" + boundary + "\r\n")
		at := below(path, i)
		switch child := child.(type) {
		case *imap.BodyStructureMultiPart:
			inner := ""
			if child.Extended != nil {
				inner = child.Extended.Params["boundary"]
			}
			a.write(fmt.Sprintf("Content-Type: multipart/%s; boundary=\"%s\"\r\n\r\n", token(child.Subtype), inner))
			a.multipart(child, at)
		case *imap.BodyStructureSinglePart:
			a.leaf(child, at)
		}
	}
	a.write("\r\n--" + boundary + "--\r\n")
}

// leaf writes one part: a text as it stands, a file with its kind only.
func (a *assembly) leaf(p *imap.BodyStructureSinglePart, path []int) {
	if !isText(p) {
		a.write(fmt.Sprintf("Content-Type: %s/%s\r\nContent-Disposition: attachment\r\n\r\n", token(p.Type), token(p.Subtype)))
		return
	}
	head, body := a.got[sectionName(path, imap.PartSpecifierMIME)], a.got[sectionName(path, "")]
	if head == nil || body == nil && p.Size > 0 {
		a.failed = true
		return
	}
	a.out = append(a.out, head...)
	a.out = append(a.out, body...)
}

func (a *assembly) write(s string) { a.out = append(a.out, s...) }

// token makes of what a server says of a part's kind something that can stand in a header.
func token(s string) string {
	if s == "" || !isAtom(s) || strings.ContainsAny(s, `/;:,<>@()[]?="`) {
		return "octet-stream"
	}
	return s
}
