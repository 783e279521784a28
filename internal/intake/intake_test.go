package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
)

// A desk is an Intake over a state of its own, with what became of each mail.
type desk struct {
	t        *testing.T
	in       *Intake
	uid      uint32
	outcomes []Outcome
}

// builtIn compiles the built-in lexicon once for all tests.
var builtIn = sync.OnceValues(func() (*classify.Classifier, error) { return classify.New(classify.Options{}) })

func newDesk(t *testing.T, on OnEscalate) *desk {
	t.Helper()
	st, err := store.OpenFile(t.Context(), filepath.Join(t.TempDir(), "heed.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	classifier, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	composer, err := note.New(note.Options{From: "Heed <heed@example.com>"})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t}
	d.in = New(Options{
		Store: st, Classifier: classifier, Policy: escalation.DefaultPolicy(), Composer: composer, Log: zaptest.NewLogger(t, zaptest.WrapOptions(zap.Development())),
		People: escalation.People{Contacts: map[string][]string{"shopify": {"lu@example.com"}}, Domestic: []string{"yodi@example.com"}},
		Mailboxes: []Mailbox{{Name: "support-us", OnEscalate: on, Read: message.Mailbox{
			Channel: "shopify", OwnAddresses: []string{"support-us@example.com"}, EscalatesAs: "heed@example.com"}}},
		Now:   func() time.Time { return time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC) },
		After: func(o Outcome) { d.outcomes = append(d.outcomes, o) },
	})
	return d
}

func letter(from, id, body string) []byte {
	return fmt.Appendf(nil, "From: %s\r\nTo: support-us@example.com\r\nSubject: order\r\nMessage-ID: <%s>\r\n\r\n%s\r\n", from, id, body)
}

// take hands one mail on, days after the first of November, and returns what became of it.
func (d *desk) take(day int, raw []byte) Outcome {
	d.t.Helper()
	d.uid++
	before := len(d.outcomes)
	raw = bytes.Clone(raw)
	mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: d.uid, Raw: raw, Size: int64(len(raw)), InternalDate: time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC)}
	if err := d.in.Deliver(d.t.Context(), "support-us", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: d.uid}); err != nil {
		d.t.Fatal(err)
	}
	copy(raw, bytes.Repeat([]byte("x"), len(raw))) // as a Watcher puts the next mails there
	if len(d.outcomes) != before+1 {
		d.t.Fatalf("%d outcomes for one mail", len(d.outcomes)-before)
	}
	return d.outcomes[before]
}

func (d *desk) rows(caseID int64) []string {
	d.t.Helper()
	rows, err := d.in.Store.CaseRows(d.t.Context(), caseID)
	if err != nil {
		d.t.Fatal(err)
	}
	var kinds []string
	for _, r := range rows {
		kinds = append(kinds, string(r.Kind)+"@"+r.Place.Folder)
	}
	return kinds
}

const disputing = "I will dispute the charge with my bank."

