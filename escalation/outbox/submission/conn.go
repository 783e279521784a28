package submission

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/internal/oauth"
)

// maxReplies bounds what a server may say for one mail, beginning of the session included.
const maxReplies = 1 << 20

// A conn is one session with the server. Every step has a deadline, and the end of the context closes the connection
// under it, so that no step can hang.
type conn struct {
	sender *Sender
	ctx    context.Context // of the mail in hand
	raw    *limited
	client *smtp.Client
	stop   func() bool // ends the watch over ctx; false when ctx has ended before
	mails  int         // were taken in this session
	dead   bool        // nothing more can be said
}

// connect opens a session up to where a mail can be sent: connection, TLS, greeting, EHLO, login. An access token that the
// server refuses may have been revoked: another one gets a session of its own.
func (s *Sender) connect(ctx context.Context) (*conn, error) {
	c, err := s.attempt(ctx)
	if _, spent := errors.AsType[oauth.Spent](err); spent {
		return s.attempt(ctx)
	}
	return c, err
}

// attempt is connect, once.
func (s *Sender) attempt(ctx context.Context) (*conn, error) {
	dialing, cancel := context.WithTimeout(ctx, s.o.Limits.Connect)
	defer cancel()
	raw, err := s.o.Dial(dialing, "tcp", s.address)
	if err != nil {
		return nil, s.connectFailed(ctx, "connect", err)
	}
	c := &conn{sender: s, raw: &limited{Conn: raw}}
	c.watch(ctx)
	if err := c.open(dialing); err != nil {
		c.cut()
		return nil, err
	}
	return c, nil
}

// watch gives the session to a mail that has until the end of ctx.
func (c *conn) watch(ctx context.Context) {
	c.ctx, c.raw.left = ctx, maxReplies
	c.stop = context.AfterFunc(ctx, func() { c.raw.Close() })
}

func (c *conn) open(dialing context.Context) error {
	if err := c.checkLoopback(); err != nil {
		return err
	}
	stream := net.Conn(c.raw)
	if c.sender.o.TLS == Implicit {
		t := tls.Client(c.raw, c.tlsConfig())
		if err := t.HandshakeContext(dialing); err != nil {
			return c.sender.connectFailed(c.ctx, "TLS", err)
		}
		stream = t
	}
	err := c.command("greeting", func() (err error) {
		c.client, err = smtp.NewClient(stream, c.sender.o.Host)
		return err
	})
	if err != nil {
		return err
	}
	c.client.SkipSMTPUTF8(true) // addresses that would need it are refused, see path
	if err := c.command("EHLO", func() error { return c.client.Hello(c.helloName()) }); err != nil {
		return err
	}
	if err := c.startTLS(); err != nil {
		return err
	}
	return c.login()
}

// checkLoopback sees to it that what is sent in the clear stays on this machine.
func (c *conn) checkLoopback() error {
	if c.sender.o.TLS != None {
		return nil
	}
	host, _, err := net.SplitHostPort(c.raw.RemoteAddr().String())
	if err == nil && isLoopbackName(host) {
		return nil
	}
	return c.sender.fail(outbox.Config, "connect", "use tls = \"starttls\" or \"implicit\"", fmt.Errorf("tls is \"none\", and %s is not this machine", c.raw.RemoteAddr()))
}

func (c *conn) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: c.sender.o.Host, RootCAs: c.sender.o.RootCAs, MinVersion: tls.VersionTLS12}
}

// helloName is the address literal of this end (RFC 5321, 4.1.3), unless the settings give a name: the machine's own
// name is nobody's business, and "localhost" is refused by strict servers.
func (c *conn) helloName() string {
	if c.sender.o.HelloName != "" {
		return c.sender.o.HelloName
	}
	host, _, err := net.SplitHostPort(c.raw.LocalAddr().String())
	ip := net.ParseIP(host)
	switch {
	case err != nil || ip == nil:
		return "localhost"
	case ip.To4() == nil:
		return "[IPv6:" + ip.String() + "]"
	}
	return "[" + ip.String() + "]"
}

func (c *conn) startTLS() error {
	if c.sender.o.TLS != StartTLS {
		return nil
	}
	if ok, _ := c.client.Extension("STARTTLS"); !ok {
		return c.sender.fail(outbox.Config, "STARTTLS", "use tls = \"implicit\" (port 465), or a port that offers STARTTLS (587)", errors.New("the server does not offer it, or did not understand EHLO"))
	}
	return c.command("STARTTLS", func() error { return c.client.StartTLS(c.tlsConfig()) })
}

