package demo

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"
)

// maxMail is the largest mail that the demo's servers take, in bytes.
const maxMail = 10 << 20

// servers are a mail server for one demo: IMAP and SMTP on loopback ports, mail in memory, gone at the end.
type servers struct {
	imap     *imapserver.Server
	smtp     *smtp.Server
	imapAddr *net.TCPAddr
	smtpAddr *net.TCPAddr
	users    map[string]*imapmemserver.User // by address
	open     []net.Listener
	done     chan error

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
	s := &servers{users: make(map[string]*imapmemserver.User), done: make(chan error, 2)}
	mem := imapmemserver.New()
	for _, a := range addresses {
		u := imapmemserver.NewUser(a, password)
		for _, folder := range []string{"INBOX", "Sent", "Drafts"} {
			if err := u.Create(folder, nil); err != nil {
				return nil, fmt.Errorf("create folder %s of %s: %w", folder, a, err)
			}
		}
		mem.AddUser(u)
		s.users[a] = u
	}
	quiet := log.New(io.Discard, "", 0)
	s.imap = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return session{mem.NewSession().(imapserver.SessionIMAP4rev2)}, nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		InsecureAuth: true,
		Logger:       quiet,
	})
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{servers: s}, nil }))
	s.smtp.Domain = "localhost"
	s.smtp.ErrorLog = quiet
	s.smtp.MaxMessageBytes = maxMail
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = time.Minute, time.Minute
	var err error
	if s.imapAddr, err = s.serve(s.imap.Serve); err != nil {
		return nil, err
	}
	if s.smtpAddr, err = s.serve(s.smtp.Serve); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *servers) serve(serve func(net.Listener) error) (*net.TCPAddr, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	s.open = append(s.open, ln)
	go func() { s.done <- serve(ln) }()
	return ln.Addr().(*net.TCPAddr), nil
}

// close stops both servers and waits for them. The listeners are closed here, since a server that has not come to
// serve yet does not know its own.
func (s *servers) close() {
	for _, ln := range s.open {
		ln.Close()
	}
	s.smtp.Close()
	s.imap.Close()
	for range s.open {
		<-s.done
	}
}

// put lays a mail into a folder, as its server would on delivery.
func (s *servers) put(address, folder string, raw []byte, at time.Time) error {
	u, ok := s.users[strings.ToLower(address)]
	if !ok {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user here"}
	}
	_, err := u.Append(folder, literal{bytes.NewReader(raw)}, &imap.AppendOptions{Time: at})
	return err
}

// A session is one of the memory server's whose IDLE loses nothing: the server's own misses what arrives in the moment
// before it begins to listen, and the demo would wait for the next poll.
type session struct{ imapserver.SessionIMAP4rev2 }

// Idle looks for news many times a second until the client has had enough (RFC 9051, 6.3.13).
func (s session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := s.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
	}
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// A delivery is one SMTP session: what it takes lies in the recipients' INBOX at once.
type delivery struct {
	servers *servers
	to      []string
}

func (d *delivery) Reset()        { d.to = nil }
func (d *delivery) Logout() error { return nil }

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if _, ok := d.servers.users[strings.ToLower(to)]; !ok {
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
		if err := d.servers.put(to, "INBOX", raw, now); err != nil {
			return err
		}
	}
	return nil
}
