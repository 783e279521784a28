package note_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
)

func header(t *testing.T, r note.Rendered, name string) string {
	t.Helper()
	head, _, _ := readable(t, r.Payload)
	for line := range strings.Lines(strings.ReplaceAll(head, "\n ", " ")) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func must(t *testing.T) func(note.Rendered, error) note.Rendered {
	return func(r note.Rendered, err error) note.Rendered {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func TestTheSameDecisionHasTheSameMessageID(t *testing.T) {
	c := composer(t, "en")
	f := chargebackThreat()
	first := must(t)(c.Escalation(f))
	f.Now = f.Now.Add(1000 * day) // after a crash it is decided once more, later
	f.Case.OpenedAt = f.Now
	if again := must(t)(c.Escalation(f)); again.MessageID != first.MessageID {
		t.Errorf("%s, then %s", first.MessageID, again.MessageID)
	}
	ids := map[string]string{first.MessageID: "the first"}
	other := chargebackThreat()
	other.Case.ID++
	elsewhere := chargebackThreat()
	elsewhere.Message.MessageID = "other@mail.example.net"
	for name, r := range map[string]note.Rendered{
		"another case":    must(t)(c.Escalation(other)),
		"another message": must(t)(c.Escalation(elsewhere)),
		"a follow-up":     must(t)(c.FollowUp(news())),
		"a note":          must(t)(c.InPlaceNote(f)),
		"a draft":         must(t)(c.Draft(escalation.Reassure, f)),
	} {
		if is, taken := ids[r.MessageID]; taken {
			t.Errorf("%s has the Message-ID of %s", name, is)
		}
		ids[r.MessageID] = name
	}
}

func TestBothFormsOfAMailAreTheSameMail(t *testing.T) {
	f := chargebackThreat()
	f.Raw = []byte("Subject: gr\xc3\xbc\xc3\x9fe\r\n\r\n")
	r := must(t)(composer(t, "en").Escalation(f))
	other := note.Rendered{Payload: note.InSevenBits(r.Payload)}
	for _, name := range []string{"Message-ID", "Subject", "To", "Date"} {
		if a, b := header(t, r, name), header(t, other, name); a == "" || a != b {
			t.Errorf("%s: %q and %q", name, a, b)
		}
	}
}

func TestLettersOfOneDecisionReadAsEachByItself(t *testing.T) {
	c := composer(t, "en")
	for _, f := range []note.Facts{chargebackThreat(), defectiveHandbag(), wrongShoes(), secondReview(), longQuarrel()} {
		l := c.Letters(f)
		for _, x := range []struct {
			name          string
			shared, alone func() (note.Rendered, error)
		}{
			{"draft", func() (note.Rendered, error) { return l.Draft(escalation.Appease) }, func() (note.Rendered, error) { return c.Draft(escalation.Appease, f) }},
			{"mail", l.Escalation, func() (note.Rendered, error) { return c.Escalation(f) }},
			{"note", l.InPlaceNote, func() (note.Rendered, error) { return c.InPlaceNote(f) }},
			{"mail, once more", l.Escalation, func() (note.Rendered, error) { return c.Escalation(f) }},
		} {
			head, text, html := readable(t, must(t)(x.shared()).Payload)
			aloneHead, aloneText, aloneHTML := readable(t, must(t)(x.alone()).Payload)
			if head != aloneHead || text != aloneText || html != aloneHTML {
				t.Errorf("case %d, %s reads\n%s\n%s\nand by itself\n%s\n%s", f.Case.ID, x.name, head, text, aloneHead, aloneText)
			}
		}
	}
}

func TestMailsOfACaseThread(t *testing.T) {
	c := composer(t, "en")
	first := must(t)(c.Escalation(chargebackThreat()))
	if header(t, first, "References") != "" || header(t, first, "In-Reply-To") != "" {
		t.Error("the first mail refers to another")
	}
	f := news()
	f.Case.ThreadID = first.MessageID
	second := must(t)(c.FollowUp(f))
	for _, name := range []string{"References", "In-Reply-To"} {
		if got := header(t, second, name); got != "<"+first.MessageID+">" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestNothingInvitesAReplyToTheCustomer(t *testing.T) {
	c := composer(t, "en")
	for _, r := range []note.Rendered{must(t)(c.Escalation(chargebackThreat())), must(t)(c.FollowUp(news())), must(t)(c.InPlaceNote(chargebackThreat()))} {
		if header(t, r, "Reply-To") != "" || !strings.Contains(header(t, r, "From"), "<heed@example.com>") || header(t, r, "Auto-Submitted") != "auto-generated" {
			head, _, _ := readable(t, r.Payload)
			t.Error(head)
		}
	}
}

func TestOnlyThoseAreNamedWhoAreTold(t *testing.T) {
	for _, tt := range []struct {
		to   []string
		want string
	}{
		{[]string{"lu@example.com", "yodi@example.com"}, "Told: Lu, Domestic customer service"},
		{[]string{"yodi@example.com"}, "Told: Domestic customer service"},
		{[]string{"lu@example.com", "boss@example.com"}, "Told: Lu, boss@example.com"},
		{[]string{"boss@example.com"}, "Told: boss@example.com"},
	} {
		f := chargebackThreat()
		f.Actions[1].To = tt.to
		for _, write := range []func(note.Facts) (note.Rendered, error){composer(t, "en").Escalation, composer(t, "en").InPlaceNote} {
			if _, text, _ := readable(t, must(t)(write(f)).Payload); !strings.Contains(text, tt.want) {
				t.Errorf("told %v, and it says\n%s", tt.to, text)
			}
		}
	}
}

func TestReferencesOfALongThreadKeepItsEnds(t *testing.T) {
	f := chargebackThreat()
	f.Message.References = nil
	for i := range 300 {
		f.Message.References = append(f.Message.References, strings.Repeat("x", i%9+1)+"@example.net", "not an id <", "")
	}
	f.Message.References[0] = "first@example.net"
	got := strings.Fields(header(t, must(t)(composer(t, "en").InPlaceNote(f)), "References"))
	if len(got) != 40 || got[0] != "<first@example.net>" || got[39] != "<m3@mail.example.net>" {
		t.Errorf("%d references: %v", len(got), got)
	}
}

func TestADraftGoesToTheAddressThatTheCustomerWroteFrom(t *testing.T) {
	for _, tt := range []struct{ name, customer, head, want string }{
		{"the +tag is kept", "jane.roe@example.net", "From: Jane <Jane.Roe+lamp@example.net>", "Jane.Roe+lamp@example.net"},
		{"Reply-To goes first", "jane.roe@example.net", "From: jane.roe@example.net\r\nReply-To: Jane.Roe+2@example.net", "Jane.Roe+2@example.net"},
		{"Gmail's dots are kept", "janeroe@gmail.com", "From: jane.roe@googlemail.com", "jane.roe@googlemail.com"},
		{"a form mailer is passed over", "jane.roe@example.net", "From: mailer@shop.example", "jane.roe@example.net"},
		{"a foreign Reply-To is passed over", "jane.roe@example.net", "From: jane.roe@example.net\r\nReply-To: evil@example.org", "jane.roe@example.net"},
		{"a broken header is passed over", "jane.roe@example.net", "From jane\r\nFrom: <<>>", "jane.roe@example.net"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := chargebackThreat()
			f.Message.Customer, f.Case.Customer = tt.customer, tt.customer
			f.Raw = []byte(tt.head + "\r\n\r\n")
			r := must(t)(composer(t, "en").Draft(escalation.Reassure, f))
			if got := header(t, r, "To"); got != `"Jane Roe" <`+tt.want+`>` {
				t.Errorf("To: %s", got)
			}
			if got := header(t, r, "From"); got != "<support-us@example.com>" {
				t.Errorf("From: %s", got)
			}
		})
	}
}

func TestNobodyCanBeAnsweredWithoutAnAddress(t *testing.T) {
	if _, err := composer(t, "en").Draft(escalation.Appease, nameless()); !errors.Is(err, note.ErrNoAddress) {
		t.Errorf("%v", err)
	}
}

func TestReIsWrittenOnce(t *testing.T) {
	for subject, want := range map[string]string{"Lamp": "Re: Lamp", "Re: Lamp": "Re: Lamp", "RE: Lamp": "RE: Lamp", "AW: Lamp": "Re: AW: Lamp", "": "Re:"} {
		f := chargebackThreat()
		f.Message.Subject = subject
		if got := header(t, must(t)(composer(t, "en").Draft(escalation.Reassure, f)), "Subject"); got != want {
			t.Errorf("%q becomes %q", subject, got)
		}
	}
}

func TestASingleLineIsNotFolded(t *testing.T) {
	for n, want := range map[int]string{9: "", 10: "", 11: "(2 more from the customer"} { // beside the three of the story
		f := chargebackThreat()
		for i := range n {
			f.Timeline = append(f.Timeline, inbound("old"+strings.Repeat("x", i), noon.Add(-time.Duration(i+10)*day), "word"))
		}
		_, text, _ := readable(t, must(t)(composer(t, "en").Escalation(f)).Payload)
		if got := strings.Contains(text, " more from the customer"); got != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%d messages:\n%s", n+3, text)
		}
	}
}

func TestALongTimelineIsFoldedInItsMiddle(t *testing.T) {
	f := chargebackThreat()
	for i := range 100 {
		f.Timeline = append(f.Timeline, inbound("old"+strings.Repeat("x", i), noon.Add(-time.Duration(i+10)*day), "word"))
	}
	_, text, _ := readable(t, must(t)(composer(t, "en").Escalation(f)).Payload)
	if !strings.Contains(text, "(91 more from the customer and 0 of ours between ") || strings.Count(text, ", Customer: ") != 11 || !strings.Contains(text, "> Tue 3 Mar, 12:00, Customer") {
		t.Error(text)
	}
}

func TestAnInternationalSenderDomainIsWrittenInASCII(t *testing.T) {
	c, err := note.New(note.Options{From: "Heed <heed@bücher.example>"})
	if err != nil {
		t.Fatal(err)
	}
	r := must(t)(c.Escalation(chargebackThreat()))
	if !strings.HasSuffix(r.MessageID, "@xn--bcher-kva.example") || c.From() != "heed@xn--bcher-kva.example" {
		t.Errorf("%s from %s", r.MessageID, c.From())
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	for name, o := range map[string]note.Options{
		"no address":       {From: "Heed"},
		"needs SMTPUTF8":   {From: "häd@example.com"},
		"unknown language": {From: "heed@example.com", Language: "de"},
	} {
		if _, err := note.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAMailWithoutAnyRecipientIsAnError(t *testing.T) {
	f := chargebackThreat()
	f.Actions[1].To = []string{"not an address"}
	if _, err := composer(t, "en").Escalation(f); err == nil {
		t.Error("no error")
	}
	if _, err := composer(t, "en").FollowUp(chargebackThreat()); err == nil {
		t.Error("a follow-up was written where none follows")
	}
}

func TestCheckReportsBrokenTemplatesAndTheNoteIsWrittenAllTheSame(t *testing.T) {
	own := fstest.MapFS{
		"en/words.tmpl":           {Data: []byte(`{{define "days"}}{{if gt . 1}}{{.}} days{{end}}{{end}}{{define "why"}}{{.Nothing}}{{end}}`)},
		"en/escalation.html.tmpl": {Data: []byte(`<p>{{.Headline}}{{range .Quotes}}{{.Nothing}}{{end}}</p>`)},
		"fr/reassure.txt.tmpl":    {Data: []byte(`{{.Name`)},
		"zh/note.txt.tmpl":        {Data: []byte(`案件 {{.Case}}: {{.Told}} {{.Draft}}`)},
	}
	c, err := note.New(note.Options{From: "heed@example.com", Templates: own})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range c.Check() {
		got = append(got, p.Error())
	}
	if all := strings.Join(got, "\n"); len(got) != 3 || !strings.Contains(all, "why") || !strings.Contains(all, "escalation.html.tmpl") || !strings.Contains(all, "fr/reassure.txt.tmpl") {
		t.Errorf("reported:\n%s", all)
	}
	_, text, html := readable(t, must(t)(c.Escalation(chargebackThreat())).Payload)
	if !strings.Contains(text, "chargeback-threat 1 of 1 within 90 days: 3 Mar") || !strings.Contains(html, "What is asked of you") {
		t.Error(text, html)
	}
}

func TestCheckFindsNothingWrongWithTheBuiltInTemplates(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		if problems := composer(t, language).Check(); len(problems) > 0 {
			t.Errorf("%s: %v", language, problems)
		}
	}
}

// Every rule of the built-in policy has a sentence, a heading and a checklist of its own.
func TestEveryRuleHasItsOwnNote(t *testing.T) {
	rules := map[string]classify.Signal{"chargeback-opened": classify.ChargebackOpened, "chargeback-threat": classify.ChargebackThreat, "legal-threat": classify.LegalThreat,
		"manager-request": classify.ManagerRequest, "abuse": classify.Abuse, "info-refused": classify.InfoRefused, "solution-rejected": classify.SolutionRejected,
		"review-threat": classify.ReviewThreat, "review-posted": classify.ReviewPosted, "phone-only": classify.PhoneRequest}
	for _, language := range []string{"en", "zh"} {
		seen := map[string]string{}
		for rule, signal := range rules {
			f := chargebackThreat()
			f.Actions = []escalation.Action{{Do: escalation.Escalate, Rules: []string{rule}, To: []string{"yodi@example.com"}}}
			f.Counts = []escalation.Count{{Rule: rule, Signal: signal, N: 2, At: 2, Window: 90 * day}}
			f.Timeline = []store.Message{f.Message}
			r := must(t)(composer(t, language).Escalation(f))
			_, text, _ := readable(t, r.Payload)
			headline, _, _ := strings.Cut(text, "\n")
			_, checklist, ok := strings.Cut(text, "\n[ ] ")
			checklist, _, _ = strings.Cut(checklist, "\n- ")
			for _, s := range []string{headline, checklist, header(t, r, "Subject")} {
				if !ok || s == "" || seen[s] != "" {
					t.Errorf("%s: %s has %q, as has %q", language, rule, s, seen[s])
				}
				seen[s] = rule
			}
		}
	}
}

func TestACustomerWithoutANameIsNamedByWhatIsKnown(t *testing.T) {
	for customer, want := range map[string]struct{ headline, subject string }{
		"jane@example.net": {"jane@example.net threatens a chargeback over order #1234 (shopify).", "jane@example.net, order #1234"},
		"order:1234":       {"The buyer of order #1234 threatens a chargeback (shopify).", "order #1234"},
		"dispute:PP-D-7":   {"The buyer in dispute PP-D-7 threatens a chargeback over order #1234 (shopify).", "The buyer in dispute PP-D-7, order #1234"},
		"":                 {"A customer who is not named threatens a chargeback over order #1234 (shopify).", "A customer who is not named, order #1234"},
	} {
		f := chargebackThreat()
		f.Message.Customer, f.Message.CustomerName, f.Case.Customer, f.Case.CustomerName = customer, "", customer, ""
		r := must(t)(composer(t, "en").Escalation(f))
		_, text, _ := readable(t, r.Payload)
		if got, _, _ := strings.Cut(text, "\n"); got != want.headline {
			t.Errorf("%q: %q", customer, got)
		}
		if got := header(t, r, "Subject"); got != "[Heed #12] Chargeback threatened: "+want.subject {
			t.Errorf("%q: %q", customer, got)
		}
	}
}

func TestQuotesAreTheLatestAndNotTooMany(t *testing.T) {
	f := secondReview()
	f.Counts[1].N = 9
	for i := range 8 {
		m := f.Timeline[0]
		m.MessageID, m.At = "r"+strings.Repeat("x", i), noon.Add(-time.Duration(i+1)*day)
		m.Signals = []classify.Hit{hit(classify.ReviewThreat, "one star", "One star in "+strings.Repeat("many ", i)+"places.")}
		f.Timeline = append(f.Timeline, m)
	}
	_, text, _ := readable(t, must(t)(composer(t, "en").Escalation(f)).Payload)
	words, _, _ := strings.Cut(text, "WHAT IS ASKED OF YOU")
	if n := strings.Count(words, "\n  \""); n != 6 || !strings.Contains(words, "places.\"\n  Mon 2 Mar, 12:00: Bad review threatened") {
		t.Errorf("%d quotes:\n%s", n, text)
	}
}

func TestANoteCanAccompanyAFollowUp(t *testing.T) {
	_, text, _ := readable(t, must(t)(composer(t, "en").InPlaceNote(news())).Payload)
	if !strings.Contains(text, "Why: Chargeback threatened.") || !strings.Contains(text, "Told: Lu, Domestic customer service.") {
		t.Error(text)
	}
}
