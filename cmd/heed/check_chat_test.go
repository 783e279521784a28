package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/outbox/chat"
	"github.com/heedmail/heed/internal/config"
)

func TestCheckShowsRobotsAndPostsOnlyWhenAsked(t *testing.T) {
	posts := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { posts++ }))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	robots := []config.Chat{
		{Name: "ops", Kind: chat.Slack, URL: config.NewSecret(server.URL + "/services/marked-secret"), Rules: []string{"abuse"}},
		{Name: "bad", Kind: chat.WeCom, URL: config.NewSecret("http://example.com/marked-secret")},
	}
	for _, tt := range []struct {
		notify bool
		posts  int
		want   string
	}{
		{false, 0, "ok   chat ops: slack at " + host + ", all channels, rules abuse\nFAIL chat bad: url: the webhook's address has to begin with https://"},
		{true, 1, "ok   chat ops: slack at " + host + " has posted the test\nFAIL chat bad: url: the webhook's address has to begin with https://"},
	} {
		var out bytes.Buffer
		r := &report{w: &out}
		r.chats(t.Context(), robots, tt.notify, time.Now)
		if got := out.String(); !strings.HasPrefix(got, tt.want) || strings.Contains(got, "marked-secret") || posts != tt.posts || !r.failed {
			t.Errorf("notify %v, %d posts: got\n%s", tt.notify, posts, got)
		}
	}
}
