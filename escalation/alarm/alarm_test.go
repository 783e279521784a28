package alarm_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/alarm"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
)

var noon = time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.OpenFile(t.Context(), filepath.Join(t.TempDir(), "heed.db"), store.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func desk(t *testing.T, to ...string) alarm.Desk {
	t.Helper()
	c, err := note.New(note.Options{From: "Heed <heed@example.com>"})
	if err != nil {
		t.Fatal(err)
	}
	return alarm.Desk{Composer: c, To: to}
}

func queued(t *testing.T, st *store.Store) []store.Row {
	t.Helper()
	rows, err := st.Due(t.Context(), noon.Add(time.Hour), 100)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTheSameTroubleIsToldOnce(t *testing.T) {
	st, d := open(t), desk(t, "admin@example.com", "second@example.com")
	a := note.Alarm{Key: "silent/us/1", Kind: note.MailboxSilent, Mailbox: "us", Since: noon.Add(-time.Hour), Problem: "refused"}
	for _, a := range []note.Alarm{a, a, {Key: "well/us/1", Kind: note.MailboxWell, Mailbox: "us"}} {
		if err := st.Update(t.Context(), func(tx *store.Tx) error { return d.Queue(tx, a, noon) }); err != nil {
			t.Fatal(err)
		}
	}
	rows := queued(t, st)
	if len(rows) != 2 || len(rows[0].Recipients) != 2 || rows[0].MessageID == rows[1].MessageID {
		t.Fatalf("queued: %+v", rows)
	}
	if !strings.Contains(string(rows[0].Payload), "X-Heed-Alarm: mailbox-silent\r\n") || strings.Contains(string(rows[0].Payload), "X-Heed-Case") {
		t.Errorf("the alarm reads:\n%s", rows[0].Payload)
	}
}

func TestWithoutAnAddressNothingIsQueued(t *testing.T) {
	st := open(t)
	err := st.Update(t.Context(), func(tx *store.Tx) error {
		return desk(t).Queue(tx, note.Alarm{Key: "k", Kind: note.MailboxSilent}, noon)
	})
	if rows := queued(t, st); err != nil || len(rows) != 0 {
		t.Errorf("%v, queued %+v", err, rows)
	}
}
