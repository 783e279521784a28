package mailbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"

	"github.com/heedmail/heed/internal/oauth"
)

// withToken logs in with an access token (OAuth 2.0).
func (s *session) withToken(ctx context.Context, doing string) error {
	source := s.account.OAuth
	mechanism := s.tokenMechanism()
	if mechanism == nil {
		return s.fail(Config, doing, "check `host`, `port` and `tls`, or log in with a password in place of `oauth`",
			errors.New("the server offers no login with OAuth 2.0 (XOAUTH2 or OAUTHBEARER) on this connection"))
	}
	token, err := source.Token(ctx)
	if err != nil {
		return s.noToken(doing, err)
	}
	err = s.do(ctx, brief(), func() error { return s.client.Authenticate(mechanism(token)) })
	if err == nil {
		return nil
	}
	kind, advice := loginKind(err, fmt.Sprintf("check `username`, and that the provider lets the client of [[oauth]] %q read this mailbox", source.Name()))
	if kind == Auth && source.Refused(token) {
		err = oauth.Spent{Err: err}
	}
	return s.fail(kind, doing, advice, err)
}

// tokenMechanism chooses what carries the token, nil when the server knows nothing that does. XOAUTH2 goes first: it is
// what the large providers are used with.
func (s *session) tokenMechanism() func(token string) sasl.Client {
	a := s.account
	switch {
	case s.caps.Has(imap.AuthCap(oauth.XOAUTH2)):
		return func(token string) sasl.Client { return oauth.NewXOAUTH2(a.Username, token) }
	case s.caps.Has(imap.AuthCap(oauth.OAuthBearer)):
		return func(token string) sasl.Client { return oauth.NewBearer(a.Username, token, a.Host, a.Port) }
	}
	return nil
}

// noToken makes an Error of why there is no token.
func (s *session) noToken(doing string, err error) error {
	fault, ok := errors.AsType[*oauth.Error](err)
	switch {
	case !ok:
		return s.fail(Temporary, doing, "", err)
	case fault.Temporary:
		return s.fail(Temporary, doing, fault.Advice, err)
	}
	return s.fail(Auth, doing, fault.Advice, err)
}
