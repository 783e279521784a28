package submission_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/submission"
	"github.com/heedmail/heed/escalation/store"
)

const payload = "Subject: hello\r\nMessage-ID: <1@example.com>\r\n\r\nbody\r\n"

func mailTo(to ...string) outbox.Mail {
	return outbox.Mail{From: "heed@example.com", To: to, Payload: []byte(payload)}
}

// send makes one attempt against a scripted server, under fake time.
func send(t *testing.T, s script, m outbox.Mail) (*fakeServer, []outbox.Outcome) {
	t.Helper()
	f := &fakeServer{script: s}
	sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None, Username: "heed",
		Password: func() (string, error) { return "secret", nil }, Dial: f.dial})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := sender.Send(t.Context(), m)
	f.sessions.Wait()
	return f, outcomes
}

func TestEveryStepFailsAsItsKind(t *testing.T) {
	const (
		temporary = outbox.Temporary
		config    = outbox.Config
		permanent = outbox.Permanent
		delivered = outbox.Kind("delivered")
	)
	type row struct {
		step                string
		fourxx, fivexx, cut outbox.Kind
		stall               outbox.Kind
	}
	for _, tt := range []row{
		{"greeting", temporary, config, temporary, temporary},
		{"AUTH", temporary, config, temporary, temporary},
		{"MAIL", temporary, permanent, temporary, temporary},
		{"RCPT", temporary, permanent, temporary, temporary},
		{"DATA", temporary, permanent, temporary, temporary},
		{".", temporary, permanent, temporary, temporary},
		{"QUIT", delivered, delivered, delivered, delivered}, // the mail is the server's by then
	} {
		for reply, want := range map[string]outbox.Kind{"451 4.3.0 later": tt.fourxx, "554 5.7.1 never": tt.fivexx, cut: tt.cut, hang: tt.stall} {
			t.Run(tt.step+" "+reply, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f, outcomes := send(t, script{tt.step: reply}, mailTo("lu@example.com"))
					if len(outcomes) != 1 {
						t.Fatalf("%d outcomes", len(outcomes))
					}
					got := delivered
					if err := outcomes[0].Err; err != nil {
						got = outbox.KindOf(err)
						if !strings.Contains(err.Error(), "127.0.0.1:25") {
							t.Errorf("%q does not say where", err)
						}
					}
					if got != want {
						t.Errorf("kind %q, want %q (%v)", got, want, outcomes[0].Err)
					}
					if n := len(f.deliveries()); (n == 1) != (want == delivered) {
						t.Errorf("%d mails delivered", n)
					}
				})
			})
		}
	}
}

func TestAServerWithoutEHLOIsGreetedWithHELO(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{script: script{"EHLO": "502 what?"}}
		sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None, Dial: f.dial})
		if err != nil {
			t.Fatal(err)
		}
		m := mailTo("lu@example.com")
		m.Payload, m.Fallback = []byte("Subject: gr\xc3\xbc\xc3\x9fe\r\n\r\n"), []byte("Subject: gruesse\r\n\r\n")
		if o := sender.Send(t.Context(), m); o[0].Err != nil {
			t.Fatal(o[0].Err)
		}
		f.sessions.Wait()
		if got := f.deliveries()[0].data; got != string(m.Fallback) {
			t.Errorf("without 8BITMIME %q was sent", got)
		}
	})
}

func TestOneRefusedRecipientDoesNotKeepTheMailFromTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, o := send(t, script{
			"RCPT TO:<gone@example.com>": "550 5.1.1 no such user",
			"RCPT TO:<busy@example.com>": "451 4.2.1 mailbox busy",
		}, mailTo("gone@example.com", "lu@example.com", "busy@example.com", "yodi@example.com"))
		for i, want := range []outbox.Kind{outbox.Permanent, "", outbox.Temporary, ""} {
			var got outbox.Kind
			if o[i].Err != nil {
				got = outbox.KindOf(o[i].Err)
			}
			if got != want {
				t.Errorf("%s: %v, want %q", o[i].Address, o[i].Err, want)
			}
		}
		if d := f.deliveries(); len(d) != 1 || strings.Join(d[0].to, " ") != "<lu@example.com> <yodi@example.com>" {
			t.Errorf("delivered: %+v", d)
		}
	})
}

