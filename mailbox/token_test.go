package mailbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heedmail/heed/internal/oauth"
	"github.com/heedmail/heed/internal/testservers"
)

// tokens is a source of the provider's tokens, for which two minutes pass with each look at the clock: nothing is too soon.
func tokens(p *testservers.Provider) *oauth.Source {
	var looks atomic.Int64
	return oauth.New(oauth.Options{Name: "provider", TokenURL: p.TokenURL, ClientID: user, ClientSecret: password(p.ClientSecret),
		Now: func() time.Time { return time.Unix(0, 0).Add(time.Duration(looks.Add(1)) * 2 * time.Minute) }})
}

// withTokens makes an account log in with tokens, and with nothing else.
func withTokens(a Account, source *oauth.Source) Account {
	a.Password, a.OAuth = nil, source
	return a
}

// tokenDovecot is a real server that asks a provider about tokens, and the account on it.
func tokenDovecot(t *testing.T, mechanisms string) (*testservers.IMAP, *testservers.Provider, Account) {
	t.Helper()
	p := testservers.NewProvider(t, "token", "s3cret", "")
	server := testservers.DovecotOAuth(t, p, mechanisms)
	server.AddUser(user, secret)
	return server, p, Account{Name: "support", Host: server.Host, Port: server.TLSPort, TLS: TLSImplicit, RootCAs: server.CA, Username: user,
		OAuth: tokens(p), Start: StartAll}
}

func TestATokenLogsInToDovecot(t *testing.T) {
	for _, mechanisms := range []string{"xoauth2", "oauthbearer", "oauthbearer xoauth2"} {
		t.Run(mechanisms, func(t *testing.T) {
			server, _, a := tokenDovecot(t, mechanisms)
			server.Deliver(user, []byte("Subject: 1\r\n\r\n1\r\n"))
			sink := realSink(t)
			run(t, a, sink)
			sink.count(1)
			for _, mode := range []TLSMode{TLSImplicit, TLSStart, TLSNone} {
				a.TLS = mode
				if a.Port = server.Port; mode == TLSImplicit {
					a.Port = server.TLSPort
				}
				if results := Check(t.Context(), a); results[0].Err != nil {
					t.Errorf("%s: %v", mode, results[0].Err)
				}
			}
		})
	}
}

func TestATokenThatWasRevokedIsRenewedAtOnce(t *testing.T) {
	for _, mechanism := range []string{"xoauth2", "oauthbearer"} {
		t.Run(mechanism, func(t *testing.T) {
			_, p, a := tokenDovecot(t, mechanism)
			for want := 1; want <= 3; want++ {
				if results := Check(t.Context(), a); results[0].Err != nil {
					t.Fatal(results[0].Err)
				}
				if n := p.Issued(); n != want {
					t.Errorf("%d tokens were asked for, want %d", n, want)
				}
				p.Revoke()
			}
		})
	}
}

func TestATokenThatIsRefusedIsALoginThatIsRefused(t *testing.T) {
	for _, mechanism := range []string{"xoauth2", "oauthbearer"} {
		t.Run(mechanism, func(t *testing.T) {
			_, _, a := tokenDovecot(t, mechanism)
			asked := 0
			a.OAuth = oauth.New(oauth.Options{Name: "helper", AccessToken: func(context.Context) (string, error) { asked++; return fmt.Sprint("hush-", asked), nil }})
			for want := 1; want <= 2; want++ { // the second login tries another one
				err := Check(t.Context(), a)[0].Err
				e, ok := errors.AsType[*Error](err)
				if !ok || e.Kind != Auth || !strings.Contains(e.Advice, `[[oauth]] "helper"`) || !strings.Contains(err.Error(), "[AUTHENTICATIONFAILED]") || strings.Contains(err.Error(), "hush") {
					t.Errorf("%v", err)
				}
				if asked != want {
					t.Errorf("asked %d times for a token, want %d", asked, want)
				}
			}
		})
	}
}

