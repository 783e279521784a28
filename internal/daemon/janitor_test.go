package daemon

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/mailbox/message"
)

// cleaned runs a janitor for so long over messages that came so many days ago, and returns whose are left, by customer,
// and what the log says.
func cleaned(ctx context.Context, t *testing.T, retain, d time.Duration, customers map[string]int) (left []string, log []observer.LoggedEntry) {
	t.Helper()
	st, err := store.OpenFile(t.Context(), store.Memory, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for customer, days := range customers {
		err := st.Update(t.Context(), func(tx *store.Tx) error {
			return tx.AddMessage(&store.Message{Place: store.Place{Mailbox: "support", Folder: "INBOX", UIDValidity: 1, UID: uint32(days)},
				MessageID: customer, At: time.Now().AddDate(0, 0, -days), From: customer, Customer: customer, Direction: message.Inbound, Text: "hello"})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	core, logs := observer.New(zapcore.WarnLevel)
	janitor := &daemon{Options: Options{Log: zap.New(core), Now: time.Now}, store: st, cfg: &config.Config{Retain: retain}}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := janitor.janitor(ctx); err != nil {
			t.Error(err)
		}
	})
	parts.Wait()
	for customer := range customers {
		messages, err := st.Timeline(t.Context(), customer, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(messages) > 0 {
			left = append(left, customer)
		}
	}
	slices.Sort(left)
	return left, logs.All()
}

func TestWhatIsOlderThanRetainIsRemovedAtTheStartAndLater(t *testing.T) {
	customers := map[string]int{"bob@mail.example": 11, "jane@mail.example": 9, "ann@mail.example": 1}
	for _, tt := range []struct {
		about  string
		retain time.Duration
		after  time.Duration
		want   []string
	}{
		{"at the start", 10 * 24 * time.Hour, time.Minute, []string{"ann@mail.example", "jane@mail.example"}},
		{"two days later", 10 * 24 * time.Hour, 48 * time.Hour, []string{"ann@mail.example"}},
		{"never", 0, 48 * time.Hour, []string{"ann@mail.example", "bob@mail.example", "jane@mail.example"}},
	} {
		t.Run(tt.about, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				left, log := cleaned(t.Context(), t, tt.retain, tt.after, customers)
				if !slices.Equal(left, tt.want) || len(log) > 0 {
					t.Errorf("left are %q, want %q; the log: %v", left, tt.want, log)
				}
			})
		})
	}
}

func TestAJanitorThatIsStoppedAtOnceComplainsOfNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if left, log := cleaned(ctx, t, 24*time.Hour, time.Minute, map[string]int{"jane@mail.example": 9}); len(log) > 0 || len(left) != 1 {
		t.Errorf("left are %q; the log: %v", left, log)
	}
}
