package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/store"
	"go.uber.org/zap"
)

// The rhythm of a courier. All platforms take 18 posts a minute.
const (
	postsPer   = time.Minute
	mostPosts  = 18
	mostAtOnce = 20             // notices in one post
	staleAfter = 24 * time.Hour // a notice that old is of no use any more; the mail has long been there
	lookAgain  = time.Minute
	storeLimit = 30 * time.Second
)

// A Store is what a courier needs of the state file.
type Store interface {
	// ChatBatch returns the robot's rows that go next, together: those of the last attempt that failed, else the oldest
	// that were never attempted. Their NextAt says when.
	ChatBatch(ctx context.Context, robot string, limit int) ([]store.Row, error)
	// AttemptChat keeps that an attempt at these rows begins, and when the next one would come.
	AttemptChat(ctx context.Context, rows []store.Row, next time.Time) error
	// FinishChat keeps the State, Error and NextAt of these rows.
	FinishChat(ctx context.Context, rows []store.Row) error
}

// A Poster posts into a group; a Robot is one.
type Poster interface {
	Post(context.Context, Post) error
}

// CourierOptions are the parts of a Courier. Store, Robot, Name and Kind are required.
type CourierOptions struct {
	Store   Store
	Robot   Poster
	Name    string
	Kind    Kind
	Logger  *zap.Logger
	Now     func() time.Time
	Rand    func() float64     // in [0, 1)
	OnEvent func(outbox.Event) // called at the end of each attempt, for each row; may be nil
}

// A Courier has the notices of one robot posted, in order. What came in a burst goes in one post; what fails holds up
// what comes after it, which goes in one post too when the robot is well again.
type Courier struct {
	o    CourierOptions
	log  *zap.Logger
	kick chan struct{} // of capacity one: many kicks make one look

	// Only Run touches these.
	posted  []time.Time // the last posts, for the limit
	blocked time.Time   // the platform wants to be left alone until then
	unsaved []store.Row // ended, but the store could not keep it yet: must not be posted again
}

// NewCourier returns a Courier.
func NewCourier(o CourierOptions) *Courier {
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	return &Courier{o: o, log: o.Logger.Named("chat").With(zap.String("robot", o.Name)), kick: make(chan struct{}, 1)}
}

// Kick tells the courier that there may be something new. It never blocks.
func (c *Courier) Kick() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Run posts until ctx ends; the post in hand is finished, which takes at most PostWithin. One Run at a time.
func (c *Courier) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return c.save(context.WithoutCancel(ctx))
		case <-c.kick:
		case <-timer.C:
		}
		timer.Reset(c.pass(ctx))
	}
}

// pass posts what is to be posted now and returns when to look again.
func (c *Courier) pass(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		if err := c.save(ctx); err != nil {
			c.log.Error("can't write down what was posted; it is kept in memory and tried again", zap.Error(err))
			return outbox.FirstRetry
		}
		rows, err := c.batch(ctx)
		if err != nil {
			c.log.Error("can't read the outbox", zap.Error(err))
			return outbox.FirstRetry
		}
		if len(rows) == 0 {
			return lookAgain
		}
		if wait := c.wait(rows[0]); wait > 0 {
			return min(wait, lookAgain)
		}
		if err := c.attempt(ctx, rows); err != nil {
			c.log.Error("can't write the outbox; nothing is posted until the state file can be written", zap.Error(err))
			return outbox.FirstRetry
		}
	}
	return lookAgain
}

// batch reads what goes next, and gives up what has waited too long to be of use.
func (c *Courier) batch(ctx context.Context) ([]store.Row, error) {
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	rows, err := c.o.Store.ChatBatch(ctx, c.o.Name, mostAtOnce)
	if err != nil {
		return nil, err
	}
	size := 0
	for i := range rows {
		if c.isStale(rows[i]) != c.isStale(rows[0]) {
			return rows[:i], nil
		}
		if size += len(textOf(rows[i])) + len(separator); size > c.o.Kind.room() && i > 0 {
			return rows[:i], nil
		}
	}
	return rows, nil
}

func (c *Courier) isStale(row store.Row) bool { return c.o.Now().Sub(row.CreatedAt) > staleAfter }

// wait says how long the next post has to wait: for its retry, for a platform that blocks us, for the limit.
func (c *Courier) wait(head store.Row) time.Duration {
	now := c.o.Now()
	if c.isStale(head) {
		return 0
	}
	until := head.NextAt
	if head.Attempts > 0 && until.Sub(now) > outbox.LastRetry*2 { // a clock was set back
		until = now
	}
	if c.blocked.Sub(now) <= longestBlock && c.blocked.After(until) {
		until = c.blocked
	}
	if len(c.posted) == mostPosts {
		if free := c.posted[0].Add(postsPer); free.Sub(now) <= postsPer && free.After(until) {
			until = free
		}
	}
	return until.Sub(now)
}

