package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/heedmail/heed/classify"
)

func TestARecordIsReadIntoVariablesThatItFits(t *testing.T) {
	t.Parallel()
	r := record{"abuse", int64(7), "text", int64(1), nil, []byte("raw")}
	var signal classify.Signal
	var n uint32
	var text string
	var id int
	var notice sql.NullString
	var raw []byte
	noError(t, r.Scan(&signal, &n, &text, &id, &notice, &raw))
	if signal != classify.Abuse || n != 7 || text != "text" || id != 1 || notice.Valid || string(raw) != "raw" {
		t.Errorf("got %q %d %q %d %v %q", signal, n, text, id, notice, raw)
	}
	for _, misfit := range []struct {
		value any
		into  any
	}{{int64(-1), new(uint32)}, {int64(1 << 32), new(uint32)}, {"7", new(int)}, {nil, new(string)}, {nil, new(int64)}, {int64(7), new(string)}, {"text", new([]byte)}, {int64(7), new(classify.Signal)}} {
		if err := (record{misfit.value}).Scan(misfit.into); err == nil {
			t.Errorf("%T(%v) was read into a %T", misfit.value, misfit.value, misfit.into)
		}
	}
	if err := r.Scan(&text); err == nil {
		t.Error("six values were read into one variable")
	}
}

func TestNoStatementBeginsAfterTheEndOfTheContext(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx *Tx) error {
		cancel()
		if err := tx.SetCursor("support", "INBOX", 7, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("the statement ended with %v", err)
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the transaction ended with %v", err)
	}
}

func TestAStateInMemorySurvivesAPanic(t *testing.T) {
	t.Parallel()
	s := openAt(t, Memory)
	keepMail(t, s, 1, nil, "")
	func() {
		defer func() {
			if p := recover(); p != "a bad mail" {
				t.Errorf("the panic came out as %v", p)
			}
		}()
		_ = s.Update(t.Context(), func(*Tx) error { panic("a bad mail") })
	}()
	if _, uid, _, err := s.Cursor(t.Context(), "support", "INBOX"); uid != 1 || err != nil {
		t.Errorf("cursor %d, %v", uid, err)
	}
}
