// Package oauth gets the access tokens that take the place of a password when Heed logs in with OAuth 2.0 (RFC 6749), and
// has the two SASL mechanisms that carry them: XOAUTH2 and OAUTHBEARER (RFC 7628).
//
// A Source is one [[oauth]] section. It asks a token endpoint, with a refresh token or with the client's own credentials,
// or it asks another program that has done so. A token is kept until shortly before its end and serves every login of
// the section; one that a server refuses is replaced, once a minute at most.
//
// Nobody waits for a token without end, and one asks at a time: who waited meanwhile gets what the other got, be it a
// token or the reason why there is none. A provider locks out who asks too often, and a hundred mails may be waiting: what it
// refuses it is not asked again for a minute, unless there is another secret to show.
//
// A token endpoint may hand out a new refresh token with each answer and let the old one end. So the new one is put
// where the old one was found, before the access token is used. Where that is impossible, it serves as long as this
// process lives, and whoever runs Heed is told.
package oauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// The bounds of a token's life.
const (
	renewBefore = 5 * time.Minute // a session outlives its login, and servers end it with the token
	unknownLife = time.Minute     // of a token that nobody says the end of: it serves those who log in together
	replaceOnce = time.Minute     // between two tokens that are fetched because a mail server refused one
)

// maxToken bounds an access token in bytes; Microsoft's are the largest known, of some 3,000.
const maxToken = 16 << 10

// Options are the settings of a Source. Secrets are asked anew each time, so that a changed one works without a restart.
type Options struct {
	Name string // of the section

	TokenURL     string
	ClientID     string
	ClientSecret func(context.Context) (string, error) // nil for a client that has none
	RefreshToken func(context.Context) (string, error) // nil for the client's own credentials
	Scopes       []string

	// KeepRefreshToken puts a new refresh token where RefreshToken finds it.
	KeepRefreshToken func(string) error

	// AccessToken asks somebody else for a token, instead of all the above.
	AccessToken func(context.Context) (string, error)

	Transport http.RoundTripper // nil for the network
	Now       func() time.Time  // nil for the clock
}

// A Source hands out the access tokens of one [[oauth]] section. It may be used by any number of goroutines. However it
// is printed, nothing of a token is seen.
type Source struct {
	o      Options
	unkept func(error)

	// Of whoever has the turn:
	turn    chan struct{} // full while somebody asks
	next    successor
	refusal refusal

	// Of whoever holds mu:
	mu      sync.Mutex
	token   string    // "" for none
	until   time.Time // when it is too old to be handed out
	served  int       // how often it was handed out
	thrown  time.Time // when one was last thrown away
	ended   int       // how many times somebody has asked in vain
	failure error     // of the last time
}

// A successor is a refresh token that could not be kept where its predecessor is found.
type successor struct{ of, token string }

// New returns a Source. Nothing is asked yet.
func New(o Options) *Source {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		o.Transport = network()
	}
	return &Source{o: o, turn: make(chan struct{}, 1)}
}

// Name is the section's.
func (s *Source) Name() string { return s.o.Name }

// Format prints the name alone, whatever the verb.
func (s *Source) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "oauth "+s.o.Name) }

// OnUnkept sets what is called when a new refresh token can't be kept. It has to be set before the first Token.
func (s *Source) OnUnkept(tell func(error)) { s.unkept = tell }

// Token returns an access token. Its error is an *Error, unless ctx has ended.
func (s *Source) Token(ctx context.Context) (string, error) {
	token, ended := s.kept()
	if token != "" {
		return token, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if token, _ := s.kept(); token != "" {
		return token, nil
	}
	if err := s.failedSince(ended); err != nil {
		return "", err
	}
	token, life, err := s.ask(ctx)
	if err != nil && ctx.Err() != nil {
		return "", context.Cause(ctx) // which says nothing to those who wait
	}
	return token, s.keep(token, life, err)
}

// Refused throws away a token that a server has refused, and reports whether another one may be better. It may not where this was
// fetched for that very login, nor where its predecessor was refused a moment ago: then it is the user whom the server does not
// let in, and the token may be good for others.
func (s *Source) Refused(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	switch {
	case s.token != token: // somebody has been quicker
		return true
	case s.served == 1, now.Before(s.thrown.Add(replaceOnce)):
		return false
	}
	s.token, s.thrown = "", now
	return true
}

// Spent is the cause of a login that failed with a token that may have been revoked since it was fetched, so that another one is
// worth a second login.
type Spent struct{ Err error }

// Error is what the server said.
func (s Spent) Error() string { return s.Err.Error() }

// Unwrap returns what the server said.
func (s Spent) Unwrap() error { return s.Err }

// kept returns the token that is there, "" for none, and how often somebody has asked in vain.
func (s *Source) kept() (string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == "" || !s.o.Now().Before(s.until) {
		return "", s.ended
	}
	s.served++
	return s.token, s.ended
}

// failedSince returns why there is no token, if somebody has asked in vain since then.
func (s *Source) failedSince(ended int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == ended {
		return nil
	}
	return s.failure
}

// keep keeps what was answered.
func (s *Source) keep(token string, life time.Duration, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.ended, s.failure = s.ended+1, err
		return err
	}
	s.token, s.until, s.served = token, s.o.Now().Add(life-min(renewBefore, life/2)), 1
	return nil
}

// ask gets a new token from whoever has them.
func (s *Source) ask(ctx context.Context) (token string, life time.Duration, err error) {
	if s.o.AccessToken == nil {
		return s.fetch(ctx)
	}
	token, err = s.o.AccessToken(ctx)
	if err == nil {
		err = checkToken(token)
	}
	if err != nil {
		return "", 0, s.fail(false, "see `access_token_command` or its kin", err)
	}
	return token, 2 * unknownLife, nil // half of which it is kept
}

// checkToken says what is wrong with an access token (RFC 6750, 2.1). A SASL message ends at a control character, and
// XOAUTH2 would carry whatever else stands behind it.
func checkToken(token string) error {
	switch {
	case token == "":
		return errors.New("the access token is empty")
	case len(token) > maxToken:
		return fmt.Errorf("the access token has %d bytes; that is none", len(token))
	case !visible(token):
		return errors.New("the access token holds a blank or another character that none can have")
	}
	return nil
}

// visible reports whether a text is of printable ASCII without blanks.
func visible(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
