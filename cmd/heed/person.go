package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// forgetCommand is `heed forget`.
type forgetCommand struct {
	stateFlags
	Address string `arg:"" help:"The person's mail address."`
}

// Run removes a person. What lies in the mailboxes is not Heed's and stays.
func (k forgetCommand) Run(ctx context.Context, c *console) (err error) {
	s, err := k.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	customer := personOf(k.Address)
	if err := s.Forget(ctx, customer); err != nil {
		return aboutPerson(err)
	}
	_, err = fmt.Fprintf(c.Out, "%s is forgotten: messages, cases and what waited in the outbox are removed. The mails in the mailboxes were not touched.\n", customer)
	return err
}

// exportCommand is `heed export`.
type exportCommand struct {
	stateFlags
	Address string `arg:"" help:"The person's mail address."`
}

// Run prints all that is kept of a person, in a form that can be handed to them.
func (k exportCommand) Run(ctx context.Context, c *console) (err error) {
	s, err := k.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	person, err := s.Export(ctx, personOf(k.Address))
	if err != nil {
		return aboutPerson(err)
	}
	enc := json.NewEncoder(c.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(person)
}

// personOf turns an address as it is typed into the one that a customer is kept under. A customer who is known by an
// order or dispute alone is kept under "order:1234", which is no address and stays.
func personOf(typed string) string {
	if !strings.Contains(typed, "@") {
		return typed
	}
	return message.NormaliseAddress(typed)
}

func aboutPerson(err error) error {
	if errors.Is(err, store.ErrNobody) {
		return fmt.Errorf("%w; check the spelling, `heed cases list --all` shows how customers are kept", err)
	}
	return err
}
