package chaos

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A mailFault is what happens to one mail on its way, and to the session that it is in.
type mailFault struct {
	at   stage
	code int           // the reply; 0 hangs up instead
	hang time.Duration // before that; the client waits for minutes
	one  int           // of the recipients this one only, -1 for all
	took bool          // the mail was taken all the same, the client just never hears of it
}

type stage string

const (
	none     stage = ""
	greeting stage = "greeting"
	ehlo     stage = "EHLO"
	mailFrom stage = "MAIL"
	rcptTo   stage = "RCPT"
	data     stage = "DATA"
	content  stage = "content" // hangs up in the middle of the mail
	dot      stage = "dot"
)

func (f mailFault) String() string {
	what := fmt.Sprint(f.code)
	if f.code == 0 {
		what = "hang-up"
	}
	if f.hang > 0 {
		what = "silence, then " + what
	}
	if f.took {
		what += " after it was taken"
	}
	return string(f.at) + ": " + what
}

// mailFaults makes the faults of n mails, three of ten with one.
func mailFaults(r *rand.Rand, n int) []mailFault {
	menu := []mailFault{
		{at: greeting, code: 421}, {at: greeting}, {at: greeting, hang: time.Second},
		{at: ehlo, code: 421},
		{at: mailFrom, code: 451}, {at: mailFrom, code: 421}, {at: mailFrom},
		{at: rcptTo, code: 450, one: -1}, {at: rcptTo, code: 450}, {at: rcptTo, code: 550}, {at: rcptTo, one: -1}, {at: rcptTo, code: 421, one: -1},
		{at: data, code: 451}, {at: data},
		{at: content}, {at: content, hang: time.Second},
		{at: dot, code: 451}, {at: dot, code: 421}, {at: dot}, {at: dot, hang: time.Second},
		{at: dot, took: true}, {at: dot, took: true}, {at: dot, hang: 2 * time.Second, took: true},
	}
	faults := make([]mailFault, n)
	for i := range faults {
		if r.Float64() >= 0.32 {
			continue
		}
		f := menu[r.IntN(len(menu))]
		if f.at == rcptTo && f.one == 0 {
			f.one = 1 + r.IntN(2) // never the first: a mail that is refused to all is one that nobody can name afterwards
		}
		if f.hang > 0 {
			f.hang = f.hang/2 + time.Duration(r.Int64N(int64(f.hang)))
		}
		faults[i] = f
	}
	return faults
}

// A taken is one mail that the server has taken, for one recipient.
type taken struct {
	messageID string
	recipient string
	about     string // the Message-ID of the customer's mail that is attached
	followUp  bool
	body      [32]byte
	at        time.Time
	epoch     int  // of the program's lives
	unheard   bool // the server never gave its answer
}

// A refusal is a recipient refused for good, in a session whose mail is known.
type refusal struct{ messageID, recipient string }

// A mailServer is an SMTP server that does what its script says, and remembers what it took.
type mailServer struct {
	ln     net.Listener
	epoch  func() int
	faults []mailFault
	wg     sync.WaitGroup

	mu      sync.Mutex
	next    int
	tries   int // mails that were begun, and sessions that did not get so far
	calm    bool
	hit     map[string]int
	took    []taken
	refused map[refusal]bool
	open    map[net.Conn]bool
	onTaken func() // is called once, when the next mail has been answered
}

func newMailServer(t *testing.T, faults []mailFault, epoch func() int) *mailServer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{ln: ln, epoch: epoch, faults: faults, hit: map[string]int{}, refused: map[refusal]bool{}, open: map[net.Conn]bool{}}
	s.wg.Go(s.accept)
	t.Cleanup(func() {
		ln.Close()
		s.mu.Lock()
		for c := range s.open {
			c.Close()
		}
		s.mu.Unlock()
		s.wg.Wait()
	})
	return s
}

func (s *mailServer) port() int { return s.ln.Addr().(*net.TCPAddr).Port }

func (s *mailServer) accept() {
	for {
		c, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.wg.Go(func() { s.serve(c) })
	}
}

// whenTaken returns what is closed when the next mail has been taken and answered.
func (s *mailServer) whenTaken() <-chan struct{} {
	taken := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onTaken = func() { close(taken) }
	return taken
}

func (s *mailServer) setCalm(calm bool) {
	s.mu.Lock()
	s.calm = calm
	s.mu.Unlock()
}

// all returns what was taken so far.
func (s *mailServer) all() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]taken(nil), s.took...)
}

// count says how many tries there were and to how many of them what happened.
func (s *mailServer) count() (tries, faults int, byKind map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	byKind = map[string]int{}
	for k, n := range s.hit {
		byKind[k] = n
		faults += n
	}
	return s.tries, faults, byKind
}

// draw is what happens to the next mail.
func (s *mailServer) draw() mailFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calm {
		return mailFault{}
	}
	s.tries++
	f := s.faults[s.next%len(s.faults)]
	s.next++
	return f
}

// A session is one connection of the program.
type session struct {
	s       *mailServer
	c       net.Conn
	in      *bufio.Reader
	fault   mailFault
	to      []string
	refused []string
	asked   int // recipients asked for
	mails   int // begun
}

