package store

import (
	"reflect"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox/message"
)

const days90 = 90 * 24 * time.Hour

// uidsCounted adds up which messages of jane a history at a time holds; inbound makes message n arrive at n o'clock.
func hoursCounted(t *testing.T, tx *Tx, at time.Time, longest time.Duration) []int {
	t.Helper()
	h, _, err := tx.History("jane@mail.example", at, longest)
	noError(t, err)
	var hours []int
	for _, c := range h.Counted {
		hours = append(hours, int(c.At.Sub(noon).Hours()))
	}
	return hours
}

func TestHistoryHoldsTheMessagesThatCount(t *testing.T) {
	t.Parallel()
	update(t, open(t), func(tx *Tx) error {
		add := func(m *Message) { noError(t, tx.AddMessage(m)) }
		add(inbound("jane@mail.example", 1, classify.Abuse))
		add(inbound("jane@mail.example", 2)) // carries nothing
		add(inbound("jane@mail.example", 3, classify.ChurnThreat, classify.Abuse))
		add(inbound("joe@mail.example", 4, classify.Abuse))
		ignored := inbound("jane@mail.example", 5, classify.Abuse)
		ignored.Direction, ignored.Ignored = message.Ignored, message.Duplicate
		add(ignored)
		ours := inbound("jane@mail.example", 6, classify.Abuse)
		ours.Direction = message.Outbound
		add(ours)
		add(inbound("jane@mail.example", 0, classify.LegalThreat)) // came late

		if got := hoursCounted(t, tx, noon.Add(4*time.Hour), days90); !reflect.DeepEqual(got, []int{3, 1, 0}) {
			t.Errorf("counted %v", got)
		}
		if got := hoursCounted(t, tx, noon.Add(4*time.Hour), 3*time.Hour); !reflect.DeepEqual(got, []int{3, 1}) {
			t.Errorf("within three hours, the limit included: %v", got)
		}
		if got := hoursCounted(t, tx, noon, time.Hour); !reflect.DeepEqual(got, []int{1, 0}) {
			t.Errorf("around a late mail: %v", got)
		}
		h, c, err := tx.History("jane@mail.example", noon, days90)
		if c != nil || h.Open || len(h.Counted[0].Signals) != 2 {
			t.Errorf("%+v, case %v", h, c)
		}
		return err
	})
}

func TestHistoryShowsTheOpenCase(t *testing.T) {
	t.Parallel()
	key := escalation.StepKey{Rule: "abuse", At: 2, Do: escalation.Escalate}
	update(t, open(t), func(tx *Tx) error {
		c := &Case{Customer: "jane@mail.example", OpenedAt: noon}
		noError(t, tx.OpenCase(c))
		noError(t, tx.UseSteps(c.ID, []escalation.StepKey{key, key}, 1))
		noError(t, tx.AddMailed(c.ID, []string{"lu@example.com", "yodi@example.com"}, noon))
		noError(t, tx.AddMailed(c.ID, []string{"LU@example.com", "silver@example.com"}, noon))
		h, got, err := tx.History("jane@mail.example", noon, days90)
		if got == nil || got.ID != c.ID || !h.Open || len(h.Used) != 1 || !h.Used[key] {
			t.Errorf("%+v %+v", h, got)
		}
		if want := []string{"lu@example.com", "yodi@example.com", "silver@example.com"}; !reflect.DeepEqual(h.Mailed, want) {
			t.Errorf("mailed %v, want %v", h.Mailed, want)
		}
		return err
	})
}

// What somebody resolves is what had been read by then, whatever the clocks of the mail server say.
func TestResolvedCaseSettlesWhatWasReadBefore(t *testing.T) {
	t.Parallel()
	s := open(t)
	var id int64
	update(t, s, func(tx *Tx) error {
		noError(t, tx.AddMessage(inbound("jane@mail.example", 1, classify.Abuse)))
		noError(t, tx.AddMessage(inbound("jane@mail.example", 50, classify.Abuse))) // its server's clock is ahead
		c := &Case{Customer: "jane@mail.example", OpenedAt: noon}
		noError(t, tx.OpenCase(c))
		id = c.ID
		return nil
	})
	noError(t, s.Resolve(t.Context(), id, noon.Add(10*time.Hour)))
	update(t, s, func(tx *Tx) error {
		noError(t, tx.AddMessage(inbound("jane@mail.example", 9, classify.Abuse))) // arrived before, read after
		if got := hoursCounted(t, tx, noon, days90); !reflect.DeepEqual(got, []int{9}) {
			t.Errorf("counted %v after the case was resolved", got)
		}
		last, err := tx.LastResolved("jane@mail.example")
		if last != id {
			t.Errorf("case %d was resolved last", last)
		}
		return err
	})
	noError(t, s.Reopen(t.Context(), id, noon))
	update(t, s, func(tx *Tx) error {
		if got := hoursCounted(t, tx, noon, days90); !reflect.DeepEqual(got, []int{50, 9, 1}) {
			t.Errorf("counted %v after the case was reopened", got)
		}
		last, err := tx.LastResolved("jane@mail.example")
		if last != 0 {
			t.Errorf("case %d was resolved last", last)
		}
		return err
	})
}

