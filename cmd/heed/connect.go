package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
	"github.com/heedmail/heed/mailbox"
)

// connectWithin bounds the trying out of one server.
const connectWithin = 90 * time.Second

// connections tries out every login, every folder, and the way of an escalation up to the point where a mail would be
// sent. All servers are asked at the same time, since one that does not answer takes long to say so; the lines come in
// the order of the config.
func (r *report) connections(ctx context.Context, settings *config.Config) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	r.tokens(ctx, settings.OAuth)
	var all sync.WaitGroup
	found := make([][]mailbox.CheckResult, len(settings.Mailboxes))
	for i, m := range settings.Mailboxes {
		all.Go(func() { found[i] = mailbox.Check(ctx, m.Account()) })
	}
	var way route
	all.Go(func() { way = tryRoute(ctx, settings) })
	all.Wait()
	for i, m := range settings.Mailboxes {
		r.mailbox(m.Name, found[i])
	}
	r.route(settings.SMTP, way)
}

func (r *report) mailbox(name string, results []mailbox.CheckResult) {
	for _, result := range results {
		switch {
		case result.Err != nil:
			r.fail("mailbox %s", mailboxFault(name, result))
		case result.Warn:
			r.warn("mailbox %s: %s: %s", name, result.What, result.Text)
		default:
			r.ok("mailbox %s: %s: %s", name, result.What, result.Text)
		}
	}
}

// mailboxFault is the sentence about what does not work. A mailbox's own error names the mailbox, and mostly says what to
// do; where it says to wait, whoever is checking wants to know what it could be.
func mailboxFault(name string, result mailbox.CheckResult) string {
	fault, ok := errors.AsType[*mailbox.Error](result.Err)
	switch {
	case !ok:
		return fmt.Sprintf("%s: %s: %v", name, result.What, result.Err)
	case fault.Advice == "":
		return fmt.Sprintf("%v; check `host` and `port`, and whether the server is up", fault)
	}
	return fault.Error()
}

// A route is what was found on the way of an escalation: for each recipient the server's refusal, or nil.
type route struct {
	err        error // of the way itself
	recipients []recipient
}

type recipient struct {
	address string
	err     error
}

func tryRoute(ctx context.Context, settings *config.Config) route {
	sender, err := daemon.NewSubmission(settings.SMTP)
	if err != nil {
		return route{err: err}
	}
	outcomes, err := sender.Check(ctx, settings.SMTP.FromAddr, toldOf(settings))
	way := route{err: err}
	for _, o := range outcomes {
		way.recipients = append(way.recipients, recipient{o.Address, o.Err})
	}
	return way
}

func (r *report) route(server config.SMTP, way route) {
	if way.err != nil {
		r.fail("smtp %s", routeFault(way.err, "check `smtp.host` and `smtp.port`, and whether the server is up"))
		return
	}
	r.ok("smtp %s: takes mail from %s", server.Host, server.FromAddr)
	for _, to := range way.recipients {
		if to.err != nil {
			r.fail("smtp %v; nobody can be told at %s: correct it in `to`, or make it on the server", to.err, to.address)
			continue
		}
		r.ok("smtp %s: takes mail for %s", server.Host, to.address)
	}
}

// routeFault is the sentence about what does not work, with advice where the error has none of its own.
func routeFault(err error, advice string) string {
	if fault, ok := errors.AsType[*outbox.Error](err); ok && fault.Advice != "" {
		return err.Error()
	}
	return err.Error() + "; " + advice
}

// toldOf lists everybody who may be told of a case or of trouble, each once.
func toldOf(settings *config.Config) []string {
	all := settings.Team()
	for _, address := range settings.Alert.To {
		if !slices.Contains(all, address) {
			all = append(all, address)
		}
	}
	return all
}
