package submission_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// A script says how the fake server answers: by command, or by the whole line where one line is meant, or by command in the n-th
// mail of a session ("2 MAIL"). Beside replies there are four actions.
type script map[string]string

const (
	hang = "hang" // say nothing more
	cut  = "cut"  // close the connection
	// takeAndCut takes the mail and closes the connection instead of answering: the one doubt of SMTP.
	takeAndCut = "take and cut"
	// answerAndCut takes the mail, says so, and closes the connection.
	answerAndCut = "250 queued, and cut"
)

// A delivery is one mail that the server took.
type delivery struct {
	from string
	to   []string
	data string
}

// A fakeServer speaks SMTP by a script over pipes, so that it works under fake time.
type fakeServer struct {
	script script

	mu       sync.Mutex
	taken    []delivery
	lines    []string
	dialled  int
	sessions sync.WaitGroup
}

// dial is a submission.Options.Dial.
func (f *fakeServer) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	f.mu.Lock()
	f.dialled++
	f.mu.Unlock()
	f.sessions.Go(func() {
		defer server.Close()
		(&fakeSession{fakeServer: f, conn: server, in: bufio.NewReader(server)}).serve()
	})
	return here{client}, nil
}

// here is a pipe that says that it ends on this machine.
type here struct{ net.Conn }

func (here) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2000} }
func (here) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25} }

func (f *fakeServer) deliveries() []delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.taken
}

// said reports whether the client sent a line that begins so.
func (f *fakeServer) said(prefix string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.lines {
		if strings.HasPrefix(l, prefix) {
			return true
		}
	}
	return false
}

// count returns how often the client sent a line that begins so.
func (f *fakeServer) count(prefix string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.lines {
		if strings.HasPrefix(l, prefix) {
			n++
		}
	}
	return n
}

// A fakeSession is one connection to the server.
type fakeSession struct {
	*fakeServer
	conn  net.Conn
	in    *bufio.Reader
	mails int // MAIL commands so far
}

func (f *fakeSession) serve() {
	if !f.answer("greeting", "", "220 ready") {
		return
	}
	var d delivery
	for {
		line, err := f.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		f.mu.Lock()
		f.lines = append(f.lines, line)
		f.mu.Unlock()
		verb, _, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		switch verb {
		case "MAIL":
			f.mails++
			d = delivery{from: line[len("MAIL FROM:"):]}
		case "RCPT":
			if f.wouldAccept(verb, line) {
				d.to = append(d.to, line[len("RCPT TO:"):])
			}
		}
		if !f.answer(verb, line, map[string]string{
			"EHLO": "250-fake\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN", "DATA": "354 go ahead", "QUIT": "221 bye", "AUTH": "235 welcome",
		}[verb]) {
			return
		}
		if verb == "DATA" && f.wouldAccept(verb, line) && !f.takeMail(d) {
			return
		}
	}
}

func (f *fakeSession) takeMail(d delivery) bool {
	var data bytes.Buffer
	for {
		line, err := f.in.ReadString('\n')
		if err != nil {
			return false // half a mail is no mail
		}
		if line == ".\r\n" {
			break
		}
		data.WriteString(strings.TrimPrefix(line, "."))
	}
	d.data = data.String()
	if reply := f.reply(".", ""); reply == "" || strings.HasPrefix(reply, "2") || reply == takeAndCut {
		f.mu.Lock()
		f.taken = append(f.taken, d)
		f.mu.Unlock()
	}
	return f.answer(".", "", "250 queued")
}

func (f *fakeSession) reply(verb, line string) string {
	if r, ok := f.script[line]; ok && line != "" {
		return r
	}
	if r, ok := f.script[fmt.Sprintf("%d %s", f.mails, verb)]; ok {
		return r
	}
	return f.script[verb]
}

func (f *fakeSession) wouldAccept(verb, line string) bool {
	r := f.reply(verb, line)
	return r == "" || strings.HasPrefix(r, "2") || strings.HasPrefix(r, "3")
}

// answer does what the script says, and reports whether the session goes on.
func (f *fakeSession) answer(verb, line, otherwise string) bool {
	reply := f.reply(verb, line)
	switch reply {
	case "":
		if reply = otherwise; reply == "" {
			reply = "250 ok"
		}
	case hang:
		_, _ = io.Copy(io.Discard, f.in)
		return false
	case cut, takeAndCut:
		return false
	}
	_, err := io.WriteString(f.conn, reply+"\r\n")
	return err == nil && verb != "QUIT" && reply != answerAndCut && !strings.Contains("\n"+reply, "\n421")
}
