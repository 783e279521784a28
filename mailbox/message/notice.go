package message

import (
	"regexp"
	"slices"
	"strings"
)

// maxNoticeText bounds how much of a platform's mail is searched for what it says.
const maxNoticeText = 16 << 10

// readNotice reads a platform's report about a dispute, and reports false for all other mail. A new dispute is inbound:
// it is the buyer's doing. Its text is the subject and the mail's words, so that the evidence stands in it.
func (r *reading) readNotice() bool {
	p := r.platform
	if p == nil {
		return false
	}
	m := r.m
	text := clipText(strings.TrimSpace(m.Subject+"\n\n"+r.plainText()), maxNoticeText)
	kind, said := r.noticeKind(p, text)
	if kind == "" {
		return false
	}
	n := &Notice{Platform: p.name, Channel: p.channel, Kind: kind, Words: said}
	n.Buyer = r.noticeBuyer(text)
	n.Orders = r.orders(m.Subject, text)
	n.Dispute = disputeNumber(p, text)
	n.Orders = slices.DeleteFunc(n.Orders, func(o string) bool { return strings.Contains(n.Dispute, o) })
	n.Amount = findAmount(text)
	n.Deadline = findDeadline(text)
	verdict := r.m.Auth
	n.Verified = verdict == AuthPassed

	m.Notice, m.Text, m.Orders, m.Customer = n, text, n.Orders, n.Buyer
	m.Channel = p.channel // "" for a payment platform: the known customer's, else the mailbox's
	switch {
	case verdict == AuthFailed:
		m.Direction, m.Ignored = Ignored, UnverifiedNotice
	case kind == DisputeEnded:
		m.Direction, m.Ignored = Ignored, DisputeClosed
	default:
		m.Direction = Inbound
	}
	return true
}

// plainText is the mail's text as it stands, quotes and footers included.
func (r *reading) plainText() string {
	var all []string
	for _, one := range r.body {
		text := r.parser.whole(one)
		if blank(text) || one.isHTMLPointer() {
			text = tidy(htmlLines(r.parser.html(one)))
		}
		all = append(all, text)
	}
	lines := splitLines(strings.Join(all, "\n\n"))
	for i := range lines {
		lines[i].text = strings.TrimLeft(lines[i].text, "> \t")
	}
	return tidy(lines)
}

// noticeKind finds out what a platform's mail reports, and the words that say so. The platform's own type field
// decides, then the subject, then the text: where any sentence says that the dispute has ended, it has. A mail that
// names a dispute and says neither is about an open one: rather look once too often.
func (r *reading) noticeKind(p *platform, text string) (NoticeKind, string) {
	t := platformData()
	kind := NoticeKind("")
	switch noticeType := strings.ToUpper(r.header.raw("X-Space-Notification-Type")); {
	case slices.Contains(p.openedTypes, noticeType):
		kind = DisputeOpened
	case slices.Contains(p.endedTypes, noticeType):
		kind = DisputeEnded
	default:
		kind = t.kindOf(p, r.m.Subject)
	}
	said := map[NoticeKind]string{}
	for _, s := range sentences(strings.TrimPrefix(text, r.m.Subject)) {
		if k := t.kindOf(p, s); k != "" && said[k] == "" {
			said[k] = s
		}
	}
	if kind == "" {
		switch {
		case said[DisputeEnded] != "":
			kind = DisputeEnded
		case said[DisputeOpened] != "":
			kind = DisputeOpened
		case p.dispute.Regexp != nil && p.dispute.end(text) >= 0:
			kind = DisputeOpened
		}
	}
	switch {
	case kind == "":
		return "", ""
	case said[kind] != "":
		return kind, said[kind]
	case r.m.Subject != "":
		return kind, r.m.Subject
	}
	return kind, firstLine(text)
}

func firstLine(s string) string {
	l, _, _ := strings.Cut(s, "\n")
	return l
}

// sentences cuts a text into its sentences; each is a substring of it. A line that is short ends one, since labels and
// values are lines of their own.
func sentences(text string) []string {
	const wrapped = 50 // lines this long may go on in the next one
	var out []string
	start := 0
	cut := func(end int) {
		if s := strings.TrimSpace(text[start:end]); s != "" {
			out = append(out, s)
		}
		start = end
	}
	lineStart := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			if i-lineStart < wrapped || i+1 < len(text) && text[i+1] == '\n' {
				cut(i + 1)
			}
			lineStart = i + 1
		case (c == '.' || c == '!' || c == '?') && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\n'):
			cut(i + 1)
		}
	}
	cut(len(text))
	return out
}

