package intake

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/heedmail/heed/escalation/customers"
)

const (
	standInNotice = "From: service@paypal.com\r\nTo: support-us@example.com\r\nSubject: A new dispute was opened\r\nMessage-ID: <n@paypal.com>\r\n\r\n" +
		"A buyer has opened a dispute, case PP-D-85785153, about invoice %s.\r\n"
	amazonOrder = "113-5550142-7781123"
	janeDirect  = "Jane <jane@mail.example>"
	janeAlias   = "Jane - Amazon Marketplace <a1b2c3d4e5@marketplace.amazon.com>"
)

// owners is a Shop that knows whose orders are.
type owners map[string]string

func (o owners) Ask(context.Context, customers.Query) (customers.Answer, string) {
	return customers.Answer{Owners: o}, ""
}

// A post is a mail of one of these stories.
type post struct{ from, text string }

func (p post) raw(n int) []byte {
	if p.from == "" {
		return fmt.Appendf(nil, standInNotice, p.text)
	}
	return letter(p.from, fmt.Sprintf("%d@mail.example", n), p.text)
}

// Each story ends with the case and the actions of its last mail. Cases are numbered as they are opened.
func TestWhoIsOneCustomer(t *testing.T) {
	const threat = disputing + " It is order "
	many := "order 3001 and order 3002"
	for _, tt := range []struct {
		about string
		posts []post
		shop  owners
		want  string
	}{
		{"the buyer of a notice that named none writes",
			[]post{{"", "1234"}, {janeDirect, threat + "#1234."}}, nil, "case 1 of jane@mail.example: reassure escalate"},
		{"without a threat",
			[]post{{"", "1234"}, {janeDirect, "Where is the refund for order #1234?"}}, nil, "case 1 of jane@mail.example: "},
		{"the dispute's number does as well",
			[]post{{"", "1234"}, {janeDirect, threat + "unknown, the case is PP-D-85785153."}}, nil, "case 1 of jane@mail.example: reassure escalate"},
		{"a case of their own comes first: the lower one stays",
			[]post{{janeDirect, disputing}, {"", "1234"}, {janeDirect, "Again: " + threat + "#1234."}}, nil, "case 1 of jane@mail.example: follow_up"},
		{"two people name the number: neither is taken for the buyer",
			[]post{{"", "1234"}, {"Eve <eve@mail.example>", "About order #9999 and order #1234?"}, {janeDirect, threat + "#1234."}}, nil, "case 2 of jane@mail.example: reassure escalate"},
		{"the shop knows that the order is somebody else's",
			[]post{{"", "1234"}, {"Eve <eve@mail.example>", threat + "#1234."}}, owners{"1234": "jane@mail.example"}, "case 2 of eve@mail.example: reassure escalate"},
		{"the shop knows that it is theirs",
			[]post{{"", "1234"}, {janeDirect, threat + "#1234."}}, owners{"1234": "jane@mail.example"}, "case 1 of jane@mail.example: reassure escalate"},
		{"a warehouse names many orders",
			[]post{{"", "1234"}, {"Depot <depot@mail.example>", many}, {"Depot <depot@mail.example>", "order 3003, order 3004, order 3005 and order 3006"},
				{"Depot <depot@mail.example>", "order 1234 has left us"}}, nil, "case 0 of depot@mail.example: "},
		{"alias first, their own address then",
			[]post{{janeAlias, threat + amazonOrder}, {janeDirect, "I told you: " + threat + amazonOrder}}, nil, "case 1 of jane@mail.example: follow_up"},
		{"their own address first, the alias then",
			[]post{{janeDirect, threat + amazonOrder}, {janeAlias, "I told you: " + threat + amazonOrder}, {janeAlias, "You will lose it. " + disputing}}, nil,
			"case 1 of jane@mail.example: follow_up"},
		{"the same words on both ways are one message",
			[]post{{janeAlias, threat + amazonOrder}, {janeDirect, threat + amazonOrder}}, nil, "case 0 of jane@mail.example: "},
		{"a stranger names somebody's short number",
			[]post{{janeDirect, threat + "#1234."}, {"Eve <eve@mail.example>", "Mine: " + threat + "#1234."}}, nil, "case 2 of eve@mail.example: reassure escalate"},
		{"a stranger names somebody's long number: both write directly",
			[]post{{janeDirect, threat + amazonOrder}, {"Eve <eve@mail.example>", "Mine: " + threat + amazonOrder}}, nil, "case 2 of eve@mail.example: reassure escalate"},
		{"a short number of an alias proves nothing",
			[]post{{janeAlias, threat + "#1234."}, {"Eve <eve@mail.example>", "Mine: " + threat + "#1234."}}, nil, "case 2 of eve@mail.example: reassure escalate"},
		{"unless the shop says so",
			[]post{{janeAlias, threat + "#1234."}, {janeDirect, "Mine: " + threat + "#1234."}}, owners{"1234": "jane@mail.example"}, "case 1 of jane@mail.example: follow_up"},
		{"the same name joins nobody",
			[]post{{janeDirect, disputing}, {"Jane <jane@other.example>", "I say: " + disputing}}, nil, "case 2 of jane@other.example: reassure escalate"},
		{"without a signal nobody is joined with a person",
			[]post{{janeAlias, threat + amazonOrder}, {janeDirect, "Where is " + amazonOrder + "?"}}, nil, "case 0 of jane@mail.example: "},
	} {
		t.Run(tt.about, func(t *testing.T) {
			d := newDesk(t, OnEscalate{})
			if tt.shop != nil {
				d.in.Shop = tt.shop
			}
			var o Outcome
			for i, p := range tt.posts {
				o = d.take(1, p.raw(i))
			}
			if got := fmt.Sprintf("case %d of %s: %s", o.CaseID, o.Message.Customer, strings.Join(dos(o.Actions), " ")); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTheTeamIsToldHowSureItIsWhoTheBuyerIs(t *testing.T) {
	for _, tt := range []struct {
		about string
		shop  owners
		want  string
	}{
		{"by the number alone", nil, "Heed: jane@mail.example wrote about 1234 and is taken for the buyer. Nothing else shows that they are: check it before you tell them of the case."},
		{"by the shop's data", owners{"1234": "jane@mail.example"}, "Heed: jane@mail.example is the buyer in 1234, the shop's data says."},
	} {
		d := newDesk(t, OnEscalate{})
		if tt.shop != nil {
			d.in.Shop = tt.shop
		}
		d.take(1, post{"", "1234"}.raw(0))
		o := d.take(1, post{janeDirect, disputing + " It is order #1234."}.raw(1))
		c, err := d.in.Store.Case(t.Context(), o.CaseID)
		if err != nil || strings.Join(c.Notes, "; ") != tt.want || c.Customer != "jane@mail.example" || c.CustomerName != "Jane" {
			t.Errorf("%s: notes %q of %s, %s, %v", tt.about, c.Notes, c.Customer, c.CustomerName, err)
		}
	}
}

func TestWhoWroteAMailStaysKnown(t *testing.T) {
	d := newDesk(t, OnEscalate{})
	d.take(1, post{janeDirect, disputing + " It is order " + amazonOrder}.raw(0))
	o := d.take(1, post{janeAlias, "I told you! " + disputing + " It is order " + amazonOrder}.raw(1))
	if o.Message.Customer != "jane@mail.example" || o.Message.Writer != "a1b2c3d4e5@marketplace.amazon.com" {
		t.Errorf("kept under %s, written by %s", o.Message.Customer, o.Message.Writer)
	}
	person, err := d.in.Store.Export(t.Context(), "a1b2c3d4e5@marketplace.amazon.com")
	if err != nil || person.Customer != "jane@mail.example" || len(person.Messages) != 2 || len(person.Aliases) != 1 {
		t.Errorf("export gives %+v, %v", person, err)
	}
	if err := d.in.Store.Forget(t.Context(), "a1b2c3d4e5@marketplace.amazon.com"); err != nil {
		t.Error(err)
	}
	if o := d.take(2, post{janeAlias, "Again: " + disputing}.raw(2)); o.Message.Customer != "a1b2c3d4e5@marketplace.amazon.com" {
		t.Errorf("after being forgotten they are %s", o.Message.Customer)
	}
}