func TestOrderLeadsToItsCustomer(t *testing.T) {
	t.Parallel()
	update(t, open(t), func(tx *Tx) error {
		of := func(order string) string {
			customer, ok, err := tx.CustomerOfOrder(order)
			noError(t, err)
			if ok != (customer != "") {
				t.Errorf("order %s: %q, %v", order, customer, ok)
			}
			return customer
		}
		if got := of("1234"); got != "" {
			t.Errorf("nobody named it, got %q", got)
		}
		noError(t, tx.rememberOrders("order:1234", []string{"1234"}, noon.Add(time.Hour)))
		if got := of("1234"); got != "order:1234" {
			t.Errorf("only a notice named it, got %q", got)
		}
		jane := inbound("jane@mail.example", 1)
		jane.Orders = []string{"1234", "", "1235"}
		noError(t, tx.AddMessage(jane))
		noError(t, tx.rememberOrders("", []string{"1235"}, noon.Add(99*time.Hour)))
		if got := of("1234"); got != "jane@mail.example" {
			t.Errorf("a person goes before a stand-in, got %q", got)
		}
		noError(t, tx.rememberOrders("joe@mail.example", []string{"1235"}, noon.Add(2*time.Hour)))
		if got := of("1235"); got != "joe@mail.example" {
			t.Errorf("whoever named it last, got %q", got)
		}
		noError(t, tx.rememberOrders("joe@mail.example", []string{"1235"}, noon.Add(-time.Hour)))
		if got := of("1235"); got != "joe@mail.example" {
			t.Errorf("late mail set back who named it last, got %q", got)
		}
		if got := of(""); got != "" {
			t.Errorf("no order, got %q", got)
		}
		last, err := tx.LastOrder("jane@mail.example")
		if last != "1234" {
			t.Errorf("last order %q", last)
		}
		return err
	})
}

func TestIgnoredMailTeachesNoOrder(t *testing.T) {
	t.Parallel()
	update(t, open(t), func(tx *Tx) error {
		receipt := inbound("mailer@shop.example", 1)
		receipt.Direction, receipt.Ignored, receipt.Orders = message.Ignored, message.Automatic, []string{"1234"}
		noError(t, tx.AddMessage(receipt))
		customer, ok, err := tx.CustomerOfOrder("1234")
		if ok {
			t.Errorf("got %q", customer)
		}
		return err
	})
}

func TestDisputeLeadsToItsCustomer(t *testing.T) {
	t.Parallel()
	update(t, open(t), func(tx *Tx) error {
		noError(t, tx.RememberDispute("PP-D-1", "dispute:PP-D-1", noon.Add(time.Hour)))
		noError(t, tx.RememberDispute("PP-D-1", "jane@mail.example", noon))
		noError(t, tx.RememberDispute("", "joe@mail.example", noon))
		noError(t, tx.RememberDispute("PP-D-2", "", noon))
		for dispute, want := range map[string]string{"PP-D-1": "jane@mail.example", "PP-D-2": "", "": ""} {
			got, ok, err := tx.CustomerOfDispute(dispute)
			if got != want || ok != (want != "") || err != nil {
				t.Errorf("%q: %q, %v, %v", dispute, got, ok, err)
			}
		}
		return nil
	})
}

func TestChannelAndNameAreThoseOfTheLastMail(t *testing.T) {
	t.Parallel()
	update(t, open(t), func(tx *Tx) error {
		for n, channel := range []string{"shopify", "amazon", "", "ebay"} {
			m := inbound("jane@mail.example", uint32(n))
			m.Channel = channel
			if channel == "ebay" {
				m.Notice = &message.Notice{Platform: "ebay"}
				m.CustomerName = ""
			}
			noError(t, tx.AddMessage(m))
		}
		channel, err := tx.ChannelOfCustomer("jane@mail.example")
		if channel != "amazon" || err != nil {
			t.Errorf("channel %q, %v", channel, err)
		}
		name, err := tx.NameOfCustomer("jane@mail.example")
		if name != "Jane Roe" || err != nil {
			t.Errorf("name %q, %v", name, err)
		}
		unknown, err := tx.ChannelOfCustomer("joe@mail.example")
		if unknown != "" {
			t.Errorf("channel of nobody %q", unknown)
		}
		return err
	})
}
