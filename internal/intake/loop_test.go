package intake

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
)

// What we write comes back in many ways: a filter copies it into the watched mailbox, somebody is away, an address is
// gone, somebody forwards it there. None of that may make us write again.
func TestOurOwnMailComingBackMakesNothingNew(t *testing.T) {
	d := newDesk(t, OnEscalate{Keyword: "$Escalated", Note: true})
	d.in.Team.Addresses = []string{"lu@example.com", "yodi@example.com"}
	d.in.mailboxes["team"] = Mailbox{Name: "team", Team: true, Read: message.Mailbox{OwnAddresses: []string{"heed@example.com"}, EscalatesAs: "heed@example.com"}}
	support := d.in.mailboxes["support-us"]
	support.Read.Staff = []string{"lu@example.com", "yodi@example.com", "heed@example.com"}
	d.in.mailboxes["support-us"] = support
	jane := "Jane <jane@mail.example>"
	first := d.take(1, letter(jane, "1@mail.example", disputeThreat))
	d.take(2, letter(jane, "2@mail.example", lawyerThreat))
	before := d.allRows(first.CaseID)
	if len(before) < 4 {
		t.Fatalf("%d rows were queued", len(before))
	}
	for _, r := range before {
		if len(r.Payload) == 0 {
			continue
		}
		away := fmt.Appendf(nil, "From: Lu <lu@example.com>\r\nTo: heed@example.com\r\nSubject: Re: away\r\nMessage-ID: <away%d@example.com>\r\nIn-Reply-To: <%s>\r\n"+
			"Auto-Submitted: auto-replied\r\n\r\nI am away. %s\r\n", r.ID, r.MessageID, disputeThreat)
		plainAway := fmt.Appendf(nil, "From: Lu <lu@example.com>\r\nTo: heed@example.com\r\nSubject: Out of office: [Heed #1]\r\nMessage-ID: <oo%d@example.com>\r\nIn-Reply-To: <%s>\r\n"+
			"Precedence: bulk\r\n\r\nresolved\r\n", r.ID, r.MessageID)
		forwarded := append(fmt.Appendf(nil, "From: Yodi <yodi@example.com>\r\nTo: support-us@example.com\r\nSubject: Fwd: look\r\nMessage-ID: <fwd%d@example.com>\r\n\r\nSee below.\r\n\r\n", r.ID), r.Payload...)
		for _, raw := range [][]byte{r.Payload, away, plainAway, forwarded} {
			for _, box := range []string{"support-us", "team"} {
				d.uid++
				mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: d.uid, Raw: bytes.Clone(raw), Size: int64(len(raw)), InternalDate: d.in.Now()}
				if err := d.in.Deliver(t.Context(), box, "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: d.uid}); err != nil {
					t.Fatal(err)
				}
				if o := d.outcomes[len(d.outcomes)-1]; o.Message.Direction == message.Inbound {
					t.Errorf("in %s this counts as a customer's:\n%.400s", box, raw)
				}
			}
		}
	}
	if after := d.allRows(first.CaseID); len(after) != len(before) {
		t.Errorf("%d rows were queued, now there are %d", len(before), len(after))
	}
	cases, err := d.in.Store.Cases(t.Context(), store.Filter{})
	if err != nil || len(cases) != 1 || cases[0].State == store.Resolved {
		t.Errorf("cases: %+v, %v", cases, err)
	}
}

// allRows returns all rows of a case, with what they say.
func (d *desk) allRows(caseID int64) []store.Row {
	d.t.Helper()
	rows, err := d.in.Store.CaseRows(d.t.Context(), caseID)
	if err != nil {
		d.t.Fatal(err)
	}
	due, err := d.in.Store.Due(d.t.Context(), d.in.Now().AddDate(1, 0, 0), 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	for i := range rows {
		for _, r := range due {
			if r.ID == rows[i].ID {
				rows[i].Payload = r.Payload
			}
		}
	}
	return rows
}
