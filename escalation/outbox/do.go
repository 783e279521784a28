package outbox

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
)

// do makes one attempt at a row and returns the row as it stands afterwards. The error is what keeps it, or a part of
// it, from being done.
func (b *Outbox) do(ctx context.Context, row store.Row) (done store.Row, err error) {
	defer func() { // one bad row must stop neither the loop nor the other rows
		if p := recover(); p != nil {
			b.log.DPanic("an outbox row broke the doing of it; it is tried again later, please report this",
				zap.Int64("row", row.ID), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			done, err = row, &Error{Kind: Temporary, Doing: "do outbox row", Advice: "this is a bug in Heed; please report it", Err: fmt.Errorf("panic: %v", p)}
			done.Error = err.Error()
		}
	}()
	if row.Kind == store.MailRow {
		ctx, cancel := context.WithTimeout(ctx, mailLimit)
		defer cancel()
		return b.mail(ctx, row)
	}
	ctx, cancel := context.WithTimeout(ctx, actionLimit)
	defer cancel()
	return settle(row, b.act(ctx, row))
}

// act does what is done in a mailbox.
func (b *Outbox) act(ctx context.Context, row store.Row) error {
	p := row.Place
	w, ok := b.o.Mailboxes[p.Mailbox]
	if !ok { // taken out of the config: it may come back with the next one
		return &Error{Kind: Config, Where: "mailbox " + p.Mailbox, Doing: string(row.Kind),
			Advice: "put the mailbox back into heed.toml, or resolve the case", Err: errors.New("the config has no such mailbox")}
	}
	switch row.Kind {
	case store.DraftRow:
		return w.AppendDraft(ctx, row.MessageID, row.Payload)
	case store.NoteRow:
		return w.Append(ctx, p.Folder, row.MessageID, row.Payload)
	case store.KeywordRow:
		return w.SetKeyword(ctx, p.Folder, p.UIDValidity, p.UID, row.MessageID, row.Argument)
	case store.MoveRow:
		return w.Move(ctx, p.Folder, p.UIDValidity, p.UID, row.MessageID, row.Argument)
	}
	return &Error{Kind: Permanent, Doing: string(row.Kind), Advice: "the state file was written by another version of Heed", Err: errors.New("this kind of row is unknown")}
}

// settle turns the end of an action in a mailbox into the row's state.
func settle(row store.Row, err error) (store.Row, error) {
	switch {
	case err == nil:
		row.State, row.Error = store.Done, ""
	case isPermanent(err):
		row.State, row.Error = store.Failed, err.Error()
	default:
		row.Error = err.Error()
	}
	return row, err
}

func isPermanent(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind == Permanent
	}
	return mailbox.IsPermanent(err)
}

// mail sends a mail to those recipients who have not got it and have not refused it.
func (b *Outbox) mail(ctx context.Context, row store.Row) (store.Row, error) {
	row.Recipients = slices.Clone(row.Recipients)
	var to []string
	for _, r := range row.Recipients {
		if r.State == store.Pending {
			to = append(to, r.Address)
		}
	}
	var failures []error
	if len(to) > 0 {
		failures = take(row.Recipients, b.send(ctx, row, to))
	} else if len(row.Recipients) == 0 {
		failures = append(failures, &Error{Kind: Permanent, Doing: "send", Advice: "name recipients in [domestic] and [[contact]]", Err: errors.New("the mail has no recipient")})
	}
	row.State = stateOf(row.Recipients)
	err := errors.Join(failures...)
	row.Error = ""
	if err != nil {
		row.Error = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return row, err
}

// send makes one attempt. An original that was damaged in the state file must not keep the note from people: it goes
// without.
func (b *Outbox) send(ctx context.Context, row store.Row, to []string) []Outcome {
	m := Mail{From: row.From, To: to, Payload: row.Payload, Fallback: row.Fallback, Enclosed: row.Enclosed, Originals: b.o.Store}
	outcomes := b.o.Mail.Send(ctx, m)
	damaged := func(o Outcome) bool { return errors.Is(o.Err, store.ErrDamaged) }
	if m.Enclosed == nil || !slices.ContainsFunc(outcomes, damaged) {
		return outcomes
	}
	b.log.Error("the customer's original is damaged in the state file; the mail goes without it, look for it in the mailbox",
		zap.Int64("case", row.CaseID), zap.String("mailbox", row.Place.Mailbox), zap.String("folder", row.Place.Folder), zap.Uint32("uid", row.Place.UID))
	m.Missing = true
	return b.o.Mail.Send(ctx, m)
}

// take puts the outcomes to the recipients. One of whom the sender says nothing stays pending.
func take(recipients []store.Recipient, outcomes []Outcome) []error {
	var failures []error
	for i := range recipients {
		r := &recipients[i]
		at := slices.IndexFunc(outcomes, func(o Outcome) bool { return o.Address == r.Address })
		if r.State != store.Pending || at < 0 {
			continue
		}
		err := outcomes[at].Err
		switch {
		case err == nil:
			r.State, r.Error = store.Done, ""
			continue
		case isPermanent(err):
			r.State, r.Error = store.Failed, err.Error()
		default:
			r.Error = err.Error()
		}
		if !slices.ContainsFunc(failures, func(f error) bool { return f.Error() == err.Error() }) {
			failures = append(failures, err)
		}
	}
	return failures
}

// stateOf is the state of a mail: pending while anybody is, done when at least one has got it, else failed.
func stateOf(recipients []store.Recipient) store.RowState {
	state := store.Failed
	for _, r := range recipients {
		switch r.State {
		case store.Pending:
			return store.Pending
		case store.Done:
			state = store.Done
		}
	}
	return state
}

// report tells the log how an attempt ended: refusals loudly, a failure when it first appears or changes, a success
// aloud only after trouble.
func (b *Outbox) report(before, row store.Row, err error) {
	fields := []zap.Field{zap.Int64("case", row.CaseID), zap.String("kind", string(row.Kind)), zap.String("message_id", row.MessageID),
		zap.Int("attempt", row.Attempts)}
	for i, r := range row.Recipients {
		if r.State == store.Failed && before.Recipients[i].State != store.Failed {
			b.log.Error("NOT DELIVERED: the server refuses this recipient for good", append(fields[:4:4], zap.String("recipient", r.Address), zap.String("error", r.Error),
				zap.String("advice", fmt.Sprintf("tell them of %s yourself (heed cases), and correct the address or the server", row.About())))...)
		}
	}
	switch row.State {
	case store.Failed:
		if len(row.Recipients) == 0 {
			b.log.Error("given up: this can't be done", append(fields, zap.String("mailbox", row.Place.Mailbox), zap.Error(err))...)
		}
	case store.Pending:
		level := zap.WarnLevel
		switch {
		case before.Error == row.Error: // said before, and nothing has changed
			level = zap.DebugLevel
		case KindOf(err) == Config:
			level = zap.ErrorLevel
		}
		b.log.Log(level, "not done yet; tried again later", append(fields, zap.Time("next", row.NextAt), zap.Error(err))...)
	case store.Done:
		level := zap.DebugLevel
		if row.Attempts > 1 {
			level = zap.InfoLevel
		}
		b.log.Log(level, "done", fields...)
	}
}
