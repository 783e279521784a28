package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

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
	e := newEndpoint(t, rotating(t, refreshToken))
	file := refreshToken
	s := oauth.New(oauth.Options{TokenURL: e.URL, ClientID: "heed", RefreshToken: func(context.Context) (string, error) { return file, nil },
		KeepRefreshToken: func(next string) error { file = next; return nil }})
	s.OnUnkept(func(err error) { t.Error(err) })
	for i := range 3 {
		token := fmt.Sprintf("token-%d", i+1)
		mustGet(t, s, token)
		s.Refused(token)
		if want := fmt.Sprintf("refresh-%d", i+1); file != want {
			t.Errorf("the file holds %q, want %q", file, want)
		}
	}
}

func TestANewRefreshTokenThatCannotBeKeptServesOnAndIsTold(t *testing.T) {
	e := newEndpoint(t, rotating(t, refreshToken))
	file := refreshToken
	var told []string
	s := oauth.New(oauth.Options{Name: "microsoft", TokenURL: e.URL, ClientID: "heed", RefreshToken: func(context.Context) (string, error) { return file, nil },
		KeepRefreshToken: func(string) error { return errors.New("read-only file system") }})
	s.OnUnkept(func(err error) { told = append(told, err.Error()) })
	for i := range 3 {
		token := fmt.Sprintf("token-%d", i+1)
		mustGet(t, s, token)
		s.Refused(token)
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
