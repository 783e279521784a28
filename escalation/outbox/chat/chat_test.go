package chat_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/chat"
	"github.com/heedmail/heed/escalation/store"
)

func post(text string) chat.Post {
	return chat.Post{Text: text, ID: "id-1", Notices: []store.ChatNotice{{Case: 12, Text: text}}}
}

func TestEveryPlatformTakesWhatItsRobotPosts(t *testing.T) {
	for _, kind := range chat.Kinds() {
		for _, signed := range []bool{false, true} {
			if signed && !kind.Signs() {
				continue
			}
			t.Run(fmt.Sprint(kind, " signed ", signed), func(t *testing.T) {
				p := &platform{t: t, kind: kind}
				if signed {
					p.secret = secret
				}
				if kind == chat.DingTalk || kind == chat.Feishu {
					p.keyword = "升级"
				}
				if err := robot(p).Post(t.Context(), post("[Heed #12] Chargeback threatened")); err != nil {
					t.Fatal(err)
				}
				if len(p.texts) != 1 || !strings.Contains(p.texts[0], "[Heed #12] Chargeback threatened") {
					t.Errorf("posted %q", p.texts)
				}
				if id := p.ids[0]; (kind == chat.DingTalk || kind == chat.Webhook) && id != "id-1" {
					t.Errorf("the key that tells a repetition is %q", id)
				}
			})
		}
	}
}

func TestAWrongSecretIsRefusedAndSaidToBeSettled(t *testing.T) {
	for _, kind := range []chat.Kind{chat.DingTalk, chat.Feishu, chat.Webhook} {
		t.Run(string(kind), func(t *testing.T) {
			p := &platform{t: t, kind: kind, secret: secret}
			err := robot(p, func(o *chat.Options) { o.Secret = fixed("another") }).Post(t.Context(), post("x"))
			if outbox.KindOf(err) != outbox.Config || len(p.texts) != 0 {
				t.Errorf("%v, posted %q", err, p.texts)
			}
		})
	}
}

func TestALongTextIsCutToWhatThePlatformTakes(t *testing.T) {
	for _, kind := range chat.Kinds() {
		for name, long := range map[string]string{"ascii": strings.Repeat("<&>", 20_000), "chinese": strings.Repeat("升", 20_000), "controls": strings.Repeat("\x01", 20_000)} {
			p := &platform{t: t, kind: kind}
			err := robot(p).Post(t.Context(), post(long))
			if name == "controls" && (kind == chat.DingTalk || kind == chat.Feishu) {
				continue // notices are cleaned of these; escaped sixfold they may be too much, which is an error and no more
			}
			if err != nil || len(p.texts) != 1 {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
		}
	}
}

func TestWordsCallNobody(t *testing.T) {
	for kind, call := range map[chat.Kind]string{chat.Slack: "<!channel>", chat.Feishu: `<at user_id="all">`, chat.WeCom: "<@all>"} {
		p := &platform{t: t, kind: kind}
		if err := robot(p).Post(t.Context(), post("hello "+call)); err != nil || strings.Contains(p.texts[0], call) {
			t.Errorf("%s: %v, posted %q", kind, err, p.texts)
		}
	}
}

// What each platform may answer, and what follows from it.
func TestAnswers(t *testing.T) {
	const permanent, temporary, config = outbox.Permanent, outbox.Temporary, outbox.Config
	tests := []struct {
		kind   chat.Kind
		status int
		header string // Retry-After
		body   string
		want   outbox.Kind
		after  time.Duration
	}{
		{chat.DingTalk, 200, "", `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, temporary, 10 * time.Minute},
		{chat.DingTalk, 200, "", `{"errcode":310000,"errmsg":"sign not match"}`, config, 0},
		{chat.DingTalk, 200, "", `{"errcode":-1,"errmsg":"system busy"}`, temporary, 0},
		{chat.DingTalk, 200, "", `{"errcode":300001,"errmsg":"token is not exist"}`, config, 0},
		{chat.DingTalk, 200, "", `<html>sign in to the hotel's network</html>`, config, 0},
		{chat.DingTalk, 200, "", `{}`, config, 0},
		{chat.Feishu, 200, "", `{"code":11232,"msg":"frequency limited"}`, temporary, time.Minute},
		{chat.Feishu, 200, "", `{"code":9499,"msg":"Bad Request"}`, permanent, 0},
		{chat.Feishu, 200, "", `{"code":19022,"msg":"Ip Not Allowed"}`, config, 0},
		{chat.Feishu, 200, "", `{"errcode":0}`, config, 0},
		{chat.WeCom, 200, "", `{"errcode":45009,"errmsg":"api freq out of limit"}`, temporary, time.Minute},
		{chat.WeCom, 200, "", `{"errcode":93000,"errmsg":"invalid webhook url"}`, config, 0},
		{chat.WeCom, 200, "", `{"errcode":40058,"errmsg":"exceed max length"}`, permanent, 0},
		{chat.Slack, 429, "30", "rate_limited", temporary, 30 * time.Second},
		{chat.Slack, 429, "", "rate_limited", temporary, time.Minute},
		{chat.Slack, 429, "99999999", "", temporary, time.Hour},
		{chat.Slack, 429, "Mon, 09 Nov 2026 12:05:00 GMT", "", temporary, 5 * time.Minute},
		{chat.Slack, 404, "", "no_service", config, 0},
		{chat.Slack, 400, "", "invalid_payload", permanent, 0},
		{chat.Slack, 500, "", "rollup_error", temporary, 0},
		{chat.Webhook, 503, "", "", temporary, time.Minute},
		{chat.Webhook, 302, "", "", config, 0},
		{chat.Webhook, 401, "", "", config, 0},
		{chat.Webhook, 413, "", "", permanent, 0},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.kind, " ", tt.status, " ", tt.header, tt.body), func(t *testing.T) {
			p := &platform{t: t, kind: tt.kind, play: func(w http.ResponseWriter, r *http.Request) bool {
				w.Header().Set("Location", "/elsewhere")
				if tt.header != "" {
					w.Header().Set("Retry-After", tt.header)
				}
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
				return true
			}}
			err := robot(p).Post(t.Context(), post("x"))
			fault, ok := errors.AsType[*outbox.Error](err)
			if !ok || fault.Kind != tt.want || fault.After != tt.after {
				t.Errorf("%v: %+v", err, fault)
			}
			if p.posts != 1 {
				t.Errorf("%d requests: a redirect was followed", p.posts)
			}
		})
	}
}

