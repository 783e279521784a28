package oauth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// The bounds of one question to a token endpoint.
const (
	fetchWithin = 20 * time.Second
	hearOut     = 5 * time.Second // how long an answer is waited for that nobody wants any more
	maxAnswer   = 64 << 10
)

// How long a failure is taken for granted while the same secrets are shown.
const (
	untilAskedAgain = time.Minute     // after a refusal
	untilTriedAgain = 5 * time.Second // after what passes by itself
)

// network is the way to token endpoints.
func network() http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: fetchWithin / 2}).DialContext,
		TLSHandshakeTimeout:    fetchWithin / 2,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxAnswer,
		DisableKeepAlives:      true, // there is an hour between two questions
	}
}

// bounded reads an answer whole, refuses a large one, and cuts a large page that only says that something is wrong. So
// whatever fails behind it fails for what the answer says.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(body) > maxAnswer && answer.StatusCode < 300 {
		return nil, errLarge
	}
	answer.Body = io.NopCloser(bytes.NewReader(body[:min(len(body), maxAnswer)]))
	return answer, nil
}

// credentials are what a question shows of secrets.
type credentials struct {
	client, refresh string
	found           string // the refresh token that stands where the administrator put it; mostly the one that is shown
}

// A refusal is how the endpoint failed when it was asked last.
type refusal struct {
	shown credentials
	until time.Time // when it has to be asked again
	err   error
}

// fetch asks the token endpoint, unless it has just refused the same.
func (s *Source) fetch(ctx context.Context) (string, time.Duration, error) {
	shown, err := s.credentials(ctx)
	if err != nil {
		return "", 0, err
	}
	if shown == s.refusal.shown && s.o.Now().Before(s.refusal.until) {
		return "", 0, s.refusal.err
	}
	token, life, err := s.request(ctx, shown)
	if fault, ok := errors.AsType[*Error](err); ok && ctx.Err() == nil {
		pause := untilAskedAgain
		if fault.Temporary {
			pause = untilTriedAgain
		}
		s.refusal = refusal{shown, s.o.Now().Add(pause), err}
	}
	return token, life, err
}

// request is one question and its answer. No redirect is followed: the secrets go where the administrator said or nowhere.
func (s *Source) request(ctx context.Context, shown credentials) (token string, life time.Duration, err error) {
	within, cancel := s.within(ctx)
	defer cancel()
	client := &http.Client{Transport: bounded{s.o.Transport}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := s.question(shown).Token(context.WithValue(within, oauth2.HTTPClient, client))
	if err != nil {
		return "", 0, s.judge(err, shown)
	}
	s.succeed(answer.RefreshToken, shown)
	if answer.Type() != "Bearer" {
		return "", 0, s.fail(false, "check `token_url`",
			fmt.Errorf("the token endpoint hands out tokens of the type %s, and mail servers take Bearer", quote(shown.conceal(answer.TokenType))))
	}
	if err := checkToken(answer.AccessToken); err != nil {
		return "", 0, s.fail(false, "check `token_url`", err)
	}
	if answer.Expiry.IsZero() {
		return answer.AccessToken, 2 * unknownLife, nil // half of which it is kept
	}
	return answer.AccessToken, time.Until(answer.Expiry), nil // the library has just counted by the clock of the machine
}

// within bounds a question. One that shows a refresh token is not broken off as soon as ctx ends, as it does with a reload: that
// token may have been replaced already, and the answer alone says by what.
func (s *Source) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.o.RefreshToken == nil || ctx.Err() != nil {
		return context.WithTimeout(ctx, fetchWithin)
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchWithin)
	unhook := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(hearOut):
			cancel()
		case <-within.Done():
		}
	})
	return within, func() { unhook(); cancel() }
}

// credentials collects the secrets for a question.
func (s *Source) credentials(ctx context.Context) (credentials, error) {
	var shown credentials
	var err error
	if s.o.ClientSecret != nil {
		if shown.client, err = s.o.ClientSecret(ctx); err != nil {
			return shown, s.fail(false, "make the client secret readable for Heed", err)
		}
	}
	if s.o.RefreshToken != nil {
		if shown.refresh, err = s.o.RefreshToken(ctx); err != nil {
			return shown, s.fail(false, "make the refresh token readable for Heed", err)
		}
		if shown.found = shown.refresh; shown.found == s.next.of {
			shown.refresh = s.next.token
		}
	}
	return shown, nil
}

// question is the one of RFC 6749, 4.4.2, and with a refresh token that of section 6: the library lets the grant be
// chosen, and of its two ways this is the one that sends scopes with both. The client's secret goes into the form, where
// Google wants it and Microsoft takes it; to try both ways would show it twice to an endpoint that refuses it.
func (s *Source) question(shown credentials) *clientcredentials.Config {
	q := &clientcredentials.Config{ClientID: s.o.ClientID, ClientSecret: shown.client, TokenURL: s.o.TokenURL, Scopes: s.o.Scopes, AuthStyle: oauth2.AuthStyleInParams}
	if shown.refresh != "" {
		q.EndpointParams = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {shown.refresh}}
	}
	return q
}

// succeed puts a new refresh token into the place of the one that was shown.
func (s *Source) succeed(next string, shown credentials) {
	if s.o.RefreshToken == nil || next == "" || next == shown.refresh {
		return
	}
	err := errors.New("it is no token")
	if visible(next) {
		err = s.o.KeepRefreshToken(next)
	}
	if err == nil {
		s.next = successor{}
		return
	}
	s.next = successor{of: shown.found, token: next}
	if s.unkept != nil {
		s.unkept(fmt.Errorf("oauth %q: the token endpoint has handed out a new refresh token, which can't be kept, so that Heed can log in with it until it is "+
			"restarted: %w; put the refresh token into a file that Heed may write to, and name it in `refresh_token_file`", s.o.Name, err))
	}
}

// Follow takes over a refresh token that could not be kept from the Source of the same section in the config before a reload:
// it stands nowhere else. Nobody may use either of them meanwhile.
func (s *Source) Follow(before *Source) {
	if before.next.token != "" {
		s.next = before.next
	}
}

// host is where the token endpoint is.
func (s *Source) host() string {
	u, err := url.Parse(s.o.TokenURL)
	if err != nil {
		return "its address"
	}
	return u.Host
}

// conceal takes the secrets that were shown out of what an endpoint says to them.
func (c credentials) conceal(text string) string {
	for _, secret := range []string{c.client, c.refresh} {
		if secret == "" {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret)} {
			text = strings.ReplaceAll(text, form, "<secret>")
		}
	}
	return text
}
