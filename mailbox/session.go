package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/heedmail/heed/internal/oauth"
)

// dialLimit is how long it may take to have a connection and the server's greeting.
const dialLimit = 30 * time.Second

// smallAnswer is more than a server sends in answer to most commands.
const smallAnswer = 1 << 20

// patience is how long a command may take, how long the server may be silent meanwhile, and how much it may send.
type patience struct {
	limit, silence time.Duration
	bytes          int64
}

// brief is for commands with a short answer.
func brief() patience { return patience{time.Minute, time.Minute, smallAnswer} }

// listing is for LIST and SEARCH, which may be slow and long: it is enough for a folder of four million mails.
func listing() patience { return patience{3 * time.Minute, 3 * time.Minute, 32 << 20} }

// download is for bodies of so many bytes. A slow line may take its time as long as something comes. Announced sizes
// are not exact, and may be lies.
func download(size int64) patience {
	return patience{transfer(size), time.Minute, 2*size + MaxMail + smallAnswer}
}

// upload is for APPEND, in which the server is silent until it has everything.
func upload(size int64) patience { return patience{transfer(size), transfer(size), smallAnswer} }

// transfer is how long so many bytes take on the slowest line that is put up with, 16 KiB a second.
func transfer(size int64) time.Duration { return time.Minute + time.Duration(size>>14)*time.Second }

// errDeadline ends a command that takes too long.
var errDeadline = errors.New("the server did not answer in time")

// errClosed means that the server, or the network, ended the connection.
var errClosed = errors.New("the connection was closed by the server")

// Dial opens a connection. *net.Dialer has it as DialContext.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// session is one logged-in connection. It belongs to one goroutine. After any error that is no NO or BAD of the
// server it is of no more use.
//
// No method of the library takes a context and most of its waits have no deadline. Closing the connection frees them
// all, so each command runs inside do, which closes it when the time is over.
type session struct {
	account Account
	wire    *wire
	client  *imapclient.Client
	caps    imap.CapSet
	old     uint32 // Cursor.Old of the folder that is read
	known   known  // of folders; a Writer's only

	listsOnly bool // the server finds mails only in the old way, whatever it offers
}

// connect dials, secures the connection and logs in. The push function is called, from another goroutine, when the
// server says that the number of mails changed; it must not block. An access token that the server refuses may have been
// revoked: another one gets a connection of its own, since there is not much left of one whose login has failed.
func connect(ctx context.Context, a Account, dial Dial, push func()) (*session, error) {
	s, err := attempt(ctx, a, dial, push)
	if _, spent := errors.AsType[oauth.Spent](err); spent {
		s, err = attempt(ctx, a, dial, push)
	}
	return s, err
}

// attempt is connect, once.
func attempt(ctx context.Context, a Account, dial Dial, push func()) (*session, error) {
	s := &session{account: a}
	if err := s.open(ctx, dial, push); err != nil {
		s.close()
		kind, advice := dialKind(err)
		return nil, s.fail(kind, "connect to "+a.address(), advice, err)
	}
	if err := s.login(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// open makes the connection and reads the server's greeting.
func (s *session) open(ctx context.Context, dial Dial, push func()) error {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	conn, err := dial(ctx, "tcp", s.account.address())
	if err != nil {
		return err
	}
	config := &tls.Config{ServerName: s.account.Host, RootCAs: s.account.RootCAs, MinVersion: tls.VersionTLS12}
	switch s.account.TLS {
	case TLSImplicit:
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close() // the handshake's error says more
			return fmt.Errorf("TLS handshake: %w", err)
		}
		conn = secure
	case TLSNone:
		if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
			_ = conn.Close() // nothing was sent
			return fmt.Errorf("%s is not on this machine, and tls = \"none\" is for loopback only", tcp)
		}
	}
	s.wire = newWire(conn)
	options := &imapclient.Options{
		TLSConfig: config,
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				push()
			}
		}},
	}
	return s.greet(ctx, options)
}

// greet starts the library on the open connection, with STARTTLS where it is asked for.
func (s *session) greet(ctx context.Context, options *imapclient.Options) error {
	if s.account.TLS != TLSStart {
		s.client = imapclient.New(s.wire, options)
		return s.do(ctx, brief(), s.client.WaitGreeting)
	}
	return s.do(ctx, brief(), func() error {
		client, err := imapclient.NewStartTLS(s.wire, options)
		s.client = client
		return err
	})
}

// login is the one place where credentials are used.
func (s *session) login(ctx context.Context) error {
	a := s.account
	doing := fmt.Sprintf("log in as %q at %s", a.Username, a.address())
	err := s.do(ctx, brief(), func() error {
		s.caps = s.client.Caps()
		return nil
	})
	if err != nil {
		return s.fail(Temporary, doing, "", err)
	}
	if s.client.State() == imap.ConnStateNotAuthenticated {
		with := s.withPassword
		if a.OAuth != nil {
			with = s.withToken
		}
		if err := with(ctx, doing); err != nil {
			return err
		}
	}
	return s.askCapabilities(ctx)
}

// withPassword logs in with a password.
func (s *session) withPassword(ctx context.Context, doing string) error {
	password, err := s.account.Password(ctx)
	if err != nil {
		return s.fail(Auth, doing, "make the password readable for Heed", err)
	}
	if s.caps.Has(imap.CapLoginDisabled) && !s.caps.Has(imap.AuthCap(sasl.Plain)) {
		return s.fail(Config, doing, "set `tls` to \"implicit\" or \"starttls\"", errors.New("the server forbids passwords on this connection"))
	}
	if err := s.do(ctx, brief(), func() error { return s.authenticate(password) }); err != nil {
		kind, advice := loginKind(err, "check `username` and the password of this mailbox")
		return s.fail(kind, doing, advice, err)
	}
	return nil
}

