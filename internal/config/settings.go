package config

import (
	"slices"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox"
	"github.com/heedmail/heed/mailbox/message"
)

// Account is a mailbox's part of the file as package mailbox asks for it.
func (m Mailbox) Account() mailbox.Account {
	return mailbox.Account{
		Name:     m.Name,
		Host:     m.Host,
		Port:     m.Port,
		TLS:      mailbox.TLSMode(m.TLS), // the words are the same; a test holds them to it
		RootCAs:  m.RootCAs,
		Username: m.Username,
		Password: m.Password.Fetch,
		OAuth:    m.OAuth,
		Folders:  m.Folders,
		Sent:     m.Sent,
		Drafts:   m.Drafts,
		Start:    m.Start,
		Poll:     m.Poll,

		InboundOnly: m.Role == Team,
	}
}

// Reader is what package message has to know about a mailbox to tell a customer from our own people.
func (c *Config) Reader(m Mailbox) message.Mailbox {
	return message.Mailbox{
		Channel:      m.Channel,
		OwnAddresses: m.OwnAddresses,
		AuthservIDs:  m.AuthservIDs,
		Staff:        c.Staff(),
		EscalatesAs:  c.SMTP.FromAddr,

		OrderPatterns: c.Orders,
	}
}

// People says who is told, by channel, as package escalation asks for it.
func (c *Config) People() escalation.People {
	people := escalation.People{Contacts: map[string][]string{}, Domestic: c.Domestic.To}
	for _, contact := range c.Contacts {
		people.Contacts[contact.Channel] = contact.To
	}
	return people
}

// Staff returns the addresses of our own people, each once: whoever writes from one of them is no customer.
func (c *Config) Staff() []string {
	staff := []string{c.SMTP.FromAddr}
	add := func(addresses []string) {
		for _, address := range addresses {
			if !slices.Contains(staff, address) {
				staff = append(staff, address)
			}
		}
	}
	for _, contact := range c.Contacts {
		add(contact.To)
	}
	add(c.Domestic.To)
	add(c.Remind.ThenTo)
	add(c.Digest.To)
	return staff
}

// Team returns the addresses of those whose answers are obeyed: whoever is told of cases.
func (c *Config) Team() []string {
	return slices.DeleteFunc(c.Staff(), func(address string) bool { return address == c.SMTP.FromAddr })
}

// Answerable reports whether an answer to a mail of Heed's is read.
func (c *Config) Answerable() bool {
	return slices.ContainsFunc(c.Mailboxes, func(m Mailbox) bool { return m.Role == Team })
}
