package note

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	netmail "net/mail"
	"strings"

	"github.com/heedmail/heed/escalation/store"
)

// maxReferences is how many message identifiers a References header carries: the first ones and the last ones, as RFC
// 5322 leaves the middle to be cut.
const maxReferences = 40

// messageID follows from the decision alone: which case, what is told, because of which mail. It consists of letters,
// digits, dots and hyphens only, since some servers and clients mishandle anything else.
func (c *Composer) messageID(kind string, f Facts) string {
	h := sha256.New()
	m := f.Message
	for _, part := range []string{kind, f.Case.Customer, m.MessageID, m.Customer, m.At.UTC().Format("20060102T150405")} {
		fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	sum := hex.EncodeToString(h.Sum(nil))
	return fmt.Sprintf("heed-%d-%s-%s@%s", f.Case.ID, strings.ReplaceAll(kind, "_", "-"), sum[:24], c.domain)
}

// messageIDOf returns a foreign Message-ID if it may stand in a header of ours, else "".
func messageIDOf(id string) string {
	id = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
	if id == "" || len(id) > 250 {
		return ""
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == ',' {
			return ""
		}
	}
	if strings.HasPrefix(id, "=?") { // it would be taken for an encoded word
		return ""
	}
	return id
}

// references are those of an answer to m (RFC 5322, 3.6.4): its references and its own identifier.
func references(m store.Message) []string {
	var ids []string
	for _, id := range append(append([]string{}, m.References...), m.MessageID) {
		if id = messageIDOf(id); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) > maxReferences {
		half := maxReferences / 2
		ids = append(ids[:half:half], ids[len(ids)-half:]...)
	}
	return ids
}

// cutAddress splits an addr-spec at its last @.
func cutAddress(address string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(address, '@')
	if i <= 0 || i == len(address)-1 {
		return "", "", false
	}
	return address[:i], address[i+1:], true
}

// addresses parses what stands in the config or in the state file. What is no address is left out: the outbox refuses
// it as a recipient, with a sentence that says so.
func addresses(list []string) []*netmail.Address {
	var out []*netmail.Address
	for _, s := range list {
		if a, ok := address(s); ok {
			out = append(out, a)
		}
	}
	return out
}

// address parses one address of the form that every server takes: no control characters, no SMTPUTF8.
func address(s string) (*netmail.Address, bool) {
	if len(s) > 320 || clean(s, len(s)+2) != s {
		return nil, false
	}
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return nil, false
	}
	a, _, err = asciiDomain(a)
	if err != nil {
		return nil, false
	}
	return a, true
}
