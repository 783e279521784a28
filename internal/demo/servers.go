package demo

import (
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/heedmail/heed/internal/memimap"
)

// maxMail is the largest mail that the demo's servers take, in bytes.
const maxMail = 10 << 20

// servers are a mail server for one demo: IMAP and SMTP on loopback ports, mail in memory, gone at the end.
type servers struct {
	imap     *memimap.Server
	smtp     *smtp.Server
	smtpAddr *net.TCPAddr
	listener net.Listener  // of smtp
	served   chan struct{} // closed when smtp has ended

	mu    sync.Mutex
	first []byte // the first mail that came by SMTP
}

// firstSent returns the first mail that was sent by SMTP, nil if none was.
func (s *servers) firstSent() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first
}

// startServers listens on two loopback ports and makes a mailbox with its usual folders for every address.
func startServers(password string, addresses ...string) (*servers, error) {
	inbox, err := memimap.Start(password, addresses...)
	if err != nil {
		return nil, err
	}
	s := &servers{imap: inbox, served: make(chan struct{})}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{servers: s}, nil }))
	s.smtp.Domain = "localhost"
	s.smtp.ErrorLog = log.New(io.Discard, "", 0)
	s.smtp.MaxMessageBytes = maxMail
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = time.Minute, time.Minute
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		inbox.Close()
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	s.smtpAddr = s.listener.Addr().(*net.TCPAddr)
	go func() {
		defer close(s.served)
		_ = s.smtp.Serve(s.listener) // says that it was closed
	}()
	return s, nil
}

// close stops both servers and waits for them. The listener is closed here, since a server that has not come to serve
// yet does not know its own.
func (s *servers) close() {
	s.listener.Close()
	s.smtp.Close()
	<-s.served
	s.imap.Close()
}

// A delivery is one SMTP session: what it takes lies in the recipients' INBOX at once.
type delivery struct {
	servers *servers
	to      []string
}

func (d *delivery) Reset()        { d.to = nil }
func (d *delivery) Logout() error { return nil }

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !d.servers.imap.Has(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user here"}
	}
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r) // bounded by MaxMessageBytes
	if err != nil {
		return err
	}
	d.servers.mu.Lock()
	if d.servers.first == nil {
		d.servers.first = raw
	}
	d.servers.mu.Unlock()
	now := time.Now()
	for _, to := range d.to {
		if err := d.servers.imap.Put(to, "INBOX", raw, now); err != nil {
			return err
		}
	}
	return nil
}
