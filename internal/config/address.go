package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"os"
	"strings"
)

// from reads the sender of the escalations, a mailbox of RFC 5322 with or without a display name.
func (s *section) from(key string) (whole, addr string) {
	text := s.required(key, `the sender of escalations, such as "Heed <heed@example.com>"`)
	if text == "" {
		return "", ""
	}
	a, err := parseAddress(text)
	if err != nil {
		s.bad(key, "%v", err)
		return "", ""
	}
	return text, a.Address
}

// recipients reads a list of addresses that must not be empty.
func (s *section) recipients(key, what string) []string {
	if !s.has(key) {
		s.ask(key)
		s.missing(key, what)
		return nil
	}
	list := s.addresses(key)
	if s.isEmptyList(key) {
		s.bad(key, "is empty; it is required: %s", what)
	}
	return list
}

// ownAddresses reads the addresses that we write from; without the key it is the login name, if that is an address.
func (s *section) ownAddresses(key, username string) []string {
	if !s.has(key) {
		s.ask(key)
		if a, err := parseAddress(username); err == nil {
			return []string{a.Address}
		}
		s.beware(key, "is missing, and the login name is no address; our own answers are known by the Sent folder alone")
		return nil
	}
	return s.addresses(key)
}

func (s *section) addresses(key string) []string {
	var list []string
	for _, v := range s.list(key, "mail addresses") {
		a, err := parseAddress(v.text)
		if err != nil {
			s.fault(v.line, s.path(key), "%v", err)
			continue
		}
		list = append(list, a.Address)
	}
	return list
}

// parseAddress reads one mailbox of RFC 5322. A letter beyond ASCII before the @ needs SMTPUTF8 on the whole way
// (RFC 6531), which nobody can promise for a warning that has to arrive.
func parseAddress(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf(`%q is not a mail address; write "lu@example.com" or "Lu <lu@example.com>"`, shorten(text))
	}
	local, _, _ := strings.Cut(a.Address, "@")
	if strings.ContainsFunc(local, func(r rune) bool { return r > 0x7e }) {
		return nil, fmt.Errorf("%q has letters before the @ that not every mail server carries; allowed are ASCII letters", shorten(text))
	}
	return a, nil
}

// rootCAs reads the certificates that a server is trusted by. nil stands for the system's.
func (s *section) rootCAs(key string) *x509.CertPool {
	path := s.resolve(s.text(key, ""))
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.bad(key, "%s is not there; name a file with certificates in PEM form, or \"\" for the system's", path)
		return nil
	case err == nil && info.Size() > MaxFile:
		s.bad(key, "%s is larger than %d KiB; that is no certificate", path, MaxFile>>10)
		return nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		s.bad(key, "can't be read: %v", err)
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		s.bad(key, "%s holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", path)
		return nil
	}
	return pool
}