// login authenticates with the first mechanism that both sides know. By now the connection is encrypted, or it ends on
// this machine: open has seen to it, so the mechanism need not hide the password.
func (c *conn) login() error {
	o := c.sender.o
	if o.Username == "" {
		return nil
	}
	const doing = "log in"
	ok, offered := c.client.Extension("AUTH")
	if !ok {
		return c.sender.fail(outbox.Config, doing, "remove `smtp.username`, or use the port that offers AUTH", errors.New("the server offers no login, or did not understand EHLO"))
	}
	if o.OAuth != nil {
		return c.loginWithToken(doing, offered)
	}
	password, err := o.Password()
	if err != nil {
		return c.sender.fail(outbox.Config, doing, "see `smtp.password_file` or its kin", fmt.Errorf("read the password: %w", err))
	}
	var auth smtp.Auth
	mechanisms := strings.Fields(strings.ToUpper(offered))
	switch {
	case slices.Contains(mechanisms, "PLAIN"):
		auth = smtp.PlainAuth("", o.Username, password, o.Host, true)
	case slices.Contains(mechanisms, "LOGIN"):
		auth = smtp.LoginAuth(o.Username, password, o.Host, true)
	case slices.Contains(mechanisms, "CRAM-MD5"):
		auth = smtp.CRAMMD5Auth(o.Username, password)
	default:
		return c.sender.fail(outbox.Config, doing, "Heed knows PLAIN, LOGIN and CRAM-MD5", fmt.Errorf("the server offers only %s", quote(offered)))
	}
	return c.auth(doing, auth, "check `smtp.username` and the password")
}

// auth makes the login. Where the credentials are refused, the advice is the one given.
func (c *conn) auth(doing string, auth smtp.Auth, advice string) error {
	err := c.command(doing+" as "+c.sender.o.Username, func() error { return c.client.Auth(auth) })
	if e, ok := errors.AsType[*outbox.Error](err); ok && e.Code >= 500 {
		e.Kind, e.Advice = outbox.Config, advice
	}
	return err
}

// command makes one command and waits for its reply.
func (c *conn) command(doing string, do func() error) error {
	return c.step(doing, c.sender.o.Limits.Command, do)
}

// step does something on the connection within a limit.
func (c *conn) step(doing string, limit time.Duration, do func() error) error {
	if err := c.raw.SetDeadline(time.Now().Add(limit)); err != nil {
		return c.failed(doing, err)
	}
	err := do()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("no answer within %v: %w", limit, os.ErrDeadlineExceeded)
	}
	if err != nil {
		return c.failed(doing, err)
	}
	return nil
}

// failed puts a failure into words. A reply of the server leaves the session usable, anything else ends it.
func (c *conn) failed(doing string, err error) error {
	if reply := replyOf(err); reply != nil {
		e := c.sender.fail(outbox.Temporary, doing, "", fmt.Errorf("the server says %d %s", reply.Code, quote(reply.Msg)))
		e.Code = reply.Code
		if reply.Code >= 500 { // until final says otherwise: a refusal that is not about the mail
			e.Kind, e.Advice = outbox.Config, "check the settings under [smtp]"
		}
		return e
	}
	c.cut()
	return c.sender.connectFailed(c.ctx, doing, err)
}

// connectFailed puts a failure without a reply into words.
func (s *Sender) connectFailed(ctx context.Context, doing string, err error) error {
	if done := ctx.Err(); done != nil {
		return s.fail(outbox.Temporary, doing, "", fmt.Errorf("interrupted: %w", done))
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil { // without the ports, which differ each time
		err = fmt.Errorf("%s: %w", op.Op, op.Err)
	}
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("the server hung up: %w", io.ErrUnexpectedEOF)
	}
	if garbage, ok := errors.AsType[textproto.ProtocolError](err); ok { // it holds the line as it came
		err = fmt.Errorf("the answer is not SMTP: %s", quote(string(garbage)))
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return s.fail(outbox.Config, doing, "check `smtp.host`", err)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return s.fail(outbox.Config, doing, "check `smtp.host` and `smtp.ca_file`", err)
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return s.fail(outbox.Config, doing, "check `smtp.host`", err)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return s.fail(outbox.Config, doing, "the port does not speak TLS at once: use tls = \"starttls\" (587), or port 465", err)
	}
	return s.fail(outbox.Temporary, doing, "", err)
}

// quit takes leave. What the server says to it matters to nobody, so that it is not waited for: a mail that the server
// has taken is to be written down as sent at once, for as long as it is not, a crash would send it again.
func (c *conn) quit() {
	if !c.dead {
		_ = c.raw.SetDeadline(time.Now().Add(c.sender.o.Limits.Quit))
		_, _ = c.client.Text.Cmd("QUIT")
	}
	c.cut()
}

// cut ends the connection without a word.
func (c *conn) cut() {
	c.dead = true
	c.stop()
	_ = c.raw.Close()
}

// limited ends a connection on which the other side talks without end.
type limited struct {
	net.Conn
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errors.New("the server talks without end")
	}
	n, err := l.Conn.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
