package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
)

func TestMigratedSchemaIsTheFreshOne(t *testing.T) {
	t.Parallel()
	first, err := os.ReadFile("testdata/schema-1.sql")
	noError(t, err)
	old := empty(t)
	noError(t, migrate(t.Context(), old, string(first), nil))
	noError(t, migrate(t.Context(), old, schema, migrations()))
	fresh := empty(t)
	noError(t, migrate(t.Context(), fresh, schema, migrations()))
	if got, want := structure(t, old), structure(t, fresh); got != want {
		t.Errorf("migrated\n%s\nfresh\n%s", got, want)
	}
}

// The outbox table is made anew by the second schema. What waits in it, and for whom, has to come through.
func TestTheOutboxComesThroughTheUpgrade(t *testing.T) {
	t.Parallel()
	first, err := os.ReadFile("testdata/schema-1.sql")
	noError(t, err)
	db := empty(t)
	noError(t, migrate(t.Context(), db, string(first), nil))
	_, err = db.Exec(`INSERT INTO outbox VALUES (7, 'a', 'mail', NULL, 'support', 'INBOX', 1, 2, 'm@heed', 'heed@example.com', '',
			'pending', 3, 50, '451 later', 40, 0, 'abc', x'01', x'02');
		INSERT INTO recipients VALUES (7, 0, 'lu@example.com', 'done', ''), (7, 1, 'yodi@example.com', 'pending', '451 later');`)
	noError(t, err)
	noError(t, migrate(t.Context(), db, schema, migrations()))
	var rows []Row
	update(t, &Store{write: db}, func(tx *Tx) error { rows, err = tx.rows(""); return err })
	if len(rows) != 1 || rows[0].ID != 7 || rows[0].Attempts != 3 || rows[0].Error != "451 later" || len(rows[0].Recipients) != 2 ||
		rows[0].Recipients[0].State != Done || rows[0].Recipients[1].Address != "yodi@example.com" || rows[0].Told != nil {
		t.Errorf("%+v", rows)
	}
}

func TestMigrationsRunInOrderOnce(t *testing.T) {
	t.Parallel()
	db := empty(t)
	steps := []string{"ALTER TABLE cursors ADD COLUMN a TEXT", "ALTER TABLE cursors ADD COLUMN b TEXT; UPDATE cursors SET b = a"}
	noError(t, migrate(t.Context(), db, schema, nil))
	noError(t, migrate(t.Context(), db, schema, steps[:1]))
	noError(t, migrate(t.Context(), db, schema, steps))
	noError(t, migrate(t.Context(), db, schema, steps))
	var version int
	noError(t, db.QueryRow("PRAGMA user_version").Scan(&version))
	if version != 3 || !strings.Contains(structure(t, db), "cursors.b ") {
		t.Errorf("version %d of\n%s", version, structure(t, db))
	}
}

func TestUpgradeThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	db := empty(t)
	noError(t, migrate(t.Context(), db, schema, nil))
	before := structure(t, db)
	if err := migrate(t.Context(), db, schema, []string{"ALTER TABLE cursors ADD COLUMN a TEXT", "ALTER TABLE nowhere ADD COLUMN b TEXT"}); err == nil {
		t.Fatal("it succeeded")
	}
	if got := structure(t, db); got != before {
		t.Errorf("got\n%s\nwant\n%s", got, before)
	}
	noError(t, migrate(t.Context(), db, schema, nil)) // and the version is the old one
}

func TestUpgradeBelowTheOldestIsRefused(t *testing.T) {
	t.Parallel()
	db := empty(t)
	noError(t, migrate(t.Context(), db, schema, []string{"SELECT 1"}))
	if err := migrate(t.Context(), db, schema, nil); !errors.Is(err, errNewer) {
		t.Errorf("got %v", err)
	}
}

func empty(t *testing.T) *sql.DB {
	t.Helper()
	db, err := connect("file:"+filepath.Join(t.TempDir(), "heed.db")+"?_txlock=immediate&", time.Second, 1, nil)
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	return db
}

