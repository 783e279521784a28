package store

import (
	"database/sql/driver"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heedmail/heed/internal/sqltap"
	"github.com/heedmail/heed/mailbox/message"
)

// What is asked for every mail and every pass of the outbox must not get slower as the state grows, so SQLite has to
// find it through an index. Each statement is caught on its way, and SQLite is asked how it would go about it.
func TestNothingThatIsAskedForEveryMailReadsAWholeTable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heed.db")
	plain := openAt(t, path)
	keepMail(t, plain, 1, []byte("mail"), "text")

	var caught queries
	db, err := connect("file:"+path+"?", time.Second, 1, func(base driver.Connector) driver.Connector { return sqltap.Connector(base, caught.add) })
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	s := &Store{path: path, now: clock, write: db, read: db}
	askEverything(t, s)

	if len(caught.all) < 20 {
		t.Errorf("only %d statements were caught", len(caught.all))
	}
	for query, args := range caught.all {
		for _, step := range plan(t, plain, query, args) {
			partial := strings.HasSuffix(step, "INDEX recipients_failed") || strings.HasSuffix(step, "INDEX cases_unresolved") // hold these alone
			derived := strings.HasPrefix(step, "SCAN (subquery") || strings.HasPrefix(step, "SCAN json_each")                  // what an inner query found, or a short list
			given := step == "SCAN batch" || step == "SCAN sqlite_sequence" || strings.HasSuffix(step, "CONSTANT ROW") || strings.HasSuffix(step, "CONSTANT ROWS")
			if strings.HasPrefix(step, "SCAN j VIRTUAL TABLE") {
				continue // a list within one message
			}
			// Ended by its LIMIT, where all that is read counts.
			list := slices.Contains(lists[:], query) && (!strings.Contains(query, "WHERE") || strings.HasSuffix(step, "INDEX orders_stand_ins"))
			if strings.HasPrefix(step, "SCAN") && !partial && !derived && !given && !list {
				t.Errorf("%s in\n%s", step, query)
			}
		}
	}
}

func askEverything(t *testing.T, s *Store) {
	t.Helper()
	keepMail(t, s, 2, []byte("mail"), "text")
	update(t, s, func(tx *Tx) error {
		m := inbound("jane@mail.example", 3)
		m.MessageID, m.Direction, m.CaseID = "", message.Outbound, 1
		noError(t, tx.AddMessage(m))
		noError(t, tx.RememberDispute("PP-D-1", m.Customer, m.At))
		for _, ask := range []func() error{
			func() error { _, _, _, err := tx.Cursor("support", "INBOX"); return err },
			func() error { _, err := tx.LastResolved(m.Customer); return err },
			func() error { _, err := tx.LastOrder(m.Customer); return err },
			func() error { _, _, err := tx.CustomerOfOrder("1234"); return err },
			func() error { _, _, err := tx.CustomerOfDispute("PP-D-1"); return err },
			func() error { _, err := tx.ChannelOfCustomer(m.Customer); return err },
			func() error { _, err := tx.OrdersNamed(m.Customer); return err },
			func() error { _, err := tx.WhoElseNamed("1234", m.Customer); return err },
			func() error { _, err := tx.HasStandIn("1234"); return err },
			func() error { _, err := tx.NameOfCustomer(m.Customer); return err },
			func() error { _, err := tx.Timeline(m.Customer, 50); return err },
			func() error { _, err := tx.Case(1); return err },
			func() error { return tx.Foresee([]*Message{m}, time.Hour) },
			func() error { return tx.JoinCustomers(m.Customer, "joe@mail.example", "Joe", "for a test", m.At) },
		} {
			noError(t, ask())
		}
		return nil
	})
	update(t, s, func(tx *Tx) error {
		_, err := tx.HeldMail("jane@mail.example", 1, noon)
		noError(t, err)
		_, err = tx.NthRelease("jane@mail.example", noon, 3)
		noError(t, err)
		_, err = tx.Messages([]int64{1})
		noError(t, err)
		return tx.SetSilenced(1, "x")
	})
	o, err := s.PutAside(t.Context(), Place{UID: 1}, func(w io.Writer) error { _, err := w.Write([]byte("mail")); return err })
	noError(t, err)
	noError(t, s.WriteOriginal(t.Context(), o, 0, io.Discard))
	noError(t, s.DropOriginals(t.Context(), []int64{o.ID}))
	_, err = s.ChatBatch(t.Context(), "ops", 10)
	noError(t, err)
	rows, err := s.Due(t.Context(), noon.Add(99*time.Hour), 10)
	noError(t, err)
	_, _, err = s.NextDue(t.Context())
	noError(t, err)
	noError(t, s.Attempt(t.Context(), rows[0].ID, rows[0].Hash, noon))
	rows[0].State = Done
	noError(t, s.Finish(t.Context(), rows[0]))
	_, err = s.Undelivered(t.Context())
	noError(t, err)
	_, err = s.CaseRows(t.Context(), 1)
	noError(t, err)
	_, err = s.CaseMessages(t.Context(), 1)
	noError(t, err)
	_, err = s.Stats(t.Context())
	noError(t, err)
}

func plan(t *testing.T, s *Store, query string, args []any) (steps []string) {
	t.Helper()
	noError(t, s.view(t.Context(), func(tx *Tx) error {
		return tx.each(func(rows record) error {
			var id, parent, unused int
			var step string
			err := rows.Scan(&id, &parent, &unused, &step)
			steps = append(steps, step)
			return err
		}, "EXPLAIN QUERY PLAN "+query, args...)
	}))
	return steps
}

// queries are the statements that were caught, with the arguments of one of their uses.
type queries struct {
	mu  sync.Mutex
	all map[string][]any
}

// add is the sqltap.Tap.
func (q *queries) add(query string, named []driver.NamedValue) (after func() error, err error) {
	if query == sqltap.Begin || strings.HasPrefix(query, sqltap.Commit) {
		return nil, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	args := make([]any, len(named))
	for i, n := range named {
		args[i] = n.Value
	}
	if q.all == nil {
		q.all = make(map[string][]any)
	}
	q.all[query] = args
	return nil, nil
}
