package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heedmail/heed/internal/oauth"
)

// rotating hands out a new refresh token with each answer, and takes the newest only.
func rotating(t *testing.T, first string) http.HandlerFunc {
	var mu sync.Mutex
	newest, n := first, 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if got := r.PostForm.Get("refresh_token"); got != newest {
			t.Errorf("the refresh token %q was shown, and the newest is %q", got, newest)
			says(400, "application/json", `{"error":"invalid_grant"}`)(w, r)
			return
		}
		n++
		newest = fmt.Sprintf("refresh-%d", n)
		says(200, "application/json", fmt.Sprintf(`{"access_token":"token-%d","token_type":"bearer","expires_in":3600,"refresh_token":%q}`, n, newest))(w, r)
	}
}

func TestANewRefreshTokenIsPutWhereTheOldOneWas(t *testing.T) {
	c := &clock{is: time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)}
	e := newEndpoint(t, rotating(t, refreshToken))
	file := refreshToken
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", Now: c.now, RefreshToken: func(context.Context) (string, error) { return file, nil },
		KeepRefreshToken: func(next string) error { file = next; return nil }})
	s.OnUnkept(func(err error) { t.Error(err) })
	for i := range 3 {
		token := fmt.Sprintf("token-%d", i+1)
		mustGet(t, s, token)
		c.pass(time.Hour) // it is over
		if want := fmt.Sprintf("refresh-%d", i+1); file != want {
			t.Errorf("the file holds %q, want %q", file, want)
		}
	}
}

func TestANewRefreshTokenThatCannotBeKeptServesOnAndIsTold(t *testing.T) {
	c := &clock{is: time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)}
	e := newEndpoint(t, rotating(t, refreshToken))
	file := refreshToken
	var told []string
	s := oauth.New(oauth.Options{Name: "microsoft", TokenURL: e.URL, ClientID: "heed", Now: c.now, RefreshToken: func(context.Context) (string, error) { return file, nil },
		KeepRefreshToken: func(string) error { return errors.New("read-only file system") }})
	s.OnUnkept(func(err error) { told = append(told, err.Error()) })
	for i := range 3 {
		token := fmt.Sprintf("token-%d", i+1)
		mustGet(t, s, token)
		c.pass(time.Hour) // it is over
	}
	if len(told) != 3 || !strings.Contains(told[0], "`refresh_token_file`") || !strings.Contains(told[0], "microsoft") {
		t.Errorf("told: %q", told)
	}
	for _, text := range told {
		if strings.Contains(text, "refresh-") || strings.Contains(text, refreshToken) {
			t.Errorf("the refresh token stands in %q", text)
		}
	}

	// Whoever puts a new one into the file is heard.
	fresh := newEndpoint(t, rotating(t, "of the administrator"))
	e.Config.Handler = fresh.Config.Handler
	file = "of the administrator"
	mustGet(t, s, "token-1")
}

func TestTheSameRefreshTokenIsNotWrittenAgain(t *testing.T) {
	e := newEndpoint(t, tokens(`,"refresh_token":"`+refreshToken+`"`))
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", RefreshToken: known(refreshToken),
		KeepRefreshToken: func(string) error { t.Error("it is written"); return nil }})
	mustGet(t, s, "token-1")
}

func TestARefreshTokenIsNotLostWhereTheOldOneCannotBeReadAgain(t *testing.T) {
	c := &clock{is: time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)}
	e := newEndpoint(t, rotating(t, refreshToken))
	readable := true
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", Now: c.now, RefreshToken: func(context.Context) (string, error) {
		if !readable {
			return "", errors.New("input/output error")
		}
		return refreshToken, nil
	}, KeepRefreshToken: func(string) error { readable = false; return errors.New("input/output error") }})
	s.OnUnkept(func(error) {})
	for i := range 3 {
		readable = true
		token := fmt.Sprintf("token-%d", i+1)
		mustGet(t, s, token)
		c.pass(time.Hour) // it is over
	}
}

// A reload ends whoever waits for a token, in the midst of a question that may have ended the refresh token.
func TestANewRefreshTokenIsHeardOutAfterNobodyWaitsAnyMore(t *testing.T) {
	ctx, reload := context.WithCancel(t.Context())
	next := rotating(t, refreshToken)
	e := newEndpoint(t, func(w http.ResponseWriter, r *http.Request) {
		reload()
		next(w, r)
	})
	file := refreshToken
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", RefreshToken: func(context.Context) (string, error) { return file, nil },
		KeepRefreshToken: func(next string) error { file = next; return nil }})
	if _, err := s.Token(ctx); err != nil || file != "refresh-1" {
		t.Errorf("the file holds %q, %v", file, err)
	}
	if _, err := s.Token(ctx); err != nil || e.times() != 1 {
		t.Errorf("asked %d times, %v", e.times(), err)
	}
}

func TestANewRefreshTokenOutlivesAReload(t *testing.T) {
	e := newEndpoint(t, rotating(t, refreshToken))
	o := oauth.Options{TokenURL: e.URL, ClientID: "heed", RefreshToken: known(refreshToken),
		KeepRefreshToken: func(string) error { return errors.New("read-only file system") }}
	before := oauth.New(o)
	for i := range 3 {
		mustGet(t, before, fmt.Sprintf("token-%d", i+1))
		after := oauth.New(o)
		after.Follow(before)
		after.Follow(oauth.New(o)) // which knows nothing
		before = after
	}
}

// The endpoint takes the old refresh token for replaced, whatever is wrong with the rest of its answer.
func TestANewRefreshTokenIsKeptThoughTheAccessTokenIsOfNoUse(t *testing.T) {
	for _, answer := range []string{`{"access_token":"t","token_type":"mac","refresh_token":"next"}`, `{"access_token":"two words","refresh_token":"next"}`} {
		e := newEndpoint(t, says(200, "application/json", answer))
		file := refreshToken
		s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", RefreshToken: known(refreshToken), KeepRefreshToken: func(next string) error { file = next; return nil }})
		if token, err := s.Token(t.Context()); err == nil || file != "next" {
			t.Errorf("token %q, and the file holds %q", token, file)
		}
	}
}

func TestWhatIsNoRefreshTokenIsNotWritten(t *testing.T) {
	e := newEndpoint(t, tokens(`,"refresh_token":"two\nlines"`))
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", RefreshToken: known(refreshToken),
		KeepRefreshToken: func(string) error { t.Error("it is written"); return nil }})
	told := 0
	s.OnUnkept(func(error) { told++ })
	mustGet(t, s, "token-1")
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}
