package config

import (
	"regexp"
	"strings"

	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/mailbox/message"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Customers says where the shop's own data of its customers stands.
type Customers struct {
	Files     []string // CSV files
	Database  string   // customers.Postgres, MySQL or SQLite; "" for none
	Path      string   // of an SQLite file
	DSN       Secret   // of the other databases
	ByAddress string
	ByOrder   string
	Orders    string
	Currency  string // of sums that name none
}

func (s *section) customers() Customers {
	c := Customers{
		Files:    s.paths("csv"),
		Database: s.database("database"),
		Path:     s.resolve(s.text("path", "")),
		DSN:      s.secretNamed("dsn", false),
		Currency: strings.ToUpper(s.text("currency", "USD")),
	}
	c.ByAddress = s.query("by_address", c.Database, customers.ForAddress, customers.ForWritten)
	c.ByOrder = s.query("by_order", c.Database, customers.ForOrder)
	c.Orders = s.query("orders", c.Database, customers.ForAddress, customers.ForWritten)
	if !regexp.MustCompile(`^[A-Z]{3}$`).MatchString(c.Currency) {
		s.bad("currency", `%q is no currency; write its three letters of ISO 4217, such as "EUR"`, shorten(c.Currency))
	}
	s.checkCustomers(c)
	s.close()
	return c
}

func (s *section) database(key string) string {
	if !s.has(key) {
		s.ask(key)
		return ""
	}
	return s.choice(key, "", customers.Kinds()...)
}

// checkCustomers holds the keys of the two ways apart.
func (s *section) checkCustomers(c Customers) {
	switch {
	case len(c.Files) > 0 && c.Database != "":
		s.bad("database", "csv is there already; keep one of the two")
	case c.Database == "" && s.has("database"): // has been reported
	case c.Database == "":
		for _, key := range []string{"by_address", "by_order", "orders", "path"} {
			if s.has(key) {
				s.bad(key, `belongs to a database; write database = "postgres", "mysql" or "sqlite" above it`)
			}
		}
		if c.DSN.IsSet() {
			s.bad("dsn", `belongs to a database; write database = "postgres" or "mysql" above it`)
		}
	case c.ByAddress == "" && c.ByOrder == "" && !s.has("by_address") && !s.has("by_order"):
		s.missing("by_address", "a query such as \"SELECT name, tier FROM customers WHERE lower(email) = :address\"; or by_order")
	case c.Database == customers.SQLite && c.Path == "":
		s.missing("path", "the SQLite file")
	case c.Database != customers.SQLite && !c.DSN.IsSet():
		s.missing("dsn_file", "the file with the connection string; or dsn_env, dsn_command, dsn_credential")
	}
}

// paths reads one path or a list of them.
func (s *section) paths(key string) []string {
	v := s.table.values[key]
	if v == nil || v.kind == unstable.String {
		if path := s.text(key, ""); path != "" {
			return []string{s.resolve(path)}
		}
		return nil
	}
	var all []string
	for _, path := range s.list(key, "paths") {
		all = append(all, s.resolve(path.text))
	}
	return all
}

// query reads an SQL query, which may have several lines.
func (s *section) query(key, database string, allowed ...string) string {
	v := s.ask(key)
	if v == nil {
		return ""
	}
	if v.kind != unstable.String {
		s.bad(key, "is %s; it must be a query in quotes", v.describe())
		return ""
	}
	if err := customers.CheckQuery(v.text, database, allowed...); err != nil {
		s.bad(key, "%v", err)
	}
	return v.text
}

// orderPatterns reads [orders]: what order numbers of this shop look like.
func (s *section) orderPatterns() []*regexp.Regexp {
	var patterns []*regexp.Regexp
	list := s.list("patterns", "regular expressions")
	if len(list) > message.MaxOrderPatterns {
		s.bad("patterns", "holds %d patterns; allowed are %d", len(list), message.MaxOrderPatterns)
	}
	for _, v := range list {
		re, err := message.CompileOrderPattern(v.text)
		if err != nil {
			s.fault(v.line, s.path("patterns"), "%q %v", shorten(v.text), err)
			continue
		}
		patterns = append(patterns, re)
	}
	s.close()
	return patterns
}
