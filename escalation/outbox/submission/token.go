package submission

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/wneessen/go-mail/smtp"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/internal/oauth"
)

// loginWithToken logs in with an access token (OAuth 2.0).
func (c *conn) loginWithToken(doing, offered string) error {
	source := c.sender.o.OAuth
	mechanism := c.tokenMechanism(offered)
	if mechanism == nil {
		return c.sender.fail(outbox.Config, doing, "check `smtp.host` and `smtp.port`, or log in with a password in place of `smtp.oauth`",
			fmt.Errorf("the server offers only %s, and no login with OAuth 2.0 (XOAUTH2 or OAUTHBEARER)", quote(offered)))
	}
	token, err := source.Token(c.ctx)
	if err != nil {
		return c.noToken(doing, err)
	}
	err = c.auth(doing, mechanism(token), fmt.Sprintf("check `smtp.username`, and that the provider lets the client of [[oauth]] %q send mail as this user", source.Name()))
	if e, ok := errors.AsType[*outbox.Error](err); ok && e.Code >= 500 && source.Refused(token) {
		e.Err = oauth.Spent{Err: e.Err}
	}
	return err
}

// tokenMechanism chooses what carries the token, nil when the server knows nothing that does.
func (c *conn) tokenMechanism(offered string) func(token string) smtp.Auth {
	o := c.sender.o
	mechanisms := strings.Fields(strings.ToUpper(offered))
	switch {
	case slices.Contains(mechanisms, oauth.XOAUTH2):
		return func(token string) smtp.Auth { return smtp.XOAuth2Auth(o.Username, token) }
	case slices.Contains(mechanisms, oauth.OAuthBearer):
		return func(token string) smtp.Auth { return saslAuth{oauth.NewBearer(o.Username, token, o.Host, o.Port)} }
	}
	return nil
}

// noToken puts into words why there is no token. The reasons are never the mail's, so that it is tried again.
func (c *conn) noToken(doing string, err error) error {
	fault, ok := errors.AsType[*oauth.Error](err)
	switch {
	case !ok:
		return c.sender.connectFailed(c.ctx, doing, err)
	case fault.Temporary:
		return c.sender.fail(outbox.Temporary, doing, fault.Advice, err)
	}
	return c.sender.fail(outbox.Config, doing, fault.Advice, err)
}

// saslAuth lets the SMTP library use a mechanism that it does not have.
type saslAuth struct{ sasl.Client }

func (a saslAuth) Start(*smtp.ServerInfo) (string, []byte, error) { return a.Client.Start() }

func (a saslAuth) Next(challenge []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	return a.Client.Next(challenge)
}
