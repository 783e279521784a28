package chat

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// room is how many bytes of text one post may have, well below what the platform takes.
func (k Kind) room() int {
	switch k {
	case DingTalk, Feishu:
		return 12_000 // of 20,000 for the whole body, in which a character may be escaped
	case WeCom:
		return 2_000 // of 2,048
	case Slack:
		return 2_900 // of 3,000
	}
	return 60_000
}

// A letter is a post in the form of its platform.
type letter struct {
	body   []byte
	query  url.Values
	header http.Header
}

// letter writes a post as the platform wants it, signed where there is a secret.
func (r *Robot) letter(p Post, secret string) (l letter, err error) {
	text := p.Text
	if r.o.Keyword != "" && !strings.Contains(text, r.o.Keyword) {
		text = r.o.Keyword + "\n" + text
	}
	text = clip(r.o.Kind.plain(text), r.o.Kind.room())
	now := r.o.Now()
	var body any
	switch r.o.Kind {
	case DingTalk:
		if secret != "" {
			at := strconv.FormatInt(now.UnixMilli(), 10)
			l.query = url.Values{"timestamp": {at}, "sign": {signDingTalk(at, secret)}}
		}
		body = map[string]any{"msgtype": "text", "text": map[string]string{"content": text}, "msgUuid": p.ID,
			"at": map[string]any{"isAtAll": false}}
	case Feishu:
		fields := map[string]any{"msg_type": "text", "content": map[string]string{"text": text}}
		if secret != "" {
			at := strconv.FormatInt(now.Unix(), 10)
			fields["timestamp"], fields["sign"] = at, signFeishu(at, secret)
		}
		body = fields
	case WeCom:
		body = map[string]any{"msgtype": "text", "text": map[string]string{"content": text}}
	case Slack:
		body = map[string]any{"text": text}
	default:
		body = map[string]any{"id": p.ID, "text": text, "notices": p.Notices}
	}
	if l.body, err = encode(body); err != nil {
		return letter{}, err
	}
	if r.o.Kind == Webhook {
		l.header = webhookHeader(p.ID, strconv.FormatInt(now.Unix(), 10), secret, l.body)
	}
	return l, nil
}

// signDingTalk keys the hash with the secret and hashes "timestamp\nsecret".
func signDingTalk(timestamp, secret string) string {
	return base64.StdEncoding.EncodeToString(hmac256(secret, timestamp+"\n"+secret))
}

// signFeishu keys the hash with "timestamp\nsecret" and hashes nothing: the other way round than DingTalk.
func signFeishu(timestamp, secret string) string {
	return base64.StdEncoding.EncodeToString(hmac256(timestamp+"\n"+secret, ""))
}

// webhookHeader lets a program behind a plain webhook know a repetition, and, with a secret, that Heed wrote it:
// X-Heed-Signature is the hex of HMAC-SHA256 over "timestamp.body".
func webhookHeader(id, timestamp, secret string, body []byte) http.Header {
	h := http.Header{}
	h.Set("Idempotency-Key", id)
	if secret != "" {
		h.Set("X-Heed-Timestamp", timestamp)
		h.Set("X-Heed-Signature", hex.EncodeToString(hmac256(secret, timestamp+"."+string(body))))
	}
	return h
}

func hmac256(key, message string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(message))
	return h.Sum(nil)
}

// plain keeps words of a customer from calling somebody: Feishu and WeCom read <at …> and <@…> in plain text, Slack reads
// <!channel> unless it is escaped as Slack asks for.
func (k Kind) plain(text string) string {
	switch k {
	case Feishu, WeCom:
		return strings.ReplaceAll(text, "<", "‹")
	case Slack:
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	}
	return text
}

// encode writes JSON without escaping what matters in HTML only, which would take six bytes for one.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(body)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// clip cuts a text to at most limit bytes at the border of a character, with an ellipsis.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	limit -= len("…")
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit] + "…"
}
