package message

import (
	"regexp"
	"strings"
)

// isBounce finds delivery reports. RFC 3464 is the easy half; the other half is forty years of mail servers that each
// word it their own way, so what counts is who sent it and what it encloses, and only last how it is worded.
func (r *reading) isBounce() bool {
	if r.header.has("Return-Path") && strings.Trim(r.header.raw("Return-Path"),
		"<> \t") == "" && r.header.has("From") && !r.repliesAutomatically() {
		return true
	}
	if r.header.has("X-Failed-Recipients") || r.isMailDaemon() {
		return true
	}
	if r.root.media == "multipart/report" && !strings.EqualFold(r.root.params.get("report-type"),
		"disposition-notification") {
		return true
	}
	if r.anyPart(isReportPart) {
		return true
	}
	return r.readsLikeBounce()
}

// repliesAutomatically reports whether an empty Return-Path is explained by an automatic answer, which bears one too
// (RFC 3834, 3.3).
func (r *reading) repliesAutomatically() bool {
	return r.root.media != "multipart/report" && !r.isMailDaemon() && r.isAutoReply()
}

func isReportPart(p *part) bool {
	switch p.media {
	case "message/delivery-status", "message/global-delivery-status", "message/feedback-report":
		return true
	}
	return false
}

// isMailDaemon reports whether the address in From is a mail server's own.
func (r *reading) isMailDaemon() bool {
	from := r.m.From
	local := strings.ReplaceAll(string(r.role), " ", "")
	if local == "" && from.Addr != "" {
		local = unpunctuated.Replace(strings.ToLower(from.Addr))
	}
	return mailerAddresses.begins(local) || mailerNames.in(from.Name)
}

// mailerAddresses begin the local part of a mail server's own address, without signs in it; mailerNames stand in its name.
var (
	mailerAddresses = newPhraseSet("mailerdaemon", "mailerdeamon", "maildaemon", "postmaster", "mdaemon", "mailsystem",
		"maildeliverysubsystem", "microsoftexchange")
	mailerNames = newPhraseSet("mail delivery s", "mailer-daemon")
)

// readsLikeBounce asks for two things: a subject that reports a failure, and a text that holds a mail server's answer or
// the header of the mail that came back. Customers complain of failed deliveries too, so that a subject which may mean
// a parcel needs more than an enclosed mail; and a forward is a person's.
func (r *reading) readsLikeBounce() bool {
	ofMail := mailBounceSubjects.in(r.subject.folded)
	named := ofMail || bounceSubjects.in(r.subject.folded)
	returnsHeader := r.anyPart(func(p *part) bool { return p.media == "text/rfc822-headers" })
	if r.subject.isReply || !named && !returnsHeader {
		return false
	}
	for _, one := range r.body {
		text := r.parser.whole(one)
		if text == "" {
			text = joinLines(htmlLines(r.parser.html(one)))
		}
		text = text[:min(len(text), 64<<10)]
		if serverAnswer.MatchString(text) || returnedHeader.MatchString(text) {
			return true
		}
		text = fold(text)
		if strings.Contains(text, "@") && bounceTexts.in(text) {
			return true
		}
	}
	return returnsHeader || ofMail && r.anyPart(func(p *part) bool { return p.media == "message/rfc822" })
}

var (
	// serverAnswer is an SMTP reply or an enhanced status code (RFC 3463) of a refusal.
	serverAnswer = regexp.MustCompile(`(?m)\b[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b|\b[45]\.\d\.\d{1,2}\b|^(?:<<<|>>>) |(?:^|said:|error:|reply:|response:|failure:)\s*[45][0-5]\d[ -]`)
	// returnedHeader is the header of the mail that came back.
	returnedHeader = regexp.MustCompile(`(?mi)^(?:>\s?)?(?:received: from|return-path:|message-id: <)`)
)

// mailBounceSubjects report that a mail could not be delivered; nobody says so of a parcel.
var mailBounceSubjects = newPhraseSet(
	"undeliverable", "undelivered mail", "undelivered message", "delivery status notification", "failure notice",
	"mail delivery", "returned mail", "mail could not be delivered", "message could not be delivered",
	"message undeliverable",
	"non delivery", "non-delivery report", "nondeliverable", "warning: could not send", "mail system error",
	"mail failure", "failed mail", "rejected mail", "message rejected", "user unknown", "email delivery",
	"delayed mail", "message delivery has", "loop alert", "complaint about message", "email feedback report",
	"aws notification message",
	"退信", "送信エラー", "mensaje no entregado", "mail non remis", "e-mail konnte nicht zugestellt",
	"nachricht nicht zugestellt",
)

// bounceSubjects report that something could not be delivered.
var bounceSubjects = newPhraseSet(
	"undeliver", "delivery failure", "delivery failed", "returned to sender", "non-deliver", "delivery notification",
	"delivery report", "delivery has failed", "delivery problem", "delivery delayed", "abuse report",
	"unzustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "zustellungsfehler", "rückläufer", "non remis",
	"échec de la remise", "non distribu", "no entregado", "no se puede entregar", "no se ha podido entregar",
	"mancata consegna", "recapito non riuscito", "não entreg", "falha na entrega", "onbestelbaar", "niet bezorgd",
	"niedostarcz", "nie dostarczono", "kunde inte levereras", "ej levererat", "ikke leveret", "ikke levert",
	"ei voitu toimittaa",
	"无法投递", "退回", "配信不能", "недоставлен", "не доставлен", "nedoručiteln",
)

// bounceTexts are what the texts of odd bounces say, beside an address.
var bounceTexts = newPhraseSet(
	"following recipient", "following address", "recipient address", "user unknown", "mailbox full",
	"mailbox is full", "mailbox unavailable", "unknown user", "no such user", "address not found",
	"your message could not be delivered", "your message was not delivered", "your mail could not",
	"your email could not",
	"original message headers", "original message follows", "notificationtype", "duplicated message-id",
	"ihre nachricht konnte nicht", "ihre e-mail konnte nicht", "votre message n'a pas", "su mensaje no",
	"il messaggio non",
)
