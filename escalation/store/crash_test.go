package store

import (
	"bufio"
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/internal/sqltap"
)

// A mail's transaction is torn at each of its statements in turn, COMMIT included, and once more by a panic and by a
// context that ends. Nothing of it may be left, and afterwards the same mail must be kept as if nothing had happened.
func TestTransactionThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heed.db")
	whole := openAt(t, path)
	keepMail(t, whole, 1, []byte("mail"), "text")
	before := dump(t, whole)

	statements := 0
	for n := 1; ; n++ {
		countdown := n
		torn := tornStore(t, path, &countdown)
		if !tryMail(torn, 2) {
			statements = n - 1
			break
		}
		if got := dump(t, whole); got != before {
			t.Fatalf("torn at statement %d, it left\n%s\nwant\n%s", n, got, before)
		}
	}
	if statements < 15 {
		t.Errorf("only %d statements were torn", statements)
	}
	if dump(t, whole) == before {
		t.Error("the mail that was not torn is not there")
	}
}

func TestPanicLeavesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	before := dump(t, s)
	func() {
		defer func() { _ = recover() }()
		_ = s.Update(t.Context(), func(tx *Tx) error {
			noError(t, tx.AddMessage(inbound("jane@mail.example", 1)))
			panic("a bad mail")
		})
	}()
	if got := dump(t, s); got != before {
		t.Errorf("it left\n%s", got)
	}
	keepMail(t, s, 1, nil, "") // and the writer is free again
}

func TestEndOfTheContextLeavesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	before := dump(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx *Tx) error {
		noError(t, tx.AddMessage(inbound("jane@mail.example", 1)))
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := dump(t, s); got != before {
		t.Errorf("it left\n%s", got)
	}
	keepMail(t, s, 1, nil, "")
}

func TestFullDiskLeavesNothingAndIsSurvived(t *testing.T) {
	t.Parallel()
	s := open(t)
	pages := func(n int) {
		_, err := s.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", n))
		noError(t, err)
	}
	pages(1) // SQLite makes it the present size
	before := dump(t, s)
	err := s.Update(t.Context(), func(tx *Tx) error {
		return errors.Join(tx.SetCursor("support", "INBOX", 7, 1), tx.Enqueue(&Row{Key: "k", Kind: MailRow, Payload: make([]byte, 1<<20)}))
	})
	if err == nil || !strings.Contains(err.Error(), "there is no space left for it; free some") {
		t.Errorf("got %v", err)
	}
	if got := dump(t, s); got != before {
		t.Errorf("it left\n%s", got)
	}
	pages(1 << 20)
	keepMail(t, s, 1, nil, "")
}

const childEnv = "HEED_TEST_CHILD_STATE"

// A child process keeps one mail after the other and says so after each commit, until it is killed with SIGKILL. All
// that it said must be there, whole.
func TestKilledProcessLosesNothingThatWasCommitted(t *testing.T) {
	if path := os.Getenv(childEnv); path != "" {
		keepMailsForever(t, path)
		return
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heed.db")
	for round := range 3 {
		said := killChild(t, path, 10+20*round)
		s, err := OpenFile(t.Context(), path, Options{Now: clock})
		noError(t, err)
		checkWhole(t, s, said)
		noError(t, s.Close())
	}
}

func keepMailsForever(t *testing.T, path string) {
	s, err := OpenFile(t.Context(), path, Options{Now: clock})
	noError(t, err)
	_, uid, _, err := s.Cursor(t.Context(), "support", "INBOX")
	noError(t, err)
	for {
		uid++
		keepMail(t, s, uid, bytes.Repeat([]byte("x"), 4<<10), "text")
		fmt.Println("kept", uid)
	}
}

// killChild lets a child keep so many mails, kills it wherever it is, and returns the number of the last that it said.
func killChild(t *testing.T, path string, mails int) uint32 {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcessLosesNothingThatWasCommitted$")
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	out, err := cmd.StdoutPipe()
	noError(t, err)
	noError(t, cmd.Start())
	last := uint64(0)
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); {
		number, found := strings.CutPrefix(lines.Text(), "kept ")
		if !found {
			continue
		}
		last, err = strconv.ParseUint(number, 10, 32)
		noError(t, err)
		if n++; n == mails {
			noError(t, cmd.Process.Kill())
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	return uint32(last)
}

// checkWhole holds that of each mail up to the cursor everything is there, and of none above it anything.
func checkWhole(t *testing.T, s *Store, said uint32) {
	t.Helper()
	_, uid, _, err := s.Cursor(t.Context(), "support", "INBOX")
	noError(t, err)
	if uid < said || uid > said+1 {
		t.Errorf("cursor %d after mail %d was said to be kept", uid, said)
	}
	var check string
	var messages, rows, recipients uint32
	noError(t, s.read.QueryRow(`SELECT (SELECT integrity_check FROM pragma_integrity_check), (SELECT count(*) FROM messages),
		(SELECT count(*) FROM outbox), (SELECT count(*) FROM recipients)`).Scan(&check, &messages, &rows, &recipients))
	if check != "ok" || messages != uid || rows != uid || recipients != 2*uid {
		t.Errorf("%s: %d messages, %d rows, %d recipients, want %d of each", check, messages, rows, recipients, uid)
	}
}

// tryMail keeps mail n, and reports whether it was torn.
func tryMail(s *Store, n uint32) (torn bool) {
	return errors.Is(mailTransaction(s, n, []byte("mail"), "text"), errTorn)
}

// dump writes down every row of every table.
func dump(t testing.TB, s *Store) string {
	t.Helper()
	var b strings.Builder
	noError(t, s.view(context.Background(), func(tx *Tx) error {
		tables, err := tx.strings(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
		if err != nil {
			return err
		}
		for _, table := range tables {
			err := tx.each(func(rows record) error {
				fmt.Fprintln(&b, table, rows)
				return nil
			}, `SELECT * FROM `+table)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return b.String()
}

// tornStore opens a state file so that one statement of its writer fails: the one at which the countdown reaches 0.
func tornStore(t *testing.T, path string, countdown *int) *Store {
	t.Helper()
	tear := func(string, []driver.NamedValue) (after func() error, err error) {
		if *countdown--; *countdown == 0 {
			return nil, errTorn
		}
		return nil, nil
	}
	db, err := connect("file:"+path+"?_txlock=immediate&", time.Second, 1, func(base driver.Connector) driver.Connector { return sqltap.Connector(base, tear) })
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	return &Store{path: path, now: clock, write: db}
}

var errTorn = errors.New("torn on purpose")

func TestStatementThatIsCutShortSaysWhy(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := s.view(ctx, func(tx *Tx) error {
		var n int
		return tx.row(`WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r`).Scan(&n)
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	keepMail(t, s, 1, nil, "")
}
