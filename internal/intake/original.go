package intake

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
)

// putAside puts the big ones of those mails aside that may be forwarded, straight from the mail server where only their
// texts were fetched so far. It is done here, before the transaction, since nothing in there may wait for a mail server:
// whoever carries a signal may be escalated, and is, nearly always.
func (in *Intake) putAside(ctx context.Context, mb Mailbox, folder string, heard []heardMail) error {
	for i := range heard {
		h := &heard[i]
		if len(h.verdict.Hits) == 0 && h.message.Notice == nil && h.unreadable == "" {
			continue
		}
		fill := func(w io.Writer) error { return h.mail.Original(ctx, w) }
		if h.mail.Original == nil {
			if len(h.mail.Raw) <= mailbox.MaxSmall {
				continue
			}
			fill = func(w io.Writer) error {
				_, err := w.Write(h.mail.Raw)
				return err
			}
		}
		var form note.Form
		place := store.Place{Mailbox: mb.Name, Folder: folder, UIDValidity: h.mail.UIDValidity, UID: h.mail.UID}
		original, err := in.Store.PutAside(ctx, place, func(w io.Writer) error { return fill(io.MultiWriter(w, &form)) })
		if err != nil {
			return errors.Join(fmt.Errorf("UID %d: %w", h.mail.UID, err), in.Store.DropOriginals(context.WithoutCancel(ctx), aside(heard)))
		}
		h.aside = &note.Aside{Original: original, Form: form}
		if h.mail.Original != nil { // the size that the server told may be a few bytes off
			h.mail.Size = original.Size
		}
	}
	return nil
}

// aside lists the originals that were put aside. Those that no mail of ours encloses are dropped when the batch is kept, or
// can't be.
func aside(heard []heardMail) (ids []int64) {
	for _, h := range heard {
		if h.aside != nil {
			ids = append(ids, h.aside.ID)
		}
	}
	return ids
}
