package message

import (
	"reflect"
	"strings"
	"testing"
)

func TestADeliveryReportNamesTheMailAndWhoHasNotGotIt(t *testing.T) {
	t.Parallel()
	const head = "From: MAILER-DAEMON@mx.example.com (Mail Delivery System)\nTo: heed@example.com\nMessage-ID: <report@mx.example.com>\n" +
		"Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
	const report = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nI'm sorry to have to inform you.\n\n" +
		"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\nX-Postfix-Queue-ID: 4ABC\n\n"
	const enclosed = "\n--b\nContent-Type: message/rfc822\n\nReceived: by mx\nFrom: Heed <heed@example.com>\nMessage-ID: <heed-12-escalate-0123@example.com>\nSubject: x\n\nbody\n--b--\n"
	for _, c := range []struct {
		name, mail string
		want       Bounced
	}{
		{"Postfix", head + report + "Final-Recipient: rfc822; lu@example.com\nOriginal-Recipient: rfc822;Lu@example.com\nAction: failed\nStatus: 5.1.1\n" +
			"Diagnostic-Code: smtp; 550 5.1.1 <lu@example.com>:\n    no such user\n" + enclosed,
			Bounced{"heed-12-escalate-0123@example.com", []Undelivered{{"Lu@example.com", "550 5.1.1 <lu@example.com>: no such user"}}}},
		{"two recipients, one of whom has got it", head + report + "Final-Recipient: rfc822; lu@example.com\nAction: delivered\nStatus: 2.0.0\n\n" +
			"Final-Recipient: rfc822; yodi@example.com\nAction: failed\nStatus: 5.2.2\n" + enclosed,
			Bounced{"heed-12-escalate-0123@example.com", []Undelivered{{"yodi@example.com", "5.2.2"}}}},
		{"a delay", head + report + "Final-Recipient: rfc822; lu@example.com\nAction: delayed\nStatus: 4.4.1\n" + enclosed,
			Bounced{"heed-12-escalate-0123@example.com", nil}},
		{"Exim", head + "X-Failed-Recipients: lu@example.com\nIn-Reply-To: <heed-12-escalate-0123@example.com>\n\nThis message was created automatically by mail delivery software.\n",
			Bounced{"", []Undelivered{{"lu@example.com", "Undelivered Mail Returned to Sender"}}}},
		{"broken off", head + report + "Final-Recipient: rfc822", Bounced{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := Read([]byte(strings.ReplaceAll(c.mail, "\n", "\r\n")), Mailbox{OwnAddresses: []string{"heed@example.com"}})
			if m.Ignored != Bounce || m.Bounced == nil || !reflect.DeepEqual(*m.Bounced, c.want) {
				t.Errorf("got %s, %+v", m.Ignored, m.Bounced)
			}
		})
	}
}

func TestALongDeliveryReportIsReadInPart(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("Final-Recipient: rfc822; a@example.com\nAction: failed\n\n", 10000) +
		strings.Repeat("x", 1<<20)
	m := Read([]byte("From: MAILER-DAEMON@mx.example.com\nContent-Type: message/delivery-status\n\n"+many), Mailbox{})
	if m.Bounced == nil || len(m.Bounced.Recipients) != 1 {
		t.Errorf("got %+v", m.Bounced)
	}
}

// Of the mail that came back only the header is asked for: that the rest was not read is nothing to tell.
func TestALongMailThatCameBackIsNoFault(t *testing.T) {
	t.Parallel()
	m := Read([]byte("From: MAILER-DAEMON@mx.example.com\nContent-Type: multipart/report; boundary=b\n\n--b\n\nSorry.\n\n--b\nContent-Type: message/rfc822\n\n"+
		"Message-ID: <heed-12@example.com>\n\n"+strings.Repeat("The lamp flickers.\n", 10_000)+"--b--\n"), Mailbox{})
	if m.Bounced == nil || m.Bounced.ID != "heed-12@example.com" || len(m.Faults) > 0 {
		t.Errorf("got %+v with faults %q", m.Bounced, m.Faults)
	}
}

func TestAFaultOfADeliveryReportIsToldOnce(t *testing.T) {
	t.Parallel()
	m := Read([]byte("From: MAILER-DAEMON@mx.example.com\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nNobody here.\x01\n"), Mailbox{})
	if m.Ignored != Bounce || len(m.Faults) != 1 {
		t.Errorf("got %s with faults %q", m.Ignored, m.Faults)
	}
}
