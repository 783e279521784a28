package config

import (
	"fmt"
	"testing"
)

// TOML has several ways to write one thing; all of them are read alike.
func TestOneMeaningWhateverTheNotation(t *testing.T) {
	const rest = `
[smtp]
host = "smtp.example.com"
from = "Heed <heed@example.com>"
[domestic]
to = ["yodi@example.com"]
`
	var first string
	for name, text := range map[string]string{
		"table of its own": "state = \"heed.db\"\n[[mailbox]]\nname = \"a\"\nhost = \"h.example\"\nusername = \"a@example.com\"\npassword_env = \"X\"\n" +
			"[mailbox.on_escalate]\nkeyword = \"$Seen\"\nnote = false\n" + rest,
		"inline table": "state = 'heed.db'\n[[mailbox]]\nname = 'a'\nhost = 'h.example'\nusername = 'a@example.com'\npassword_env = 'X'\n" +
			"on_escalate = { keyword = '$Seen', note = false }\n" + rest,
		"dotted keys": "state = \"\"\"heed.db\"\"\"\n[[mailbox]]\n\"name\" = \"\\u0061\"\nhost = \"h.example\"\nusername = \"a@example.com\"\npassword_env = \"X\"\n" +
			"on_escalate.keyword = \"$Seen\"\non_escalate.note = false\n" + rest,
		"list of tables": "state = \"heed.db\"\nmailbox = [{ name = \"a\", host = \"h.example\", username = \"a@example.com\", password_env = \"X\", " +
			"on_escalate = { keyword = \"$Seen\", note = false } }]\n" + rest,
		"Windows": "\xef\xbb\xbfstate = \"heed.db\"\r\n[[mailbox]]\r\nname = \"a\"\r\nhost = \"h.example\"\r\nusername = \"a@example.com\"\r\npassword_env = \"X\"\r\n" +
			"on_escalate.keyword = \"$Seen\"\r\non_escalate.note = false\r\n" + rest,
	} {
		c, err := load("heed.toml", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c.Warnings = nil // their lines differ
		got := fmt.Sprintf("%+v", *c)
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("%s:\n%s\nelsewhere:\n%s", name, got, first)
		}
	}
}

func TestFaultsHaveTheirLineWhateverTheNotation(t *testing.T) {
	for text, line := range map[string]int{
		"[smtp]\nport = \"x\"\n":                       2,
		"smtp.port = \"x\"\n":                          1,
		"smtp = { port = \"x\" }\n":                    1,
		"\n\n[smtp]\n# no\n\n  port   =   \"x\"\n":     6,
		"\xef\xbb\xbf\r\n[smtp]\r\nport = \"x\"\r\n":   3,
		"listen = '''\n:1'''\n[smtp]\nport = 'x'\n":    4,
		"listen = \"\"\n[smtp]\n\"port\" = [\n1,\n]\n": 3,
	} {
		_, err := load("heed.toml", []byte(text))
		faults, ok := err.(Faults)
		if !ok {
			t.Errorf("%q: error %v", text, err)
			continue
		}
		found := false
		for _, f := range faults {
			found = found || f.Key == "smtp.port" && f.Line == line
		}
		if !found {
			t.Errorf("%q: no fault of smtp.port in line %d:\n%v", text, line, err)
		}
	}
}
