package submission_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/submission"
	"github.com/heedmail/heed/internal/oauth"
	"github.com/heedmail/heed/internal/testservers"
)

func known(text string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return text, nil }
}

func TestATokenLogsInToPostfix(t *testing.T) {
	const user = "yodi@example.com"
	for _, mechanism := range []string{"xoauth2", "oauthbearer"} {
		t.Run(mechanism, func(t *testing.T) {
			p := testservers.NewProvider(t, "hush", "s3cret", "")
			dovecot := testservers.DovecotOAuth(t, p, mechanism)
			dovecot.AddUser(user, "secret")
			postfix := testservers.Postfix(t, dovecot)
			now := time.Now()
			source := oauth.New(oauth.Options{Name: "provider", TokenURL: p.TokenURL, ClientID: user, ClientSecret: known(p.ClientSecret), Now: func() time.Time { return now }})
			sender, err := submission.New(submission.Options{Host: postfix.Host, Port: postfix.Port, TLS: submission.StartTLS, RootCAs: postfix.CA, Username: user, OAuth: source})
			if err != nil {
				t.Fatal(err)
			}
			defer sender.Close()
			for want := 1; want <= 2; want++ { // the second time with a token that was revoked meanwhile
				if o := sender.Send(t.Context(), mailTo(user)); o[0].Err != nil {
					t.Fatal(o[0].Err)
				}
				if _, err := sender.Check(t.Context(), "heed@example.com", nil); err != nil {
					t.Fatal(err)
				}
				if n := p.Issued(); n != want {
					t.Errorf("%d tokens were asked for, want %d", n, want)
				}
				sender.Close() // what is kept is logged in already
				p.Revoke()
				now = now.Add(2 * time.Minute)
			}
			p.Refuse("invalid_client")
			_, err = sender.Check(t.Context(), "heed@example.com", nil)
			if outbox.KindOf(err) != outbox.Config || !strings.Contains(err.Error(), "`client_secret_file`") || strings.Contains(err.Error(), p.ClientSecret) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A provider hands out tokens without a network.
type provider func() (string, error)

func (p provider) RoundTrip(*http.Request) (*http.Response, error) {
	token, err := p()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(fmt.Sprintf(`{"access_token":%q,"expires_in":3600}`, token)))}, err
}

// A token that is refused is thrown away and asked for again, once; a server that is down says nothing about the token.
func TestALoginWithATokenFailsAsItsKind(t *testing.T) {
	const xoauth2, bearer = "250-fake\r\n250 AUTH LOGIN XOAUTH2", "250-fake\r\n250 AUTH OAUTHBEARER"
	for _, tt := range []struct {
		name   string
		script script
		down   bool // there is one token only
		kind   outbox.Kind
		logins int
		says   string
	}{
		{"refused", script{"EHLO": xoauth2, "AUTH": "535 5.7.8 no"}, false, outbox.Config, 2, `[[oauth]] "helper"`},
		{"refused with a reason", script{"EHLO": xoauth2, "AUTH": "334 eyJzdGF0dXMiOiI0MDAifQ==", "": "535 5.7.8 no"}, false, outbox.Config, 2, "`smtp.username`"},
		{"refused with a reason, OAUTHBEARER", script{"EHLO": bearer, "AUTH": "334 eyJzdGF0dXMiOiI0MDAifQ==", "AQ==": "535 5.7.8 no"}, false, outbox.Config, 2, "`smtp.username`"},
		{"down for the moment", script{"EHLO": xoauth2, "AUTH": "454 4.7.0 later"}, false, outbox.Temporary, 1, "454"},
		{"hangs up", script{"EHLO": xoauth2, "AUTH": cut}, false, outbox.Temporary, 1, "hung up"},
		{"no mechanism", script{"EHLO": "250-fake\r\n250 AUTH PLAIN LOGIN"}, false, outbox.Config, 0, "XOAUTH2"},
		{"no login", script{"EHLO": "250 fake"}, false, outbox.Config, 0, "AUTH"},
		{"refused, and the provider is down", script{"EHLO": xoauth2, "AUTH": "535 5.7.8 no"}, true, outbox.Temporary, 1, "is up"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeServer{script: tt.script}
			asked := 0
			source := oauth.New(oauth.Options{Name: "helper", TokenURL: "https://tokens.example/", Transport: provider(func() (string, error) {
				if asked++; asked > 1 && tt.down {
					return "", errors.New("connection refused")
				}
				return fmt.Sprint("hush-", asked), nil
			})})
			if _, err := source.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: 25, TLS: submission.None, Username: "heed", OAuth: source, Dial: f.dial})
			if err != nil {
				t.Fatal(err)
			}
			err = sender.Send(t.Context(), mailTo("lu@example.com"))[0].Err
			f.sessions.Wait()
			if err == nil || outbox.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hush") {
				t.Errorf("%v, want %s", err, tt.kind)
			}
			if n := f.count("AUTH "); n != tt.logins {
				t.Errorf("%d logins, want %d", n, tt.logins)
			}
			if len(f.deliveries()) != 0 {
				t.Error("a mail was sent")
			}
		})
	}
}
