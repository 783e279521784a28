package note_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/textproto"
	"strings"
	"testing"

	"github.com/heedmail/heed/escalation/note"
)

// originals are mails as they come, and as they should not.
func originals() map[string][]byte {
	long := strings.Repeat("x", 998)
	return map[string][]byte{
		"plain":                        []byte("Subject: hi\r\n\r\nbody\r\n"),
		"no final line end":            []byte("Subject: hi\r\n\r\nbody"),
		"ends in empty lines":          []byte("Subject: hi\r\n\r\nbody\r\n\r\n\r\n"),
		"header only":                  []byte("Subject: hi\r\n"),
		"only a line end":              []byte("\r\n"),
		"starts with an empty line":    []byte("\r\nSubject: late\r\n"),
		"empty":                        {},
		"lines of dots":                []byte("Subject: dots\r\n\r\n.\r\n..\r\n.dot\r\n\r\n.\r\n"),
		"From at the start of a line":  []byte("From jane Mon Jan  1 00:00:00 2026\r\nSubject: mbox\r\n\r\nFrom here on\r\n>From there\r\n"),
		"boundaries of its own":        []byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n"),
		"boundaries of nobody":         []byte("Subject: x\r\n\r\n--\r\n--0\r\n--" + strings.Repeat("a", 60) + "--\r\n----\r\n"),
		"headers of a part":            []byte("Subject: x\r\n\r\nContent-Transfer-Encoding: 8bit\r\nContent-Type: message/rfc822; name=\"original.eml\"\r\n\r\n\r\n--x--\r\n"),
		"eight bits":                   []byte("Subject: gr\xc3\xbc\xc3\x9fe\r\n\r\n\xe4\xf6\xfc\r\n"),
		"eight bits, no final line":    []byte("Subject: x\r\n\r\n\xff\xfe"),
		"a NUL":                        []byte("Subject: x\r\n\r\na\x00b\r\n"),
		"a bare CR":                    []byte("Subject: x\r\n\r\na\rb\r\n"),
		"a bare CR at the end":         []byte("Subject: x\r\n\r\na\r"),
		"bare LF":                      []byte("Subject: x\n\nbody\n"),
		"CR CR LF":                     []byte("Subject: x\r\n\r\na\r\r\n"),
		"LF CR":                        []byte("Subject: x\r\n\r\na\n\rb\r\n"),
		"a line of 998":                []byte("Subject: x\r\n\r\n" + long + "\r\n"),
		"a line of 999":                []byte("Subject: x\r\n\r\n" + long + "x\r\n"),
		"a last line of 999":           []byte("Subject: x\r\n\r\n" + long + "x"),
		"trailing white space":         []byte("Subject: x \t\r\n\r\nspace \r\ntab\t\r\n \r\n"),
		"equals signs":                 []byte("Subject: x\r\n\r\n=3D=\r\n=?utf-8?q?x?=\r\n"),
		"a form feed and other pieces": []byte("Subject: x\r\n\r\n\f\v\x1b[2J\x7f\r\n"),
	}
}

func TestTheOriginalArrivesByteForByte(t *testing.T) {
	for name, raw := range originals() {
		t.Run(name, func(t *testing.T) {
			f := chargebackThreat()
			f.Raw = raw
			r, err := composer(t, "en").Escalation(f)
			if err != nil {
				t.Fatal(err)
			}
			checkCarried(t, raw, r)
		})
	}
}

func FuzzTheOriginalArrivesByteForByte(f *testing.F) {
	for _, raw := range originals() {
		f.Add(raw)
	}
	c := composer(f, "en")
	f.Fuzz(func(t *testing.T, raw []byte) {
		facts := chargebackThreat()
		facts.Raw = raw
		r, err := c.Escalation(facts)
		if err != nil {
			t.Fatal(err)
		}
		checkCarried(t, raw, r)
	})
}

// checkCarried parses both forms as they come out of an SMTP dialogue and compares what is attached.
func checkCarried(t *testing.T, raw []byte, r note.Rendered) {
	t.Helper()
	second := standIn(r)
	checkForm(t, raw, r.Payload, second != nil)
	if second != nil {
		checkForm(t, raw, second, false)
	}
}

// standIn is the second form of a mail, nil where it has none.
func standIn(r note.Rendered) []byte {
	if r.Fallback == nil && note.NeedsEightBits(r.Payload) {
		return note.InSevenBits(r.Payload)
	}
	return r.Fallback
}

