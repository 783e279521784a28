package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heedmail/heed/internal/oauth"
)

const (
	clientSecret = "hush+client/secret=="
	refreshToken = "hush.refresh~token"
)

// An endpoint answers as each test says, and keeps what it was asked.
type endpoint struct {
	*httptest.Server

	mu    sync.Mutex
	asked []map[string]string
}

func newEndpoint(t *testing.T, answer http.HandlerFunc) *endpoint {
	t.Helper()
	e := &endpoint{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		form := map[string]string{"": r.Method + " " + r.URL.Path}
		for key := range r.PostForm {
			form[key] = r.PostForm.Get(key)
		}
		e.mu.Lock()
		e.asked = append(e.asked, form)
		e.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) times() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.asked)
}

// tokens answers with token-1, token-2, and so on, with more in the JSON.
func tokens(more string) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		n++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer"%s}`, n, more)
		mu.Unlock()
	}
}

func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func known(text string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return text, nil }
}

// A clock goes when it is told to.
type clock struct {
	mu sync.Mutex
	is time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.is
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.is = c.is.Add(d)
}

func mustGet(t *testing.T, s *oauth.Source, want string) {
	t.Helper()
	if got, err := s.Token(t.Context()); got != want || err != nil {
		t.Errorf("token %q, %v; want %q", got, err, want)
	}
}

func TestTheGrantIsThatOfTheSecretsThatAreThere(t *testing.T) {
	for name, tt := range map[string]struct {
		o    oauth.Options
		want map[string]string
	}{
		"client credentials": {
			oauth.Options{ClientID: "heed", ClientSecret: known(clientSecret), Scopes: []string{"https://outlook.office365.com/.default"}},
			map[string]string{"": "POST /token", "grant_type": "client_credentials", "client_id": "heed", "client_secret": clientSecret, "scope": "https://outlook.office365.com/.default"},
		},
		"refresh token": {
			oauth.Options{ClientID: "heed", ClientSecret: known(clientSecret), RefreshToken: known(refreshToken), Scopes: []string{"a", "b"}},
			map[string]string{"": "POST /token", "grant_type": "refresh_token", "refresh_token": refreshToken, "client_id": "heed", "client_secret": clientSecret, "scope": "a b"},
		},
		"refresh token of a client without a secret": {
			oauth.Options{ClientID: "heed", RefreshToken: known(refreshToken)},
			map[string]string{"": "POST /token", "grant_type": "refresh_token", "refresh_token": refreshToken, "client_id": "heed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, tokens(`,"expires_in":3600`))
			tt.o.TokenURL = e.URL + "/token"
			mustGet(t, oauth.New(tt.o), "token-1")
			if fmt.Sprint(e.asked[0]) != fmt.Sprint(tt.want) {
				t.Errorf("asked %v\nwant  %v", e.asked[0], tt.want)
			}
		})
	}
}

func TestATokenServesUntilShortlyBeforeItsEnd(t *testing.T) {
	for _, tt := range []struct {
		expires   string
		good, old time.Duration
	}{
		{`,"expires_in":3600`, 54 * time.Minute, 2 * time.Minute},
		{`,"expires_in":"3600"`, 54 * time.Minute, 2 * time.Minute}, // as some write it
		{`,"expires_in":60`, 29 * time.Second, 2 * time.Second},     // half of a short life
		{``, 59 * time.Second, 2 * time.Second},                     // nobody knows
		{`,"expires_in":0`, 59 * time.Second, 2 * time.Second},
	} {
		t.Run(tt.expires, func(t *testing.T) {
			e := newEndpoint(t, tokens(tt.expires))
			c := &clock{is: time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)}
			s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", ClientSecret: known(clientSecret), Now: c.now})
			mustGet(t, s, "token-1")
			c.pass(tt.good)
			mustGet(t, s, "token-1")
			c.pass(tt.old)
			mustGet(t, s, "token-2")
		})
	}
}

func TestATokenThatHasEndedAlreadyIsNotHandedOutTwice(t *testing.T) {
	e := newEndpoint(t, tokens(`,"expires_in":-10`))
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", ClientSecret: known(clientSecret)})
	mustGet(t, s, "token-1")
	mustGet(t, s, "token-2")
}

func TestARefusedTokenIsReplaced(t *testing.T) {
	e := newEndpoint(t, tokens(`,"expires_in":3600`))
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", ClientSecret: known(clientSecret)})
	mustGet(t, s, "token-1")
	if s.Refused("token-1") {
		t.Error("a token that was fetched for this very login is refused, and another is said to be better")
	}
	mustGet(t, s, "token-1")
	if !s.Refused("token-1") {
		t.Error("a token that was kept is refused, and no other is said to be better")
	}
	mustGet(t, s, "token-2")
	if !s.Refused("token-1") {
		t.Error("a token is refused that is known to be gone, and no other is said to be better")
	}
	mustGet(t, s, "token-2")
}

