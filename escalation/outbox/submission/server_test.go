package submission_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/outbox/submission"
)

// A backend takes every mail of those who know the password.
type backend struct {
	mu   sync.Mutex
	data []string
}

type session struct {
	b    *backend
	user bool
}

func (b *backend) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{b: b}, nil }
func (s *session) AuthMechanisms() []string                    { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "heed" || password != "secret" {
			return smtp.ErrAuthFailed
		}
		s.user = true
		return nil
	}), nil
}
func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.user {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (s *session) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.data = append(s.b.data, string(data))
	return err
}

// start runs a server on this machine; offer says how it does TLS.
func start(t *testing.T, offer submission.TLS, certificate tls.Certificate) (*backend, int) {
	t.Helper()
	b := &backend{}
	s := smtp.NewServer(b)
	s.AllowInsecureAuth = true
	s.ErrorLog = quiet{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	switch offer {
	case submission.Implicit:
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
	case submission.StartTLS:
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	var done sync.WaitGroup
	done.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() {
		_ = l.Close() // a server that has not come to serve yet does not know it
		_ = s.Close()
		done.Wait()
	})
	return b, port
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// certify makes a certificate for a name or address, signed by itself.
func certify(t *testing.T, host string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, DNSNames: []string{host}}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestMailsArriveUnchangedThroughARealServer(t *testing.T) {
	certificate, pool := certify(t, "127.0.0.1")
	body := "Subject: x\r\n\r\n.\r\n..\r\n.dot\r\n\xe4\xf6\r\n" + strings.Repeat("x", 998) + "\r\n\r\n.\r\nend\r\n"
	for _, policy := range []submission.TLS{submission.Implicit, submission.StartTLS, submission.None} {
		t.Run(string(policy), func(t *testing.T) {
			b, port := start(t, policy, certificate)
			sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: port, TLS: policy, RootCAs: pool, Username: "heed",
				Password: func() (string, error) { return "secret", nil }})
			if err != nil {
				t.Fatal(err)
			}
			m := mailTo("lu@example.com", "yodi@example.com")
			m.Payload = []byte(body)
			for _, o := range sender.Send(t.Context(), m) {
				if o.Err != nil {
					t.Fatal(o.Err)
				}
			}
			if len(b.data) != 1 || b.data[0] != body {
				t.Errorf("arrived: %q", b.data)
			}
			if o, err := sender.Check(t.Context(), "heed@example.com", []string{"lu@example.com"}); err != nil || o[0].Err != nil {
				t.Errorf("check: %v %v", o, err)
			}
		})
	}
}

func TestTroubleWithSettingsSaysWhatToDo(t *testing.T) {
	good, pool := certify(t, "127.0.0.1")
	other, otherPool := certify(t, "mail.example.com")
	for _, tt := range []struct {
		name          string
		offer, policy submission.TLS
		certificate   tls.Certificate
		pool          *x509.CertPool
		password      string
		advice        string
	}{
		{"unknown authority, implicit", submission.Implicit, submission.Implicit, good, otherPool, "secret", "smtp.ca_file"},
		{"unknown authority, STARTTLS", submission.StartTLS, submission.StartTLS, good, otherPool, "secret", "smtp.ca_file"},
		{"certificate of another host", submission.Implicit, submission.Implicit, other, otherPool, "secret", "smtp.host"},
		{"TLS on a port without", submission.None, submission.Implicit, good, pool, "secret", "starttls"},
		{"STARTTLS is not offered", submission.None, submission.StartTLS, good, pool, "secret", "implicit"},
		{"wrong password", submission.StartTLS, submission.StartTLS, good, pool, "wrong", "smtp.username"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, port := start(t, tt.offer, tt.certificate)
			sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: port, TLS: tt.policy, RootCAs: tt.pool, Username: "heed",
				Password: func() (string, error) { return tt.password, nil }})
			if err != nil {
				t.Fatal(err)
			}
			err = sender.Send(t.Context(), mailTo("lu@example.com"))[0].Err
			if err == nil || outbox.KindOf(err) != outbox.Config || !strings.Contains(err.Error(), tt.advice) {
				t.Errorf("%v", err)
			}
			if err != nil && strings.Contains(err.Error(), tt.password) {
				t.Errorf("the password stands in %q", err)
			}
			if len(b.data) != 0 {
				t.Error("a mail was sent")
			}
			if _, err := sender.Check(t.Context(), "heed@example.com", nil); err == nil {
				t.Error("check finds nothing wrong")
			}
		})
	}
}

func TestAnEmptyPortIsTriedAgainLater(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	sender, err := submission.New(submission.Options{Host: "127.0.0.1", Port: port, TLS: submission.None})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), mailTo("lu@example.com"))[0].Err; err == nil || outbox.KindOf(err) != outbox.Temporary {
		t.Errorf("%v", err)
	}
}
