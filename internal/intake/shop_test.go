package intake

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/heedmail/heed/escalation/customers"
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