// One mailbox that a client may not read must not cost the others their token, nor the provider its patience.
func TestATokenIsReplacedOnceAMinuteAtMost(t *testing.T) {
	e := newEndpoint(t, tokens(`,"expires_in":3600`))
	c := &clock{is: time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)}
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", ClientSecret: known(clientSecret), Now: c.now})
	for range 100 {
		for range 2 { // what a login does
			token, err := s.Token(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !s.Refused(token) {
				break
			}
		}
		c.pass(3 * time.Second)
	}
	if n := e.times(); n != 6 { // the first, and one for each of five minutes
		t.Errorf("the endpoint was asked %d times in five minutes", n)
	}
}

func TestOneAsksForAll(t *testing.T) {
	const many = 20
	release := make(chan struct{})
	give := tokens(`,"expires_in":3600`)
	e := newEndpoint(t, func(w http.ResponseWriter, r *http.Request) {
		<-release
		give(w, r)
	})
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", ClientSecret: known(clientSecret)})
	var all sync.WaitGroup
	for range many {
		all.Go(func() { mustGet(t, s, "token-1") })
	}
	close(release)
	all.Wait()
	if n := e.times(); n != 1 {
		t.Errorf("the endpoint was asked %d times", n)
	}
}

// A waiting is a context that tells when somebody waits for its end, which Token does while another one asks.
type waiting struct {
	context.Context
	seen *sync.WaitGroup
	once *sync.Once
}

func (w waiting) Done() <-chan struct{} {
	w.once.Do(w.seen.Done)
	return w.Context.Done()
}

func TestWhoWaitsGetsTheFailureThatAnotherOneGot(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	times := 0 // one asks at a time
	s := oauth.New(oauth.Options{Name: "x", AccessToken: func(context.Context) (string, error) {
		if times++; times == 1 {
			close(asked)
		}
		<-release
		return "", errors.New("no")
	}})
	count := 0
	var all, seen sync.WaitGroup
	all.Go(func() {
		if _, err := s.Token(t.Context()); err == nil {
			t.Error("a token")
		}
	})
	<-asked
	seen.Add(5)
	for range 5 {
		all.Go(func() {
			if _, err := s.Token(waiting{t.Context(), &seen, &sync.Once{}}); err == nil {
				t.Error("a token")
			}
		})
	}
	seen.Wait() // all have looked before the failure
	close(release)
	all.Wait()
	if times != 1 {
		t.Errorf("asked %d times", times)
	}
	s2 := oauth.New(oauth.Options{AccessToken: func(context.Context) (string, error) { count++; return "", errors.New("no") }})
	for range 2 {
		if _, err := s2.Token(t.Context()); err == nil {
			t.Error("a token")
		}
	}
	if count != 2 {
		t.Errorf("who comes after a failure gets the old one: asked %d times", count)
	}
}

func TestNobodyWaitsLongerThanHeMay(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	s := oauth.New(oauth.Options{AccessToken: func(context.Context) (string, error) {
		close(asked)
		<-release
		return "token", nil
	}})
	var all sync.WaitGroup
	all.Go(func() { mustGet(t, s, "token") })
	<-asked
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(release)
	all.Wait()
}

func TestAnotherProgramsTokenServesAMinute(t *testing.T) {
	c := &clock{is: time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)}
	n := 0
	s := oauth.New(oauth.Options{Now: c.now, AccessToken: func(context.Context) (string, error) { n++; return fmt.Sprint("token-", n), nil }})
	mustGet(t, s, "token-1")
	c.pass(59 * time.Second)
	mustGet(t, s, "token-1")
	c.pass(2 * time.Second)
	mustGet(t, s, "token-2")
}

func TestWhatIsNoTokenIsNotHandedOut(t *testing.T) {
	for _, bad := range []string{"", "two words", "one\x01auth=Bearer two", "line\r\nline", "ünicode", strings.Repeat("x", 17<<10)} {
		s := oauth.New(oauth.Options{Name: "x", AccessToken: known(bad)})
		token, err := s.Token(t.Context())
		if token != "" || err == nil {
			t.Errorf("%.20q is handed out", bad)
		} else if bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("the token stands in %q", err)
		}
	}
}

func TestASourceIsPrintedWithoutItsToken(t *testing.T) {
	s := oauth.New(oauth.Options{Name: "microsoft", AccessToken: known("hush")})
	mustGet(t, s, "hush")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, s) + fmt.Sprintf(verb, struct{ S *oauth.Source }{s}); strings.Contains(got, "hush") || strings.Contains(got, "68757368") {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}
