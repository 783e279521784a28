package chat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
)

// How long a robot is left alone after it said that it was too much. DingTalk blocks one for ten minutes, and counts
// anew whoever asks meanwhile.
const (
	dingTalkBlock = 10 * time.Minute
	otherBlock    = time.Minute
	longestBlock  = time.Hour
)

// maxWords bounds what is repeated of a platform's own words.
const maxWords = 200

// An answer is what the platforms say in the body: DingTalk and WeCom errcode, Feishu code. They say it with HTTP 200.
type answer struct {
	ErrCode *int   `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
	Code    *int   `json:"code"`
	Msg     string `json:"msg"`
}

// judge says whether a post was taken. A post counts only when the status and the platform's own code say so.
func (r *Robot) judge(target *url.URL, resp *http.Response, body []byte) error {
	if err := r.judgeStatus(target, resp, body); err != nil {
		return err
	}
	if r.o.Kind == Slack || r.o.Kind == Webhook {
		return nil
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return r.fault(target, outbox.Config, resp.StatusCode, "see whether the address is that of the robot",
			fmt.Errorf("the answer is not the platform's: %q", clip(string(body), maxWords)))
	}
	code, words := a.ErrCode, a.ErrMsg
	if r.o.Kind == Feishu {
		code, words = a.Code, a.Msg
	}
	if code == nil {
		return r.fault(target, outbox.Config, resp.StatusCode, "see whether the address is that of the robot",
			fmt.Errorf("the answer bears no code: %q", clip(string(body), maxWords)))
	}
	if *code == 0 {
		return nil
	}
	return r.refusal(target, *code, clip(words, maxWords))
}

func (r *Robot) judgeStatus(target *url.URL, resp *http.Response, body []byte) error {
	status := resp.StatusCode
	words := fmt.Errorf("HTTP %d: %q", status, clip(string(body), maxWords))
	switch {
	case status/100 == 2:
		return nil
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		e := r.fault(target, outbox.Temporary, status, "", words)
		e.After = r.retryAfter(resp)
		return e
	case status/100 == 5 || status == http.StatusRequestTimeout:
		return r.fault(target, outbox.Temporary, status, "", words)
	case status/100 == 3:
		return r.fault(target, outbox.Config, status, "it sends us elsewhere, where Heed does not follow; correct the address", words)
	case status == http.StatusBadRequest || status == http.StatusRequestEntityTooLarge:
		return r.fault(target, outbox.Permanent, status, "the mail of the case says what this notice would have", words)
	}
	return r.fault(target, outbox.Config, status, "see whether the robot is there still and the address is right", words)
}

// retryAfter reads Retry-After (RFC 9110, 10.2.3), in seconds or as a date, within reason.
func (r *Robot) retryAfter(resp *http.Response) time.Duration {
	text := resp.Header.Get("Retry-After")
	wait := otherBlock
	if seconds, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(max(seconds, 0), int(longestBlock/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(r.o.Now())
	}
	return min(max(wait, time.Second), longestBlock)
}

// refusal sorts a platform's code. An unknown one is taken for something that a person has to look at.
func (r *Robot) refusal(target *url.URL, code int, words string) error {
	said := fmt.Errorf("code %d: %s", code, words)
	advice := "look the code up with the platform"
	switch r.o.Kind {
	case DingTalk:
		switch code {
		case 130101, 410100:
			e := r.fault(target, outbox.Temporary, code, "", said)
			e.After = dingTalkBlock
			return e
		case -1:
			return r.fault(target, outbox.Temporary, code, "", said)
		case 310000:
			advice = "the robot's security settings refuse this: correct keyword or secret, and see that this machine's clock is right and its address allowed"
		}
	case Feishu:
		switch code {
		case 11232:
			e := r.fault(target, outbox.Temporary, code, "", said)
			e.After = otherBlock
			return e
		case 9499:
			return r.fault(target, outbox.Permanent, code, "the mail of the case says what this notice would have", said)
		case 19021:
			advice = "correct secret, and see that this machine's clock is right"
		case 19022:
			advice = "allow this machine's address in the robot's settings"
		case 19024:
			advice = "put one of the robot's keywords into keyword"
		}
	case WeCom:
		switch code {
		case 45009, -1:
			e := r.fault(target, outbox.Temporary, code, "", said)
			e.After = otherBlock
			return e
		case 40058:
			return r.fault(target, outbox.Permanent, code, "the mail of the case says what this notice would have", said)
		case 93000:
			advice = "the robot is gone or the key is wrong; copy the webhook's address anew"
		}
	}
	return r.fault(target, outbox.Config, code, advice, said)
}
