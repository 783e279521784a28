package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/chat"
	"github.com/heedmail/heed/escalation/store"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// A group is a robot that follows a script: the error of each post in turn, then none.
type group struct {
	script []error
	until  time.Time // when the script ends, whatever is left of it; zero for never
	posts  []chat.Post
	at     []time.Time
}

func (g *group) Post(_ context.Context, p chat.Post) error {
	g.posts, g.at = append(g.posts, p), append(g.at, time.Now())
	if n := len(g.posts); n <= len(g.script) && (g.until.IsZero() || time.Now().Before(g.until)) {
		return g.script[n-1]
	}
	return nil
}

func (g *group) texts() string {
	var all []string
	for _, p := range g.posts {
		all = append(all, strings.ReplaceAll(p.Text, "\n\n", "+"))
	}
	return strings.Join(all, " ")
}

func refused(kind outbox.Kind, after time.Duration) error {
	return &outbox.Error{Kind: kind, Doing: "post", Err: errors.New("no"), After: after}
}

func openState(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.OpenFile(context.Background(), filepath.Join(t.TempDir(), "heed.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// notices queues notices 1 to n of a robot, after those that are there.
func notices(t *testing.T, st *store.Store, robot string, texts ...string) {
	t.Helper()
	err := st.Update(context.Background(), func(tx *store.Tx) error {
		for _, text := range texts {
			payload, err := json.Marshal(store.ChatNotice{Text: text})
			if err != nil {
				return err
			}
			if err := tx.Enqueue(&store.Row{Key: robot + text, Kind: store.ChatRow, Argument: robot, Payload: payload, NextAt: time.Now(), CreatedAt: time.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// deliver runs the courier of "ops" for a time.
func deliver(t *testing.T, st *store.Store, g chat.Poster, long time.Duration, change ...func(*chat.CourierOptions)) {
	t.Helper()
	o := chat.CourierOptions{Store: st, Robot: g, Name: "ops", Kind: chat.Webhook, Rand: func() float64 { return 0 }}
	for _, f := range change {
		f(&o)
	}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	if err := chat.NewCourier(o).Run(ctx); err != nil {
		t.Error(err)
	}
}

// inBubble runs a test over a state file on fake time. The file is closed in the bubble: its connections have goroutines.
func inBubble(t *testing.T, f func(t *testing.T, st *store.Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		st := openState(t)
		f(t, st)
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestABurstIsOnePostInOrder(t *testing.T) {
	inBubble(t, func(t *testing.T, st *store.Store) {
		notices(t, st, "ops", "a", "b", "c")
		notices(t, st, "other", "x")
		g := &group{}
		deliver(t, st, g, time.Minute)
		if g.texts() != "a+b+c" || len(g.posts[0].Notices) != 3 {
			t.Errorf("posted %s", g.texts())
		}
	})
}

func TestWhatFailsComesAgainTheSameAndTheRestWaitsForIt(t *testing.T) {
	inBubble(t, func(t *testing.T, st *store.Store) {
		notices(t, st, "ops", "a", "b")
		g := &group{script: []error{refused(outbox.Temporary, 0), refused(outbox.Config, 0), refused(outbox.Temporary, 0)}}
		time.AfterFunc(time.Second, func() { notices(t, st, "ops", "c") })
		time.AfterFunc(20*time.Second, func() { notices(t, st, "ops", "d") })
		deliver(t, st, g, 2*time.Minute)
		if g.texts() != "a+b a+b a+b a+b c+d" {
			t.Errorf("posted %s", g.texts())
		}
		if g.posts[0].ID != g.posts[3].ID || g.posts[3].ID == g.posts[4].ID || g.posts[0].ID == "" {
			t.Error("a repetition can't be told from something new")
		}
		if gap := g.at[2].Sub(g.at[1]); gap != 10*time.Second {
			t.Errorf("the second pause is %s", gap)
		}
	})
}

func TestARestartGoesOnWhereItWas(t *testing.T) {
	inBubble(t, func(t *testing.T, st *store.Store) {
		notices(t, st, "ops", "a", "b")
		g := &group{script: []error{refused(outbox.Temporary, 0)}}
		deliver(t, st, g, time.Second)
		notices(t, st, "ops", "c")
		deliver(t, st, g, time.Minute)
		deliver(t, st, g, time.Minute)
		if g.texts() != "a+b a+b c" {
			t.Errorf("posted %s", g.texts())
		}
	})
}

func TestAPlatformThatWantsToBeLeftAloneIs(t *testing.T) {
	inBubble(t, func(t *testing.T, st *store.Store) {
		notices(t, st, "ops", "a")
		g := &group{script: []error{refused(outbox.Temporary, 10*time.Minute)}}
		deliver(t, st, g, time.Hour)
		if len(g.at) != 2 || g.at[1].Sub(g.at[0]) != 10*time.Minute {
			t.Errorf("posted at %v", g.at)
		}
		g.script = append(g.script, nil, refused(outbox.Temporary, 10*time.Minute))
		notices(t, st, "ops", "b")
		deliver(t, st, g, time.Minute)
		deliver(t, st, g, time.Minute) // a restart must not ask early: that makes the platform count anew
		if len(g.posts) != 3 {
			t.Errorf("%d posts", len(g.posts))
		}
	})
}

func TestAtMost18PostsAMinute(t *testing.T) {
	inBubble(t, func(t *testing.T, st *store.Store) {
		for i := range 300 {
			time.AfterFunc(time.Duration(i)*time.Second, func() { notices(t, st, "ops", fmt.Sprint(i)) })
		}
		g := &group{}
		kicked := func(o *chat.CourierOptions) { o.Robot = g }
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		o := chat.CourierOptions{Store: st, Robot: g, Name: "ops", Kind: chat.Webhook}
		kicked(&o)
		c := chat.NewCourier(o)
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		go func() {
			for {
				select {
				case <-tick.C:
					c.Kick()
				case <-ctx.Done():
					return
				}
			}
		}()
		if err := c.Run(ctx); err != nil {
			t.Error(err)
		}
		told := 0
		for i, p := range g.posts {
			told += len(p.Notices)
			if i >= 18 && g.at[i].Sub(g.at[i-18]) < time.Minute {
				t.Fatalf("19 posts within %s", g.at[i].Sub(g.at[i-18]))
			}
		}
		if told != 300 {
			t.Errorf("%d notices were told in %d posts", told, len(g.posts))
		}
	})
}

func TestANoticeIsGivenUpAfterADayAloudAndTheNextOnesGo(t *testing.T) {
	inBubble(t, func(t *testing.T, st *store.Store) {
		notices(t, st, "ops", "old")
		var script []error
		for range 400 {
			script = append(script, refused(outbox.Config, 0))
		}
		time.AfterFunc(23*time.Hour, func() { notices(t, st, "ops", "new") })
		g := &group{script: script, until: time.Now().Add(24*time.Hour + time.Second)}
		core, logs := observer.New(zap.InfoLevel)
		deliver(t, st, g, 26*time.Hour, func(o *chat.CourierOptions) { o.Logger = zap.New(core) })
		if last := g.posts[len(g.posts)-1]; last.Text != "new" {
			t.Errorf("the last post is %q", last.Text)
		}
		var lines []string
		for _, l := range logs.All() {
			lines = append(lines, l.Level.String())
		}
		if got := strings.Join(lines, " "); got != "warn error" {
			t.Errorf("logged %s: %v", got, logs.All())
		}
	})
}

func TestWhatIsRefusedForGoodIsGivenUpAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, st *store.Store) {
		notices(t, st, "ops", "bad")
		g := &group{script: []error{refused(outbox.Permanent, 0)}}
		var events []store.RowState
		deliver(t, st, g, time.Minute, func(o *chat.CourierOptions) {
			o.OnEvent = func(e outbox.Event) { events = append(events, e.Row.State) }
		})
		if len(g.posts) != 1 || len(events) != 1 || events[0] != store.Failed {
			t.Errorf("%d posts, events %v", len(g.posts), events)
		}
		stats, err := st.Stats(t.Context())
		if err != nil || stats.Failed != 0 || stats.Pending != 0 {
			t.Errorf("a notice is counted as a person who was not told: %+v %v", stats, err)
		}
	})
}

// A store that fails is a full disk.
type fullDisk struct {
	chat.Store
	attempt, finish error
	until           time.Time // when there is room again
}

func (d *fullDisk) AttemptChat(ctx context.Context, rows []store.Row, next time.Time) error {
	if d.attempt != nil && time.Now().Before(d.until) {
		return d.attempt
	}
	return d.Store.AttemptChat(ctx, rows, next)
}

func (d *fullDisk) FinishChat(ctx context.Context, rows []store.Row) error {
	if d.finish != nil && time.Now().Before(d.until) {
		return d.finish
	}
	return d.Store.FinishChat(ctx, rows)
}

func TestAFullDiskPostsNothingTwice(t *testing.T) {
	full := errors.New("disk full")
	for name, disk := range map[string]*fullDisk{"before the post": {attempt: full}, "after the post": {finish: full}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, st *store.Store) {
				notices(t, st, "ops", "a")
				disk.Store, disk.until = st, time.Now().Add(10*time.Minute)
				g := &group{}
				deliver(t, st, g, time.Hour, func(o *chat.CourierOptions) { o.Store = disk })
				if g.texts() != "a" {
					t.Errorf("posted %s", g.texts())
				}
			})
		})
	}
}

func TestABugInARobotStopsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, st *store.Store) {
		notices(t, st, "ops", "a")
		deliver(t, st, broken{}, time.Minute)
		rows, err := st.ChatBatch(t.Context(), "ops", 10)
		if err != nil || len(rows) != 0 {
			t.Errorf("%v %v", rows, err)
		}
	})
}

type broken struct{}

func (broken) Post(context.Context, chat.Post) error { panic("oops") }

// hung is a webhook that never answers.
type hung struct{}

func (hung) Post(ctx context.Context, _ chat.Post) error {
	<-ctx.Done()
	return refused(outbox.Temporary, 0)
}

// server takes every mail at once and says when.
type server struct{ at []time.Time }

func (s *server) Send(_ context.Context, m outbox.Mail) []outbox.Outcome {
	s.at = append(s.at, time.Now())
	return []outbox.Outcome{{Address: m.To[0]}}
}

func TestADeadWebhookNeitherDelaysNorBlocksMail(t *testing.T) {
	inBubble(t, func(t *testing.T, st *store.Store) {
		var texts []string
		for i := range 100 {
			texts = append(texts, fmt.Sprint(i))
		}
		notices(t, st, "ops", texts...)
		err := st.Update(t.Context(), func(tx *store.Tx) error {
			for i := range 50 {
				if err := tx.Enqueue(&store.Row{Key: fmt.Sprint("mail", i), Kind: store.MailRow, NextAt: time.Now(), CreatedAt: time.Now(),
					Payload: []byte("mail"), Recipients: []store.Recipient{{Address: "lu@example.com"}}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		smtp := &server{}
		mail := outbox.New(outbox.Options{Store: st, Mail: smtp})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		ended := make(chan error)
		go func() { ended <- mail.Run(ctx) }()
		deliver(t, st, hung{}, 9*time.Minute)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if len(smtp.at) != 50 || smtp.at[49].Sub(began) > time.Second {
			t.Errorf("%d mails, the last after %s", len(smtp.at), smtp.at[len(smtp.at)-1].Sub(began))
		}
	})
}

// The store offers what a courier needs.
var _ chat.Store = (*store.Store)(nil)
