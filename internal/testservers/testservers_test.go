package testservers

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const mail = "From: Jane Roe <jane@customer.example>\r\nTo: support@example.com\r\nSubject: Where is my parcel\r\n" +
	"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <one@customer.example>\r\n\r\nIt has been two weeks.\r\n"

func TestDovecotLetsUsersInOverTLSAndInClear(t *testing.T) {
	server := Dovecot(t)
	server.AddUser("support@example.com", "secret")
	secure := &imapclient.Options{TLSConfig: &tls.Config{RootCAs: server.CA}}
	for name, dial := range map[string]func() (*imapclient.Client, error){
		"clear":    func() (*imapclient.Client, error) { return imapclient.DialInsecure(server.Addr, nil) },
		"STARTTLS": func() (*imapclient.Client, error) { return imapclient.DialStartTLS(server.Addr, secure) },
		"TLS":      func() (*imapclient.Client, error) { return imapclient.DialTLS(server.TLSAddr, secure) },
	} {
		c, err := dial()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer c.Close()
		if err := c.Login("support@example.com", "wrong").Wait(); err == nil {
			t.Errorf("%s: a wrong password is let in", name)
		}
		if err := c.Login("support@example.com", "secret").Wait(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDovecotKeepsItsMailWhenItIsStoppedAndStarted(t *testing.T) {
	server := Dovecot(t)
	server.AddUser("support@example.com", "secret")
	server.Deliver("support@example.com", []byte(mail), []byte(mail))
	c := login(t, server)
	app := c.Append("INBOX", int64(len(mail)), nil)
	if _, err := app.Write([]byte(mail)); err != nil {
		t.Fatal(err)
	}
	if err := app.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Wait(); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	server.Start()
	box, err := login(t, server).Select("INBOX", nil).Wait()
	if err != nil || box.NumMessages != 3 {
		t.Fatalf("%d mails after the restart, error %v", box.NumMessages, err)
	}
}

func TestPostfixDeliversIntoDovecotWhatTheyIdleFor(t *testing.T) {
	imapServer := Dovecot(t)
	imapServer.AddUser("support@example.com", "secret")
	smtpServer := Postfix(t, imapServer)
	imapServer.AddUser("late@example.com", "secret") // users may come later

	pushed := make(chan uint32, 8)
	c, err := imapclient.DialInsecure(imapServer.Addr, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				pushed <- *d.NumMessages
			}
		}}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("support@example.com", "secret").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	if err := smtp.SendMail(smtpServer.Addr, nil, "jane@customer.example", []string{"support@example.com", "late@example.com"}, []byte(mail)); err == nil ||
		!strings.Contains(err.Error(), "certificate") {
		t.Fatalf("net/smtp trusts an authority that it can't know: %v", err)
	}
	send(t, smtpServer, "support@example.com", "late@example.com")
	select {
	case n := <-pushed:
		if n != 1 {
			t.Errorf("%d mails pushed", n)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was pushed")
	}
	if err := idle.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
	if err != nil || len(got) != 1 {
		t.Fatalf("%d mails, error %v", len(got), err)
	}
	if raw := got[0].BodySection[0].Bytes; !bytes.HasSuffix(raw, []byte(mail)) {
		t.Fatalf("the mail came as %q", raw)
	}
}

func TestPostfixRefusesWhoIsNotItsOwn(t *testing.T) {
	imapServer := Dovecot(t)
	imapServer.AddUser("support@example.com", "secret")
	server := Postfix(t, imapServer)
	c := dial(t, server)
	if err := c.Auth(smtp.PlainAuth("", "support@example.com", "secret", server.Host)); err != nil {
		t.Fatal(err)
	}
	if ok, _ := c.Extension("8BITMIME"); !ok {
		t.Error("8BITMIME is not offered")
	}
	if err := c.Mail("a@example.com"); err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]string{"nobody@example.com": "550", "someone@elsewhere.example": "554"} {
		if err := c.Rcpt(to); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: want %s, got %v", to, want, err)
		}
	}
}

// login opens a connection that ends with the test.
func login(t *testing.T, server *IMAP) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(server.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login("support@example.com", "secret").Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// dial opens a connection with STARTTLS that ends with the test.
func dial(t *testing.T, server *SMTP) *smtp.Client {
	t.Helper()
	c, err := smtp.Dial(server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.StartTLS(&tls.Config{RootCAs: server.CA, ServerName: server.Host}); err != nil {
		t.Fatal(err)
	}
	return c
}

// send sends the mail.
func send(t *testing.T, server *SMTP, to ...string) {
	t.Helper()
	c := dial(t, server)
	if err := c.Mail("jane@customer.example"); err != nil {
		t.Fatal(err)
	}
	for _, r := range to {
		if err := c.Rcpt(r); err != nil {
			t.Fatal(err)
		}
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprint(w, mail); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsLeftWhenTheServersStop(t *testing.T) {
	imapServer := Dovecot(t)
	smtpServer := Postfix(t, imapServer)
	smtpServer.Stop()
	imapServer.Stop()
	for _, addr := range []string{imapServer.Addr, imapServer.TLSAddr, smtpServer.Addr} {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			t.Errorf("somebody still listens at %s", addr)
		}
	}
}
