package note_test

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	gomessage "github.com/emersion/go-message"
	"golang.org/x/net/html"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// hostile puts one string wherever something of a customer's mail can stand.
func hostile(s string) note.Facts {
	f := disputeNotice()
	m := &f.Message
	m.MessageID, m.References, m.Customer, m.CustomerName, m.Channel, m.Subject, m.Text, m.Orders = s, []string{s}, s, s, s, s, s, []string{s}
	m.Signals = []classify.Hit{{Signal: classify.ChargebackOpened, Evidence: s, Sentence: "before " + s + " after"}, {Signal: classify.Signal(s), Evidence: s}}
	m.Faults = []string{s}
	m.Notice = &message.Notice{Platform: s, Dispute: s, Amount: s, Deadline: s, Words: s}
	f.Case.Customer, f.Case.CustomerName, f.Case.Order, f.Case.ThreadID, f.Case.Notes = s, s, s, s, []string{s}
	f.Raw = []byte("From: " + s + "\r\nReply-To: " + s + "\r\n\r\n" + s)
	answer := *m
	answer.Direction, answer.MessageID = message.Outbound, "answer@example.com"
	f.Timeline = []store.Message{answer}
	f.Actions = []escalation.Action{
		{Do: escalation.Escalate, Rules: []string{"chargeback-opened", s}, To: []string{"yodi@example.com"}},
		{Do: escalation.FollowUp, To: []string{"yodi@example.com"}},
		{Do: escalation.Reassure},
	}
	return f
}

func attacks() []string {
	return []string{
		"plain",
		"x\r\nBcc: evil@example.net\r\n\r\nbody",
		"x\nReply-To: evil@example.net",
		"x\rX-Heed-Case: 1",
		"\r\n\r\n--boundary\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>",
		`"><img src="https://evil.example/pixel.gif" onerror=alert(1)>`,
		`<a href="https://evil.example/">Sign in</a>`,
		"see HTTPS://Evil.example/x?y=1, www.evil.example, evil.example/login. Or evil.com!",
		"</p></div></body></html><style>*{display:none}</style>",
		"{{.Case}} {{template \"x\"}} {{range .}}",
		"moc.elgoog\u202e\u2066evil\u2069",
		"zero\u200bwidth\ufeff\u00ad and \U000e0041 tags",
		"a" + strings.Repeat("\u0301", 500),
		strings.Repeat("wide ", 10_000),
		strings.Repeat("x", 100_000),
		"=?utf-8?q?Bcc:_evil?=",
		"\x00\x01\x1b[2J\x7f\u0085\u2028\u2029",
		"\xff\xfe\xc3(",
		"jane@example.net, evil@example.net",
		"Jane <evil@example.net>",
		"=3D=\r\n=",
		"",
	}
}

func TestHostileWordsStayWords(t *testing.T) {
	for _, s := range attacks() {
		t.Run(fmt.Sprintf("%.30q", s), func(t *testing.T) { checkHostile(t, composer(t, "en"), s) })
	}
}

func FuzzHostileWordsStayWords(f *testing.F) {
	for _, s := range attacks() {
		f.Add(s)
	}
	en, zh := composer(f, "en"), composer(f, "zh")
	f.Fuzz(func(t *testing.T, s string) {
		checkHostile(t, en, s)
		checkHostile(t, zh, s)
	})
}

func checkHostile(t *testing.T, c *note.Composer, s string) {
	t.Helper()
	f := hostile(s)
	for name, write := range map[string]func(note.Facts) (note.Rendered, error){
		"escalation": c.Escalation, "follow-up": c.FollowUp, "note": c.InPlaceNote,
		"draft": func(f note.Facts) (note.Rendered, error) {
			r, err := c.Draft(escalation.Reassure, f)
			if err != nil { // an address that is none is refused; the rest must be fine with a good one
				f.Message.Customer, f.Raw = "jane@example.net", nil
				return c.Draft(escalation.Reassure, f)
			}
			return r, nil
		},
	} {
		r, err := write(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkHeader(t, name, r)
		list := leaves(t, r.Payload)
		for _, l := range list {
			if l.contentType == "text/plain" {
				checkText(t, name, string(l.body))
			}
			if l.contentType == "text/html" {
				checkText(t, name, string(l.body))
				checkHTML(t, name, l.body)
			}
		}
		if len(list) != map[string]int{"escalation": 3, "follow-up": 3, "note": 1, "draft": 1}[name] {
			t.Errorf("%s: parts %v", name, kinds(list))
		}
	}
}

// The mail about a mail that can't be read and the notice in a chat hold a stranger's words as well, and chats make links too.
func TestHostileWordsStayWordsInChatsAndBesideWhatCantBeRead(t *testing.T) {
	for _, s := range attacks() {
		t.Run(fmt.Sprintf("%.30q", s), func(t *testing.T) {
			f := hostile(s)
			f.Message.From = s
			f.Message.Facts.Amounts = []message.Money{{Text: s}}
			for _, language := range []string{"en", "zh"} {
				c := composer(t, language)
				n, err := c.Chat(escalation.Escalate, f, "m@example.com", true)
				if err != nil {
					t.Fatal(err)
				}
				checkText(t, "chat", n.Text)
				if lines := strings.Count(n.Text, "\n"); lines > 9 {
					t.Errorf("the chat is told %d lines:\n%s", lines, n.Text)
				}
				r := must(t)(c.Unreadable(s, f))
				_, text, _ := readable(t, r.Payload)
				checkText(t, "unreadable", text)
			}
		})
	}
}

// checkHeader allows the fields that we write, each once.
func checkHeader(t *testing.T, name string, r note.Rendered) {
	t.Helper()
	e, err := gomessage.Read(bytes.NewReader(r.Payload))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	allowed := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "In-Reply-To", "Message-Id",
		"Mime-Version", "References", "Subject", "To", "X-Heed-Case", "X-Heed-Rules"}
	seen := map[string]bool{}
	for fields := e.Header.Fields(); fields.Next(); {
		if seen[fields.Key()] || !slices.Contains(allowed, fields.Key()) {
			t.Errorf("%s: the header has %s: %q", name, fields.Key(), fields.Value())
		}
		seen[fields.Key()] = true
		if v, err := fields.Text(); err == nil && strings.ContainsFunc(v, unwanted) {
			t.Errorf("%s: %s is %q", name, fields.Key(), v)
		}
	}
	if id := e.Header.Get("Message-Id"); !regexp.MustCompile(`^<[A-Za-z0-9.-]+@example\.com>$`).MatchString(id) || id != "<"+r.MessageID+">" {
		t.Errorf("%s: Message-ID %q, told %q", name, id, r.MessageID)
	}
	to, err := netmail.ParseAddressList(e.Header.Get("To"))
	if err != nil || len(to) != 1 || name == "note" && to[0].Address != "support-us@example.com" || (name == "escalation" || name == "follow-up") && to[0].Address != "yodi@example.com" {
		t.Errorf("%s: To %q: %v", name, e.Header.Get("To"), err)
	}
	head, _, _ := bytes.Cut(r.Payload, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		if len(line) > 998 {
			t.Errorf("%s: a header line of %d bytes", name, len(line))
		}
	}
	if len(head) > 16<<10 {
		t.Errorf("%s: a header of %d bytes", name, len(head))
	}
}