func TestATokenOfAnotherUserIsRefused(t *testing.T) {
	_, p, a := tokenDovecot(t, "xoauth2")
	p.Grant("of-jane", "jane@example.com")
	a.OAuth = oauth.New(oauth.Options{Name: "helper", AccessToken: password("of-jane")})
	if err := Check(t.Context(), a)[0].Err; KindOf(err) != Auth || !strings.Contains(err.Error(), "check `username`") {
		t.Errorf("%v", err)
	}
}

func TestALoginWithoutATokenSaysWhy(t *testing.T) {
	_, p, a := tokenDovecot(t, "xoauth2")
	for _, tt := range []struct {
		code   string
		kind   Kind
		advice string
	}{
		{"invalid_client", Auth, "`client_secret_file`"},
		{"temporarily_unavailable", Temporary, "wait"},
	} {
		p.Refuse(tt.code)
		err := Check(t.Context(), a)[0].Err
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != tt.kind || !strings.Contains(e.Advice, tt.advice) || !strings.Contains(err.Error(), tt.code) || strings.Contains(err.Error(), p.ClientSecret) {
			t.Errorf("%v", err)
		}
	}
	p.Refuse("")
	if err := Check(t.Context(), a)[0].Err; err != nil {
		t.Errorf("after the trouble: %v", err)
	}
}

func TestAServerWithoutOAuthIsAWrongSetting(t *testing.T) {
	_, a := dovecot(t, TLSImplicit)
	a = withTokens(a, oauth.New(oauth.Options{AccessToken: func(context.Context) (string, error) {
		t.Error("a token is asked for that can't be used")
		return "", errors.New("none")
	}}))
	err := Check(t.Context(), a)[0].Err
	if KindOf(err) != Config || !strings.Contains(err.Error(), "XOAUTH2") {
		t.Errorf("%v", err)
	}
}

// What real servers do beside what Dovecot does: a challenge before the NO, one that is never understood, a server that
// is down for the moment.
func TestRefusalsOfATokenInOtherForms(t *testing.T) {
	for name, tt := range map[string]struct {
		login  func(c *fakeConn, tag, args string) bool
		kind   Kind
		logins int // how often a login is tried where the token was there already
	}{
		"challenge, then NO": {func(c *fakeConn, tag, _ string) bool {
			c.challenge()
			c.send(tag + " NO AUTHENTICATE failed.")
			return true
		}, Auth, 2},
		"challenge, then BAD": {func(c *fakeConn, tag, _ string) bool {
			c.challenge()
			c.send(tag + " BAD what?")
			return true
		}, Auth, 2},
		"down for the moment": {func(c *fakeConn, tag, _ string) bool {
			c.send(tag + " NO [UNAVAILABLE] try later")
			return true
		}, Temporary, 1},
		"hangs up": {func(c *fakeConn, _, _ string) bool {
			c.Close()
			return true
		}, Temporary, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.caps = "IMAP4rev1 IDLE AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE"
			f.hooks["AUTHENTICATE"] = tt.login
			asked := 0
			source := oauth.New(oauth.Options{Name: "helper", AccessToken: func(context.Context) (string, error) { asked++; return "token", nil }})
			if _, err := source.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := connect(t.Context(), withTokens(f.account(), source).withDefaults(), f.dial, func() {})
			if KindOf(err) != tt.kind {
				t.Errorf("%v", err)
			}
			if n := f.asked("AUTHENTICATE"); n != tt.logins || asked != tt.logins {
				t.Errorf("%d logins with %d tokens, want %d", n, asked, tt.logins)
			}
		})
	}
}

// challenge says why a token is refused, and reads the answer, which has to be one that can be decoded.
func (c *fakeConn) challenge() {
	c.send("+ eyJzdGF0dXMiOiI0MDAifQ==")
	if answer, err := c.lines.ReadString('\n'); err != nil || answer != "AQ==\r\n" {
		c.server.t.Errorf("the challenge is answered with %q, %v", answer, err)
	}
}
