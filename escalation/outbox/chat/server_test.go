package chat_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/outbox/chat"
)

const (
	token  = "0123456789abcdef-token"
	secret = "SEC-marked-secret"
)

var noon = time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)

// A platform is a chat platform as its documentation describes it: it looks at the address, the signature, the keyword
// and the size, and refuses in its own way.
type platform struct {
	t       *testing.T
	kind    chat.Kind
	secret  string
	keyword string
	play    func(http.ResponseWriter, *http.Request) bool // takes the request over when it returns true

	mu    sync.Mutex
	texts []string // that were taken
	ids   []string
	posts int
}

func (p *platform) start() string {
	server := httptest.NewServer(p)
	p.t.Cleanup(server.Close)
	switch p.kind {
	case chat.DingTalk:
		return server.URL + "/robot/send?access_token=" + token
	case chat.Feishu:
		return server.URL + "/open-apis/bot/v2/hook/" + token
	case chat.WeCom:
		return server.URL + "/cgi-bin/webhook/send?key=" + token
	}
	return server.URL + "/services/T000/B000/" + token
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.posts++
	p.mu.Unlock()
	if p.play != nil && p.play(w, r) {
		return
	}
	raw, err := io.ReadAll(r.Body)
	var body map[string]any
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json; charset=utf-8" || json.Unmarshal(raw, &body) != nil {
		p.t.Errorf("%s %s: %s", r.Method, r.URL, raw)
	}
	switch p.kind {
	case chat.DingTalk:
		p.dingTalk(w, r, raw, body)
	case chat.Feishu:
		p.feishu(w, raw, body)
	case chat.WeCom:
		p.weCom(w, r, body)
	case chat.Slack:
		text, _ := body["text"].(string)
		p.take(w, text, "", "ok")
	default:
		p.webhook(w, r, raw, body)
	}
}

func (p *platform) take(w http.ResponseWriter, text, id, answer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.texts, p.ids = append(p.texts, text), append(p.ids, id)
	fmt.Fprint(w, answer)
}

func inner(body map[string]any, outer, key string) string {
	m, _ := body[outer].(map[string]any)
	s, _ := m[key].(string)
	return s
}

func (p *platform) dingTalk(w http.ResponseWriter, r *http.Request, raw []byte, body map[string]any) {
	q := r.URL.Query()
	text := inner(body, "text", "content")
	id, _ := body["msgUuid"].(string)
	switch {
	case r.URL.Path != "/robot/send" || q.Get("access_token") != token:
		fmt.Fprint(w, `{"errcode":300001,"errmsg":"token is not exist"}`)
	case body["msgtype"] != "text" || len(raw) > 20000:
		fmt.Fprint(w, `{"errcode":400101,"errmsg":"bad message"}`)
	case p.secret != "" && !p.dingTalkSigned(q.Get("timestamp"), q.Get("sign")):
		fmt.Fprint(w, `{"errcode":310000,"errmsg":"sign not match"}`)
	case !contains(text, p.keyword):
		fmt.Fprint(w, `{"errcode":310000,"errmsg":"keywords not in content"}`)
	default:
		p.take(w, text, id, `{"errcode":0,"errmsg":"ok"}`)
	}
}

// The key is the secret, the message the time in milliseconds, a line feed and the secret.
func (p *platform) dingTalkSigned(timestamp, sign string) bool {
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.UnixMilli(ms).Sub(noon).Abs() > time.Hour {
		return false
	}
	mac := hmac.New(sha256.New, []byte(p.secret))
	io.WriteString(mac, timestamp+"\n"+p.secret)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil)) == sign
}

func (p *platform) feishu(w http.ResponseWriter, raw []byte, body map[string]any) {
	text := inner(body, "content", "text")
	timestamp, _ := body["timestamp"].(string)
	sign, _ := body["sign"].(string)
	switch {
	case body["msg_type"] != "text" || len(raw) > 20<<10:
		fmt.Fprint(w, `{"code":9499,"msg":"Bad Request"}`)
	case p.secret != "" && !p.feishuSigned(timestamp, sign):
		fmt.Fprint(w, `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`)
	case !contains(text, p.keyword):
		fmt.Fprint(w, `{"code":19024,"msg":"Key Words Not Found"}`)
	default:
		p.take(w, text, "", `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`)
	}
}

// The key is the time in seconds, a line feed and the secret; the message is empty.
func (p *platform) feishuSigned(timestamp, sign string) bool {
	s, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Unix(s, 0).Sub(noon).Abs() > time.Hour {
		return false
	}
	return base64.StdEncoding.EncodeToString(hmac.New(sha256.New, []byte(timestamp+"\n"+p.secret)).Sum(nil)) == sign
}

func (p *platform) weCom(w http.ResponseWriter, r *http.Request, body map[string]any) {
	text := inner(body, "text", "content")
	switch {
	case r.URL.Query().Get("key") != token:
		fmt.Fprint(w, `{"errcode":93000,"errmsg":"invalid webhook url"}`)
	case len(text) > 2048:
		fmt.Fprint(w, `{"errcode":40058,"errmsg":"text.content exceed max length 2048"}`)
	default:
		p.take(w, text, "", `{"errcode":0,"errmsg":"ok"}`)
	}
}

func (p *platform) webhook(w http.ResponseWriter, r *http.Request, raw []byte, body map[string]any) {
	text, _ := body["text"].(string)
	if p.secret != "" {
		mac := hmac.New(sha256.New, []byte(p.secret))
		fmt.Fprintf(mac, "%s.%s", r.Header.Get("X-Heed-Timestamp"), raw)
		if hex.EncodeToString(mac.Sum(nil)) != r.Header.Get("X-Heed-Signature") {
			http.Error(w, "bad signature", http.StatusUnauthorized)
			return
		}
	}
	p.take(w, text, r.Header.Get("Idempotency-Key"), "")
}

func contains(text, keyword string) bool {
	for i := 0; i+len(keyword) <= len(text); i++ {
		if text[i:i+len(keyword)] == keyword {
			return true
		}
	}
	return false
}

func fixed(text string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return text, nil }
}

func robot(p *platform, change ...func(*chat.Options)) *chat.Robot {
	o := chat.Options{Name: "ops", Kind: p.kind, URL: fixed(p.start()), Keyword: p.keyword, Now: func() time.Time { return noon }}
	if p.secret != "" {
		o.Secret = fixed(p.secret)
	}
	for _, f := range change {
		f(&o)
	}
	return chat.New(o)
}
