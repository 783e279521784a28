package outbox_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/store"
)

// A world is what survives a crash: the rows, what mail servers took, what lies in the mailbox. It can be told to die
// at its n-th step; from then on nothing in it changes, as if the process were gone.
type world struct {
	mu     sync.Mutex
	rows   []store.Row
	mails  []outbox.Mail     // taken by the server, with those in To who accepted
	boxes  map[string]string // what was done in mailboxes, by what it is
	steps  int
	dieAt  int // 0 for never
	dead   context.CancelFunc
	script []map[string]error // outcome by address, attempt by attempt; "" is everybody
	tries  []time.Time
	fail   map[string]error // errors of the store, by method
	looks  int              // for what is due
	writes int              // of the state
	read   int              // rows that were handed out then
}

var errDead = errors.New("the process is dead")

// step counts, and reports whether the world still turns. after is called for the last step before death.
func (w *world) step() bool {
	w.steps++
	if w.dieAt > 0 && w.steps >= w.dieAt {
		if w.dead != nil {
			w.dead()
		}
		return false
	}
	return true
}

func (w *world) Due(_ context.Context, now time.Time, limit int, except ...string) ([]store.Row, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.fail["Due"]; err != nil {
		return nil, err
	}
	w.looks++
	var due []store.Row
	taken := map[string]int{}
	for _, r := range w.rows {
		destination := r.Destination()
		if r.State == store.Pending && !r.NextAt.After(now) && taken[destination] < limit && !slices.Contains(except, destination) {
			taken[destination]++
			r.Recipients = slices.Clone(r.Recipients)
			due = append(due, r)
			w.read++
		}
	}
	return due, nil
}

func (w *world) NextDue(context.Context) (next time.Time, ok bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.rows {
		if r.State == store.Pending && (!ok || r.NextAt.Before(next)) {
			next, ok = r.NextAt, true
		}
	}
	return next, ok, nil
}

func (w *world) Attempt(ctx context.Context, id int64, _ string, next time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.write(ctx, "Attempt"); err != nil {
		return err
	}
	return w.attempt(id, next)
}

func (w *world) attempt(id int64, next time.Time) error {
	r := w.row(id)
	if r == nil || r.State != store.Pending {
		return store.ErrNoRow
	}
	r.Attempts++
	r.NextAt = next
	return nil
}

func (w *world) Finish(ctx context.Context, row store.Row) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.write(ctx, "Finish"); err != nil {
		return err
	}
	return w.finish(row)
}

func (w *world) FinishAndAttempt(ctx context.Context, ended, next store.Row) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.write(ctx, "FinishAndAttempt"); err != nil {
		return false, err
	}
	_ = w.finish(ended) // it may be gone
	return w.attempt(next.ID, next.NextAt) == nil, nil
}

// write is a write of the state that begins.
func (w *world) write(ctx context.Context, method string) error {
	if err := cmp.Or(ctx.Err(), w.fail[method]); err != nil {
		return err
	}
	if !w.step() {
		return errDead
	}
	w.writes++
	return nil
}

func (w *world) finish(row store.Row) error {
	r := w.row(row.ID)
	if r == nil {
		return store.ErrNoRow
	}
	r.State, r.Error, r.Recipients = row.State, row.Error, slices.Clone(row.Recipients)
	return nil
}

// original is what WriteOriginal hands out.
const original = "Subject: of the customer\r\n\r\nwords\r\n"

func (w *world) WriteOriginal(_ context.Context, _ store.Original, _ int64, to io.Writer) error {
	if err := w.fail["WriteOriginal"]; err != nil {
		return err
	}
	_, err := io.WriteString(to, original)
	return err
}

func (w *world) row(id int64) *store.Row {
	for i := range w.rows {
		if w.rows[i].ID == id {
			return &w.rows[i]
		}
	}
	return nil
}

