package store

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/heedmail/heed/mailbox/message"
)

// foreseen are messages that are told of before they are added, one that has all fields among them.
func foreseen(n int) []*Message {
	batch := make([]*Message, n)
	for i := range batch {
		m := inbound(fmt.Sprintf("c%d@mail.example", i), uint32(i+1))
		m.MessageID, m.At = fmt.Sprintf("m%d@mail.example", i), noon.Add(time.Duration(i)*time.Minute)
		m.Orders = []string{fmt.Sprint(1000 + i)}
		if i == n/2 {
			m.Direction, m.Ignored, m.References, m.Faults, m.Auth = message.Ignored, message.DisputeClosed, []string{"a"}, []string{"b"}, message.AuthPassed
			m.Notice, m.Facts, m.Writer = &message.Notice{Platform: "paypal"}, message.Facts{Numbers: []string{"PP-D-1"}}, "w@mail.example"
		}
		batch[i] = m
	}
	return batch
}

func TestMessagesThatAreWrittenTogetherAreAllThere(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, piledAtOnce - 1, piledAtOnce, piledAtOnce + 1, 3*piledAtOnce + 5} {
		s, batch := open(t), foreseen(n)
		update(t, s, func(tx *Tx) error {
			noError(t, tx.Foresee(batch, time.Hour))
			for _, m := range batch {
				noError(t, tx.AddMessage(m))
			}
			return nil
		})
		for i, m := range batch {
			got, err := s.Timeline(t.Context(), m.Customer, 10)
			noError(t, err)
			if len(got) != 1 || !reflect.DeepEqual(got[0], *m) || m.ID != int64(i+1) {
				t.Fatalf("message %d of %d: got\n%+v\nwant\n%+v", i, n, got, *m)
			}
			update(t, s, func(tx *Tx) error {
				who, _, err := tx.CustomerOfOrder(m.Orders[0])
				if want := m.Customer; m.Direction == message.Inbound && who != want {
					t.Errorf("order %s is %q's, want %q", m.Orders[0], who, want)
				}
				return err
			})
		}
	}
}

// Whatever is asked or written finds what was added before it, and what is given up is not written by the next one.
func TestWhatIsPiledUpIsWrittenBeforeAnythingElseOrNotAtAll(t *testing.T) {
	t.Parallel()
	s, batch := open(t), foreseen(5)
	stored := func(tx *Tx) (n int) {
		noError(t, tx.row(`SELECT count(*) FROM messages`).Scan(&n))
		return n
	}
	add := func(tx *Tx) {
		noError(t, tx.Foresee(batch, time.Hour))
		for i, m := range batch {
			noError(t, tx.AddMessage(m))
			if i == 2 && stored(tx) != 3 {
				t.Errorf("%d messages are there after three", stored(tx))
			}
		}
	}
	errGivenUp := errors.New("given up")
	if err := s.Update(t.Context(), func(tx *Tx) error { add(tx); return errGivenUp }); !errors.Is(err, errGivenUp) {
		t.Errorf("got %v", err)
	}
	update(t, s, func(tx *Tx) error {
		if n := stored(tx); n != 0 {
			t.Errorf("%d messages of a transaction that was given up", n)
		}
		return nil
	})
	update(t, s, func(tx *Tx) error { add(tx); return nil })
	update(t, s, func(tx *Tx) error {
		if n := stored(tx); n != len(batch) {
			t.Errorf("%d messages, want %d", n, len(batch))
		}
		return nil
	})
}

func TestAQuestionAboutOtherTablesPassesByThePiles(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"SELECT id FROM cases WHERE customer = ? ORDER BY id": true, "SELECT message_id, order_no FROM cases": true,
		"SELECT uid FROM messages": false, "SELECT 1 FROM cases, orders o": false, "SELECT 1 WHERE EXISTS (SELECT 1 FROM messages)": false,
		"DELETE FROM cases": false, "INSERT INTO cases SELECT 1": false, "UPDATE cases SET id = 1": false, "WITH m AS (SELECT 1) DELETE FROM cases": false,
	} {
		if passesBy(query) != want {
			t.Errorf("%s: passes by is %v", query, !want)
		}
	}
}

// Were the foresight ever wrong, the mails would be taken again rather than lost.
func TestARowThatIsNotWrittenIsAnError(t *testing.T) {
	t.Parallel()
	s, batch := open(t), foreseen(2)
	batch[1].Place = batch[0].Place
	err := s.Update(t.Context(), func(tx *Tx) error {
		noError(t, tx.Foresee(batch, time.Hour))
		noError(t, tx.AddMessage(batch[0]))
		clear(tx.foreseen.taken) // which is not so
		return tx.AddMessage(batch[1])
	})
	if err == nil {
		t.Error("a message is gone")
	}
}
