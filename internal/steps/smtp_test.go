package steps

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// A reply is what the script has the SMTP server do at one stage of one session.
type reply struct {
	at    string // greeting, EHLO, MAIL, RCPT, DATA, content, dot; "" for nothing
	code  int    // the answer; 0 hangs up
	to    string // for RCPT: only for this recipient
	quiet bool   // no answer ever; the client has to give up
	took  bool   // at the dot: the mail is taken all the same
}

// A delivered is one mail in the hands of one recipient.
type delivered struct{ to, mail string }

// dial is the way of the SMTP client to the scripted server.
func (w *world) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	w.sessions.Go(func() { w.serve(server) })
	return loopback{client}, nil
}

// loopback is a pipe that says that it comes from this machine.
type loopback struct{ net.Conn }

func (loopback) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25} }
func (loopback) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000} }

// serve is one session.
func (w *world) serve(c net.Conn) {
	defer c.Close()
	s := w.nextReply()
	in := bufio.NewReader(c)
	var to []string
	if !w.answer(c, s, "greeting", "220 steps.example") {
		return
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.TrimSpace(line[:min(4, len(line))]))
		at, normally := verb, "250 ok"
		switch verb {
		case "EHLO":
			normally = "250-steps.example\r\n250 8BITMIME"
		case "RCPT":
			address := line[strings.IndexByte(line, '<')+1 : strings.IndexByte(line, '>')]
			if s.at == "RCPT" && s.to != "" && s.to != address {
				at = "" // the script is about somebody else
			}
			if s.at != at || s.code == 250 {
				to = append(to, address)
			}
		case "DATA":
			normally = "354 go on"
		case "QUIT":
			io.WriteString(c, "221 bye\r\n") // nobody waits for it
			return
		}
		if !w.answer(c, s, at, normally) {
			return
		}
		if verb == "DATA" && s.at != "DATA" && !w.takeMail(c, in, s, to) {
			return
		}
	}
}

// answer says what the script has, else what is usual. It reports whether the session goes on.
func (w *world) answer(c net.Conn, s reply, at, normally string) bool {
	if s.at == "" || s.at != at {
		_, err := io.WriteString(c, normally+"\r\n")
		return err == nil
	}
	if s.quiet {
		io.Copy(io.Discard, c) // until the client has had enough
		return false
	}
	if s.code == 0 {
		return false
	}
	_, err := fmt.Fprintf(c, "%d %d.0.0 as the script has it\r\n", s.code, s.code/100)
	return err == nil
}

// takeMail reads a mail up to its final dot.
func (w *world) takeMail(c net.Conn, in *bufio.Reader, s reply, to []string) bool {
	var mail strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		mail.WriteString(strings.TrimPrefix(line, "."))
		if s.at == "content" && mail.Len() > 200 {
			return false
		}
	}
	if s.at != "dot" || s.took {
		w.keep(to, mail.String())
	}
	return w.answer(c, s, "dot", "250 taken")
}

func (w *world) keep(to []string, mail string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, address := range to {
		w.delivered = append(w.delivered, delivered{address, mail})
	}
	if w.dieWhenTaken {
		w.dieWhenTaken = false
		w.gate.mu.Lock()
		w.gate.kill()
		w.gate.mu.Unlock()
	}
}

func (w *world) nextReply() reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lastSession = time.Now()
	if len(w.script) == 0 {
		return reply{}
	}
	s := w.script[0]
	w.script = w.script[1:]
	return s
}
