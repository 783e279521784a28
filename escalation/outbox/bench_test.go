package outbox_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/submission"
	"github.com/heedmail/heed/escalation/store"
)

// BenchmarkStageSend is the way of one mail of 25 KB from the state file to a server on this machine that throws it away, while
// others wait behind it. The server's share is in it.
func BenchmarkStageSend(b *testing.B) {
	port := startDrain(b)
	st, err := store.OpenFile(b.Context(), filepath.Join(b.TempDir(), "heed.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	text := append([]byte("Subject: x\r\n\r\n"), bytes.Repeat([]byte("a line of an escalation, as long as such lines are\r\n"), 500)...)
	err = st.Update(b.Context(), func(tx *store.Tx) error {
		for i := range b.N {
			row := store.Row{Key: fmt.Sprint(i), Kind: store.MailRow, MessageID: fmt.Sprintf("%d@example.com", i), From: "heed@example.com",
				Recipients: store.Awaiting([]string{"yodi@example.com"}), Payload: text}
			if err := tx.Enqueue(&row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: port, TLS: submission.None})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	n := 0
	box := outbox.New(outbox.Options{Store: st, Mail: sender, OnEvent: func(e outbox.Event) {
		if n++; n == b.N || e.Err != nil {
			cancel()
		}
	}})
	b.ReportAllocs()
	b.ResetTimer()
	if err := box.Run(ctx); err != nil || n != b.N {
		b.Fatalf("%d of %d mails went: %v", n, b.N, err)
	}
}

// startDrain runs a server that takes every mail, and returns its port.
func startDrain(b *testing.B) int {
	b.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return drain{}, nil }))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }() // says that it was closed
	// The listener is closed here too: a server that has not come to serve yet does not know it.
	b.Cleanup(func() { l.Close(); server.Close(); <-done })
	return l.Addr().(*net.TCPAddr).Port
}

// drain is one session with that server.
type drain struct{}

func (drain) Mail(string, *smtp.MailOptions) error { return nil }
func (drain) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (drain) Reset()                               {}
func (drain) Logout() error                        { return nil }
func (drain) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
