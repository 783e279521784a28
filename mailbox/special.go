package mailbox

import (
	"context"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// usualNames are what mail programs call a folder of special use where the server marks none (RFC 6154), in lower
// case, the most telling first.
func usualNames(use imap.MailboxAttr) []string {
	switch use {
	case imap.MailboxAttrSent:
		return []string{
			"sent", "sent items", "sent messages", "sent mail",
			"gesendet", "gesendete elemente", "gesendete objekte", "gesendete nachrichten",
			"envoyés", "éléments envoyés", "messages envoyés", "objets envoyés",
			"enviados", "elementos enviados", "mensajes enviados", "correo enviado", "itens enviados", "mensagens enviadas",
			"inviati", "posta inviata", "messaggi inviati", "elementi inviati",
			"verzonden", "verzonden items", "verzonden objecten", "verzonden berichten",
			"wysłane", "elementy wysłane", "skickat", "skickade", "skickade objekt", "sendt", "sendte elementer",
			"sendt post", "lähetetyt", "已发送", "已发送邮件", "已寄出", "寄件備份", "送信済み", "送信済みメール", "보낸편지함",
			"отправленные",
		}
	case imap.MailboxAttrDrafts:
		return []string{
			"drafts", "draft", "entwürfe", "entwurf", "brouillons", "borradores", "rascunhos", "bozze", "concepten",
			"kopie robocze", "szkice", "wersje robocze", "utkast", "kladder", "luonnokset",
			"草稿", "草稿箱", "草稿匣", "下書き", "임시보관함", "черновики",
		}
	}
	return nil
}

// listed is a folder as LIST shows it.
type listed struct {
	name  string
	delim rune
	attrs []imap.MailboxAttr
}

// selectable reports whether there can be mail in it.
func (l listed) selectable() bool {
	return !l.is(imap.MailboxAttrNoSelect) && !l.is(imap.MailboxAttrNonExistent)
}

// is reports whether the server gives the folder an attribute.
func (l listed) is(attr imap.MailboxAttr) bool {
	return slices.ContainsFunc(l.attrs, func(a imap.MailboxAttr) bool { return strings.EqualFold(string(a), string(attr)) })
}

// leaf is the last part of the name: "Sent" of "INBOX.Sent".
func (l listed) leaf() string {
	if l.delim == 0 {
		return l.name
	}
	return l.name[strings.LastIndex(l.name, string(l.delim))+1:]
}

// list returns the folders that match a pattern.
func (s *session) list(ctx context.Context, pattern string) ([]listed, error) {
	var options *imap.ListOptions
	if s.caps.Has(imap.CapSpecialUse) && s.caps.Has(imap.CapListExtended) {
		options = &imap.ListOptions{ReturnSpecialUse: true} // others mark them in a plain LIST, or not at all
	}
	var folders []listed
	err := s.do(ctx, listing(), func() error {
		cmd := s.client.List("", pattern, options)
		defer cmd.Close()
		for d := cmd.Next(); d != nil; d = cmd.Next() {
			folders = append(folders, listed{name: d.Mailbox, delim: d.Delim, attrs: d.Attrs})
		}
		return cmd.Close()
	})
	return folders, err
}

// special returns the folder for a special use: the one that the server marks, else one with a usual name, else "".
func (s *session) special(ctx context.Context, use imap.MailboxAttr) (string, error) {
	folders, err := s.listAll(ctx)
	return pickSpecial(folders, use), err
}

// listAll returns all folders.
func (s *session) listAll(ctx context.Context) ([]listed, error) {
	folders, err := s.list(ctx, "*")
	if err != nil {
		return nil, s.fail(commandKind(err), "list the folders", "", err)
	}
	return folders, nil
}

// drafts returns the Drafts folder, or the name to create it under.
func (s *session) drafts(ctx context.Context) (string, error) {
	if s.account.Drafts != "" {
		return s.account.Drafts, nil
	}
	if name := s.known.drafts; name != "" && s.known.has(name) {
		return name, nil
	}
	folders, err := s.listAll(ctx)
	if err != nil {
		return "", err
	}
	name := pickSpecial(folders, imap.MailboxAttrDrafts)
	if name != "" {
		s.known.saw(name)
	} else {
		name = beside(folders, "Drafts")
	}
	s.known.drafts = name
	return name, nil
}

// beside returns the name of a new folder. On some servers all folders lie below INBOX, and none can be made elsewhere.
func beside(folders []listed, name string) string {
	below := ""
	for _, f := range folders {
		if sameFolder(f.name, "INBOX") {
			continue
		}
		prefix := "INBOX" + string(f.delim)
		if f.delim == 0 || len(f.name) <= len(prefix) || !strings.EqualFold(f.name[:len(prefix)], prefix) {
			return name
		}
		below = f.name[:len(prefix)]
	}
	return below + name
}

// pickSpecial chooses among the folders. Of several with usual names the more telling name wins, then the less deep one.
func pickSpecial(folders []listed, use imap.MailboxAttr) string {
	best, bestRank := "", -1
	names := usualNames(use)
	for _, f := range folders {
		if !f.selectable() {
			continue
		}
		if f.is(use) {
			return f.name
		}
		rank := slices.Index(names, strings.ToLower(f.leaf()))
		if rank < 0 {
			continue
		}
		if bestRank < 0 || rank < bestRank || rank == bestRank && len(f.name) < len(best) {
			best, bestRank = f.name, rank
		}
	}
	return best
}

// exists reports whether there is a folder of that name that can hold mail.
func (s *session) exists(ctx context.Context, folder string) (bool, error) {
	if strings.ContainsAny(folder, "*%") { // would match others
		return true, nil
	}
	if s.known.has(folder) {
		return true, nil
	}
	found, err := s.list(ctx, folder)
	if !slices.ContainsFunc(found, func(l listed) bool { return sameFolder(l.name, folder) && l.selectable() }) {
		return false, err
	}
	s.known.saw(folder)
	return true, err
}
