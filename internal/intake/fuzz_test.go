package intake

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/mailbox"
)

// A story is mails made from bytes: two of them say who writes what, how much later, and whether a batch ends here.
func story(script []byte) (mails []mailbox.Mail, ends []bool) {
	texts := []string{
		disputing, "You are a bunch of thieving idiots.", "I will leave a one star review everywhere.", "Please call me back today.",
		"Where is my lamp?", "My lawyer will write to you.", "I want to speak to your manager.", "Keep your voucher, I want my money.",
	}
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	for i := 0; i+1 < len(script) && len(mails) < 12; i += 2 {
		what, when := script[i], script[i+1]
		at = at.Add(time.Duration(when&0x7f) * 6 * time.Hour)
		from := []string{"Jane <jane@mail.example>", "Joe <joe+shop@mail.example>", janeAlias, "Jo <jo@other.example>"}[what>>3&1|what>>6&2]
		id := fmt.Sprintf("%d@mail.example", len(mails)-int(what>>4&1)) // now and then the identifier of the mail before
		order := []string{"", " It is order #1234.", " It is order " + amazonOrder + ".", ""}[what>>5&3]
		raw := letter(from, id, texts[what&7]+order)
		if what>>5&3 == 3 { // a platform, which names nobody
			raw = []byte(strings.NewReplacer("n@paypal.com", id, "85785153", fmt.Sprint("8578515", what&7)).Replace(fmt.Sprintf(standInNotice, "1234")))
		}
		mails = append(mails, mailbox.Mail{Folder: "INBOX", UIDValidity: 7, UID: uint32(len(mails) + 1), Raw: raw, Size: int64(len(raw)), InternalDate: at})
		ends = append(ends, when&0x80 != 0)
	}
	return mails, ends
}

// decided hands the mails on in batches, and says what became of each.
func decided(t *testing.T, mails []mailbox.Mail, ends []bool) string {
	t.Helper()
	d := newDesk(t, OnEscalate{Keyword: "$Escalated", Note: true})
	var batch []mailbox.Mail
	for i, m := range mails {
		m.Raw = bytes.Clone(m.Raw)
		if batch = append(batch, m); !ends[i] && i+1 < len(mails) {
			continue
		}
		if err := d.in.Deliver(t.Context(), "support-us", "INBOX", batch, mailbox.Cursor{UIDValidity: 7, UID: m.UID}); err != nil {
			t.Fatal(err)
		}
		for _, m := range batch { // as a Watcher puts the next mails there
			copy(m.Raw, bytes.Repeat([]byte("x"), len(m.Raw)))
		}
		batch = nil
	}
	var b strings.Builder
	for _, o := range d.outcomes {
		fmt.Fprintln(&b, o.Message.Place.UID, o.Message.Customer, o.Message.Text, o.Message.Ignored, o.Actions, o.CaseID, o.Opened)
	}
	due, err := d.in.Store.Due(t.Context(), d.in.Now().AddDate(1, 0, 0), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range due {
		fmt.Fprintln(&b, row.Key, row.Kind, row.CaseID, hash(boundaries.ReplaceAllString(string(row.Payload), "")))
	}
	return b.String()
}

// boundaries of multiparts are random.
var boundaries = regexp.MustCompile(`\b[0-9a-f]{60}\b`)

// However the same mails come in batches, the same is decided.
func FuzzAnyBatchSplitDecidesAlike(f *testing.F) {
	f.Add([]byte{0, 1, 1, 0x81, 1, 2, 2, 0x82, 2, 1})
	f.Add([]byte{3, 1, 3, 1, 3, 0x81, 8, 4, 9, 0x84, 9, 4, 0x12, 1})
	f.Add([]byte{7, 0, 7, 0, 7, 0x80, 5, 0x7f, 6, 0x7f, 0, 0xff})
	random := rand.New(rand.NewPCG(1, 2)) // the fuzzer is slow here, since all of SQLite is instrumented: so some of its work is done in every test
	for range 40 {
		script := make([]byte, 24)
		for i := range script {
			script[i] = byte(random.UintN(256))
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		mails, ends := story(script)
		alone := make([]bool, len(mails))
		for i := range alone {
			alone[i] = true
		}
		together := make([]bool, len(mails))
		want := decided(t, mails, alone)
		for _, split := range [][]bool{ends, together} {
			if got := decided(t, mails, split); got != want {
				t.Fatalf("in batches %v\n%s\none by one\n%s", split, got, want)
			}
		}
	})
}