// Whoever knows the address may post, so it must not stand in a log: not from our own words, not from the library's, not
// from a server that repeats it.
func TestNoErrorHoldsASecret(t *testing.T) {
	errs := map[string]error{}
	for _, kind := range chat.Kinds() {
		p := &platform{t: t, kind: kind, secret: secret, play: func(w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprintf(w, "can't %s %s", r.Method, r.URL)
			return true
		}}
		errs[string(kind)+" repeated"] = robot(p).Post(t.Context(), post("x"))
		cut := &platform{t: t, kind: kind, play: func(w http.ResponseWriter, r *http.Request) bool { panic(http.ErrAbortHandler) }}
		errs[string(kind)+" cut off"] = robot(cut).Post(t.Context(), post("x"))
	}
	for name, address := range map[string]string{
		"refused": "http://127.0.0.1:1/robot/send?access_token=" + token, "no host": token, "plain": "http://example.com/" + token,
		"file": "file:///" + token, "user": "https://" + token + "@example.com/", "broken": "https://example.com/%zz" + token, "control": "https://example.com/\n" + token,
	} {
		r := chat.New(chat.Options{Name: "ops", Kind: chat.DingTalk, URL: fixed(address)})
		errs[name] = r.Post(t.Context(), post("x"))
		if _, err := r.Where(t.Context()); err != nil {
			errs[name+" where"] = err
		}
	}
	for name, err := range errs {
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, s := range []string{token, secret, "access_token="} {
			if strings.Contains(err.Error(), s) {
				t.Errorf("%s: the error is %q", name, err)
			}
		}
	}
}

func TestOnlyThisMachineIsSpokenToWithoutTLS(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://oapi.dingtalk.com/robot/send?access_token=x": true, "http://127.0.0.1:8080/x": true, "http://localhost/x": true, "http://[::1]:1/x": true,
		"http://oapi.dingtalk.com/x": false, "http://127.0.0.1.example.com/x": false, "ftp://127.0.0.1/x": false,
	} {
		_, err := chat.New(chat.Options{Kind: chat.DingTalk, URL: fixed(address)}).Where(t.Context())
		if (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAServerThatNeverAnswersIsGivenUp(t *testing.T) {
	release := make(chan struct{})
	p := &platform{t: t, kind: chat.Slack, play: func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	}}
	r := robot(p)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // the robot's own limit is longer than a test may last
	defer cancel()
	if err := r.Post(ctx, post("x")); outbox.KindOf(err) != outbox.Temporary {
		t.Errorf("%v", err)
	}
}

func TestAnEndlessAnswerIsReadToItsBound(t *testing.T) {
	p := &platform{t: t, kind: chat.DingTalk, play: func(w http.ResponseWriter, r *http.Request) bool {
		chunk := []byte(strings.Repeat("x", 64<<10))
		for range 1000 { // 64 MB
			if _, err := w.Write(chunk); err != nil {
				return true
			}
		}
		return true
	}}
	err := robot(p).Post(t.Context(), post("x"))
	if outbox.KindOf(err) != outbox.Config || len(err.Error()) > 600 {
		t.Errorf("%.300v", err)
	}
}

func TestASecretThatCannotBeFetchedPostsNothing(t *testing.T) {
	p := &platform{t: t, kind: chat.DingTalk, secret: secret}
	err := robot(p, func(o *chat.Options) {
		o.Secret = func(context.Context) (string, error) {
			return "", errors.New("secret_file x is empty; put the secret there")
		}
	}).Post(t.Context(), post("x"))
	if outbox.KindOf(err) != outbox.Config || p.posts != 0 {
		t.Errorf("%v after %d posts", err, p.posts)
	}
}

func FuzzClip(f *testing.F) {
	f.Add("升级 case", 5)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 3 || limit > 1<<20 {
			return
		}
		got := chat.Clip(text, limit)
		if len(got) > limit || len(text) <= limit && got != text || !slices.Equal([]rune(strings.TrimSuffix(got, "…")), []rune(text)[:len([]rune(strings.TrimSuffix(got, "…")))]) && strings.ToValidUTF8(text, "") == text {
			t.Errorf("%q to %d is %q", text, limit, got)
		}
	})
}
