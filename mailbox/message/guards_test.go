package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

// slowest is far above what any mail may take, so that only a growth worse than linear trips it on a busy machine.
const slowest = time.Minute

const fields = "From: Jane Roe <jane.roe@mail.example>\nTo: support@example.com\nSubject: Lamp\n"

// nested is a mail of that many multiparts within each other, with a line of text in the innermost.
func nested(levels int) string {
	var out strings.Builder
	out.WriteString(fields)
	for i := range levels {
		fmt.Fprintf(&out, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	out.WriteString("Content-Type: text/plain\n\nThe lamp flickers.\n")
	return out.String()
}

func TestHostileMailsAreReadWithinBounds(t *testing.T) {
	plain := fields + "\n"
	html := fields + "Content-Type: text/html\n\n"
	mixed := fields + "Content-Type: multipart/mixed; boundary=b\n\n"
	tests := []struct {
		name, mail string
		wantText   string // a text that must have survived
		wantFault  string // words of the fault that must be told
	}{
		{"nesting that is allowed", nested(MaxDepth), "The lamp flickers.", ""},
		{"nesting 5,000 levels deep", nested(5000), "", "levels deep"},
		{"100,000 parts", mixed + strings.Repeat("--b\n\nx\n", 100_000), "x", "more than 500 parts"},
		{"20 MB of header lines in a part", mixed + "--b\n" + strings.Repeat("X-Filler: "+strings.Repeat("x", 60)+"\n", 280_000) + "\nlost\n--b\n\nThe lamp flickers.\n--b--\n", "The lamp flickers.", "Header lines"},
		{"20 MB of header lines in the mail", "From: jane.roe@mail.example\n" + strings.Repeat("X-Filler: "+strings.Repeat("x", 60)+"\n", 280_000) + "\nThe lamp flickers.\n", "The lamp flickers.", "Header lines"},
		{"one header line of 5 MB", "Subject: " + strings.Repeat("a", 5<<20) + "\n" + plain + "The lamp flickers.\n", "The lamp flickers.", "Header lines"},
		{"30 MB of text", plain + strings.Repeat("The lamp flickers.\n", 1_600_000), "The lamp flickers.", "bytes of text"},
		{"30 MB of text in base64", fields + "Content-Transfer-Encoding: base64\n\n" + strings.Repeat(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("lamp ", 12)))+"\n", 370_000), "lamp lamp", "bytes of text"},
		{"a line of 2 MB", plain + strings.Repeat("lamp ", 400_000), "lamp", ""},
		{"a million quote marks", plain + strings.Repeat(">", 1<<20), "", ""},
		{"100,000 lines that look like attributions", plain + strings.Repeat("On 5 May 2026 at 10:00 Example wrote:\n", 100_000), "", ""},
		{"100,000 lines that look like quoted headers", plain + strings.Repeat("From: a\nTo: b\n", 100_000), "", ""},
		{"100,000 signature delimiters", plain + strings.Repeat("--\n", 100_000), "", ""},
		{"100,000 closings", plain + strings.Repeat("Regards\n", 100_000), "", ""},
		{"10,000 attributions before one quote", plain + strings.Repeat("On 5 May 2026 at 10:00 Example <a@b.example> wrote:\nNo.\n\n", 10_000) + "> lamp\n", "No.", ""},
		{"100,000 drawn lines", plain + strings.Repeat("__________\n", 100_000), "", ""},
		{"400,000 open elements", html + strings.Repeat("<div>", 400_000) + "lamp", "", ""},
		{"unclosed elements that end others", html + strings.Repeat("<b><i></b>", 100_000) + "lamp", "lamp", ""},
		{"an attribute without end", html + "<p title=\"" + strings.Repeat("x", 1<<20), "", ""},
		{"a comment without end", html + "The lamp flickers.<!--" + strings.Repeat("-", 1<<20), "The lamp flickers.", ""},
		{"100,000 entities", html + strings.Repeat("&lt;", 100_000) + " lamp", "lamp", ""},
		{"100,000 addresses", "To: " + strings.Repeat("a@b.example, ", 100_000) + "\n" + plain + "The lamp flickers.\n", "The lamp flickers.", ""},
		{"100,000 opened comments in an address", "Cc: " + strings.Repeat("(", 100_000) + "\nTo: " + strings.Repeat("(", 15_000) + "\n" + plain + "The lamp flickers.\n", "The lamp flickers.", ""},
		{"100,000 encoded words", "Subject: " + strings.Repeat("=?utf-8?q?a?= ", 100_000) + "\n" + plain + "The lamp flickers.\n", "The lamp flickers.", ""},
		{"a boundary that nearly occurs all over", fields + "Content-Type: multipart/mixed; boundary=" + strings.Repeat("-", 60) + "\n\n" + strings.Repeat("-", 8<<20) + "\n", "", ""},
		{"flowed text of one paragraph", fields + "Content-Type: text/plain; format=flowed\n\n" + strings.Repeat("lamp \n", 300_000), "lamp", ""},
		{"40,000 order numbers", plain + strings.Repeat("order #12345, ", 40_000), "order", ""},
		{"a form of 100,000 labels", "From: mailer@shopify.com\nTo: support@example.com\n\nEmail: a@b.example\nBody: lamp\n" + strings.Repeat("Name: x\n", 100_000), "lamp", ""},
		{"a notice of a megabyte", "From: service@paypal.com\nTo: support@example.com\nSubject: case\n\n" + strings.Repeat("a buyer may have opened a case or not ", 30_000), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			m := Read([]byte(tt.mail), shop(false))
			if took := time.Since(start); took > slowest {
				t.Errorf("took %v", took)
			}
			if len(m.Text) > maxNewText {
				t.Errorf("text of %d bytes", len(m.Text))
			}
			if !strings.Contains(m.Text, tt.wantText) {
				t.Errorf("text %.100q lacks %q", m.Text, tt.wantText)
			}
			if tt.wantFault != "" && !strings.Contains(strings.Join(m.Faults, " "), tt.wantFault) {
				t.Errorf("faults %q lack %q", m.Faults, tt.wantFault)
			}
		})
	}
}

func TestEmptyInputIsAMessageAllTheSame(t *testing.T) {
	for _, raw := range [][]byte{nil, {}, []byte("\n"), []byte("\r\n\r\n"), {0}, bytes.Repeat([]byte{0xff}, 100)} {
		if m := Read(raw, Mailbox{Channel: "web"}); m == nil || m.Direction != Inbound || m.Channel != "web" {
			t.Errorf("Read(%q) = %+v", raw, m)
		}
	}
}

func TestFaultOfOursIsRecordedNotThrown(t *testing.T) {
	m := &Message{}
	func() {
		defer recordPanic(m)
		panic("boom")
	}()
	if len(m.Faults) != 1 || !strings.Contains(m.Faults[0], "boom") {
		t.Errorf("faults = %q", m.Faults)
	}
}
