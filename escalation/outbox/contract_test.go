package outbox_test

import (
	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/submission"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox"
)

// What the outbox asks for is what the parts of the house offer.
var (
	_ outbox.Store  = (*store.Store)(nil)
	_ outbox.Writer = (*mailbox.Writer)(nil)
	_ outbox.Sender = (*submission.Sender)(nil)
)
