package oauth

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/oauth2"
)

// An Error is why there is no token. It holds no secret.
type Error struct {
	Section   string
	Temporary bool   // waiting is all that can be done
	Advice    string // what to do, with keys of the section
	Err       error
}

// Error names the section and what went wrong; the advice is for whoever shows it.
func (e *Error) Error() string { return fmt.Sprintf("oauth %q: %v", e.Section, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

var errLarge = fmt.Errorf("the answer is larger than %d KiB; that is no token", maxAnswer>>10)

func (s *Source) fail(temporary bool, advice string, err error) *Error {
	return &Error{Section: s.o.Name, Temporary: temporary, Advice: advice, Err: err}
}

// judge says what an endpoint's failure means. The library's own words are not repeated: they hold the whole answer.
func (s *Source) judge(err error, shown credentials) *Error {
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return s.refused(refusal, shown)
	}
	broken, ok := errors.AsType[*url.Error](err)
	if !ok {
		return s.fail(false, "check `token_url`", fmt.Errorf("%s answers with something that is no token", s.host()))
	}
	cause := fmt.Errorf("ask %s for a token: %w", s.host(), broken.Err) // without the whole address, which the outer one holds
	dns, unknown := errors.AsType[*net.DNSError](err)
	_, distrusted := errors.AsType[*tls.CertificateVerificationError](err)
	if unknown && dns.IsNotFound || distrusted || errors.Is(err, errLarge) {
		return s.fail(false, "check `token_url`", cause)
	}
	return s.fail(true, "check whether the token endpoint of `token_url` is up", cause)
}

// refused puts the endpoint's refusal into words.
func (s *Source) refused(r *oauth2.RetrieveError, shown credentials) *Error {
	status := r.Response.StatusCode
	said := "HTTP " + strconv.Itoa(status)
	if r.ErrorCode != "" {
		said = quote(shown.conceal(r.ErrorCode))
	}
	if r.ErrorDescription != "" {
		said += ", " + quote(shown.conceal(r.ErrorDescription))
	}
	err := fmt.Errorf("%s says %s", s.host(), said)
	if passes(status, r.ErrorCode) {
		return s.fail(true, "wait until the token endpoint can answer again", err)
	}
	return s.fail(false, s.advice(status, r.ErrorCode), err)
}

// passes reports whether a refusal is about the moment and not about what was asked.
func passes(status int, code string) bool {
	switch code {
	case "temporarily_unavailable", "server_error", "slow_down":
		return true
	}
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status == http.StatusTooEarly
}

// advice says what to do about a refusal (RFC 6749, 5.2).
func (s *Source) advice(status int, code string) string {
	switch code {
	case "invalid_grant":
		if s.o.RefreshToken != nil {
			return "the refresh token has run out or was revoked: log in to the provider anew, and put the new one where `refresh_token_file` or its kin says"
		}
		return "check `client_id`, `client_secret_file` or its kin, and `token_url`"
	case "invalid_client":
		return "check `client_id`, and whether the client secret has run out: put a new one where `client_secret_file` or its kin says"
	case "unauthorized_client":
		return "check `client_id` and `token_url`, and whether the provider lets this client have tokens in this way"
	case "unsupported_grant_type":
		if s.o.RefreshToken != nil {
			return "the provider takes no refresh token here: check `token_url`, or leave out `refresh_token_file` or its kin"
		}
		return "check whether the provider wants a refresh token (`refresh_token_file` or its kin)"
	case "invalid_scope":
		return "check `scopes`"
	case "":
		if status >= 300 && status < 400 {
			return "the address points elsewhere, where no secret is sent: put the right one into `token_url`"
		}
		return "check `token_url`"
	}
	return "check the keys of this [[oauth]] section"
}

// quote shows the first line of what a server says, so that it can't forge a line of the log.
func quote(text string) string {
	const most = 300
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text = strings.TrimRight(text, "\r ")
	if len(text) > most {
		text = text[:most] + "…"
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "")
	}
	return strconv.Quote(text)
}
