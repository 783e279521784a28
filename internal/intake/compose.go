package intake

import (
	"errors"
	"fmt"

	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/mailbox/message"
	"go.uber.org/zap"
)

// compose writes a mail that must not fail: it is the one that tells people. Should the facts of one customer break the
// writing of it, the mail is written from fewer of them: first without what stems from the customer's words, then without
// the original too. One bad mail must neither stop a mailbox nor end the daemon, which would meet it again at its next
// start. The Message-ID is the same whatever is left out.
func (in *Intake) compose(write func(*note.Letters) (note.Rendered, error), all *note.Letters) (note.Rendered, error) {
	f := all.Facts
	var failures []error
	for _, fewer := range []func(note.Facts) note.Facts{nil, wordless, bare} {
		letters := all
		if fewer != nil {
			letters = in.Composer.Letters(fewer(f))
		}
		r, err := guarded(write, letters)
		if err == nil {
			return r, nil
		}
		in.Log.Error("a note could not be written; it is tried again from fewer facts, please report this",
			zap.Int64("case", f.Case.ID), zap.String("mailbox", f.MailboxName), zap.Uint32("uid", f.Message.Place.UID), zap.Error(err))
		failures = append(failures, err)
	}
	return note.Rendered{}, errors.Join(failures...)
}

// wordless leaves out what stems from the customer's words.
func wordless(f note.Facts) note.Facts {
	f.Shop = nil
	f.Timeline, f.Previous.CustomerName, f.Case.CustomerName = nil, "", ""
	f.Message.CustomerName, f.Message.Subject, f.Message.Text = "", "", ""
	f.Message.Notice = withoutWords(f.Message.Notice)
	return f
}

// bare leaves out the original too.
func bare(f note.Facts) note.Facts {
	f = wordless(f)
	f.Raw, f.Aside = nil, nil
	return f
}

// withoutWords keeps of a notice what is ours: which platform it came from and whether that is verified.
func withoutWords(n *message.Notice) *message.Notice {
	if n == nil {
		return nil
	}
	return &message.Notice{Platform: n.Platform, Channel: n.Channel, Kind: n.Kind, Verified: n.Verified}
}

// guarded turns a panic into an error.
func guarded(write func(*note.Letters) (note.Rendered, error), letters *note.Letters) (r note.Rendered, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v", errBroke, p)
		}
	}()
	return write(letters)
}
