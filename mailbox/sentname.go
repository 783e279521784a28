package mailbox

import (
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// IsSentName reports whether a folder's name is one that mail programs usually give to the Sent folder. It is for stored
// mail, where no server can be asked.
func IsSentName(folder string) bool {
	leaf := folder[strings.LastIndexAny(folder, "/.")+1:]
	return slices.Contains(usualNames(imap.MailboxAttrSent), strings.ToLower(leaf))
}