// unnoted counts the mails that the server has taken and of which the state does not know yet that they are gone.
func (w *world) unnoted() int {
	n := 0
	for _, r := range w.rows {
		if r.State == store.Pending && slices.ContainsFunc(w.mails, func(m outbox.Mail) bool { return string(m.Payload) == string(r.Payload) }) {
			n++
		}
	}
	return n
}

// Send takes a mail as the script says.
func (w *world) Send(_ context.Context, m outbox.Mail) []outbox.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.step() { // died before the mail went out
		return nil
	}
	w.tries = append(w.tries, time.Now())
	var answers map[string]error
	if len(w.script) > 0 {
		answers, w.script = w.script[0], w.script[1:]
	}
	var out []outbox.Outcome
	taken := m
	taken.To = nil
	for _, to := range m.To {
		err, ok := answers[to]
		if !ok {
			err = answers[""]
		}
		if err == nil {
			taken.To = append(taken.To, to)
		}
		out = append(out, outbox.Outcome{Address: to, Err: err})
	}
	if len(taken.To) > 0 {
		w.mails = append(w.mails, taken)
	}
	if !w.step() { // died after the server took it
		return nil
	}
	return out
}

// do notes what was done in a mailbox; doing it twice leaves one trace, as with the real Writer.
func (w *world) do(what, content string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.step() {
		return errDead
	}
	if err := w.fail[what]; err != nil {
		return err
	}
	if w.boxes == nil {
		w.boxes = map[string]string{}
	}
	w.boxes[what] = content
	if !w.step() {
		return errDead
	}
	return nil
}

func (w *world) SetKeyword(_ context.Context, folder string, v, uid uint32, _, keyword string) error {
	return w.do(fmt.Sprintf("keyword %s %d/%d", folder, v, uid), keyword)
}

func (w *world) Move(_ context.Context, folder string, v, uid uint32, _, dest string) error {
	return w.do(fmt.Sprintf("move %s %d/%d", folder, v, uid), dest)
}

func (w *world) Append(_ context.Context, folder, id string, raw []byte, _ ...string) error {
	return w.do("append "+folder+" "+id, string(raw))
}

func (w *world) AppendDraft(_ context.Context, id string, raw []byte) error {
	return w.do("draft "+id, string(raw))
}

// run runs an outbox over the world until the time is over or it has died.
func (w *world) run(t *testing.T, d time.Duration, change ...func(*outbox.Options)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	w.dead = cancel
	o := outbox.Options{Store: w, Mail: w, Mailboxes: map[string]outbox.Writer{"support": w}, Rand: func() float64 { return 0 }}
	for _, c := range change {
		c(&o)
	}
	err := outbox.New(o).Run(ctx)
	if err != nil && w.dieAt == 0 {
		t.Error(err)
	}
}

func mailRow(id int64, to ...string) store.Row {
	r := store.Row{ID: id, Kind: store.MailRow, CaseID: id, MessageID: fmt.Sprintf("heed-%d@example.com", id), From: "heed@example.com",
		Payload: fmt.Appendf(nil, "mail %d", id), State: store.Pending, NextAt: time.Now()}
	for _, a := range to {
		r.Recipients = append(r.Recipients, store.Recipient{Address: a, State: store.Pending})
	}
	return r
}

func boxRow(id int64, kind store.Kind) store.Row {
	return store.Row{ID: id, Kind: kind, CaseID: id, MessageID: fmt.Sprintf("m%d@example.com", id), Payload: fmt.Appendf(nil, "mail %d", id),
		Argument: "$Escalated", Place: store.Place{Mailbox: "support", Folder: "INBOX", UIDValidity: 1, UID: uint32(id)},
		State: store.Pending, NextAt: time.Now()}
}

func fault(k outbox.Kind) error {
	return &outbox.Error{Kind: k, Where: "smtp.example.com:587", Doing: "RCPT TO <x>", Code: 550, Err: errors.New("no")}
}
