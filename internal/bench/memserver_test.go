package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/heedmail/heed/internal/memimap"
)

// newMemServer starts an IMAP server in memory with so many users, which ends with the test. It pushes what arrives within
// some milliseconds, where a Dovecot takes half a second, which would be minutes for what is measured with it.
func newMemServer(t *testing.T, users int) *memimap.Server {
	t.Helper()
	var names []string
	for i := range users {
		names = append(names, userName(i))
	}
	s, err := memimap.Start(password, names...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// userName is the login name and address of a user.
func userName(i int) string { return fmt.Sprintf("user%d@example.com", i) }

// put lays a mail into the first user's INBOX.
func put(t *testing.T, s *memimap.Server, raw []byte) {
	t.Helper()
	if err := s.Put(userName(0), "INBOX", raw, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// loops is how many connections Heed has in IDLE for a mailbox at which nothing happens: INBOX and Sent.
const loops = 2

// untilIdle waits until Heed is in IDLE in every folder of so many mailboxes.
func untilIdle(t *testing.T, s *memimap.Server, mailboxes int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if err := s.UntilIdle(ctx, mailboxes*loops); err != nil {
		t.Fatal(err)
	}
}
