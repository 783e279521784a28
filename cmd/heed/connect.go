package main

import (
	"context"
	"slices"
	"time"

	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
)

// connectWithin bounds the trying out of one server.
const connectWithin = 90 * time.Second

// connections tries out every login, folder and the way of an escalation, up to the point where a mail would be sent.
func (r *report) connections(ctx context.Context, settings *config.Config) {
	r.smtp(ctx, settings)
}

// smtp tries out the server that escalations go through, and whether it takes mail for each of those who are told.
func (r *report) smtp(ctx context.Context, settings *config.Config) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	sender, err := daemon.NewSubmission(settings.SMTP)
	if err != nil {
		r.fail("smtp: %v", err)
		return
	}
	outcomes, err := sender.Check(ctx, settings.SMTP.FromAddr, toldOf(settings))
	if err != nil {
		r.fail("smtp: %v", err)
		return
	}
	r.ok("smtp %s: takes mail from %s", settings.SMTP.Host, settings.SMTP.FromAddr)
	for _, o := range outcomes {
		if o.Err != nil {
			r.fail("smtp %s: %v", settings.SMTP.Host, o.Err)
			continue
		}
		r.ok("smtp %s: takes mail for %s", settings.SMTP.Host, o.Address)
	}
}

// toldOf lists everybody who may be told of a case, each once.
func toldOf(settings *config.Config) []string {
	var all []string
	for _, c := range append(slices.Clone(settings.Contacts), settings.Domestic) {
		for _, address := range c.To {
			if !slices.Contains(all, address) {
				all = append(all, address)
			}
		}
	}
	return all
}
