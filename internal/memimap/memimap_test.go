package memimap

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
)

// patience is how long anything here may take on a machine that is busy.
const patience = 30 * time.Second

func start(t *testing.T) *Server {
	t.Helper()
	s, err := Start("secret", "jane@example.com")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestWhatIsPutIsPushedToWhoIsInIdle(t *testing.T) {
	s := start(t)
	news := make(chan uint32, 8)
	c, err := imapclient.DialInsecure(s.Addr.String(), &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				news <- *d.NumMessages
			}
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("jane@example.com", "secret").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for n := uint32(1); n <= 20; n++ { // as soon as the server says that it is in IDLE: nothing is missed
		idle, err := c.Idle()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.UntilIdle(ctx, 1); err != nil {
			t.Fatal(err)
		}
		if err := s.Put("Jane@example.com", "INBOX", []byte("Subject: x\r\n\r\nx\r\n"), time.Now()); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-news:
			if got != n {
				t.Fatalf("%d mails are announced, want %d", got, n)
			}
		case <-ctx.Done():
			t.Fatalf("mail %d is not announced", n)
		}
		if err := errors.Join(idle.Close(), idle.Wait()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoWaitsForIdleIsToldHowFarItIs(t *testing.T) {
	s := start(t)
	if err := s.UntilIdle(t.Context(), 0); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.UntilIdle(ctx, 2); !errors.Is(err, context.Canceled) || err.Error() != "wait for IDLE: 0 of 2 connections: context canceled" {
		t.Errorf("got %v", err)
	}
}

func TestNobodyElseGetsMail(t *testing.T) {
	s := start(t)
	if err := s.Put("bob@example.com", "INBOX", nil, time.Now()); !errors.Is(err, ErrNoUser) {
		t.Errorf("got %v", err)
	}
	if s.Has("bob@example.com") || !s.Has("JANE@example.com") {
		t.Error("it knows other users than it was given")
	}
}
