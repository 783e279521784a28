package mailbox

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"go.uber.org/zap"
)

// Whatever a server says in answer to whichever command, the connection ends with an error that says where, nothing
// panics, and what is handed on keeps the Sink's contract (memSink checks it): UIDs rise, none is above the cursor.
func FuzzWhateverAServerSaysAConnectionEnds(f *testing.F) {
	for _, says := range []string{
		"* 1 FETCH (UID 1 RFC822.SIZE 5 INTERNALDATE \"09-Nov-2026 09:12:00 +0000\")\r\n",
		"* 1 FETCH (UID 1 BODY[] {5}\r\nab",
		"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n",
		"* 1 FETCH (UID 4294967295 BODY[] \"x\")\r\n",
		"* 0 FETCH (UID 0 BODY[] NIL)\r\n* SEARCH 1 2 3\r\n* ESEARCH (TAG \"T3\") UID ALL 1:*\r\n",
		"* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 0] x\r\n* OK [UIDNEXT 0] x\r\n",
		"* BYE [ALERT] \x1b[2J go away\r\n", "+ idling\r\n* 2 EXISTS\r\n", "* CAPABILITY\r\n", "T1 OK\r\n", "{5}\r\n", "\x00\xff\r\n",
		"* CAPABILITY ( ", "* OK [CAPABILITY IMAP4rev1(] x\r\n", "* OK [CAPABILITY IMAP4rev1] ready (or so)\r\n",
		"* LIST (\\Sent) NIL \"" + strings.Repeat("a/", 500) + "\"\r\n", strings.Repeat("(", 5000) + "\r\n",
	} {
		for _, which := range []uint8{0, 1, 2, 3, 4, 5, 47} {
			f.Add(which, says)
		}
	}
	commands := []string{"UID FETCH", "UID SEARCH", "EXAMINE", "IDLE", "AUTHENTICATE", "FETCH"}
	f.Fuzz(func(t *testing.T, which uint8, says string) {
		server := newFake(t, letter, letter+"2")
		server.hooks[commands[int(which)%len(commands)]] = func(c *fakeConn, tag, _ string) bool {
			c.raw(strings.ReplaceAll(says, "T1", tag))
			c.Close()
			return true
		}
		dial := server.dial
		if int(which)/len(commands)%8 == 7 { // it is the greeting that goes wrong
			dial = func(context.Context, string, string) (net.Conn, error) {
				client, far := net.Pipe()
				go func() { _, _ = io.WriteString(far, says); _ = far.Close() }()
				return client, nil
			}
		}
		sink := newSink(t)
		w, err := NewWatcher(server.account(), sink, Options{Logger: zap.NewNop(), Dial: dial})
		if err != nil {
			t.Fatal(err)
		}
		// Where the command is not asked for at all the server has nothing to spoil, and hangs up at IDLE.
		if server.hooks["IDLE"] == nil {
			server.hooks["IDLE"] = func(c *fakeConn, _, _ string) bool { c.Close(); return true }
		}
		err = w.folders[0].connection(t.Context())
		if err == nil || strings.Contains(err.Error(), "panic:") || strings.ContainsAny(err.Error(), "\x1b\r\n\x00") {
			t.Errorf("it ends with %v", err)
		}
	})
}
