package mailbox

import (
	"testing"
	"testing/synctest"
	"time"
)

// bubbleStart is when the clock of a bubble of testing/synctest starts.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestStartDecidesWhereTheFirstRunBegins(t *testing.T) {
	for _, c := range []struct {
		name     string
		from     Start
		uidNext  bool
		want     Cursor
		wantMail int
	}{
		{"now", StartNow, true, Cursor{7, 3, 3, bubbleStart}, 0},
		{"now, and the server does not tell UIDNEXT", StartNow, false, Cursor{7, 3, 3, bubbleStart}, 0},
		{"all", StartAll, true, Cursor{7, 3, 3, time.Time{}}, 3},
		{"since 30 days", Start(30 * 24 * time.Hour), true, Cursor{7, 3, 3, bubbleStart.Add(-30 * 24 * time.Hour)}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newFake(t, letter, letter, letter)
				if !c.uidNext {
					server.next = 0
				}
				account := server.account()
				account.Start = c.from
				r := watch(t, server, account, newSink(t))
				r.sink.until("the cursor", func() bool { return r.sink.cursors["INBOX"] == c.want })
				if len(r.sink.mails) != c.wantMail {
					t.Errorf("%d mails, want %d", len(r.sink.mails), c.wantMail)
				}
			})
		})
	}
}

func TestFirstRunSinceADateAsksForADayMoreThanItNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the bubble's clock starts at 2000-01-01
		server := newFake(t, letter)
		account := server.account()
		account.Start = Start(30 * 24 * time.Hour)
		r := watch(t, server, account, newSink(t))
		r.sink.count(1)
		if server.asked(`UID SEARCH SINCE "1-Dec-1999"`) != 1 && server.asked(`UID SEARCH SINCE "01-Dec-1999"`) != 1 {
			t.Errorf("asked %q", server.log())
		}
	})
}

func TestUIDValidityChangeReadsAgainAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter, letter)
		sink := newSink(t)
		sink.cursors["INBOX"] = Cursor{UIDValidity: 6, UID: 4711}
		r := watch(t, server, server.account(), sink)
		r.sink.count(2)
		if got, want := r.sink.cursor("INBOX"), (Cursor{7, 2, 2, time.Time{}}); got != want {
			t.Errorf("cursor %v, want %v", got, want)
		}
		if r.logs.FilterMessageSnippet("UIDVALIDITY changed").Len() != 1 {
			t.Errorf("logged %v", r.logs.All())
		}
	})
}

// What lay in the folder before its first reading was none of ours, and is not when the UIDs change either.
func TestReadingAgainGoesNoFurtherBackThanTheFirstReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t, letter, letter)
		sink := newSink(t)
		sink.cursors["INBOX"] = Cursor{UIDValidity: 6, UID: 4711, Began: bubbleStart.Add(-3 * 24 * time.Hour)}
		r := watch(t, server, server.account(), sink)
		r.sink.count(2)
		if server.asked(`UID SEARCH SINCE "28-Dec-1999"`) != 1 {
			t.Errorf("asked %q", server.log())
		}
	})
}

func TestServerBehindOurCursorIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // restored from a backup, with the same UIDVALIDITY: its next mails would be below the cursor
		server := newFake(t, letter, letter)
		sink := newSink(t)
		sink.cursors["INBOX"] = Cursor{UIDValidity: 7, UID: 4711}
		r := watch(t, server, server.account(), sink)
		r.sink.count(2)
	})
}

func TestRescanIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newFake(t)
		for range rescanMost + 5 {
			server.mails = append(server.mails, fakeMail{uid: server.next, body: "x"})
			server.next++
		}
		sink := newSink(t)
		sink.cursors["INBOX"] = Cursor{UIDValidity: 6, UID: 4711}
		r := watch(t, server, server.account(), sink)
		r.sink.until("the end", func() bool { return sink.cursors["INBOX"] == Cursor{7, rescanMost + 5, rescanMost + 5, time.Time{}} })
		if len(sink.mails) != rescanMost || sink.mails[0].UID != 6 {
			t.Errorf("%d mails from UID %d", len(sink.mails), sink.mails[0].UID)
		}
	})
}