func TestAThreatQueuesTheMailTheDraftAndTheMarks(t *testing.T) {
	tests := []struct {
		name string
		on   OnEscalate
		want string
	}{
		{"nothing is changed in the mailbox", OnEscalate{}, "draft@INBOX mail@INBOX"},
		{"keyword and note", OnEscalate{Keyword: "$Escalated", Note: true}, "draft@INBOX mail@INBOX keyword@INBOX note@INBOX"},
		{"the note goes where the mail goes", OnEscalate{Keyword: "$Escalated", Note: true, MoveTo: "Escalated"},
			"draft@INBOX mail@INBOX keyword@INBOX note@Escalated move@INBOX"},
		{"a mail is not moved to where it lies", OnEscalate{MoveTo: "INBOX"}, "draft@INBOX mail@INBOX"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, tt.on)
			o := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
			if got := strings.Join(d.rows(o.CaseID), " "); got != tt.want {
				t.Errorf("queued %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWhatIsKeptOfAMailIsNotWhatTheWatcherUsesAgain(t *testing.T) {
	d := newDesk(t, OnEscalate{Note: true})
	o := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
	m := o.Message
	if m.MessageID != "1@mail.example" || m.Customer != "jane@mail.example" || m.CustomerName != "Jane" || m.Subject != "order" || m.Text != disputing ||
		len(m.Signals) != 1 || !strings.Contains(disputing, m.Signals[0].Evidence) {
		t.Errorf("told of %+v", m)
	}
	rows, err := d.in.Store.Due(t.Context(), d.in.Now().Add(time.Hour), 10)
	if err != nil {
		t.Fatal(err)
	}
	mails := 0
	for _, r := range rows {
		if r.Kind != store.MailRow {
			continue
		}
		if mails++; !bytes.Contains(r.Payload, letter("Jane <jane@mail.example>", "1@mail.example", disputing)) {
			t.Errorf("the original that goes to people is not what came:\n%s", r.Payload)
		}
	}
	if mails != 1 {
		t.Errorf("%d mails are queued", mails)
	}
}

func TestAMailTakenTwiceCountsOnce(t *testing.T) {
	d := newDesk(t, OnEscalate{})
	raw := letter("Jane <jane@mail.example>", "1@mail.example", "You are all thieves and idiots.")
	if o := d.take(1, raw); len(o.Message.Signals) != 1 {
		t.Fatalf("heard %v", o.Message.Signals)
	}
	// The same place again, as after a crash between the commit and the server's answer: not even recorded.
	mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: 1, Raw: raw, Size: int64(len(raw))}
	if err := d.in.Deliver(t.Context(), "support-us", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: 1}); err != nil {
		t.Fatal(err)
	}
	if len(d.outcomes) != 1 {
		t.Errorf("%d outcomes, want 1", len(d.outcomes))
	}
	// The same mail in another place: recorded, and ignored.
	if o := d.take(2, raw); o.Message.Ignored != message.Duplicate || len(o.Message.Signals) != 0 || len(o.Actions) != 0 {
		t.Errorf("the same mail again: %q, signals %v, actions %v", o.Message.Ignored, o.Message.Signals, o.Actions)
	}
	// Somebody else with the same Message-ID is no duplicate: it must not be possible to silence another's mail.
	if o := d.take(2, letter("Karl <karl@mail.example>", "1@mail.example", disputing)); len(o.Actions) == 0 {
		t.Errorf("another customer's mail under the same Message-ID was %s %s", o.Message.Direction, o.Message.Ignored)
	}
}

func TestANoticeFindsItsBuyer(t *testing.T) {
	notice := func(id, body string) []byte {
		return fmt.Appendf(nil, "From: service@paypal.com\r\nTo: support-us@example.com\r\nSubject: A buyer has opened a case: %s\r\nMessage-ID: <%s@paypal.com>\r\n\r\n"+
			"Hello,\r\n\r\nYour buyer opened a case.\r\n\r\nCase ID: %s\r\n%s\r\n", id, id, id, body)
	}
	closed := func(id string) []byte {
		return fmt.Appendf(nil, "From: service@paypal.com\r\nTo: support-us@example.com\r\nSubject: Case %s has been closed\r\nMessage-ID: <%s-closed@paypal.com>\r\n\r\n"+
			"Hello,\r\n\r\nThe case %s has been closed. We decided in your favor.\r\n", id, id, id)
	}
	d := newDesk(t, OnEscalate{})
	d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", "Where is my order #1234?"))
	tests := []struct {
		why, customer string
		mail          []byte
		ignored       message.Reason
	}{
		{"it names the address", "karl@mail.example", notice("PP-R-AAA-111111111", "Buyer's email: Karl@mail.example"), ""},
		{"it names an order seen before", "jane@mail.example", notice("PP-R-BBB-222222222", "Invoice ID: 1234"), ""},
		{"it names an order never seen", "order:9999", notice("PP-R-CCC-333333333", "Invoice ID: #9999"), ""},
		{"it names nothing but the dispute", "dispute:PP-R-DDD-444444444", notice("PP-R-DDD-444444444", ""), ""},
		{"its dispute is known", "jane@mail.example", closed("PP-R-BBB-222222222"), message.DisputeClosed},
	}
	for _, tt := range tests {
		o := d.take(2, tt.mail)
		if o.Message.Customer != tt.customer || o.Message.Ignored != tt.ignored {
			t.Errorf("%s: customer %q %q, want %q %q", tt.why, o.Message.Customer, o.Message.Ignored, tt.customer, tt.ignored)
		}
		if tt.ignored == "" && (len(o.Actions) != 1 || o.Actions[0].Do != escalation.Escalate) {
			t.Errorf("%s: it is silent: %+v", tt.why, o.Actions)
		}
	}
}

func TestANewCaseNamesTheOldOne(t *testing.T) {
	d := newDesk(t, OnEscalate{})
	first := d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing))
	if err := d.in.Store.Resolve(t.Context(), first.CaseID, time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	second := d.take(5, letter("Jane <jane@mail.example>", "2@mail.example", "Now it is enough, my lawyer will write to you."))
	if !second.Opened || second.CaseID == first.CaseID {
		t.Fatalf("opened %v, case %d after case %d", second.Opened, second.CaseID, first.CaseID)
	}
	c, err := d.in.Store.Case(t.Context(), second.CaseID)
	if err != nil {
		t.Fatal(err)
	}
	if c.Previous != first.CaseID {
		t.Errorf("the new case names %d as the one before it, want %d", c.Previous, first.CaseID)
	}
}