func unwanted(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' || unicode.Is(unicode.Cf, r) && r != 0x200c && r != 0x200d || r == 0x2028 || r == 0x2029
}

func checkText(t *testing.T, name, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, unwanted); i >= 0 {
		t.Errorf("%s: it shows %q", name, text[i:min(len(text), i+10)])
	}
	if found := link.FindString(text); found != "" && name != "draft" {
		t.Errorf("%s: it has a link %q", name, found)
	}
	if len(text) > 64<<10 {
		t.Errorf("%s: it has %d bytes", name, len(text))
	}
}

// link is what a mail program makes a link of by itself.
var link = regexp.MustCompile(`(?i)https?://[^\s]|\bwww\.\w|\bevil\.example/`)

// checkHTML allows the elements and attributes that the template has, and nothing that loads, runs or leads away.
func checkHTML(t *testing.T, name string, page []byte) {
	t.Helper()
	doc := html.NewTokenizer(bytes.NewReader(page))
	elements := strings.Fields("html head meta title style body p h1 h2 ul li strong code span table tr td br")
	attributes := strings.Fields("style class lang charset name content role width cellpadding cellspacing align")
	styles := 0
	for {
		kind := doc.Next()
		if kind == html.ErrorToken {
			if styles > 1 {
				t.Errorf("%s: the page has %d <style>", name, styles)
			}
			return
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken && kind != html.EndTagToken {
			continue
		}
		tok := doc.Token()
		if tok.Data == "style" && kind == html.StartTagToken {
			styles++
		}
		if !slices.Contains(elements, tok.Data) {
			t.Errorf("%s: the page has <%s>", name, tok.Data)
		}
		for _, a := range tok.Attr {
			if !slices.Contains(attributes, a.Key) || strings.Contains(a.Val, "url(") {
				t.Errorf("%s: <%s> has %s=%q", name, tok.Data, a.Key, a.Val)
			}
		}
	}
}

func TestTextAndHTMLSayTheSame(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		for name, f := range map[string]note.Facts{"threat": chargebackThreat(), "notice": disputeNotice(), "review": secondReview(), "nameless": nameless()} {
			r, err := composer(t, language).Escalation(f)
			if err != nil {
				t.Fatal(err)
			}
			_, text, page := readable(t, r.Payload)
			if got, want := words(visibleText(page)), words(text); !slices.Equal(got, want) {
				t.Errorf("%s in %s:\nHTML %q\ntext %q", name, language, missing(got, want), missing(want, got))
			}
		}
	}
}

// visibleText is what a reader of the page sees.
func visibleText(page string) string {
	var b strings.Builder
	doc := html.NewTokenizer(strings.NewReader(page))
	skip := false
	for {
		switch doc.Next() {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken:
			name, _ := doc.TagName()
			skip = string(name) == "title" || string(name) == "style"
		case html.EndTagToken:
			skip = false
			b.WriteByte(' ')
		case html.TextToken:
			if !skip {
				b.WriteString(html.UnescapeString(string(doc.Text())))
			}
		}
	}
}

var marks = regexp.MustCompile(`(?m)^\s*(?:[->!]|\d+\.)\s+|[【】:：]`)

// words are the words of a text in their order as a set, without the marks that only plain text needs.
func words(s string) []string {
	list := strings.FieldsFunc(strings.ToLower(marks.ReplaceAllString(s, " ")), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(list)
	return slices.Compact(list)
}

func missing(from, in []string) (list []string) {
	for _, w := range in {
		if !slices.Contains(from, w) {
			list = append(list, w)
		}
	}
	return list
}