func (s *mailServer) serve(c net.Conn) {
	defer func() {
		c.Close()
		s.mu.Lock()
		delete(s.open, c)
		s.mu.Unlock()
	}()
	s.mu.Lock()
	s.open[c] = true
	s.mu.Unlock()
	n := &session{s: s, c: c, in: bufio.NewReader(c), fault: s.draw()}
	if !n.step(greeting, "220 chaos.example ESMTP") {
		return
	}
	for {
		line, err := n.in.ReadString('\n')
		if err != nil || !n.command(strings.TrimSpace(line)) {
			return
		}
	}
}

// command answers one command, and reports whether the session goes on.
func (n *session) command(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		return n.step(ehlo, "250-chaos.example\r\n250-8BITMIME\r\n250-SIZE 50000000\r\n250 ENHANCEDSTATUSCODES")
	case "HELO":
		return n.say("250 chaos.example")
	case "MAIL":
		n.to, n.refused, n.asked = nil, nil, 0
		if n.mails++; n.mails > 1 { // what would happen at the beginning of a session happens at that of the mail
			if n.fault = n.s.draw(); n.fault.at == greeting || n.fault.at == ehlo {
				n.fault.at = mailFrom
			}
		}
		return n.step(mailFrom, "250 2.1.0 ok")
	case "RCPT":
		return n.recipient(rest)
	case "DATA":
		if len(n.to) == 0 {
			return n.say("554 5.5.1 no recipients")
		}
		return n.step(data, "354 go on") && (n.answered(data) || n.content())
	case "RSET", "NOOP":
		return n.say("250 2.0.0 ok")
	case "QUIT":
		n.say("221 2.0.0 bye")
		return false
	}
	return n.say("502 5.5.2 unknown")
}

// answered reports whether the script has answered a step in place of the server.
func (n *session) answered(at stage) bool { return n.fault.at == at && n.fault.code != 0 }

// step answers a command, as the script has it.
func (n *session) step(at stage, answer string) bool {
	if n.fault.at != at {
		return n.say(answer)
	}
	n.happened()
	if n.fault.hang > 0 && !n.hang(n.fault.hang) {
		return false
	}
	if n.fault.code == 0 {
		reset(n.c)
		return false
	}
	return n.say(fmt.Sprintf("%d %d.7.0 as the script has it", n.fault.code, n.fault.code/100)) && n.fault.code != 421
}

func (n *session) recipient(rest string) bool {
	address := strings.Trim(strings.TrimPrefix(strings.TrimSpace(rest[strings.IndexByte(rest, ':')+1:]), ""), "<> ")
	if at := strings.IndexByte(address, '>'); at >= 0 {
		address = address[:at]
	}
	mine := n.fault.one < 0 || n.fault.one == n.asked
	n.asked++
	if n.fault.at != rcptTo || !mine {
		n.to = append(n.to, address)
		return n.say("250 2.1.5 ok")
	}
	if n.fault.code == 550 {
		n.refused = append(n.refused, address)
	}
	return n.step(rcptTo, "")
}

func (n *session) say(line string) bool {
	n.c.SetWriteDeadline(time.Now().Add(10 * time.Second))
	_, err := io.WriteString(n.c, line+"\r\n")
	return err == nil
}

// hang waits as long as the script has it, or until the client gives up.
func (n *session) hang(d time.Duration) bool {
	n.c.SetReadDeadline(time.Now().Add(d))
	_, err := n.in.Peek(1)
	n.c.SetReadDeadline(time.Time{})
	timeout, ok := err.(net.Error)
	return err == nil || ok && timeout.Timeout()
}

func (n *session) happened() {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	n.s.hit[n.fault.String()]++
}

// content reads a mail and answers its final dot.
func (n *session) content() bool {
	var mail bytes.Buffer
	for {
		line, err := n.in.ReadBytes('\n')
		if err != nil {
			return false
		}
		if string(line) == ".\r\n" {
			break
		}
		mail.Write(bytes.TrimPrefix(line, []byte(".")))
		if n.fault.at == content && mail.Len() > 400 {
			return n.step(content, "")
		}
	}
	if n.fault.at != dot || n.fault.took {
		n.keep(mail.Bytes(), n.fault.at == dot)
	}
	goesOn := n.step(dot, "250 2.0.0 taken")
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	if n.s.onTaken != nil {
		n.s.onTaken()
		n.s.onTaken = nil
	}
	return goesOn
}

var (
	ownID    = regexp.MustCompile(`(?m)^Message-ID: <(heed-[^>]+)>`)
	letterID = regexp.MustCompile(`(?m)^Message-ID: <(chaos-[^>]+)>`)
)

// keep remembers a mail before anything is answered.
func (n *session) keep(mail []byte, unheard bool) {
	head, rest, _ := bytes.Cut(mail, []byte("\r\n\r\n"))
	t := taken{messageID: group(ownID, head), about: group(letterID, rest), followUp: !bytes.Contains(head, []byte("\nX-Heed-Rules:")),
		body: sha256.Sum256(mail), at: time.Now(), epoch: n.s.epoch(), unheard: unheard}
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	for _, to := range n.refused {
		n.s.refused[refusal{t.messageID, to}] = true
	}
	for _, to := range n.to {
		t.recipient = to
		n.s.took = append(n.s.took, t)
	}
}

func group(re *regexp.Regexp, text []byte) string {
	m := re.FindSubmatch(text)
	if m == nil {
		return ""
	}
	return string(m[1])
}