// noticeBuyer finds the buyer's address: behind a label that says so, else the first that is neither ours nor the
// platform's.
func (r *reading) noticeBuyer(text string) string {
	first := ""
	for l := range strings.Lines(text) {
		addr := findAddress(l)
		if addr == "" || r.isOurs(addr) || roleOf(addr).isNoReply() || r.platformOf(addr) != nil || r.isOwnDomain(addr) {
			continue
		}
		if buyerLabel.MatchString(l) {
			return NormaliseAddress(addr)
		}
		if first == "" {
			first = NormaliseAddress(addr)
		}
	}
	return first
}

// isOwnDomain reports whether an address lies on a domain of ours, where no buyer is.
func (r *reading) isOwnDomain(addr string) bool {
	domain := domainOf(addr)
	return !isPublicMailDomain(domain) && slices.ContainsFunc(r.in.OwnAddresses, func(own string) bool { return domainOf(own) == domain })
}

// isPublicMailDomain reports whether anybody may have an address there, so that it says nothing about whose it is.
func isPublicMailDomain(domain string) bool {
	return slices.Contains([]string{"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com",
		"gmx.de", "gmx.net", "web.de", "icloud.com", "aol.com", "qq.com", "163.com", "126.com"}, domain)
}

var (
	buyerLabel = regexp.MustCompile(`(?i)\b(?:buyer|customer|cardholder|käufer|kunde|kunden|acheteur|client|comprador|cliente|acquirente|from)\b`)
	// disputeLabel finds a dispute's number where the platform's own form is unknown.
	disputeLabel = regexp.MustCompile(`(?i)\b(?:dispute|case|claim|chargeback|inquiry|fall|konflikt|streitfall|dossier|litige|caso|disputa|pratica|reclamo|réclamation|reclamación)(?:[ -]?(?:id|number|nummer|nr\.?|no\.?|reference|ref\.?|n°|número|numero))?\s?[:#]\s*([A-Za-z0-9][A-Za-z0-9_-]{4,40})`)
	amountLabel  = regexp.MustCompile(`(?i)(?:amount|betrag|montant|importe|importo|valor|total|summe)[^:\n\d$€£¥]{0,30}[:：]?\s*((?:[A-Z]{3}\s?)?[$€£¥]?\s?\d[\d.,  ]*\d?\s?(?:[A-Z]{3}\b|[€£$])?(?: [A-Z]{3}\b)?)`)
	anyAmount    = regexp.MustCompile(`[$€£¥]\s?\d[\d.,]*\d(?: [A-Z]{3}\b)?|\b\d[\d.,]*\d\s?(?:€|£|USD|EUR|GBP|CAD|AUD|CHF|JPY|PLN|SEK|DKK|NOK)`)
	deadline     = regexp.MustCompile(`(?i)\b(?:by|until|before|due(?: date)?(?: by| on| is)?:?|no later than|deadline:?|respond by:?|bis(?: zum| spätestens)?|spätestens am|avant le|d'ici (?:le|au)|jusqu'au|antes del?|hasta el|entro il?|entro e non oltre il)\s+(?:the |am |il |el |le )?(` + dateForms + `)`)
	withinDays   = regexp.MustCompile(`(?i)\b(?:within|in the next|you have|innerhalb von|binnen|sous|dans les|en un plazo de|en|entro)\s+(\d{1,3} (?:calendar |business |working )?(?:hours?|days?|stunden|tagen?|werktagen|heures|jours|horas|días|ore|giorni))\b`)
)

const dateForms = `(?:\p{L}+,? )?(?:\p{L}{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2}(?:st|nd|rd|th)?\.? (?:de )?\p{L}{3,12}\.?,? (?:de )?\d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\p{L}{3,12} \d{1,2}(?:st|nd|rd|th)?)`

func disputeNumber(p *platform, text string) string {
	if p.dispute.Regexp != nil {
		if m := p.dispute.FindStringSubmatch(text); m != nil {
			number := m[0]
			for _, group := range m[1:] {
				if group != "" {
					number = group
				}
			}
			return number
		}
	}
	for _, m := range disputeLabel.FindAllStringSubmatch(text, 10) {
		if strings.ContainsAny(m[1], "0123456789") {
			return m[1]
		}
	}
	return ""
}

func findAmount(text string) string {
	if m := amountLabel.FindStringSubmatch(text); m != nil {
		return strings.TrimSpace(m[1])
	}
	return anyAmount.FindString(text)
}

func findDeadline(text string) string {
	text = singleSpaced(text)
	if m := deadline.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if m := withinDays.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}
