package submission_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/submission"
)

// senderTo makes a sender to a scripted server, under fake time.
func senderTo(t *testing.T, f *fakeServer) *submission.Sender {
	t.Helper()
	sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None, Username: "heed",
		Password: func() (string, error) { return "secret", nil }, Dial: f.dial})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// Three mails follow each other; only the second one may meet what is peculiar to a session that was kept.
func TestMailsThatFollowEachOtherShareASessionWhereTheServerLetsThem(t *testing.T) {
	const later, never = "451 4.3.0 later", "554 5.7.1 never"
	well := [3]outbox.Kind{}
	for _, tt := range []struct {
		name     string
		script   script
		sessions int
		ends     [3]outbox.Kind // "" for delivered
		taken    int
	}{
		{"as it should be", script{}, 1, well, 3},
		{"one mail a session, says 421 to the second", script{"2 MAIL": "421 4.7.0 enough"}, 3, well, 3},
		{"one mail a session, puts the second off", script{"2 MAIL": later}, 3, well, 3},
		{"one mail a session, refuses the second", script{"2 MAIL": "503 5.5.1 sender already given"}, 3, well, 3},
		{"hangs up at the second mail", script{"2 MAIL": cut}, 3, well, 3},
		{"says nothing to the second mail", script{"2 MAIL": hang}, 3, well, 3},
		{"hangs up after each mail", script{".": answerAndCut}, 3, well, 3},
		{"says 421 after each mail and hangs up", script{".": "250 queued\r\n421 4.4.2 closing"}, 3, well, 3},
		{"says something unasked after each mail", script{".": "250 queued\r\n250 queued, really"}, 3, well, 3},
		{"puts recipients off in the second mail of a session", script{"2 RCPT": "452 4.5.3 too many"}, 3, well, 3},
		{"refuses recipients in the second mail of a session", script{"2 RCPT": "550 5.5.3 too many"}, 3, well, 3},
		{"hangs up at the recipients of the second mail", script{"2 RCPT": cut}, 3, well, 3},

		// From DATA on nothing is repeated, and a session with a refusal in it is not kept.
		{"puts the second mail off at DATA", script{"2 DATA": later}, 2, [3]outbox.Kind{"", outbox.Temporary, ""}, 2},
		{"refuses the second mail at DATA", script{"2 DATA": never}, 2, [3]outbox.Kind{"", outbox.Permanent, ""}, 2},
		{"hangs up at DATA of the second mail", script{"2 DATA": cut}, 2, [3]outbox.Kind{"", outbox.Temporary, ""}, 2},
		{"puts the second mail off at the dot", script{"2 .": later}, 2, [3]outbox.Kind{"", outbox.Temporary, ""}, 2},
		{"refuses the second mail at the dot", script{"2 .": never}, 2, [3]outbox.Kind{"", outbox.Permanent, ""}, 2},
		{"takes the second mail and hangs up", script{"2 .": takeAndCut}, 2, [3]outbox.Kind{"", outbox.Temporary, ""}, 3},
		{"takes the second mail and says nothing", script{"2 .": hang}, 2, [3]outbox.Kind{"", outbox.Temporary, ""}, 2},
		{"refuses every mail at the dot", script{".": never}, 3, [3]outbox.Kind{outbox.Permanent, outbox.Permanent, outbox.Permanent}, 0},
		{"refuses the sender", script{"MAIL": never}, 3, [3]outbox.Kind{outbox.Permanent, outbox.Permanent, outbox.Permanent}, 0},
		{"refuses the recipient", script{"RCPT": never}, 3, [3]outbox.Kind{outbox.Permanent, outbox.Permanent, outbox.Permanent}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeServer{script: tt.script}
				sender := senderTo(t, f)
				for i, want := range tt.ends {
					var got outbox.Kind
					if err := sender.Send(t.Context(), mailTo("lu@example.com"))[0].Err; err != nil {
						got = outbox.KindOf(err)
					}
					if got != want {
						t.Errorf("mail %d ends as %q, want %q", i+1, got, want)
					}
				}
				sender.Close()
				f.sessions.Wait()
				if f.dialled != tt.sessions || len(f.deliveries()) != tt.taken {
					t.Errorf("%d sessions, %d mails taken; want %d and %d; the client said %q", f.dialled, len(f.deliveries()), tt.sessions, tt.taken, f.lines)
				}
			})
		})
	}
}

// A recipient who is refused for good is asked for in a session of its own before that counts; the others get each mail once.
func TestARefusedRecipientCostsASessionAndNobodyTheirMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{script: script{"RCPT TO:<gone@example.com>": "550 5.1.1 no such user"}}
		sender := senderTo(t, f)
		for i, to := range [][]string{{"lu@example.com"}, {"gone@example.com", "lu@example.com"}, {"lu@example.com"}} {
			for _, o := range sender.Send(t.Context(), mailTo(to...)) {
				if (o.Err != nil) != (o.Address == "gone@example.com") {
					t.Errorf("mail %d, %s: %v", i+1, o.Address, o.Err)
				}
			}
		}
		sender.Close()
		f.sessions.Wait()
		for _, d := range f.deliveries() {
			if !slices.Equal(d.to, []string{"<lu@example.com>"}) {
				t.Errorf("delivered to %q", d.to)
			}
		}
		if len(f.deliveries()) != 3 || f.dialled != 3 {
			t.Errorf("%d mails in %d sessions", len(f.deliveries()), f.dialled)
		}
	})
}

func TestASessionEndsWhenNoMailFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{}
		sender := senderTo(t, f)
		began := time.Now()
		for range 3 {
			if o := sender.Send(t.Context(), mailTo("lu@example.com")); o[0].Err != nil {
				t.Fatal(o[0].Err)
			}
			time.Sleep(time.Second)
		}
		f.sessions.Wait() // nobody closes the sender
		if f.dialled != 1 || f.count("QUIT") != 1 || time.Since(began) > 10*time.Second {
			t.Errorf("%d sessions, %d ended in order, after %v", f.dialled, f.count("QUIT"), time.Since(began))
		}
		time.Sleep(time.Minute)
		if o := sender.Send(t.Context(), mailTo("lu@example.com")); o[0].Err != nil || f.dialled != 2 {
			t.Errorf("%v in session %d", o[0].Err, f.dialled)
		}
		sender.Close()
		f.sessions.Wait()
	})
}

func TestAfterCloseNoSessionIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{}
		sender := senderTo(t, f)
		sender.Close()
		began := time.Now()
		for range 2 {
			if o := sender.Send(t.Context(), mailTo("lu@example.com")); o[0].Err != nil {
				t.Fatal(o[0].Err)
			}
		}
		f.sessions.Wait()
		sender.Close()
		if f.dialled != 2 || f.count("QUIT") != 2 || time.Since(began) != 0 {
			t.Errorf("%d sessions, %d ended in order, after %v", f.dialled, f.count("QUIT"), time.Since(began))
		}
	})
}

func TestASessionCarriesSoManyMailsAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// What a server may say is bounded for each mail: this one says more than that in a session.
		f := &fakeServer{script: script{"RCPT": "250-" + strings.Repeat("x", 20_000) + "\r\n250 ok"}}
		sender := senderTo(t, f)
		for range 201 {
			if o := sender.Send(t.Context(), mailTo("lu@example.com")); o[0].Err != nil {
				t.Fatal(o[0].Err)
			}
		}
		sender.Close()
		f.sessions.Wait()
		if f.dialled != 3 || len(f.deliveries()) != 201 {
			t.Errorf("%d mails in %d sessions", len(f.deliveries()), f.dialled)
		}
	})
}

func TestTheEndOfOneMailsContextIsNotTheEndOfTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{}
		sender := senderTo(t, f)
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			if o := sender.Send(ctx, mailTo("lu@example.com")); o[0].Err != nil {
				t.Error(o[0].Err)
			}
			cancel()
			synctest.Wait()
		}
		sender.Close()
		f.sessions.Wait()
		if f.dialled != 1 {
			t.Errorf("%d sessions", f.dialled)
		}
	})
}

func TestTheEndOfTheContextEndsAHangingStepOfAKeptSession(t *testing.T) {
	for _, step := range []string{"MAIL", "RCPT", "DATA", "."} {
		t.Run(step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeServer{script: script{"2 " + step: hang}}
				sender := senderTo(t, f)
				if o := sender.Send(t.Context(), mailTo("lu@example.com")); o[0].Err != nil {
					t.Fatal(o[0].Err)
				}
				endsWithItsContext(t, f, sender)
			})
		})
	}
}

func TestTheFormIsChosenInAKeptSessionToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{script: script{"EHLO": "250-fake\r\n250-AUTH PLAIN\r\n250 SIZE 100"}}
		sender := senderTo(t, f)
		big := mailTo("lu@example.com")
		big.Payload, big.Fallback = []byte("Subject: big\r\n\r\n"+strings.Repeat("x", 200)+"\r\n"), []byte("Subject: small\r\n\r\n")
		var got []string
		for _, m := range []outbox.Mail{mailTo("lu@example.com"), big} {
			if o := sender.Send(t.Context(), m); o[0].Err != nil {
				t.Fatal(o[0].Err)
			}
		}
		sender.Close()
		f.sessions.Wait()
		for _, d := range f.deliveries() {
			got = append(got, d.data)
		}
		if f.dialled != 1 || !slices.Equal(got, []string{payload, string(big.Fallback)}) {
			t.Errorf("%d sessions, delivered %q", f.dialled, got)
		}
	})
}

func TestMailsOfManyGoroutinesArriveOnce(t *testing.T) {
	b, port := start(t, submission.None, tls.Certificate{})
	sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: port, TLS: submission.None, Username: "heed",
		Password: func() (string, error) { return "secret", nil }})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 20 {
				m := mailTo("lu@example.com")
				m.Payload = fmt.Appendf(nil, "Subject: %d %d\r\n\r\n", g, i)
				if o := sender.Send(t.Context(), m); o[0].Err != nil {
					t.Error(o[0].Err)
				}
			}
		})
	}
	all.Wait()
	sender.Close()
	slices.Sort(b.data)
	if n := len(slices.Compact(b.data)); n != 80 || len(b.data) != n {
		t.Errorf("%d mails arrived, %d different ones", len(b.data), n)
	}
}
