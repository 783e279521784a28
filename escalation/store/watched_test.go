package store

import (
	"testing"
	"time"
)

func TestWatchedIsKeptForEachMailbox(t *testing.T) {
	t.Parallel()
	s := open(t)
	at := time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)
	noError(t, s.Update(t.Context(), func(tx *Tx) error {
		noError(t, tx.SetWatched(Watched{Mailbox: "us", LastSuccess: at}))
		noError(t, tx.SetWatched(Watched{Mailbox: "de"}))
		return tx.SetWatched(Watched{Mailbox: "us", LastSuccess: at, AlarmSince: at})
	}))
	all, err := s.Watched(t.Context())
	noError(t, err)
	if len(all) != 2 || all["us"] != (Watched{"us", at, at}) || all["de"] != (Watched{Mailbox: "de"}) {
		t.Errorf("got %+v", all)
	}
}
