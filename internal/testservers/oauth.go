package testservers

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// A Provider is an OAuth 2.0 provider: a token endpoint (RFC 6749) and the introspection (RFC 7662) that a Dovecot of its
// own asks whether a token is good. A client's ID is the name of the user that its tokens are for.
type Provider struct {
	TokenURL     string
	ClientSecret string
	RefreshToken string // "" knows the client credentials grant only

	mu         sync.Mutex
	life       int               // seconds that a token is said to last
	prefix     string            // of the tokens
	good       map[string]string // access token → user
	issued     int
	refuses    string // the error code of every answer, "" for none
	rotates    bool   // each answer replaces the refresh token
	distrusted bool   // the mail server takes none of the tokens
}

// NewProvider starts a provider whose access tokens begin with a prefix. It ends with the test.
func NewProvider(t testing.TB, prefix, clientSecret, refreshToken string) *Provider {
	t.Helper()
	p := &Provider{ClientSecret: clientSecret, RefreshToken: refreshToken, prefix: prefix, life: 3600, good: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("POST /introspect", p.introspect)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	p.TokenURL = s.URL + "/token"
	return p
}

// token answers a client that has the right secrets.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	refuse := func(code string) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":%q,"error_description":"refused: %s %s"}`, code, r.PostFormValue("client_secret"), r.PostFormValue("refresh_token"))
	}
	grant := r.PostFormValue("grant_type")
	switch {
	case p.refuses != "":
		refuse(p.refuses)
	case r.PostFormValue("client_secret") != p.ClientSecret:
		refuse("invalid_client")
	case p.RefreshToken == "" && grant != "client_credentials", p.RefreshToken != "" && grant != "refresh_token":
		refuse("unsupported_grant_type")
	case r.PostFormValue("refresh_token") != p.RefreshToken:
		refuse("invalid_grant")
	default:
		p.issued++
		token := fmt.Sprintf("%s-%d", p.prefix, p.issued)
		if !p.distrusted {
			p.good[token] = r.PostFormValue("client_id")
		}
		more := ""
		if p.rotates {
			p.RefreshToken = fmt.Sprintf("refresh-%d", p.issued)
			more = fmt.Sprintf(`,"refresh_token":%q`, p.RefreshToken)
		}
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":%d%s}`, token, p.life, more)
	}
}

// introspect tells Dovecot of a token.
func (p *Provider) introspect(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if user, good := p.good[r.PostFormValue("token")]; good {
		fmt.Fprintf(w, `{"active":true,"username":%q}`, user)
		return
	}
	io.WriteString(w, `{"active":false}`)
}

// Grant makes an access token that no endpoint handed out.
func (p *Provider) Grant(token, user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.good[token] = user
}

// Revoke ends all tokens.
func (p *Provider) Revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.good)
}

// Distrust ends all tokens, and has the mail server refuse those to come.
func (p *Provider) Distrust() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.distrusted = true
	clear(p.good)
}

// Refuse has the token endpoint answer with an error code from now on; "" has it answer again.
func (p *Provider) Refuse(code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = code
}

// Rotate has the token endpoint hand out a new refresh token with each answer, which ends the old one.
func (p *Provider) Rotate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rotates = true
}

// Lasts sets how many seconds the next tokens are said to last.
func (p *Provider) Lasts(seconds int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.life = seconds
}

// Issued returns how many access tokens the endpoint has handed out.
func (p *Provider) Issued() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.issued
}

// DovecotOAuth starts a Dovecot that lets in who has a token of the provider, with the given SASL mechanisms beside
// passwords, and ends with the test.
func DovecotOAuth(t testing.TB, p *Provider, mechanisms string) *IMAP {
	t.Helper()
	return startDovecot(t, &oauthSettings{p, mechanisms})
}

type oauthSettings struct {
	provider   *Provider
	mechanisms string
}

// write makes the file that the main settings refer to, and returns what is added to them.
func (o *oauthSettings) write(t testing.TB, path string) string {
	t.Helper()
	write(t, path, strings.ReplaceAll(dovecotOAuth, "URL", strings.TrimSuffix(o.provider.TokenURL, "/token")+"/introspect"), 0o644)
	return fmt.Sprintf("auth_mechanisms = plain login %[1]s\npassdb {\n  driver = oauth2\n  mechanisms = %[1]s\n  args = %[2]s\n}\n", o.mechanisms, path)
}

const dovecotOAuth = `introspection_mode = post
introspection_url = URL
force_introspection = yes
active_attribute = active
active_value = true
username_attribute = username
`
