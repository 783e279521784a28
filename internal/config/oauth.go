package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/heedmail/heed/internal/oauth"
)

// oauths reads the [[oauth]] tables: where access tokens come from that take the place of a password.
func (s *section) oauths(key string) []*oauth.Source {
	var all []*oauth.Source
	lines := map[string]int{}
	for _, t := range s.tables(key) {
		sub := s.section(key, t)
		options, refresh := sub.oauth()
		source := oauth.New(options)
		name := source.Name()
		if first, twice := lines[name]; twice && name != "" {
			sub.bad("name", "%q is the section of line %d already; each needs a name of its own", name, first)
			continue
		}
		lines[name] = t.line
		all = append(all, source)
		sub.warnAboutSharing(refresh)
		s.tokens = append(s.tokens, &tokenSource{source: source, line: t.line, refresh: refresh})
	}
	return all
}

// A tokenSource is an [[oauth]] section, where it stands, and whether somebody names it.
type tokenSource struct {
	source  *oauth.Source
	line    int
	refresh Secret
	named   bool
}

// warnAboutSharing points at a refresh token that another section shows too.
func (s *section) warnAboutSharing(refresh Secret) {
	for _, t := range s.tokens {
		if refresh.path != "" && refresh.path == t.refresh.path {
			s.beware("refresh_token_file", "is that of the section of line %d too; if the provider replaces refresh tokens, the one ends the other's; let one section serve both", t.line)
		}
	}
}

// oauth reads one section, and says where its refresh token is.
func (s *section) oauth() (oauth.Options, Secret) {
	o := oauth.Options{Name: s.name64("name", `what mailboxes call it in their key oauth, such as "microsoft"`)}
	access := s.secretNamed("access_token", false)
	o.TokenURL = s.tokenURL("token_url")
	client, refresh := s.secretNamed("client_secret", false), s.secretNamed("refresh_token", false)
	o.Scopes = s.scopes("scopes")
	if s.hasSecret("access_token") {
		o.AccessToken = access.Fetch
		s.onlyAccessToken()
	} else {
		o.ClientID = s.tokenEndpoint()
	}
	if client.IsSet() {
		o.ClientSecret = client.Fetch
	}
	if refresh.IsSet() {
		o.RefreshToken, o.KeepRefreshToken = refresh.Fetch, refresh.Replace
	}
	s.close()
	return o, refresh
}

// tokenEndpoint looks whether all is there that a token endpoint has to be shown, and returns the client's ID.
func (s *section) tokenEndpoint() string {
	if !s.has("token_url") {
		s.missing("token_url", `the address of the token endpoint, such as "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"; or an access_token_command`)
	}
	if !s.hasSecret("client_secret") && !s.hasSecret("refresh_token") {
		s.missing("client_secret_file", "the file with the client's secret; or client_secret_env, client_secret_command, client_secret_credential, or a refresh_token_file")
	}
	return s.required("client_id", "what the provider calls the client (application) that Heed is")
}

// onlyAccessToken refuses what has no meaning beside an access token of somebody else's.
func (s *section) onlyAccessToken() {
	given := s.firstOf(secretKeys("access_token")...)
	s.ask("client_id")
	for _, key := range slices.Concat([]string{"token_url", "client_id", "scopes"}, secretKeys("client_secret"), secretKeys("refresh_token")) {
		if s.has(key) {
			s.bad(key, "has no meaning beside %s, which gives the token itself; remove it", given)
		}
	}
}

// tokenURL reads where the token endpoint is. What is sent there are secrets, so that it has to be encrypted.
func (s *section) tokenURL(key string) string {
	text := s.text(key, "")
	if !s.has(key) {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		s.bad(key, `is no address of a token endpoint; write one such as "https://oauth2.googleapis.com/token"`)
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		s.bad(key, "would send the client's secret readable over the network; it has to begin with https:// (http:// is for this machine only)")
	}
	return text
}

func (s *section) scopes(key string) []string {
	var scopes []string
	for _, v := range s.list(key, "scopes") {
		if v.text == "" || strings.ContainsAny(v.text, ` "\`) { // RFC 6749, 3.3
			s.fault(v.line, s.path(key), "%q is no scope; write each in quotes of its own, without blanks", shorten(v.text))
			continue
		}
		scopes = append(scopes, v.text)
	}
	return scopes
}

// login reads what stands beside a username: a password, or the [[oauth]] section that gives access tokens in its place.
func (s *section) login(required bool) (Secret, *oauth.Source) {
	const key = "oauth"
	if s.ask(key); !s.has(key) {
		return s.secret(required), nil
	}
	s.secret(false)
	if s.hasSecret("password") {
		s.bad(s.firstOf(secretKeys("password")...), "oauth is there already; keep one of the two")
	}
	name := s.required(key, `the name of an [[oauth]] section`)
	var names []string
	for _, t := range s.tokens {
		if t.source.Name() == name {
			t.named = true
			return Secret{}, t.source
		}
		names = append(names, fmt.Sprintf("%q", t.source.Name()))
	}
	switch {
	case name == "":
	case len(names) == 0:
		s.bad(key, "there is no [[oauth]] section; write one with name = %q", shorten(name))
	default:
		s.bad(key, "there is no [[oauth]] section with the name %q; there are %s", shorten(name), strings.Join(names, ", "))
	}
	return Secret{}, nil
}

// warnAboutTokens points at sections that no login uses.
func (r *reader) warnAboutTokens() {
	for _, t := range r.tokens {
		if !t.named {
			r.warn(t.line, "oauth.name", "no mailbox names %q, nor does [smtp]; write oauth = %q there in place of a password", t.source.Name(), t.source.Name())
		}
	}
}
