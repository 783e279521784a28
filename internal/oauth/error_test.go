package oauth_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/heedmail/heed/internal/oauth"
)

func TestWhatAnEndpointDoesIsSaidWithWhatToDo(t *testing.T) {
	const form = "application/json"
	huge := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		name      string
		answer    http.HandlerFunc
		temporary bool
		words     []string // of the error or the advice
	}{
		{"internal error", says(500, "text/html", "<h1>oops</h1>"), true, []string{"HTTP 500", "wait"}},
		{"too many requests", says(429, form, `{}`), true, []string{"HTTP 429"}},
		{"error that passes", says(400, form, `{"error":"temporarily_unavailable"}`), true, []string{"temporarily_unavailable"}},
		{"internal error with a code", says(503, form, `{"error":"invalid_client"}`), true, []string{"invalid_client"}},
		{"revoked refresh token", says(400, form, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`), false,
			[]string{`"invalid_grant"`, `"Token has been expired or revoked."`, "refresh_token_file"}},
		{"wrong client secret", says(401, form, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1"}`), false,
			[]string{`"AADSTS7000215: Invalid client secret provided."`, "`client_id`", "`client_secret_file`"}},
		{"unknown client", says(400, form, `{"error":"unauthorized_client"}`), false, []string{"`client_id`"}},
		{"other grant wanted", says(400, form, `{"error":"unsupported_grant_type"}`), false, []string{"leave out `refresh_token_file`"}},
		{"wrong scope", says(400, form, `{"error":"invalid_scope"}`), false, []string{"`scopes`"}},
		{"another code", says(400, form, `{"error":"interaction_required"}`), false, []string{"interaction_required", "[[oauth]]"}},
		{"error with status 200", says(200, form, `{"error":"invalid_scope"}`), false, []string{"`scopes`"}},
		{"wrong path", says(404, "text/html", "<h1>not found</h1>"), false, []string{"HTTP 404", "`token_url`"}},
		{"web page", says(200, "text/html", "<html>log in</html>"), false, []string{"no token", "`token_url`"}},
		{"nothing", says(200, form, ``), false, []string{"no token", "`token_url`"}},
		{"no token", says(200, form, `{"token_type":"Bearer"}`), false, []string{"no token"}},
		{"odd type", says(200, form, `{"access_token":"t","token_type":"mac"}`), false, []string{`"mac"`}},
		{"odd token", says(200, form, `{"access_token":"a\u0001b","token_type":"Bearer"}`), false, []string{"blank"}},
		{"huge answer", says(200, form, `{"access_token":"`+huge+`"}`), false, []string{"larger than 64 KiB"}},
		{"huge token", says(200, form, `{"access_token":"`+huge[:60<<10]+`"}`), false, []string{"bytes"}},
		{"huge error", says(500, "text/plain", huge), true, []string{"HTTP 500"}},
		{"long description", says(400, form, `{"error":"invalid_scope","error_description":"`+huge[:10<<10]+`"}`), false, []string{"xxx…"}},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
		}, false, []string{"HTTP 302", "points elsewhere"}},
		{"redirect that keeps the form", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusTemporaryRedirect)
		}, false, []string{"HTTP 307", "points elsewhere"}},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true, []string{"token endpoint"}},
		{"hangs up midway", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"access_token":`)
		}, true, []string{"read the answer"}},
		{"shows the secrets", func(w http.ResponseWriter, r *http.Request) {
			says(400, form, fmt.Sprintf(`{"error":"invalid_client","error_description":%q}`, "unknown: "+clientSecret+" "+url.QueryEscape(clientSecret)+" "+refreshToken))(w, r)
		}, false, []string{"<secret> <secret> <secret>"}},
		{"shows a secret as the type", func(w http.ResponseWriter, r *http.Request) {
			says(200, form, fmt.Sprintf(`{"access_token":"t","token_type":%q}`, "mac "+r.PostForm.Get("client_secret")))(w, r)
		}, false, []string{`"mac <secret>"`}},
		{"forges the log", says(400, form, `{"error":"x\ny","error_description":"\u001b[31mred\u0000"}`), false, []string{`\x1b[31mred\x00`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEndpoint(t, tt.answer)
			s := oauth.New(oauth.Options{Name: "microsoft", TokenURL: e.URL + "/token", ClientID: "heed", ClientSecret: known(clientSecret), RefreshToken: known(refreshToken),
				KeepRefreshToken: func(string) error { return nil }})
			token, err := s.Token(t.Context())
			mustBe(t, token, err, tt.temporary, tt.words...)
			if n := e.times(); n != 1 {
				t.Errorf("the endpoint was asked %d times", n)
			}
		})
	}
}

func TestAProviderThatWantsARefreshTokenIsToldOf(t *testing.T) {
	e := newEndpoint(t, says(400, "application/json", `{"error":"unsupported_grant_type"}`))
	s := oauth.New(oauth.Options{Name: "microsoft", TokenURL: e.URL, ClientID: "heed", ClientSecret: known(clientSecret)})
	token, err := s.Token(t.Context())
	mustBe(t, token, err, false, "wants a refresh token (`refresh_token_file`")
}

// A backlog of mails asks for a token with each of them.
func TestAnEndpointThatRefusesIsLeftAloneForAWhile(t *testing.T) {
	for code, want := range map[string]time.Duration{"invalid_grant": time.Minute, "temporarily_unavailable": 5 * time.Second} {
		t.Run(code, func(t *testing.T) {
			e := newEndpoint(t, says(400, "application/json", fmt.Sprintf(`{"error":%q}`, code)))
			c := &clock{is: time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)}
			secret := clientSecret
			s := oauth.New(oauth.Options{Name: "microsoft", TokenURL: e.URL, ClientID: "heed", Now: c.now, ClientSecret: func(context.Context) (string, error) { return secret, nil }})
			ask := func(times int) {
				t.Helper()
				for range 100 {
					token, err := s.Token(t.Context())
					mustBe(t, token, err, code != "invalid_grant", code)
				}
				if n := e.times(); n != times {
					t.Errorf("asked %d times, want %d", n, times)
				}
			}
			ask(1)
			c.pass(want - time.Second)
			ask(1)
			c.pass(2 * time.Second)
			ask(2)
			secret = "corrected"
			ask(3)
		})
	}
}

func mustBe(t *testing.T, token string, err error, temporary bool, words ...string) {
	t.Helper()
	fault, ok := errors.AsType[*oauth.Error](err)
	if token != "" || !ok {
		t.Fatalf("token %q, error %v", token, err)
	}
	text := fault.Error() + "; " + fault.Advice
	if fault.Temporary != temporary || fault.Advice == "" || fault.Section != "microsoft" {
		t.Errorf("temporary %v, want %v: %s", fault.Temporary, temporary, text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q does not say %q", text, word)
		}
	}
	mustBeOneCleanLine(t, text)
}

func mustBeOneCleanLine(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{clientSecret, refreshToken, url.QueryEscape(clientSecret)} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret stands in %q", text)
		}
	}
	if strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text) || len(text) > 4<<10 {
		t.Errorf("that is no clean line of the log: %q", text)
	}
}

func TestAnEndpointThatIsNotThereIsWaitedForUnlessTheSettingIsWrong(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	empty := "http://" + l.Addr().String()
	l.Close()
	strange := httptest.NewUnstartedServer(tokens(""))
	strange.Config.ErrorLog = nil
	strange.TLS = &tls.Config{}
	strange.StartTLS()
	t.Cleanup(strange.Close)
	for name, tt := range map[string]struct {
		url       string
		transport http.RoundTripper
		temporary bool
	}{
		"nobody listens":      {empty, nil, true},
		"unknown certificate": {strange.URL, nil, false},
		"no such host":        {"https://nowhere.example/token", failing{&net.DNSError{Name: "nowhere.example", Err: "no such host", IsNotFound: true}}, false},
		"no name server":      {"https://nowhere.example/token", failing{&net.DNSError{Name: "nowhere.example", Err: "server misbehaving", IsTemporary: true}}, true},
		"no answer in time":   {"https://slow.example/token", failing{context.DeadlineExceeded}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := oauth.New(oauth.Options{Name: "microsoft", TokenURL: tt.url, ClientID: "heed", ClientSecret: known(clientSecret), Transport: tt.transport})
			token, err := s.Token(t.Context())
			mustBe(t, token, err, tt.temporary, "`token_url`")
		})
	}
}

// failing is a network that fails.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestASlowEndpointIsNotWaitedForWithoutEnd(t *testing.T) {
	var within time.Duration
	s := oauth.New(oauth.Options{Name: "microsoft", TokenURL: "https://slow.example/token", ClientID: "heed", ClientSecret: known(clientSecret), Transport: round(func(r *http.Request) (*http.Response, error) {
		if deadline, ok := r.Context().Deadline(); ok {
			within = time.Until(deadline)
		}
		return nil, context.DeadlineExceeded
	})})
	if _, err := s.Token(t.Context()); err == nil || within <= 0 || within > time.Minute {
		t.Errorf("waited for %v: %v", within, err)
	}
}

// Who only shows a refresh token waits on for the answer, and not for ever.
func TestAnAnswerIsNotHeardOutWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		s := oauth.New(oauth.Options{Name: "microsoft", TokenURL: "https://slow.example/token", ClientID: "heed", RefreshToken: known(refreshToken), Transport: round(func(r *http.Request) (*http.Response, error) {
			cancel()
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		if _, err := s.Token(ctx); !errors.Is(err, context.Canceled) || time.Since(began) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestNothingIsAskedForSomebodyWhoIsGone(t *testing.T) {
	e := newEndpoint(t, tokens(""))
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", RefreshToken: known(refreshToken)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // both the end and the turn are there, of which one is taken by chance
		if _, err := s.Token(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if n := e.times(); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

func TestWhoGivesUpSaysNothingToTheNext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	var seen, all sync.WaitGroup
	times := 0 // one asks at a time
	s := oauth.New(oauth.Options{TokenURL: "https://tokens.example/", ClientID: "heed", ClientSecret: known(clientSecret), Transport: round(func(r *http.Request) (*http.Response, error) {
		if times++; times > 1 {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"access_token":"token"}`))}, nil
		}
		close(asked)
		<-r.Context().Done()
		return nil, r.Context().Err()
	})})
	all.Go(func() {
		if _, err := s.Token(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	<-asked
	seen.Add(1)
	all.Go(func() {
		if token, err := s.Token(waiting{t.Context(), &seen, &sync.Once{}}); token != "token" {
			t.Errorf("%q, %v", token, err)
		}
	})
	seen.Wait()
	cancel()
	all.Wait()
}

type round func(*http.Request) (*http.Response, error)

func (f round) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestASecretThatCannotBeReadIsNamed(t *testing.T) {
	unreadable := func(context.Context) (string, error) { return "", errors.New("permission denied") }
	for name, o := range map[string]oauth.Options{
		"client secret":        {ClientSecret: unreadable},
		"refresh token":        {RefreshToken: unreadable},
		"access_token_command": {AccessToken: unreadable},
	} {
		o.Name = "microsoft"
		token, err := oauth.New(o).Token(t.Context())
		mustBe(t, token, err, false, name, "permission denied")
	}
}

// Whatever an endpoint answers, there is a token that can be sent, or one line that says why not and holds no secret.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "application/json", []byte(`{"access_token":"token","token_type":"Bearer","expires_in":3600,"refresh_token":"next"}`))
	f.Add(200, "text/plain", []byte(`access_token=token&expires_in=3600`))
	f.Add(200, "text/plain; charset=x", []byte(`access_token=%zz`))
	f.Add(400, "application/json", []byte(`{"error":"invalid_grant","error_description":"hush.refresh~token\r\n"}`))
	f.Add(302, "", []byte(``))
	f.Add(200, "application/json", []byte(`{"access_token":"t","expires_in":1e400}`))
	f.Add(200, "application/json", []byte(`{"access_token":"t","expires_in":-9223372036854775808,"token_type":"\u0000"}`))
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		if len(body) > 128<<10 {
			return
		}
		s := oauth.New(oauth.Options{Name: "x", TokenURL: "https://tokens.example/", ClientID: "heed", ClientSecret: known(clientSecret), RefreshToken: known(refreshToken),
			KeepRefreshToken: func(next string) error {
				if next == "" || strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r > '~' }) {
					t.Errorf("%q is kept as a refresh token", next)
				}
				return nil
			},
			Transport: round(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(string(body)))}, nil
			})})
		token, err := s.Token(t.Context())
		if err != nil {
			fault, ok := errors.AsType[*oauth.Error](err)
			if !ok || token != "" {
				t.Fatalf("token %q, %v", token, err)
			}
			mustBeOneCleanLine(t, fault.Error()+fault.Advice)
			return
		}
		if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q is handed out as a token", token)
		}
		s.Refused(token)
	})
}