func TestALossAmongTheRecipientsLeavesTheRefusedRefusedAndTheRestToBeTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, o := send(t, script{"RCPT TO:<a@example.com>": "550 no", "RCPT TO:<c@example.com>": cut},
			mailTo("a@example.com", "b@example.com", "c@example.com", "d@example.com"))
		for i, want := range []outbox.Kind{outbox.Permanent, outbox.Temporary, outbox.Temporary, outbox.Temporary} {
			if o[i].Err == nil || outbox.KindOf(o[i].Err) != want {
				t.Errorf("%s: %v, want %q", o[i].Address, o[i].Err, want)
			}
		}
		if len(f.deliveries()) != 0 {
			t.Error("a mail was delivered")
		}
	})
}

func TestWhenAllRecipientsAreRefusedNoDataIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, o := send(t, script{"RCPT": "550 no"}, mailTo("a@example.com", "b@example.com"))
		if f.said("DATA") || outbox.KindOf(o[0].Err) != outbox.Permanent || outbox.KindOf(o[1].Err) != outbox.Permanent {
			t.Errorf("DATA %v, outcomes %v", f.said("DATA"), o)
		}
	})
}

func TestALossAfterTheFinalDotIsADoubtAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, o := send(t, script{".": takeAndCut}, mailTo("lu@example.com"))
		if len(f.deliveries()) != 1 || outbox.KindOf(o[0].Err) != outbox.Temporary || !strings.Contains(o[0].Err.Error(), "may have taken it") {
			t.Errorf("outcome %v", o[0].Err)
		}
	})
}

// go-mail's own sender ends a mail whose writing failed with a dot, and the server delivers the half of it.
func TestHalfAMailIsNeverEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{}
		ctx, cancel := context.WithCancel(t.Context())
		sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None,
			Dial: func(ctx context.Context, network, address string) (conn, error) {
				c, err := f.dial(ctx, network, address)
				return &breaking{here: c.(here), after: 30_000, then: cancel}, err
			}})
		if err != nil {
			t.Fatal(err)
		}
		m := mailTo("lu@example.com")
		m.Payload = []byte("Subject: long\r\n\r\n" + strings.Repeat("line\r\n", 20_000))
		o := sender.Send(ctx, m)
		f.sessions.Wait()
		if len(f.deliveries()) != 0 || outbox.KindOf(o[0].Err) != outbox.Temporary {
			t.Errorf("%d delivered, outcome %v", len(f.deliveries()), o[0].Err)
		}
	})
}

func TestTheEndOfTheContextEndsAHangingStep(t *testing.T) {
	for _, step := range []string{"greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."} {
		t.Run(step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeServer{script: script{step: hang}}
				endsWithItsContext(t, f, senderTo(t, f))
			})
		})
	}
}

// endsWithItsContext sends a mail that has a second to a server that hangs.
func endsWithItsContext(t *testing.T, f *fakeServer, sender *submission.Sender) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	o := sender.Send(ctx, mailTo("lu@example.com"))
	f.sessions.Wait()
	if took := time.Since(began); took != time.Second || !errors.Is(o[0].Err, context.DeadlineExceeded) {
		t.Errorf("ended after %v with %v", took, o[0].Err)
	}
}

func TestATalkativeServerIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, o := send(t, script{"EHLO": strings.Repeat("250-"+strings.Repeat("x", 60)+"\r\n", 40_000) + "250 end"}, mailTo("lu@example.com"))
		if o[0].Err == nil || outbox.KindOf(o[0].Err) != outbox.Temporary {
			t.Errorf("outcome %v", o[0].Err)
		}
	})
}

func TestAServersWordsCannotForgeALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, o := send(t, script{"MAIL": "554-no\x1b[2J\r\n554 \u202enever"}, mailTo("lu@example.com"))
		if s := o[0].Err.Error(); strings.ContainsAny(s, "\n\r\x1b\u202e") {
			t.Errorf("%q", s)
		}
	})
}

func TestTheFormIsChosenByWhatTheServerCanTake(t *testing.T) {
	eight, seven := "Subject: \xe4\r\n\r\n", "Subject: a\r\n\r\n"
	for _, tt := range []struct{ name, ehlo, payload, fallback, want, says string }{
		{"8BITMIME takes eight bits", "250-fake\r\n250 8BITMIME", eight, seven, eight, "MAIL FROM:<heed@example.com> BODY=8BITMIME"},
		{"no 8BITMIME takes the fallback", "250-fake\r\n250 HELP", eight, seven, seven, "MAIL FROM:<heed@example.com>"},
		{"no 8BITMIME takes seven bits as they are", "250-fake\r\n250 HELP", seven, "", seven, "MAIL FROM:<heed@example.com>"},
		{"too small a SIZE takes the fallback", "250-fake\r\n250 SIZE 20", seven + "more than twenty bytes", seven, seven, "MAIL FROM:<heed@example.com>"},
		{"SIZE 0 is no limit", "250-fake\r\n250-SIZE 0\r\n250 8BITMIME", eight, seven, eight, "MAIL FROM:<heed@example.com>"},
		{"SMTPUTF8 is never asked for", "250-fake\r\n250-SMTPUTF8\r\n250 8BITMIME", eight, seven, eight, "MAIL FROM:<heed@example.com> BODY=8BITMIME"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeServer{script: script{"EHLO": tt.ehlo}}
				sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None, Dial: f.dial})
				if err != nil {
					t.Fatal(err)
				}
				m := mailTo("lu@example.com")
				m.Payload = []byte(tt.payload)
				if tt.fallback != "" {
					m.Fallback = []byte(tt.fallback)
				}
				o := sender.Send(t.Context(), m)
				f.sessions.Wait()
				if o[0].Err != nil {
					t.Fatal(o[0].Err)
				}
				if got := f.deliveries()[0].data; got != tt.want {
					t.Errorf("sent %q, want %q", got, tt.want)
				}
				if !f.said(tt.says) || f.said("MAIL FROM:<heed@example.com> BODY=8BITMIME SMTPUTF8") {
					t.Errorf("the client said %q", f.lines)
				}
			})
		})
	}
}

// zeros is an original of so many zeros.
type zeros int

func (z zeros) WriteOriginal(_ context.Context, _ store.Original, most int64, w io.Writer) error {
	n := int(z)
	if most > 0 {
		n = min(n, int(most))
	}
	_, err := io.WriteString(w, strings.Repeat("0", n))
	return err
}