// attempt posts rows, with the beginning written down before it and the end after it.
func (c *Courier) attempt(ctx context.Context, rows []store.Row) error {
	before := rows[0]
	if c.isStale(before) {
		c.giveUp(rows)
		return c.save(ctx)
	}
	now := c.o.Now()
	next := now.Add(outbox.Pause(before.Attempts+1, c.o.Rand()))
	storing, cancel := context.WithTimeout(ctx, storeLimit)
	err := c.o.Store.AttemptChat(storing, rows, next)
	cancel()
	if errors.Is(err, store.ErrNoRow) { // a customer was forgotten in the meantime
		return nil
	}
	if err != nil {
		return err
	}
	if len(c.posted) == mostPosts {
		c.posted = c.posted[1:]
	}
	c.posted = append(c.posted, now)
	err = c.post(context.WithoutCancel(ctx), rows)
	for i := range rows {
		rows[i].Attempts++
		rows[i].NextAt = next
	}
	c.end(rows, err)
	c.report(before, rows[0], len(rows), err)
	return c.save(ctx)
}

// post guards against a bug in what reads notices: one bad row must not stop the daemon.
func (c *Courier) post(ctx context.Context, rows []store.Row) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &outbox.Error{Kind: outbox.Permanent, Where: "chat " + c.o.Name, Doing: "post", Advice: "this is a bug in Heed; please report it", Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, PostWithin)
	defer cancel()
	return c.o.Robot.Post(ctx, postOf(rows))
}

// end sorts how a post ended and has it written down.
func (c *Courier) end(rows []store.Row, err error) {
	fault, _ := errors.AsType[*outbox.Error](err)
	if fault != nil && fault.After > 0 {
		c.blocked = c.o.Now().Add(fault.After)
	}
	for i := range rows {
		r := &rows[i]
		switch {
		case err == nil:
			r.State, r.Error = store.Done, ""
		case outbox.KindOf(err) == outbox.Permanent:
			r.State, r.Error = store.Failed, err.Error()
		default:
			r.Error = err.Error()
			if c.blocked.After(r.NextAt) {
				r.NextAt = c.blocked
			}
		}
	}
	c.unsaved = rows
	c.tell(rows, err)
}

func (c *Courier) giveUp(rows []store.Row) {
	err := &outbox.Error{Kind: outbox.Permanent, Where: "chat " + c.o.Name, Doing: "post",
		Err: fmt.Errorf("given up after %s; the mails of the cases told what these notices would have", staleAfter)}
	for i := range rows {
		rows[i].State = store.Failed
		if rows[i].Error == "" {
			rows[i].Error = err.Error()
		}
	}
	c.log.Error("notices were given up; their mails went out all the same", zap.Int("notices", len(rows)), zap.String("error", rows[0].Error))
	c.unsaved = rows
	c.tell(rows, err)
}

func (c *Courier) tell(rows []store.Row, err error) {
	if c.o.OnEvent == nil {
		return
	}
	for _, row := range rows {
		c.o.OnEvent(outbox.Event{Row: row, Err: err})
	}
}

// save writes down how the last attempt ended. Until that is done nothing else is posted.
func (c *Courier) save(ctx context.Context) error {
	if len(c.unsaved) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	if err := c.o.Store.FinishChat(ctx, c.unsaved); err != nil {
		return fmt.Errorf("chat %s: %w", c.o.Name, err)
	}
	c.unsaved = nil
	return nil
}

// report tells the log: a failure when it first appears or changes, a success aloud only after trouble.
func (c *Courier) report(before, row store.Row, notices int, err error) {
	fields := []zap.Field{zap.Int64("case", row.CaseID), zap.Int("notices", notices), zap.Int("attempt", row.Attempts)}
	switch {
	case err == nil && row.Attempts > 1:
		c.log.Info("posted", fields...)
	case err == nil:
		c.log.Debug("posted", fields...)
	case row.State == store.Failed:
		c.log.Error("the platform refuses this notice for good; its mail went out all the same", append(fields, zap.Error(err))...)
	case before.Error == row.Error:
		c.log.Debug("not posted yet; tried again later", append(fields, zap.Error(err))...)
	default:
		c.log.Warn("not posted yet; tried again later", append(fields, zap.Time("next", row.NextAt), zap.Error(err))...)
	}
}

// separator stands between the notices of one post.
const separator = "\n\n"

// postOf makes one post of rows. Its ID follows from them, so that a repetition can be known.
func postOf(rows []store.Row) Post {
	var texts []string
	var p Post
	id := sha256.New()
	for _, row := range rows {
		var n store.ChatNotice
		if err := json.Unmarshal(row.Payload, &n); err != nil { // written by another version: its text may do
			n = store.ChatNotice{Case: row.CaseID, Text: textOf(row)}
		}
		texts = append(texts, n.Text)
		p.Notices = append(p.Notices, n)
		fmt.Fprintf(id, "%d:%s,", len(row.Key), row.Key)
	}
	p.Text, p.ID = strings.Join(texts, separator), hex.EncodeToString(id.Sum(nil))[:32]
	return p
}

func textOf(row store.Row) string {
	var n store.ChatNotice
	if json.Unmarshal(row.Payload, &n) != nil || n.Text == "" {
		return fmt.Sprintf("[Heed #%d]", row.CaseID)
	}
	return n.Text
}
