package note_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	gomessage "github.com/emersion/go-message"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestNotesReadAsTheGoldenFilesShow(t *testing.T) {
	for _, tt := range []struct {
		name     string
		language string
		facts    note.Facts
		write    func(*note.Composer, note.Facts) (note.Rendered, error)
	}{
		{"chargeback-threat", "en", chargebackThreat(), (*note.Composer).Escalation},
		{"chargeback-threat-zh", "zh", chargebackThreat(), (*note.Composer).Escalation},
		{"dispute-notice", "en", disputeNotice(), (*note.Composer).Escalation},
		{"dispute-notice-verified", "en", provedNotice(), (*note.Composer).Escalation},
		{"dispute-notice-zh", "zh", disputeNotice(), (*note.Composer).Escalation},
		{"second-review", "en", secondReview(), (*note.Composer).Escalation},
		{"follow-up", "en", news(), (*note.Composer).FollowUp},
		{"follow-up-zh", "zh", news(), (*note.Composer).FollowUp},
		{"nameless", "en", nameless(), (*note.Composer).Escalation},
		{"phone-only", "en", phoneOnly(), (*note.Composer).Escalation},
		{"damaged-appliance", "en", damagedAppliance(), (*note.Composer).Escalation},
		{"damaged-appliance-zh", "zh", damagedAppliance(), (*note.Composer).Escalation},
		{"defective-handbag", "en", defectiveHandbag(), (*note.Composer).Escalation},
		{"wrong-shoes", "en", wrongShoes(), (*note.Composer).Escalation},
		{"wrong-shoes-zh", "zh", wrongShoes(), (*note.Composer).Escalation},
		{"long-quarrel", "en", longQuarrel(), (*note.Composer).Escalation},
		{"note", "en", chargebackThreat(), (*note.Composer).InPlaceNote},
		{"note-zh", "zh", chargebackThreat(), (*note.Composer).InPlaceNote},
		{"draft-reassure", "en", chargebackThreat(), draft(escalation.Reassure, "en")},
		{"draft-reassure-de", "en", chargebackThreat(), draft(escalation.Reassure, "de")},
		{"draft-appease-handbag", "en", defectiveHandbag(), draft(escalation.Appease, "en")},
		{"draft-appease-shoes", "en", wrongShoes(), draft(escalation.Appease, "de")},
		{"draft-appease", "en", chargebackThreat(), draft(escalation.Appease, "en")},
		{"draft-appease-unknown-language", "en", chargebackThreat(), draft(escalation.Appease, "eo")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := tt.write(composer(t, tt.language), tt.facts)
			if err != nil {
				t.Fatal(err)
			}
			head, text, html := readable(t, r.Payload)
			golden(t, tt.name+".golden.txt", head+"\n"+text)
			if html != "" {
				golden(t, tt.name+".golden.html", html)
			}
		})
	}
}

// A chat lies outside the company's mail: without details it is told nothing of who the customer is.
func TestChatNoticesReadAsTheGoldenFilesShow(t *testing.T) {
	for _, tt := range []struct {
		name, language string
		do             escalation.Do
		facts          note.Facts
		details        bool
	}{
		{"chat", "en", escalation.Escalate, chargebackThreat(), false},
		{"chat-details", "en", escalation.Escalate, chargebackThreat(), true},
		{"chat-zh", "zh", escalation.Escalate, disputeNotice(), false},
		{"chat-details-zh", "zh", escalation.Escalate, chargebackThreat(), true},
		{"chat-follow-up", "en", escalation.FollowUp, news(), false},
		{"chat-follow-up-zh", "zh", escalation.FollowUp, news(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := composer(t, tt.language).Chat(tt.do, tt.facts, "m@example.com", tt.details)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, tt.name+".golden.txt", n.Text+"\n")
			raw, err := json.Marshal(n)
			if err != nil {
				t.Fatal(err)
			}
			c, m := tt.facts.Case, tt.facts.Message
			private := []string{c.Customer, c.CustomerName, m.Customer, m.CustomerName, m.Subject}
			for _, hit := range m.Signals {
				if m.Notice == nil {
					private = append(private, hit.Sentence)
				}
			}
			for _, p := range private {
				if !tt.details && p != "" && bytes.Contains(raw, []byte(p)) {
					t.Errorf("%q stands in %s", p, raw)
				}
			}
		})
	}
}

func draft(do escalation.Do, lang string) func(*note.Composer, note.Facts) (note.Rendered, error) {
	return func(c *note.Composer, f note.Facts) (note.Rendered, error) {
		f.Message.Lang = lang
		return c.Draft(do, f)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (write it anew with -update and read the difference):\n%s", path, got)
	}
}

var boundaries = regexp.MustCompile(`boundary=[0-9a-f]{60}`)

// readable gives the header with its boundary replaced, and the decoded text and HTML.
func readable(t testing.TB, mail []byte) (head, text, html string) {
	t.Helper()
	h, _, ok := bytes.Cut(mail, []byte("\r\n\r\n"))
	if !ok {
		t.Fatal("the mail has no end of its header")
	}
	head = string(bytes.ReplaceAll(boundaries.ReplaceAll(h, []byte("boundary=XXX")), []byte("\r\n"), []byte("\n"))) + "\n"
	for _, p := range leaves(t, mail) {
		switch p.contentType {
		case "text/plain":
			text = string(bytes.ReplaceAll(p.body, []byte("\r\n"), []byte("\n")))
		case "text/html":
			html = string(bytes.ReplaceAll(p.body, []byte("\r\n"), []byte("\n")))
		}
	}
	return head, text, html
}

type leaf struct {
	contentType, encoding, name string
	body                        []byte
}

// leaves reads a mail with a parser that shares nothing with what wrote it. A message/rfc822 part is a leaf.
func leaves(t testing.TB, mail []byte) []leaf {
	t.Helper()
	e, err := gomessage.Read(bytes.NewReader(mail))
	if err != nil {
		t.Fatalf("the mail cannot be parsed: %v", err)
	}
	var list []leaf
	var walk func(e *gomessage.Entity)
	walk = func(e *gomessage.Entity) {
		kind, params, err := e.Header.ContentType()
		if err != nil {
			t.Fatal(err)
		}
		if parts := e.MultipartReader(); parts != nil {
			for {
				p, err := parts.NextPart()
				if err == io.EOF {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				walk(p)
			}
		}
		body, err := io.ReadAll(e.Body)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, leaf{kind, e.Header.Get("Content-Transfer-Encoding"), params["name"], body})
	}
	walk(e)
	return list
}