// A server with a small limit must not keep people from being told: in the end the note goes alone.
func TestWhereEvenTheBeginningIsTooBigTheNoteGoesAlone(t *testing.T) {
	for _, tt := range []struct {
		name            string
		fallback        []byte
		refusals        int
		announced, want string
	}{
		{"refused twice", []byte("Subject: b\r\n\r\n"), 2, "", "Subject: b\r\n\r\n(missing)"},
		{"refused once, nothing stands in", nil, 1, "", "Subject: a\r\n\r\n(missing)"},
		{"announced, so that nothing is tried", []byte("Subject: b\r\n\r\n"), 0, "100", "Subject: b\r\n\r\n(missing)"},
		{"announced, and the beginning fits", []byte("Subject: b\r\n\r\n"), 0, "2000", "Subject: b\r\n\r\n" + strings.Repeat("0", 1000) + "\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var met []*fakeServer
				sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None,
					Dial: func(ctx context.Context, n, a string) (conn, error) {
						f := &fakeServer{script: script{}}
						if len(met) < tt.refusals {
							f.script["."] = "552 5.3.4 message too big"
						}
						if tt.announced != "" {
							f.script["EHLO"] = "250-fake\r\n250 SIZE " + tt.announced
						}
						met = append(met, f)
						return f.dial(ctx, n, a)
					}})
				if err != nil {
					t.Fatal(err)
				}
				m := mailTo("a@example.com", "b@example.com")
				m.Payload, m.Fallback, m.Originals = []byte("Subject: a\r\n\r\n"), tt.fallback, zeros(5000)
				m.Enclosed = &store.Enclosed{Original: store.Original{ID: 1, Size: 5000}, Payload: store.Slot{At: 14}, Fallback: store.Slot{At: 14, Most: 1000}}
				o := sender.Send(t.Context(), m)
				for _, f := range met {
					f.sessions.Wait()
				}
				taken := met[len(met)-1].deliveries()
				if len(met) != tt.refusals+1 || o[0].Err != nil || o[1].Err != nil || len(taken) != 1 || without(taken[0].data) != tt.want || len(taken[0].to) != 2 {
					t.Errorf("%d servers, outcomes %v, delivered %.200q", len(met), o, taken)
				}
			})
		})
	}
}

// without shortens what stands in the place of an original that is left out.
func without(data string) string {
	if note, _, ok := strings.Cut(data, "Subject: The customer's mail could not be attached\r\n"); ok {
		return note + "(missing)"
	}
	return data
}

func TestAMailRefusedForItsSizeGoesWithLessAttached(t *testing.T) {
	for _, step := range []string{"MAIL", "DATA", "."} {
		t.Run(step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				small := &fakeServer{}
				big := &fakeServer{script: script{step: "552 5.3.4 message too big"}}
				calls := 0
				sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None,
					Dial: func(ctx context.Context, n, a string) (conn, error) {
						if calls++; calls == 1 {
							return big.dial(ctx, n, a)
						}
						return small.dial(ctx, n, a)
					}})
				if err != nil {
					t.Fatal(err)
				}
				m := mailTo("a@example.com", "b@example.com")
				m.Fallback = []byte("Subject: s\r\n\r\n")
				o := sender.Send(t.Context(), m)
				big.sessions.Wait()
				small.sessions.Wait()
				if o[0].Err != nil || o[1].Err != nil || len(small.deliveries()) != 1 || small.deliveries()[0].data != string(m.Fallback) || len(small.deliveries()[0].to) != 2 {
					t.Errorf("outcomes %v, delivered %v", o, small.deliveries())
				}
			})
		})
	}
}

func TestAddressesThatMailCannotCarryAreRefusedWithoutHarmToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, o := send(t, script{}, mailTo("jörg@example.com", "a@b> SIZE=1\r\nRCPT TO:<evil@example.com", "lu@bücher.example", "no address", "lu@example.com"))
		for i, want := range []bool{false, false, true, false, true} {
			if (o[i].Err == nil) != want {
				t.Errorf("%q: %v", o[i].Address, o[i].Err)
			}
			if o[i].Err != nil && outbox.KindOf(o[i].Err) != outbox.Permanent {
				t.Errorf("%q: %v is not permanent", o[i].Address, o[i].Err)
			}
		}
		if d := f.deliveries(); len(d) != 1 || strings.Join(d[0].to, " ") != "<lu@xn--bcher-kva.example> <lu@example.com>" {
			t.Errorf("delivered %+v", d)
		}
	})
}

func TestThePasswordIsAskedAnewForEveryConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{}
		asked := 0
		sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None, Username: "heed",
			Password: func() (string, error) {
				if asked++; asked == 2 {
					return "", errors.New("no such file")
				}
				return "secret", nil
			}, Dial: f.dial})
		if err != nil {
			t.Fatal(err)
		}
		var got []bool
		for range 3 {
			got = append(got, sender.Send(t.Context(), mailTo("lu@example.com"))[0].Err == nil)
			f.sessions.Wait()
		}
		if asked != 3 || !got[0] || got[1] || !got[2] {
			t.Errorf("asked %d times, delivered %v", asked, got)
		}
	})
}

