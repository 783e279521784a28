package message

import (
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/authres"
)

// authentication reads the topmost Authentication-Results (RFC 8601) that may be our own server's, and reports whether there
// is any: whoever forges a mail can write others below ours. It has to stand in the trace, above the fields that the author
// wrote, and bear our server's name where that is known. A field of somebody else proves nothing, but it is one: where ours is
// missing above it, the mail did not come the usual way, or the name is not what the server calls itself.
func (r *reading) authentication() (verdict Authentication, given bool) {
	for i := range r.header.fields {
		f := &r.header.fields[i]
		switch {
		case f.is("Authentication-Results"):
			given = true
			value := r.header.unfold(f)
			value = strings.ReplaceAll(ours(value[:min(len(value), maxField)]), "\t", " ")
			if r.isByOurServer(value) {
				return r.verdict(value), true
			}
		case slices.ContainsFunc(authorsFields, f.is):
			return AuthUnknown, given
		}
	}
	return AuthUnknown, given
}

// isByOurServer reports whether the field bears a name of our mail server, the authserv-id (RFC 8601, 2.5), which a version
// may follow. Where none is known the topmost field is taken for ours.
func (r *reading) isByOurServer(value string) bool {
	if len(r.in.AuthservIDs) == 0 {
		return true
	}
	name, _, _ := strings.Cut(value, ";")
	name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
	return slices.ContainsFunc(r.in.AuthservIDs, func(id string) bool { return strings.EqualFold(id, name) })
}

// authorsFields are fields that the author of a mail writes; what stands below them may be the author's too.
var authorsFields = []string{"From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type"}

// verdict is that of DMARC, else that a signature is good and of From's domain, in a field without what may be the sender's own
// words. Most mail passes DMARC, for which the field need not be taken apart.
func (r *reading) verdict(value string) Authentication {
	if verdict := verdictOfDMARC(value); verdict != AuthUnknown {
		return verdict
	}
	_, results, err := authres.Parse(value)
	if err != nil {
		return AuthUnknown
	}
	for _, result := range results {
		if dkim, ok := result.(*authres.DKIMResult); ok && dkim.Value == authres.ResultPass && r.isAligned(dkim.Domain) {
			return AuthPassed
		}
	}
	return AuthUnknown
}

// ours leaves out of the field what may be the sender's own words: comments and quoted strings (RFC 8601, 2.2). A server
// writes the address of the envelope into the field, and its local part may be quoted and hold anything, such as
// "; dmarc=pass". What is opened and never closed goes to the end.
func ours(value string) string {
	if !strings.ContainsAny(value, `("`) {
		return value
	}
	var out strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && (quoted || depth > 0):
			i++
		case quoted:
			quoted = c != '"'
		case c == '"' && depth == 0:
			quoted = true
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// verdictOfDMARC is what the results of DMARC agree on. There is one; where there are more, somebody else may have written
// them, as a name in HELO that holds a semicolon, and one that failed is believed first. Some servers leave out their own name,
// before which no result stands else.
func verdictOfDMARC(value string) Authentication {
	passed, undecided := false, false
	for result := range strings.SplitSeq(value, ";") {
		const dmarc = "dmarc="
		if result = strings.TrimSpace(result); !beginsWith(result, dmarc) {
			continue
		}
		verdict, _, _ := strings.Cut(strings.ToLower(result[len(dmarc):]), " ")
		switch verdict {
		case "fail":
			return AuthFailed
		case "pass":
			passed = true
		default:
			undecided = true
		}
	}
	if passed && !undecided {
		return AuthPassed
	}
	return AuthUnknown
}

// isAligned reports whether a signature's domain is that of From (RFC 7489, 3.1.1).
func (r *reading) isAligned(domain string) bool {
	return organisation(strings.ToLower(domain)) == organisation(domainOf(r.m.From.Addr))
}