// askCapabilities asks what the server can do now that we are logged in, which may be more than before. The library's
// Caps may still answer from before: it is told of the login's end before it forgets them.
func (s *session) askCapabilities(ctx context.Context) error {
	err := s.do(ctx, brief(), func() (err error) {
		s.caps, err = s.client.Capability().Wait()
		return err
	})
	if err != nil {
		return s.fail(Temporary, "ask "+s.account.address()+" for its capabilities", "", err)
	}
	return nil
}

// authenticate prefers AUTHENTICATE PLAIN, which carries any UTF-8 password; LOGIN is for servers without it.
func (s *session) authenticate(password string) error {
	if s.caps.Has(imap.AuthCap(sasl.Plain)) {
		return s.client.Authenticate(sasl.NewPlainClient("", s.account.Username, password))
	}
	return s.client.Login(s.account.Username, password).Wait()
}

// do runs one command. It ends with the context or when the patience is over, which both close the connection.
func (s *session) do(ctx context.Context, p patience, command func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.wire.await(p.silence, p.bytes)
	defer s.wire.rest()
	timer := time.AfterFunc(p.limit, func() { s.wire.cut(errDeadline) })
	defer timer.Stop()
	stop := context.AfterFunc(ctx, func() { s.wire.cut(context.Cause(ctx)) })
	defer stop()

	err := command()
	if err == nil {
		return nil
	}
	if r := replyOf(err); r != nil {
		return quoted{r}
	}
	s.wire.cut(err) // keeps an earlier cause; and who sees the error must see the session dead
	return s.wire.why()
}

// dead reports whether the session is of no more use.
func (s *session) dead() bool { return s.wire.why() != nil }

// close ends the connection and waits until the library's reader is gone.
func (s *session) close() {
	if s.wire != nil {
		s.wire.cut(net.ErrClosed)
	}
	if s.client != nil {
		_ = s.client.Close() // tells how the connection ended, which we know
	}
}

// fail makes an Error of what went wrong.
func (s *session) fail(kind Kind, doing, advice string, err error) error {
	return &Error{Kind: kind, Where: s.account.Name, Doing: doing, Advice: advice, Err: err}
}

// folderFailed makes an Error of a command on a folder.
func (s *session) folderFailed(folder, doing string, err error) error {
	return &Error{Kind: commandKind(err), Where: s.account.Name + "/" + folder, Doing: doing, Err: err}
}

// examine opens a folder so that nothing in it can change (EXAMINE).
func (s *session) examine(ctx context.Context, folder string) (*imap.SelectData, error) {
	return s.enter(ctx, folder, &imap.SelectOptions{ReadOnly: true})
}

// enter opens a folder.
func (s *session) enter(ctx context.Context, folder string, options *imap.SelectOptions) (*imap.SelectData, error) {
	var data *imap.SelectData
	err := s.do(ctx, brief(), func() (err error) {
		data, err = s.client.Select(folder, options).Wait()
		return err
	})
	if err != nil {
		return nil, s.notOpened(folder, err)
	}
	if data.UIDValidity == 0 {
		return nil, &Error{Kind: Config, Where: s.account.Name + "/" + folder, Doing: "open the folder",
			Advice: "this folder can't be watched; take it out of `folders`", Err: errors.New("the server gives it no UIDVALIDITY")}
	}
	return data, nil
}

// notOpened says why a folder can't be opened. A NO without a code is how older servers say that it does not exist.
func (s *session) notOpened(folder string, err error) error {
	e := &Error{Kind: Temporary, Where: s.account.Name + "/" + folder, Doing: "open the folder", Err: err}
	if r := replyOf(err); r != nil {
		switch r.Code {
		case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug,
			imap.ResponseCodeOverQuota, imap.ResponseCodeCorruption:
		case imap.ResponseCodeNoPerm:
			e.Kind, e.Advice = Config, "give the user the right to read it"
		default:
			e.Kind, e.Advice = Config, "check the folder's name, or create it (`heed check` lists what is there)"
		}
	}
	return e
}

// noop makes the server tell what is new.
func (s *session) noop(ctx context.Context) error {
	return s.do(ctx, brief(), func() error { return s.client.Noop().Wait() })
}

// idle enters IDLE, in which the server pushes news. The returned function leaves it.
func (s *session) idle(ctx context.Context) (stop func() error, err error) {
	var idling *imapclient.IdleCommand
	err = s.do(ctx, brief(), func() (err error) {
		idling, err = s.client.Idle()
		return err
	})
	if err != nil {
		return nil, err
	}
	return func() error {
		return s.do(ctx, brief(), func() error {
			if err := idling.Close(); err != nil {
				return err
			}
			return idling.Wait()
		})
	}, nil
}

// newest returns the highest UID that the folder has given out.
func (s *session) newest(ctx context.Context, box *imap.SelectData) (uint32, error) {
	if box.UIDNext != 0 {
		return uint32(box.UIDNext) - 1, nil
	}
	if box.NumMessages == 0 {
		return 0, nil
	}
	return s.uidOf(ctx, box.NumMessages)
}

// uidOf returns the UID of the mail with a sequence number.
func (s *session) uidOf(ctx context.Context, seq uint32) (uint32, error) {
	var uid uint32
	err := s.do(ctx, brief(), func() error {
		mails, err := s.client.Fetch(imap.SeqSetNum(seq), &imap.FetchOptions{UID: true}).Collect()
		for _, m := range mails {
			uid = uint32(m.UID)
		}
		if err == nil && uid == 0 {
			err = fmt.Errorf("ask for the UID of mail %d: no answer", seq)
		}
		return err
	})
	return uid, err
}
