package main

import (
	"context"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation/outbox/chat"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
)

// chats shows each robot, with the host that it posts to and never the rest of the address. A robot can't be tried out
// without everybody in the group seeing it, so it posts only when that is asked for.
func (r *report) chats(ctx context.Context, robots []config.Chat, post bool, now func() time.Time) {
	for _, c := range robots {
		robot := daemon.NewRobot(c, now)
		host, err := robot.Where(ctx)
		if err != nil {
			r.fail("%v", err)
			continue
		}
		if !post {
			r.ok("chat %s: %s at %s, %s", c.Name, c.Kind, host, hearing(c))
			continue
		}
		err = robot.Post(ctx, chat.Post{ID: "heed-check-" + now().UTC().Format(time.RFC3339), Text: "Heed: this is a test, nothing has happened. 这是测试，无需处理。"})
		if err != nil {
			r.fail("%v", err)
			continue
		}
		r.ok("chat %s: %s at %s has posted the test", c.Name, c.Kind, host)
	}
}

// hearing says what a robot is told of.
func hearing(c config.Chat) string {
	all := func(what string, names []string) string {
		if len(names) == 0 {
			return "all " + what
		}
		return what + " " + strings.Join(names, " ")
	}
	s := all("channels", c.Channels) + ", " + all("rules", c.Rules)
	if c.Details {
		s += ", with customers' details"
	}
	return s
}
