// Package chat tells a group chat of a case: DingTalk, Feishu (Lark), WeCom, Slack, or anything that takes JSON by HTTP.
//
// A Robot posts; a Courier takes the notices of one robot out of the outbox and has them posted. Each robot has a
// courier of its own, apart from the loop that sends mail, so that a webhook that is dead holds up nobody.
//
// The webhook's address is itself a secret, since whoever knows it may post. It is fetched when it is needed, is never
// logged, and is taken out of every error. Only https is spoken, except to this machine, and no redirect is followed:
// a notice goes where the administrator said or nowhere.
package chat

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

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/store"
)

// A Kind is a chat platform.
type Kind string

// The platforms. Webhook is for anything else: it gets the notices as JSON.
const (
	DingTalk Kind = "dingtalk"
	Feishu   Kind = "feishu" // Lark is the same one
	WeCom    Kind = "wecom"
	Slack    Kind = "slack"
	Webhook  Kind = "webhook"
)

// Kinds lists the platforms.
func Kinds() []Kind { return []Kind{DingTalk, Feishu, WeCom, Slack, Webhook} }

// Signs reports whether robots of this kind sign what they post.
func (k Kind) Signs() bool { return k == DingTalk || k == Feishu || k == Webhook }

// The bounds of one post.
const (
	PostWithin  = 15 * time.Second
	maxResponse = 64 << 10
)

// Options are the settings of a Robot.
type Options struct {
	Name    string
	Kind    Kind
	URL     func(context.Context) (string, error) // of the webhook; asked at each post
	Secret  func(context.Context) (string, error) // that posts are signed with; nil for none
	Keyword string                                // that the robot asks for in every text (DingTalk, Feishu); "" for none
	Client  *http.Client                          // nil for one that follows no redirect and has deadlines
	Now     func() time.Time
}

// A Robot posts into one group. It may be used by one goroutine at a time.
type Robot struct{ o Options }

// New returns a Robot.
func New(o Options) *Robot {
	if o.Client == nil {
		o.Client = &http.Client{Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: PostWithin / 2}).DialContext,
			TLSHandshakeTimeout:   PostWithin / 2,
			ResponseHeaderTimeout: PostWithin,
			MaxIdleConns:          1,
			IdleConnTimeout:       time.Minute,
		}}
	}
	client := *o.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	o.Client = &client
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Robot{o: o}
}

// A Post is what is posted at once: one notice, or several that came in a burst.
type Post struct {
	Text    string
	Notices []store.ChatNotice
	ID      string // the same however often this is posted again
}

// Where names the robot for the administrator, with the host that it posts to and nothing of the rest of the address.
func (r *Robot) Where(ctx context.Context) (string, error) {
	target, err := r.target(ctx)
	if err != nil {
		return "", err
	}
	return target.Host, nil
}

// Post makes one attempt. Its error is an *outbox.Error and holds no secret.
func (r *Robot) Post(ctx context.Context, p Post) error {
	ctx, cancel := context.WithTimeout(ctx, PostWithin)
	defer cancel()
	target, err := r.target(ctx)
	if err != nil {
		return err
	}
	req, err := r.request(ctx, target, p)
	if err != nil {
		return err
	}
	resp, err := r.o.Client.Do(req)
	if err != nil {
		return r.fault(target, outbox.Temporary, 0, "", withoutURL(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse))
	if err != nil {
		return r.fault(target, outbox.Temporary, 0, "", fmt.Errorf("read the answer: %w", withoutURL(err)))
	}
	return r.judge(target, resp, body)
}

// target fetches the webhook's address and says what is wrong with it, without showing it.
func (r *Robot) target(ctx context.Context) (*url.URL, error) {
	wrong := func(err error) error {
		return &outbox.Error{Kind: outbox.Config, Where: "chat " + r.o.Name, Doing: "url", Err: err}
	}
	text, err := r.o.URL(ctx)
	if err != nil {
		return nil, wrong(err)
	}
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return nil, wrong(errors.New("this is no web address; copy the webhook's address from the robot's settings"))
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	}
	return nil, wrong(errors.New("the webhook's address has to begin with https:// (http:// is for this machine only)"))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (r *Robot) request(ctx context.Context, target *url.URL, p Post) (*http.Request, error) {
	secret := ""
	if r.o.Secret != nil {
		var err error
		if secret, err = r.o.Secret(ctx); err != nil {
			return nil, &outbox.Error{Kind: outbox.Config, Where: "chat " + r.o.Name, Doing: "secret", Err: err}
		}
	}
	l, err := r.letter(p, secret)
	if err != nil {
		return nil, r.fault(target, outbox.Permanent, 0, "this is a bug in Heed; please report it", err)
	}
	to := *target
	if len(l.query) > 0 {
		query := to.Query()
		for key, values := range l.query {
			query[key] = values
		}
		to.RawQuery = query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(l.body))
	if err != nil {
		return nil, r.fault(target, outbox.Config, 0, "copy the webhook's address from the robot's settings", withoutURL(err))
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "heed")
	for key, values := range l.header {
		req.Header[key] = values
	}
	return req, nil
}

// fault makes the error of a post. Whatever the server or a library says in it may repeat the address.
func (r *Robot) fault(target *url.URL, kind outbox.Kind, code int, advice string, err error) *outbox.Error {
	if text := err.Error(); conceal(target, text) != text {
		err = errors.New(conceal(target, text))
	}
	return &outbox.Error{Kind: kind, Where: "chat " + r.o.Name, Doing: "post to " + target.Host, Code: code, Advice: advice, Err: err}
}

// withoutURL takes off what net/http puts around an error: the whole address.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// conceal takes the secret parts of an address out of a text: its path, and each part of path and query that is long
// enough to be a key.
func conceal(target *url.URL, text string) string {
	const short = 8
	secrets := []string{target.RequestURI(), target.EscapedPath(), target.RawQuery}
	secrets = append(secrets, strings.Split(target.Path, "/")...)
	for _, values := range target.Query() {
		secrets = append(secrets, values...)
	}
	for _, s := range secrets {
		if len(s) >= short {
			text = strings.ReplaceAll(text, s, "<secret>")
		}
	}
	return text
}
