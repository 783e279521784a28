package bench

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/mailbox"
	"go.uber.org/zap"
)

// state measures whether a decision gets slower with the number of messages that are stored.
func state(t *testing.T, _ string, r *report) {
	most := setting("BENCH_STORED", 1_000_000)
	sizes := []int{1_000, most / 10, most}
	files := make([]string, len(sizes))
	stores := make([]*store.Store, len(sizes))
	for i, n := range sizes {
		files[i] = filepath.Join(t.TempDir(), "heed.db")
		fill(t, files[i], n)
		stores[i] = openState(t, files[i])
		decision(t, stores[i], 0) // a daemon has its file open for weeks; the first batch after a start is not what is measured
	}
	times := make([][]time.Duration, len(sizes))
	for round := range rounds() {
		for i := range sizes {
			times[i] = append(times[i], decision(t, stores[i], round+1))
		}
	}
	base := median(times[0])
	for i := 1; i < len(sizes); i++ {
		f := figure{what: fmt.Sprintf("decision at %d stored ÷ at %d", sizes[i], sizes[0]), value: ratio(median(times[i]), base),
			detail: fmt.Sprintf("%s, %s", median(times[i]).Round(time.Microsecond), base.Round(time.Microsecond))}
		if i == len(sizes)-1 {
			f.least, f.aim = 1.5, 1.1
		}
		r.add(t, f)
	}
	info, err := os.Stat(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	r.add(t, figure{what: "state file per message", value: float64(info.Size()) / float64(sizes[len(sizes)-1]), unit: "B", detail: "of about 500 B of text"})
}

// newIntake is the way that mails take in the program.
func newIntake(t testing.TB, st *store.Store) *intake.Intake {
	t.Helper()
	composer, err := note.New(note.Options{From: "Heed <heed@example.com>", Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	return intake.New(intake.Options{Store: st, Classifier: classifier(t), Policy: escalation.DefaultPolicy(),
		People: escalation.People{Domestic: []string{"yodi@example.com"}}, Composer: composer, Now: time.Now, Log: zap.NewNop(),
		Mailboxes: []intake.Mailbox{{Name: "m", Read: shop()}}})
}

// fill makes a state file with so many messages: a few that Heed has taken, and copies of them for other customers. What is asked
// for lies all over the indexes, and customers have written as often however many there are.
func fill(t *testing.T, path string, n int) {
	t.Helper()
	st := openState(t, path)
	decision(t, st, -1)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=cache_size(-400000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	columns, values := copied(t, db)
	_, err = db.ExecContext(t.Context(), fmt.Sprintf(`WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < %d)
		INSERT INTO messages (%s) SELECT %s FROM r JOIN (SELECT * FROM messages WHERE direction = 'inbound' ORDER BY id LIMIT 1) m`, n, columns, values))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
}

// copied lists the columns of messages, and for each what a copy has in it.
func copied(t *testing.T, db *sql.DB) (columns, values string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM pragma_table_info('messages') WHERE name <> 'id'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	const other = "'jane.roe' || (10000 + n / 10 * 48271 % 99999989) || '@mail.example'" // ten mails each, between those who will write
	own := map[string]string{
		"uid": "1000000 + n", "message_id": "'mail-' || (n * 48271 % 99999989) || '-copy@mail.example'", "customer": other, "sender": other,
		"text_hash": "printf('%016x', n * 2654435761 % 4294967296)", "at": "m.at - n * 1000000", "case_id": "NULL",
	}
	var all, contents []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
		value, ok := own[name]
		if !ok {
			value = "m." + name
		}
		contents = append(contents, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, ", "), strings.Join(contents, ", ")
}

// openState opens a state file until the end of the test.
func openState(t testing.TB, path string) *store.Store {
	t.Helper()
	st, err := store.OpenFile(context.Background(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() }) // it may be closed already
	return st
}

// decision takes a batch of mails, each from a customer who has not written before, and returns how long the decision about one took: the mean of the
// batch, since what is asked and written for several at once falls to any of them.
func decision(t *testing.T, st *store.Store, round int) time.Duration {
	t.Helper()
	in := newIntake(t, st)
	var took time.Duration
	in.After = func(o intake.Outcome) { took += o.Took.Keep }
	batch := envelopes((round+2)*mailbox.MaxBatch, mailbox.MaxBatch)
	last := batch[len(batch)-1].UID
	if err := in.Deliver(t.Context(), "m", "INBOX", batch, mailbox.Cursor{UIDValidity: 1, UID: last}); err != nil {
		t.Fatal(err)
	}
	return took / mailbox.MaxBatch
}
