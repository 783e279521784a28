package bench

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// drain fetches a whole mailbox over a bare socket and throws it away: the physical limit of the server and the wire.
// It returns how long that took, from dialling to the last byte.
func drain(t *testing.T, address string) time.Duration {
	t.Helper()
	began := time.Now()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(began.Add(limit)); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReaderSize(conn, 256<<10)
	for _, command := range []string{"LOGIN " + user + " " + password, "EXAMINE INBOX", "UID FETCH 1:* BODY.PEEK[]"} {
		if _, err := fmt.Fprintf(conn, "x %s\r\n", command); err != nil {
			t.Fatal(err)
		}
		if err := answered(lines); err != nil {
			t.Fatalf("%s: %v", command, err)
		}
	}
	return time.Since(began)
}

// answered reads up to the tagged answer. A line of a mail can't be mistaken for it: none begins with "x ".
func answered(lines *bufio.Reader) error {
	for {
		line, err := lines.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return err
		}
		if line[0] == 'x' && line[1] == ' ' {
			if !strings.HasPrefix(string(line), "x OK") {
				return fmt.Errorf("the server says %q", line)
			}
			return nil
		}
	}
}
