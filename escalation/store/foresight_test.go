package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/heedmail/heed/mailbox/message"
)

// What is answered from a foresight is what the state would have answered, whatever was written since.
func TestAForeseenBatchIsAnsweredAsTheStateAnswers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(4, 2))
	s := open(t)
	foreseen, listed, asked := 0, 0, 0
	for round := range 18 {
		update(t, s, func(tx *Tx) error {
			batch := make([]*Message, 70)
			if round%3 == 2 {
				batch = batch[:5] // fewer than there are open cases and aliases, which are not all read for so few
			}
			for i := range batch {
				batch[i] = someMessage(random, uint32(60*round+i+1)) // ten of them were there before
			}
			if err := tx.Foresee(batch, time.Hour); err != nil {
				return err
			}
			for _, standing := range tx.foreseen.of[byAlias:] {
				if standing.listed {
					listed++
				} else {
					asked++
				}
			}
			for i := range batch {
				m := batch[i]
				f := tx.foreseen
				if f != nil {
					foreseen++
				}
				quick := answers(t, tx, m)
				tx.foreseen = nil
				if slow := answers(t, tx, m); quick != slow {
					t.Errorf("round %d, message %d: foreseen %s, but the state says %s", round, i, quick, slow)
				}
				tx.foreseen = f
				if err := tx.AddMessage(m); err != nil && !errors.Is(err, ErrKnown) {
					return err
				}
				if err := somethingElse(random, tx, m); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if foreseen < 100 || listed < 10 || asked < 5 {
		t.Errorf("only %d messages were answered with a foresight; %d lists, %d questions", foreseen, listed, asked)
	}
}

// Open cases and aliases are read as a list where they are few beside the mails of a batch. Nobody is overlooked where they
// are not.
func TestAForesightKnowsThoseThatALongListDoesNotReach(t *testing.T) {
	t.Parallel()
	s := open(t)
	batch := foreseen(4)
	update(t, s, func(tx *Tx) error {
		for _, m := range batch {
			noError(t, tx.OpenCase(&Case{Customer: m.Customer, OpenedAt: noon}))
			noError(t, tx.JoinCustomers("alias-"+m.Customer, m.Customer, "", "", noon))
		}
		return nil
	})
	for n := 1; n <= len(batch); n++ {
		update(t, s, func(tx *Tx) error {
			noError(t, tx.Foresee(batch[len(batch)-n:], time.Hour))
			for _, m := range batch {
				open, err := tx.UnresolvedCase(m.Customer)
				noError(t, err)
				person, err := tx.Person("alias-" + m.Customer)
				noError(t, err)
				if open == 0 || person != m.Customer {
					t.Errorf("of %d mails: case %d of %s, who is %s", n, open, m.Customer, person)
				}
			}
			return nil
		})
	}
}

// Somebody who sends the same words days apart, in mails that are read together, repeats those that are kept with the one and
// not with the other.
func TestForesightTellsTheSameWordsOfOneDayFromThoseOfAnother(t *testing.T) {
	t.Parallel()
	s := open(t)
	kept, soon, late := inbound("jane@mail.example", 1), inbound("jane@mail.example", 2), inbound("jane@mail.example", 3)
	soon.At, late.At = kept.At.Add(time.Minute), kept.At.Add(72*time.Hour)
	for _, m := range []*Message{soon, late} {
		m.Text = kept.Text
	}
	update(t, s, func(tx *Tx) error { return tx.AddMessage(kept) })
	update(t, s, func(tx *Tx) error {
		noError(t, tx.Foresee([]*Message{soon, late}, time.Hour))
		for m, want := range map[*Message]bool{soon: true, late: false} {
			got, err := tx.Duplicate(m, time.Hour)
			noError(t, err)
			if got != want {
				t.Errorf("the mail of %s: duplicate is %v", m.At, got)
			}
		}
		return nil
	})
}

// Two stand-ins may have named the same order.
func TestForesightIsNotMistakenAboutTheLengthOfAList(t *testing.T) {
	t.Parallel()
	s := open(t)
	batch := foreseen(4) // so that a list of two is a long one
	update(t, s, func(tx *Tx) error {
		noError(t, tx.rememberOrders("order:1", []string{"1", "2"}, noon))
		return tx.rememberOrders("order:2", []string{"1", "2"}, noon)
	})
	update(t, s, func(tx *Tx) error {
		noError(t, tx.Foresee(batch, time.Hour))
		for _, order := range []string{"1", "2"} {
			if some, err := tx.HasStandIn(order); !some || err != nil {
				t.Errorf("order %s: no stand-in, %v", order, err)
			}
		}
		return nil
	})
}

func someMessage(random *rand.Rand, uid uint32) *Message {
	m := inbound(fmt.Sprintf("c%d@mail.example", random.IntN(30)), uid)
	m.At = noon
	m.MessageID = fmt.Sprintf("m%d@mail.example", random.IntN(1500))
	m.Text = fmt.Sprintf("words %d", random.IntN(60))
	if random.IntN(4) == 0 {
		m.Direction = message.Ignored
	}
	for range random.IntN(3) {
		m.Orders = append(m.Orders, fmt.Sprint(1000+random.IntN(300)))
	}
	return m
}

// answers are what intake asks for each mail.
func answers(t *testing.T, tx *Tx, m *Message) string {
	t.Helper()
	known, err := tx.Known(m.Place)
	noError(t, err)
	person, err := tx.Person(m.Customer)
	noError(t, err)
	open, err := tx.UnresolvedCase(m.Customer)
	noError(t, err)
	duplicate, err := tx.Duplicate(m, time.Hour)
	noError(t, err)
	named := ""
	for _, order := range m.Orders {
		who, err := tx.WhoElseNamed(order, m.Customer)
		noError(t, err)
		standIn, err := tx.HasStandIn(order)
		noError(t, err)
		named += fmt.Sprint(order, who, standIn)
	}
	return fmt.Sprint(known, person, open, duplicate, named)
}

// somethingElse is now and then written beside a message.
func somethingElse(random *rand.Rand, tx *Tx, m *Message) error {
	open, err := tx.UnresolvedCase(m.Customer)
	if err != nil {
		return err
	}
	switch what := random.IntN(60); {
	case what < 3 && open == 0:
		return tx.OpenCase(&Case{Customer: m.Customer, OpenedAt: m.At})
	case what < 3:
		return tx.Resolve(open, m.At)
	case what == 3:
		return tx.JoinCustomers(m.Customer, fmt.Sprintf("c%d@mail.example", random.IntN(30)), "", "", m.At)
	case what == 4:
		return tx.rememberOrders(fmt.Sprintf("order:%d", random.IntN(3)), []string{fmt.Sprint(1000 + random.IntN(300))}, m.At)
	case what == 5 && open == 0:
		last, err := tx.LastResolved(m.Customer)
		if err != nil || last == 0 {
			return err
		}
		return tx.Reopen(last, m.At)
	}
	return nil
}

func TestAForesightEndsWithAWriteThatItIsNotToldOf(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"SELECT 1 FROM messages": false, "DELETE FROM aliases": false, "INSERT INTO outbox (key) SELECT 'messages'": false,
		"UPDATE messages SET customer = ''": true, "UPDATE OR IGNORE cases SET customer = ''": true,
		"INSERT OR REPLACE INTO aliases VALUES (1)": true, "INSERT INTO orders (order_no)": true, "COMMIT": false,
	} {
		if disturbs(query) != want {
			t.Errorf("%s: disturbs is %v", query, !want)
		}
	}
}

// A notice and the mail of the buyer may lie in one batch, be the stand-ins before them few, and listed, or many.
func TestAForesightLearnsOfStandInsInItsBatch(t *testing.T) {
	t.Parallel()
	for name, before := range map[string][]string{"listed": nil, "asked for": {"8", "9"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			batch := foreseen(4) // so that a list of two is a long one
			batch[0].Orders = []string{"1", "2"}
			update(t, s, func(tx *Tx) error { return tx.rememberOrders("order:0", before, noon) })
			update(t, s, func(tx *Tx) error {
				noError(t, tx.Foresee(batch, time.Hour))
				if listed := tx.foreseen.of[byStandIn].listed; listed != (before == nil) {
					t.Errorf("listed is %v", listed)
				}
				noError(t, tx.rememberOrders("order:1", []string{"1"}, noon))
				noError(t, tx.rememberOrders("jane@mail.example", []string{"2"}, noon))
				for order, want := range map[string]bool{"1": true, "2": false} {
					if got, err := tx.HasStandIn(order); got != want || err != nil {
						t.Errorf("order %s: a stand-in is %v, %v", order, got, err)
					}
				}
				if tx.foreseen == nil || !tx.foreseen.lacks(byStandIn, "2") {
					t.Error("what is lacked still is forgotten")
				}
				return nil
			})
		})
	}
}

func TestNothingOfABatchStaysInMemoryWhenItWasKept(t *testing.T) {
	t.Parallel()
	s := open(t)
	var seen *foresight
	update(t, s, func(tx *Tx) error {
		noError(t, tx.AddMessage(foreseen(1)[0])) // so that something is found too
		noError(t, tx.Foresee(foreseen(4), time.Hour))
		seen = tx.foreseen
		if seen == nil || len(seen.items) == 0 || len(seen.found) == 0 || len(seen.args) == 0 {
			t.Errorf("seen is %+v", seen)
		}
		return nil
	})
	if slices.ContainsFunc(seen.items[:cap(seen.items)], func(i item) bool { return i != item{} }) ||
		slices.ContainsFunc(seen.args[:cap(seen.args)], func(a any) bool { return a != nil }) ||
		slices.ContainsFunc(seen.found[:cap(seen.found)], func(key string) bool { return key != "" }) || len(seen.taken) > 0 {
		t.Errorf("left is %+v", seen)
	}
	for topic := range seen.of {
		if len(seen.of[topic].keys) > 0 {
			t.Errorf("left of topic %d is %v", topic, seen.of[topic].keys)
		}
	}
}
