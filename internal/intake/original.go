package intake

import (
	"context"
	"fmt"
)

// originals fetches the whole of those mails that may be forwarded, of which only the texts were fetched so far. It is done
// here, before the transaction, since nothing in there may wait for a mail server: whoever carries a signal may be
// escalated, and is, nearly always.
func originals(ctx context.Context, heard []heardMail) error {
	for i := range heard {
		h := &heard[i]
		if h.mail.Original == nil || len(h.verdict.Hits) == 0 && h.message.Notice == nil && h.unreadable == "" {
			continue
		}
		raw, err := h.mail.Original(ctx)
		if err != nil {
			return fmt.Errorf("fetch the original of UID %d: %w", h.mail.UID, err)
		}
		h.mail.Raw, h.mail.Size = raw, int64(len(raw))
	}
	return nil
}
