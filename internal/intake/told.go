package intake

import (
	"slices"
	"strings"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
	"go.uber.org/zap"
)

// toldOf reports whether people have been told of a mail before, by a Heed whose state is lost: it lay there when the
// reading of the folder began, and it bears the keyword that is set on every mail that was escalated or followed up.
// Nobody can set a keyword by sending a mail.
func (mb Mailbox) toldOf(m *mailbox.Mail) bool {
	word := mb.OnEscalate.Keyword
	return word != "" && slices.ContainsFunc(m.Keywords, func(k string) bool { return strings.EqualFold(k, word) })
}

// joinTold keeps what was decided before as if it were done: the case is open, its steps are used up and its people have
// been mailed, so that what the customer writes next is a follow-up. Nothing goes out.
func (in *Intake) joinTold(tx *store.Tx, row *store.Message, c *store.Case, d escalation.Decision) error {
	in.Log.Info("people were told of this mail before; it is counted, and nobody is told again", zap.Int64("case", c.ID),
		zap.String("mailbox", row.Place.Mailbox), zap.String("folder", row.Place.Folder), zap.Uint32("uid", row.Place.UID))
	for _, a := range d.Actions {
		if a.Do != escalation.Escalate {
			continue
		}
		if err := tx.AddMailed(c.ID, a.To, row.At); err != nil {
			return err
		}
	}
	return nil
}