func TestLoginTakesWhatIsOffered(t *testing.T) {
	for _, tt := range []struct {
		offer, says string
		kind        outbox.Kind
	}{
		{"250-x\r\n250 AUTH CRAM-MD5 PLAIN LOGIN", "AUTH PLAIN", ""},
		{"250-x\r\n250 AUTH LOGIN", "AUTH LOGIN", ""},
		{"250-x\r\n250 AUTH CRAM-MD5", "AUTH CRAM-MD5", ""},
		{"250-x\r\n250 AUTH GSSAPI", "", outbox.Config},
		{"250 x", "", outbox.Config},
	} {
		t.Run(tt.offer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, o := send(t, script{"EHLO": tt.offer}, mailTo("lu@example.com"))
				if tt.says != "" && !f.said(tt.says) {
					t.Errorf("the client said %q", f.lines)
				}
				if tt.kind != "" && (o[0].Err == nil || outbox.KindOf(o[0].Err) != tt.kind) {
					t.Errorf("%v", o[0].Err)
				}
			})
		})
	}
}

func TestCheckSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{script: script{"RCPT TO:<gone@example.com>": "550 no such user"}}
		sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None, Dial: f.dial})
		if err != nil {
			t.Fatal(err)
		}
		o, err := sender.Check(t.Context(), "heed@example.com", []string{"lu@example.com", "gone@example.com"})
		f.sessions.Wait()
		if err != nil || o[0].Err != nil || o[1].Err == nil {
			t.Errorf("%v %v", o, err)
		}
		if f.said("DATA") || !f.said("RSET") {
			t.Errorf("the client said %q", f.lines)
		}
	})
}

func TestWrongSettingsAreRefusedWithASentence(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    submission.Options
		want string
	}{
		{"no host", submission.Options{Port: 25, TLS: submission.None}, "smtp.host"},
		{"clear text to a stranger", submission.Options{Host: "smtp.example.com", Port: 25, TLS: submission.None}, "this machine"},
		{"unknown policy", submission.Options{Host: "smtp.example.com", Port: 25, TLS: "maybe"}, "starttls"},
		{"login without a password", submission.Options{Host: "smtp.example.com", Port: 25, TLS: submission.StartTLS, Username: "x"}, "password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := submission.New(tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestClearTextNeverLeavesThisMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{}
		// A name that means this machine may be made to mean another.
		sender, err := submission.New(submission.Options{Host: "localhost", Port: 25, TLS: submission.None, Username: "heed",
			Password: func() (string, error) { return "secret", nil },
			Dial: func(ctx context.Context, network, address string) (conn, error) {
				c, err := f.dial(ctx, network, address)
				return elsewhere{c}, err
			}})
		if err != nil {
			t.Fatal(err)
		}
		o := sender.Send(t.Context(), mailTo("lu@example.com"))
		f.sessions.Wait()
		if o[0].Err == nil || outbox.KindOf(o[0].Err) != outbox.Config || len(f.lines) != 0 {
			t.Errorf("%v; the client said %q", o[0].Err, f.lines)
		}
	})
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for _, tt := range []struct{ step, reply, advice string }{
		{"MAIL", "530 5.7.0 authentication required", "smtp.username"},
		{"MAIL", "553 5.7.1 not your address", "smtp.from"},
		{"RCPT", "550 5.1.1 no such user", "[[contact]]"},
		{".", "552 5.3.4 too big", "limit"},
		{".", "554 5.6.0 looks like spam", "administrator"},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, o := send(t, script{tt.step: tt.reply}, mailTo("lu@example.com"))
			if err := o[0].Err; err == nil || !strings.Contains(err.Error(), tt.advice) || !strings.Contains(err.Error(), tt.reply[4:]) {
				t.Errorf("%s %s: %v", tt.step, tt.reply, err)
			}
		})
	}
}
