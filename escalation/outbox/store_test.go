package outbox_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/store"
)

// The world of the other tests stands in for the store; here the real one shows that the loop gets from it what it needs.
func TestRowsOfTheRealStoreAreDoneAndAfterARestartNotDoneAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "heed.db")
	w := &world{script: []map[string]error{{"gone@example.com": fault(outbox.Permanent)}}}
	ctx := t.Context()
	st, err := store.OpenFile(ctx, file, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := []store.Row{mailRow(0, "lu@example.com", "gone@example.com"), boxRow(0, store.DraftRow), boxRow(0, store.KeywordRow)}
	err = st.Update(ctx, func(tx *store.Tx) error {
		for i := range rows {
			rows[i].Key = string(rows[i].Kind)
			rows[i].CaseID = 0
			if err := tx.Enqueue(&rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	runUntilDone(t, st, w, len(rows))
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}

	if st, err = store.OpenFile(ctx, file, store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, pending, err := st.NextDue(ctx); err != nil || pending {
		t.Errorf("after the restart something is due: %v", err)
	}
	undelivered, err := st.Undelivered(ctx)
	if err != nil || len(undelivered) != 1 || undelivered[0].Recipients[0].State != store.Done || undelivered[0].Recipients[1].State != store.Failed {
		t.Errorf("undelivered: %+v %v", undelivered, err)
	}
	if len(w.mails) != 1 || len(w.boxes) != 2 {
		t.Errorf("mails %d, mailbox %v", len(w.mails), w.boxes)
	}
}

// runUntilDone runs an outbox until it has told of n attempts.
func runUntilDone(t *testing.T, st *store.Store, w *world, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b := outbox.New(outbox.Options{Store: st, Mail: w, Mailboxes: map[string]outbox.Writer{"support": w}, OnEvent: func(outbox.Event) {
		if n--; n == 0 {
			cancel() // what was done is written down before Run returns
		}
	}})
	if err := b.Run(ctx); err != nil {
		t.Error(err)
	}
	if n != 0 {
		t.Fatalf("%d rows were not done", n)
	}
}
