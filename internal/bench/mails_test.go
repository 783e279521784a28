package bench

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// oneIn is how rare a mail with a threat is: one in a hundred, which is a bad week in a shop.
const oneIn = 100

// ordinary is what customers write when nobody has to be told.
var ordinary = []string{
	"I ordered the floor lamp two weeks ago and would like to know when it will be delivered.",
	"The tracking page has shown the same place since Tuesday, is that normal?",
	"Could you please change the delivery address to my office?",
	"The shade has a small dent on one side, but the bulb and the cable are fine.",
	"I have attached a photo of the label so that you can see the number.",
	"Do you have the same model in brass, and what would it cost with shipping?",
	"Thank you for your quick answer, that helped a lot.",
	"My neighbour took the parcel in, so everything has arrived after all.",
	"I would like to return one of the two chairs because the colour does not match.",
	"Please send me the invoice with our company's name on it.",
	"The screws for the left arm are missing from the bag.",
	"How long is the warranty on the transformer?",
	"Ich habe die Lampe vor zwei Wochen bestellt und noch keine Nachricht bekommen.",
	"Können Sie mir bitte sagen, wann das Paket ungefähr ankommt?",
	"Die Farbe passt leider nicht zu unserem Sofa, deshalb möchte ich sie zurückschicken.",
	"La lampe est arrivée hier, mais il manque une vis dans le sachet.",
	"Pourriez-vous m'envoyer la facture au nom de notre société ?",
	"El paquete llegó con la caja abierta, pero la lámpara funciona bien.",
	"¿Cuánto tarda el envío a las islas?",
	"Il colore non è quello della foto, vorrei cambiarla con quella grigia.",
}

// threats carry a signal each, with a sentence that nobody else wrote.
var threats = []string{
	"If the money is not back by Friday I will dispute the charge with my bank. This is case %d of your shop failing me.",
	"I want to speak to your manager, for the %dth time.",
	"My lawyer will write to you about order %d, since you leave me no other choice.",
	"I will leave a one star review on Trustpilot and tell %d people what happened.",
}

// A letter is one customer's mail.
type letter struct {
	n    int
	text string
}

// newLetter makes mail number n: the same for the same n, whatever else is made.
func newLetter(n int) letter {
	r := rand.New(rand.NewPCG(6, uint64(n)))
	var text strings.Builder
	text.WriteString("Hello,\r\n\r\n")
	for range 4 + r.IntN(6) {
		text.WriteString(wrap(ordinary[r.IntN(len(ordinary))]))
	}
	if n%oneIn == oneIn/2 {
		text.WriteString(wrap(fmt.Sprintf(threats[r.IntN(len(threats))], n)))
	}
	fmt.Fprintf(&text, "My order is #%d.\r\n\r\nKind regards\r\nJane Roe %d\r\n", 10000+n, n)
	return letter{n, text.String()}
}

// wrap breaks a sentence into lines as mail programs do.
func wrap(sentence string) string {
	var out strings.Builder
	at := 0
	for word := range strings.FieldsSeq(sentence) {
		if at > 0 && at+len(word) > 72 {
			out.WriteString("\r\n")
			at = 0
		} else if at > 0 {
			out.WriteByte(' ')
			at++
		}
		out.WriteString(word)
		at += len(word)
	}
	out.WriteString("\r\n")
	return out.String()
}

// customer is one of a few thousand who write again and again.
func (l letter) customer() string { return fmt.Sprintf("jane.roe%d@mail.example", l.n%7919) }

// header is what comes before MIME-Version, as long as real mail has it.
func (l letter) header() string {
	return fmt.Sprintf("Return-Path: <%[1]s>\r\nReceived: from mail.example (mail.example [192.0.2.7])\r\n\tby mx.example.com with ESMTPS id %[2]d\r\n\tfor <support@example.com>; Tue, 05 May 2026 10:00:02 +0200\r\n"+
		"Authentication-Results: mx.example.com; dkim=pass header.d=mail.example; dmarc=pass\r\n"+
		"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.example; s=1;\r\n\th=from:to:subject:date:message-id; bh=%[3]s;\r\n\tb=%[4]s\r\n"+
		"From: Jane Roe <%[1]s>\r\nTo: Example Shop <support@example.com>\r\nSubject: =?utf-8?q?Order_=23%[2]d_=E2=80=93_lamp?=\r\n"+
		"Date: Tue, 05 May 2026 10:00:00 +0200\r\nMessage-ID: <mail-%[2]d@mail.example>\r\nMIME-Version: 1.0\r\n",
		l.customer(), 10000+l.n, strings.Repeat("A", 44), strings.Repeat("B", 342))
}

const history = "> We are sorry that the lamp flickers and will look into it as soon as we can.\r\n"

// answer is a mail of about 5 KB as web mail writes it: plain text and HTML, both with the quoted history. Every third
// one is plain text alone.
func (l letter) answer() []byte {
	quoted := "\r\nOn Mon, May 4, 2026 at 9:12 AM Example Shop <support@example.com> wrote:\r\n\r\n" + strings.Repeat(history, 12)
	if l.n%3 == 0 {
		return []byte(l.header() + "Content-Type: text/plain; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
			l.text + quoted + strings.Repeat(history, 22))
	}
	html := "<div dir=\"ltr\">" + strings.ReplaceAll(l.text, "\r\n", "<br>\r\n") + "</div><br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">" +
		"On Mon, May 4, 2026 at 9:12 AM Example Shop wrote:<br></div><blockquote class=\"gmail_quote\">" +
		strings.Repeat("<p>We are sorry that the lamp flickers and will look into it as soon as we can.</p>\r\n", 12) + "</blockquote></div>\r\n"
	return []byte(l.header() + "Content-Type: multipart/alternative; boundary=\"000000000000a1b2c3\"\r\n\r\n" +
		"--000000000000a1b2c3\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + l.text + quoted +
		"\r\n--000000000000a1b2c3\r\nContent-Type: text/html; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + html +
		"\r\n--000000000000a1b2c3--\r\n")
}

// withAttachment is a mail that carries a file of so many bytes.
func (l letter) withAttachment(size int) []byte {
	file := make([]byte, size/4*3)
	r := rand.NewChaCha8([32]byte{byte(l.n)})
	_, _ = r.Read(file) // never fails
	encoded := base64.StdEncoding.EncodeToString(file)
	var out strings.Builder
	out.Grow(len(encoded) + len(encoded)/38 + 4096)
	out.WriteString(l.header() + "Content-Type: multipart/mixed; boundary=\"mixed\"\r\n\r\n--mixed\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		l.text + "\r\n--mixed\r\nContent-Type: image/jpeg; name=\"lamp.jpg\"\r\nContent-Disposition: attachment; filename=\"lamp.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	for len(encoded) > 0 {
		n := min(76, len(encoded))
		out.WriteString(encoded[:n] + "\r\n")
		encoded = encoded[n:]
	}
	out.WriteString("--mixed--\r\n")
	return []byte(out.String())
}
