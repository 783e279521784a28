package message

import (
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/authres"
)

// authentication reads the topmost Authentication-Results (RFC 8601), and reports whether there is one: only that one is
// our own server's, whoever forges a mail can write others below it. It has to stand in the trace, above the fields that
// the author wrote.
func (r *reading) authentication() (verdict Authentication, given bool) {
	for i := range r.header.fields {
		f := &r.header.fields[i]
		switch {
		case f.is("Authentication-Results"):
			value := f.unfold()
			return r.verdict(value[:min(len(value), maxField)]), true
		case slices.ContainsFunc(authorsFields, f.is):
			return AuthUnknown, false
		}
	}
	return AuthUnknown, false
}

// authorsFields are fields that the author of a mail writes; what stands below them may be the author's too.
var authorsFields = []string{"From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type"}

// verdict is that of DMARC, else that a signature is good and of From's domain. Most mail passes DMARC and says nothing to
// the contrary, for which the field need not be taken apart.
func (r *reading) verdict(value string) Authentication {
	words := verdictWords(value)
	if words == AuthPassed && !strings.Contains(strings.ToLower(value), "dmarc=fail") {
		return words
	}
	_, results, err := authres.Parse(value)
	if err != nil {
		return words
	}
	for _, result := range results {
		if dmarc, ok := result.(*authres.DMARCResult); ok {
			switch dmarc.Value {
			case authres.ResultPass:
				return AuthPassed
			case authres.ResultFail:
				return AuthFailed
			}
		}
	}
	for _, result := range results {
		if dkim, ok := result.(*authres.DKIMResult); ok && dkim.Value == authres.ResultPass && r.isAligned(dkim.Domain) {
			return AuthPassed
		}
	}
	return words
}

// isAligned reports whether a signature's domain is that of From (RFC 7489, 3.1.1).
func (r *reading) isAligned(domain string) bool {
	return organisation(strings.ToLower(domain)) == organisation(domainOf(r.m.From.Addr))
}

// verdictWords reads the DMARC verdict wherever it stands in a field, as some servers write it.
func verdictWords(value string) Authentication {
	value = strings.ToLower(value)
	switch {
	case strings.Contains(value, "dmarc=pass"):
		return AuthPassed
	case strings.Contains(value, "dmarc=fail"):
		return AuthFailed
	}
	return AuthUnknown
}
