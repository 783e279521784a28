package oauth

import (
	"strings"

	"github.com/emersion/go-sasl"
)

// The SASL mechanisms that carry an access token. XOAUTH2 is what Microsoft and Google speak; OAUTHBEARER is the standard
// that was made of it.
const (
	XOAUTH2     = "XOAUTH2"
	OAuthBearer = sasl.OAuthBearer
)

// xoauth2 is a client of XOAUTH2.
type xoauth2 struct{ username, token string }

// NewXOAUTH2 returns a client of XOAUTH2.
func NewXOAUTH2(username, token string) sasl.Client { return xoauth2{username, token} }

func (x xoauth2) Start() (string, []byte, error) {
	return XOAUTH2, []byte("user=" + x.username + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the one challenge there is, which says in JSON why the token is refused. Any answer has the server say NO. It is the
// dummy of OAUTHBEARER and not nothing: the IMAP library writes nothing as "=", which servers call bad base64.
func (x xoauth2) Next([]byte) ([]byte, error) { return dummy(), nil }

// bearer is the library's client of OAUTHBEARER, but for what is said to a refusal: the library ends the exchange there,
// in the midst of the command.
type bearer struct{ sasl.Client }

// NewBearer returns a client of OAUTHBEARER.
func NewBearer(username, token, host string, port int) sasl.Client {
	authzid := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(username) // RFC 5801, section 4
	return bearer{sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: authzid, Token: token, Host: host, Port: port})}
}

// Next answers the challenge that says why the token is refused with the dummy that RFC 7628, 3.2.3, asks for, after which
// the server says NO.
func (bearer) Next([]byte) ([]byte, error) { return dummy(), nil }

func dummy() []byte { return []byte{1} }