// structure writes down tables, columns, keys and indexes. The text of sqlite_schema would not do, since a column that
// was added later reads differently there.
func structure(t *testing.T, db *sql.DB) string {
	t.Helper()
	var b strings.Builder
	for _, query := range []string{
		`SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || coalesce(c.dflt_value, '-') || ' ' || c.pk
			FROM sqlite_schema t, pragma_table_xinfo(t.name) c WHERE t.type = 'table' ORDER BY 1`,
		`SELECT t.name || ' -> ' || f."table" || ' ' || f."from" || ' ' || f.on_delete
			FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY 1`,
		`SELECT t.name || ' ' || i.name || ' ' || i."unique" || ' ' || i.partial || ' ' ||
			(SELECT group_concat(coalesce(x.name, '-') || x.coll || x."desc") FROM pragma_index_xinfo(i.name) x)
			FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' ORDER BY 1`,
	} {
		update(t, &Store{write: db}, func(tx *Tx) error {
			all, err := tx.strings(query)
			fmt.Fprintln(&b, strings.Join(all, "\n"))
			return err
		})
	}
	return b.String()
}

// A state file of the first version, as that version wrote it, has all that was in it after the upgrade, and what was to
// be done is still to be done, once.
func TestUpgradeKeepsWhatTheFirstVersionWrote(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heed.db")
	dump, err := os.ReadFile("testdata/state-1.sql")
	noError(t, err)
	run(t, path, string(dump))
	s := openAt(t, path)

	st, err := s.Stats(t.Context())
	noError(t, err)
	if st.OpenCases != 1 || st.Pending != 2 || st.Failed != 1 {
		t.Errorf("counted %+v", st)
	}
	for what, want := range map[string]string{
		"messages WHERE direction = 'inbound'": "3", "messages WHERE direction = 'ignored'": "1", "cases WHERE state = 'acked'": "1", "cases WHERE state = 'resolved'": "1",
	} {
		update(t, s, func(tx *Tx) error {
			got, err := tx.strings("SELECT CAST(count(*) AS TEXT) FROM " + what)
			if len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
			return err
		})
	}
	var jane *Case
	update(t, s, func(tx *Tx) error {
		jane, err = tx.Case(2)
		if err != nil {
			return err
		}
		again := inbound("jane@mail.example", 2, classify.ChargebackThreat)
		again.Place.UIDValidity = 8
		if known, err := tx.Duplicate(again, time.Hour); err != nil || !known {
			t.Errorf("Jane's mail is not known any more: %v", err)
		}
		if customer, ok, err := tx.CustomerOfDispute("PP-D-1"); customer != "joe@mail.example" || !ok || err != nil {
			t.Errorf("the dispute is %q's, %v", customer, err)
		}
		if uidvalidity, uid, ok, err := tx.Cursor("support", "INBOX"); uidvalidity != 7 || uid != 4 || !ok || err != nil {
			t.Errorf("the cursor is at %d/%d, %v", uidvalidity, uid, err)
		}
		return nil
	})
	if jane.State != Acked || jane.ThreadID != "heed-2-escalate@example.com" || len(jane.Used) != 2 || len(jane.Mailed) != 2 || len(jane.Notes) != 1 {
		t.Errorf("Jane's case: %+v", jane)
	}
	messages, err := s.CaseMessages(t.Context(), 2)
	noError(t, err)
	if len(messages) != 1 || len(messages[0].Signals) != 2 || len(messages[0].References) != 1 || len(messages[0].Faults) != 1 {
		t.Errorf("Jane's messages: %+v", messages)
	}
	rows, err := s.CaseRows(t.Context(), 2)
	noError(t, err)
	if got := states(rows); got != "mail pending 1: lu done, yodi pending, gone failed; keyword pending 0; draft done 1" {
		t.Errorf("Jane's rows: %s", got)
	}
	due, err := s.Due(t.Context(), noon.Add(time.Minute), 10)
	noError(t, err)
	if len(due) != 2 || !strings.Contains(string(due[0].Payload), "Jane threatens.") {
		t.Errorf("to be done: %+v", due)
	}
	row := Row{Key: "mail/heed-2", Kind: MailRow, Payload: []byte("again")}
	enqueue(t, s, &row)
	if row.ID != 1 {
		t.Error("what was decided can be queued once more")
	}
}

// states writes down how far rows have come.
func states(rows []Row) string {
	var all []string
	for _, r := range rows {
		text := fmt.Sprintf("%s %s %d", r.Kind, r.State, r.Attempts)
		for i, to := range r.Recipients {
			name, _, _ := strings.Cut(to.Address, "@")
			text += fmt.Sprintf("%s %s %s", map[bool]string{true: ":", false: ","}[i == 0], name, to.State)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}