func checkForm(t *testing.T, raw, mail []byte, eightAllowed bool) {
	t.Helper()
	if got := throughSMTP(t, mail); !bytes.Equal(got, mail) {
		t.Fatal("the mail itself is not carried unchanged by SMTP")
	}
	list := leaves(t, mail)
	if len(list) != 3 || list[0].contentType != "text/plain" || list[1].contentType != "text/html" {
		t.Fatalf("parts: %v", kinds(list))
	}
	a := list[2]
	if !bytes.Equal(a.body, raw) {
		t.Fatalf("attached as %s in %s: %q\nwant %q", a.contentType, a.encoding, a.body, raw)
	}
	if !strings.HasSuffix(a.name, ".eml") {
		t.Errorf("attached under the name %q", a.name)
	}
	eight := bytes.IndexFunc(mail, func(r rune) bool { return r >= 0x80 }) >= 0
	switch a.contentType + " " + a.encoding {
	case "message/rfc822 7bit":
		if eight || len(raw) == 0 {
			t.Error("no mail at all, or one of eight bits, is labelled as a mail of seven")
		}
	case "application/octet-stream base64":
		if eight {
			t.Errorf("%s has eight bits", a.encoding)
		}
	case "message/rfc822 8bit":
		if !eightAllowed || !eight || !bytes.Contains(mail[:bytes.Index(mail, []byte("\r\n\r\n"))], []byte("Content-Transfer-Encoding: 8bit\r\n")) {
			t.Error("eight bits without need, without a fallback, or without saying so in the mail's own header")
		}
	default:
		t.Errorf("attached as %s in %s", a.contentType, a.encoding)
	}
}

func kinds(list []leaf) (k []string) {
	for _, l := range list {
		k = append(k, l.contentType)
	}
	return k
}

// throughSMTP sends bytes through the dot stuffing of SMTP and checks the limits of RFC 5321 on the way.
func throughSMTP(t *testing.T, mail []byte) []byte {
	t.Helper()
	if bytes.IndexByte(mail, 0) >= 0 {
		t.Error("a NUL goes on the wire")
	}
	for line := range bytes.SplitSeq(mail, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("a line goes on the wire that SMTP does not carry: %d bytes, %.40q", len(line), line)
		}
	}
	var wire bytes.Buffer
	w := textproto.NewConn(struct {
		io.Reader
		io.Writer
		io.Closer
	}{&wire, &wire, io.NopCloser(nil)})
	dot := w.DotWriter()
	if _, err := dot.Write(mail); err != nil {
		t.Fatal(err)
	}
	if err := dot.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for line := range bytes.SplitAfterSeq(wire.Bytes(), []byte("\r\n")) {
		if string(line) == ".\r\n" {
			break
		}
		out.Write(bytes.TrimPrefix(line, []byte(".")))
	}
	return out.Bytes()
}

func TestABigOriginalHasASmallStandIn(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var big bytes.Buffer
	big.WriteString("Subject: big\r\n\r\n")
	for big.Len() < 8<<20 {
		fmt.Fprintf(&big, "%076x\r\n", random.Uint64())
	}
	whole := big.Bytes()
	for _, tt := range []struct {
		name string
		raw  []byte
		want string // of the stand-in
	}{
		{"more than servers take", whole, "original-beginning.eml 1048576"},
		{"more than some servers take", whole[:1<<20+1], "original-beginning.eml 1048576"},
		{"what all servers take", whole[:1<<20], ""},
		{"eight bits of a size that base64 carries", append([]byte("\xff\r\n"), whole[:1<<20]...), "original.eml 1048579"},
		{"eight bits and too much", append([]byte("\xff\r\n"), whole...), "original-beginning.eml 1048576"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := chargebackThreat()
			f.Raw = tt.raw
			r := must(t)(composer(t, "en").Escalation(f))
			if list := leaves(t, r.Payload); !bytes.Equal(list[2].body, f.Raw) {
				t.Error("the whole original is not attached")
			}
			got := ""
			if mail := standIn(r); mail != nil {
				a := leaves(t, mail)[2]
				got = fmt.Sprint(a.name, " ", len(a.body))
				if !bytes.HasPrefix(f.Raw, a.body) {
					t.Error("the stand-in holds something else")
				}
			}
			if got != tt.want {
				t.Errorf("the stand-in holds %q, want %q", got, tt.want)
			}
		})
	}
}

func TestATruncatedOriginalSaysSo(t *testing.T) {
	f := chargebackThreat()
	f.OriginalSize = 80 << 20
	r, err := composer(t, "en").Escalation(f)
	if err != nil {
		t.Fatal(err)
	}
	list := leaves(t, r.Payload)
	if list[2].name != "original-beginning.eml" || !bytes.Equal(list[2].body, f.Raw) || !bytes.Contains(list[0].body, []byte("80.0 MB")) {
		t.Errorf("attached %s; the text says\n%s", list[2].name, list[0].body)
	}
}