// A transaction that fails keeps nothing and moves no cursor, so that the same mails come again.
func TestADeliveryThatFailsKeepsNothing(t *testing.T) {
	d := newDesk(t, OnEscalate{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	raw := letter("Jane <jane@mail.example>", "1@mail.example", disputing)
	mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: 1, Raw: raw, Size: int64(len(raw))}
	err := d.in.Deliver(ctx, "support-us", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: 1})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if _, ok, err := d.in.Cursor(t.Context(), "support-us", "INBOX"); ok || err != nil {
		t.Errorf("there is a cursor: %v, error %v", ok, err)
	}
	if len(d.outcomes) != 0 {
		t.Errorf("%d outcomes of a failed delivery", len(d.outcomes))
	}
	if o := d.take(1, raw); len(o.Actions) == 0 {
		t.Error("the mail came again and nothing followed")
	}
}

func TestAMailThatTheServerWithholdsIsRecorded(t *testing.T) {
	d := newDesk(t, OnEscalate{})
	mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: 1, Size: 5000, Fault: "the server does not hand it out"}
	if err := d.in.Deliver(t.Context(), "support-us", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 7, UID: 1}); err != nil {
		t.Fatal(err)
	}
	if faults := d.outcomes[0].Message.Faults; !slices.Contains(faults, mail.Fault) {
		t.Errorf("the faults are %q", faults)
	}
}

// Whatever a mail looks like, it is taken, and the mailbox goes on.
func TestTheWorstMailsAreTaken(t *testing.T) {
	d := newDesk(t, OnEscalate{Keyword: "$Escalated", Note: true})
	for _, raw := range [][]byte{
		[]byte("\x00\xff\xfe"), []byte(strings.Repeat("(", 1<<16)), []byte("From: \r\nContent-Type: multipart/mixed\r\n\r\n"),
		letter("\"\r\nBcc: x@y.example\" <jane@mail.example>", "\u202e1@x", disputing+"\x00\u202e"),
	} {
		d.take(1, raw)
	}
}

func TestOneMailboxUnknownIsAnError(t *testing.T) {
	d := newDesk(t, OnEscalate{})
	if err := d.in.Deliver(t.Context(), "nowhere", "INBOX", nil, mailbox.Cursor{}); err == nil {
		t.Error("no error")
	}
}

// BenchmarkDeliver is one mail's whole way from raw bytes to the commit, beside the bare writing and syncing of the same
// bytes to the same disk.
func BenchmarkDeliver(b *testing.B) {
	raw := letter("Jane <jane@mail.example>", "1@mail.example", strings.Repeat("The lamp is cracked and I wait for an answer. ", 12))
	b.Run("heed", func(b *testing.B) {
		st, err := store.OpenFile(b.Context(), filepath.Join(b.TempDir(), "heed.db"), store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer st.Close()
		classifier, err := classify.New(classify.Options{})
		if err != nil {
			b.Fatal(err)
		}
		in := New(Options{Store: st, Classifier: classifier, Policy: escalation.DefaultPolicy(), Now: time.Now, Log: zap.NewNop(),
			Mailboxes: []Mailbox{{Name: "m"}}})
		var took Took
		in.After = func(o Outcome) { took.Read += o.Took.Read; took.Hear += o.Took.Hear; took.Keep += o.Took.Keep }
		for i := 0; b.Loop(); i++ {
			mail := mailbox.Mail{Folder: "INBOX", UIDValidity: 1, UID: uint32(i + 1), Raw: fmt.Appendf(nil, "X-N: %d\r\nDate: x\r\n%s%d", i, strings.Replace(string(raw), "1@", fmt.Sprint(i, "@"), 1), i), Size: int64(len(raw)), InternalDate: time.Now()}
			if err := in.Deliver(b.Context(), "m", "INBOX", []mailbox.Mail{mail}, mailbox.Cursor{UIDValidity: 1, UID: uint32(i + 1)}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(took.Read.Nanoseconds())/float64(b.N), "ns-read/op")
		b.ReportMetric(float64(took.Hear.Nanoseconds())/float64(b.N), "ns-hear/op")
		b.ReportMetric(float64(took.Keep.Nanoseconds())/float64(b.N), "ns-keep/op")
	})
	b.Run("write-and-sync", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "f"))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		for b.Loop() {
			if _, err := f.Write(raw); err != nil {
				b.Fatal(err)
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
