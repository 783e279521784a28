package intake

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/internal/testservers"
	"go.uber.org/zap"
)

// An asked Shop writes down what it is asked for and knows nothing.
type asked struct{ queries []string }

func (a *asked) Ask(_ context.Context, q customers.Query) (customers.Answer, string) {
	a.queries = append(a.queries, fmt.Sprint(q.Address, " ", q.Written, " ", q.Orders))
	return customers.Answer{}, ""
}

func TestTheShopIsAskedOnlyForMailsWithSignals(t *testing.T) {
	for _, tt := range []struct{ about, mail, want string }{
		{"a threat", string(letter("Jane <Jane.Roe+shop@googlemail.com>", "1@mail.example", disputing+" Order #1234.")),
			"janeroe@gmail.com jane.roe+shop@googlemail.com [1234]"},
		{"no signal", string(letter("Jane <jane@mail.example>", "1@mail.example", "Where is my parcel, order #1234?")), ""},
		{"ours", string(letter("support-us@example.com", "1@mail.example", disputing)), ""},
		{"a notice that names no buyer", "From: service@paypal.com\r\nTo: support-us@example.com\r\nSubject: A new dispute was opened\r\nMessage-ID: <1@paypal.com>\r\n\r\n" +
			"A buyer has opened a dispute, case PP-D-85785153, about invoice 1234.\r\n", "  [1234]"},
	} {
		t.Run(tt.about, func(t *testing.T) {
			d, shop := newDesk(t, OnEscalate{}), &asked{}
			d.in.Shop = shop
			d.take(1, []byte(tt.mail))
			if got := strings.Join(shop.queries, "; "); got != tt.want {
				t.Errorf("asked for %q, want %q", got, tt.want)
			}
		})
	}
}

// tell takes a threat of Jane's with what a source knows, and returns the note that follows.
func tell(t *testing.T, source customers.Source) string {
	t.Helper()
	d := newDesk(t, OnEscalate{})
	d.in.Shop = customers.NewAsker(source, time.Now, zap.NewNop())
	d.take(1, letter("Jane <jane@mail.example>", "1@mail.example", disputing+" Order #1234."))
	mails := d.mailsQueued()
	if len(mails) != 1 {
		t.Fatalf("%d mails follow", len(mails))
	}
	return textOf(t, mails[0].Payload)
}

// textOf is a mail's text as a person reads it, on one line.
func textOf(t *testing.T, raw []byte) string {
	t.Helper()
	m, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := m.NextPart()
		if err != nil {
			t.Fatalf("no text in the mail: %v", err)
		}
		if h, ok := p.Header.(*mail.InlineHeader); ok && strings.HasPrefix(h.Get("Content-Type"), "text/plain") {
			text, err := io.ReadAll(p.Body)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(strings.Fields(string(text)), " ")
		}
	}
}

func mustHold(t *testing.T, about, note string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(note, w) {
			t.Errorf("%s: the note does not say %q:\n%s", about, w, note)
		}
	}
}

func TestTheNoteShowsWhatACSVFileKnows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(path, []byte("email,tier,since,lifetime_value,order_number,order_value\nJane@mail.example,Platinum,2019-05-01,4210.50,#1234,89.90\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	source := customers.OpenFile(customers.FileOptions{Paths: []string{path}, Currency: "EUR", Now: time.Now, Log: zap.NewNop()})
	mustHold(t, "CSV", tell(t, source), "Platinum", "since 2019", "EUR 4210.50", "EUR 89.90")

	missing := customers.OpenFile(customers.FileOptions{Paths: []string{path + ".gone"}, Currency: "EUR", Now: time.Now, Log: zap.NewNop()})
	mustHold(t, "no file", tell(t, missing), "What the shop knows of this customer could not be asked")
}

func TestTheNoteShowsWhatADatabaseKnowsAndGoesOutWithoutIt(t *testing.T) {
	server := testservers.Postgres(t)
	db, err := sql.Open("pgx", server.DSN)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`CREATE TABLE customers (email text, tier text, since date, total numeric(12,2));
		INSERT INTO customers VALUES ('Jane@mail.example', 'Platinum', '2019-05-01', 4210.50)`)
	if closed := db.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
	source, err := customers.OpenDatabase(customers.DatabaseOptions{Kind: customers.Postgres, Currency: "USD",
		DSN:       func(context.Context) (string, error) { return server.DSN, nil },
		ByAddress: "SELECT tier, since, total AS lifetime_value FROM customers WHERE lower(email) IN (:address, :written)"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	})
	mustHold(t, "PostgreSQL", tell(t, source), "Platinum", "since 2019", "USD 4210.50")
	server.Stop()
	down := tell(t, source)
	mustHold(t, "database down", down, "What the shop knows of this customer could not be asked", "the shop's customer data could not be reached", "dispute the charge")
	if strings.Contains(down, "Platinum") {
		t.Error("the tier is known though the database is down")
	}
	server.Start()
	mustHold(t, "back again", tell(t, source), "Platinum")
}

func TestTheNoteWarnsWhereOnlyAnOrderNumberLedToACustomer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(path, []byte("email,tier,order_number\nbuyer@mail.example,Platinum,1234\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	source := customers.OpenFile(customers.FileOptions{Paths: []string{path}, Currency: "EUR", Now: time.Now, Log: zap.NewNop()})
	mustHold(t, "by order", tell(t, source), "Platinum", "The buyer is known under another address")
}
