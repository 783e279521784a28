package mailbox

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkFetch compares a Watcher that takes 2,000 mails of 4 KB from a Dovecot, from dialling to the last Deliver,
// with a bare socket that fetches the same mails in the same batches and throws them away. The two take turns; the
// ratio is that of their medians.
func BenchmarkFetch(b *testing.B) {
	const mails = 2000
	server, account := dovecot(b, TLSNone)
	body := []byte(letter + strings.Repeat("The parcel has not come, and nobody answers my mails.\r\n", 75))
	all := make([][]byte, mails)
	for i := range all {
		all[i] = body
	}
	server.Deliver(user, all...)
	drain(b, account, mails) // builds the server's index
	var bare, watcher []time.Duration
	for b.Loop() {
		bare = append(bare, drain(b, account, mails))
		watcher = append(watcher, take(b, account, mails))
	}
	slices.Sort(bare)
	slices.Sort(watcher)
	socket, ours := bare[len(bare)/2].Seconds(), watcher[len(watcher)/2].Seconds()
	b.ReportMetric(mails/ours, "mails/s")
	b.ReportMetric(mails/socket, "bare-mails/s")
	b.ReportMetric(ours/socket, "time/bare")
}

// take measures a Watcher that reads everything.
func take(b *testing.B, account Account, mails int) time.Duration {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	sink := realSink(b)
	w, err := NewWatcher(account, sink, Options{})
	if err != nil {
		b.Fatal(err)
	}
	w.folders = w.folders[:1]
	began := time.Now()
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Run(ctx) }() // returns nil always
	sink.count(mails)
	took := time.Since(began)
	cancel()
	<-done
	return took
}

// drain measures a bare socket.
func drain(b *testing.B, account Account, mails int) time.Duration {
	b.Helper()
	began := time.Now()
	conn, err := net.Dial("tcp", account.address())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	lines := bufio.NewReaderSize(conn, 64<<10)
	ask := func(command string) {
		if _, err := fmt.Fprintf(conn, "x %s\r\n", command); err != nil {
			b.Fatal(err)
		}
		for {
			line, err := lines.ReadSlice('\n')
			if err != nil {
				b.Fatal(err)
			}
			if line[0] == 'x' && line[1] == ' ' {
				return
			}
		}
	}
	ask(fmt.Sprintf("LOGIN %s {%d+}\r\n%s", user, len(secret), secret))
	ask("EXAMINE INBOX")
	for uid := 1; uid < mails; uid += MaxBatch {
		ask(fmt.Sprintf("UID FETCH %d:%d (UID BODY.PEEK[])", uid, uid+MaxBatch-1))
	}
	return time.Since(began)
}

// BenchmarkDrafts appends drafts one after the other, as the outbox does after a burst of mail, to a Dovecot.
func BenchmarkDrafts(b *testing.B) {
	_, account := dovecot(b, TLSNone)
	w := writer(b, account)
	body := strings.Repeat("We are sorry.\r\n", 100)
	n := 0
	for b.Loop() {
		n++
		id := fmt.Sprintf("heed-%d@example.com", n)
		if err := w.AppendDraft(b.Context(), id, []byte("Message-ID: <"+id+">\r\n\r\n"+body)); err != nil {
			b.Fatal(err)
		}
	}
}
