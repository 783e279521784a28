package message

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRead feeds mails to Read. Whatever comes in, what goes out is bounded, clean and consistent.
func FuzzRead(f *testing.F) {
	mails, err := filepath.Glob("testdata/*/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range mails {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("From: a@ebay.com\nSubject: >Case ID 000000")) // a notice's text begins with its subject, which nobody quotes
	f.Add([]byte("From:wordpress@0\n\nFrom:0\n<0@0.0\n0:0"))    // a form's sender whose name ends with the line
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := Read(raw, shop(false))
		if m.Notice != nil {
			checkText(t, strings.TrimPrefix(m.Text, m.Subject))
		} else {
			checkText(t, m.Text)
		}
		if len(m.Text) > 4*len(raw)+16 {
			t.Errorf("%d bytes of text from %d bytes of mail", len(m.Text), len(raw))
		}
		for _, s := range []string{m.ID, m.Subject, m.OwnSubject, m.Customer, m.CustomerName, m.From.Addr, m.From.Name} {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r\n") {
				t.Errorf("%q is not one clean line", s)
			}
		}
		if (m.Direction == Ignored) != (m.Ignored != NotIgnored) {
			t.Errorf("direction %q with reason %q", m.Direction, m.Ignored)
		}
		if m.Notice != nil && !strings.Contains(m.Text, m.Notice.Words) {
			t.Errorf("the notice's words %q are not in its text", m.Notice.Words)
		}
		for _, fault := range m.Faults {
			if strings.Contains(fault, "broke off (") {
				t.Error(fault)
			}
		}
		if again := Read(raw, shop(false)); !reflect.DeepEqual(m, again) {
			t.Error("read differently the second time")
		}
	})
}

// checkText holds a new text to its promises.
func checkText(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r") {
		t.Errorf("text %q is not clean", text)
	}
	if len(text) > maxNewText {
		t.Errorf("text of %d bytes", len(text))
	}
	for l := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(l), ">") {
			t.Errorf("quoted line %q in the new text", l)
		}
	}
}

// FuzzNewText feeds plain texts: no line is made up (a footer may have been cut from one), and none that a '>' quotes is kept.
func FuzzNewText(f *testing.F) {
	f.Add("No.\n\nOn 5 May 2026 at 10:00 Shop <a@b.example> wrote:\n> Yes?\n\n-- \nJane\n")
	f.Add("Hi\n-----Original Message-----\nFrom: a\nSent: b\nTo: c\nSubject: d\n\ntext\n")
	f.Add("Thanks\nRegards,\nJane\nPS: no\n____\nThis e-mail is confidential, delete it\n")
	f.Fuzz(func(t *testing.T, text string) {
		text = cleanText(strings.ToValidUTF8(text, ""))
		given := map[string]bool{"": true}
		for l := range strings.Lines(text) {
			given[strings.TrimSpace(l)] = true
		}
		got := newText(splitNew(text)).text
		if asOneByOne := newText(splitLines(text)).text; got != asOneByOne {
			t.Errorf("quoted lines taken together leave %q, one by one %q", got, asOneByOne)
		}
		checkText(t, got)
		for l := range strings.Lines(got) {
			if line := strings.TrimSpace(l); !given[line] && !beginsOne(given, line) {
				t.Errorf("line %q was not in the mail", l)
			}
		}
	})
}

// FuzzQuotesLeftOut feeds texts as they come from the wire: what is left without the lines of a quote says the same.
func FuzzQuotesLeftOut(f *testing.F) {
	f.Add("No.\r\n> a\r\n> b\r\n>\r\nYes\r\n> c\r\n", false)
	f.Add("> a\n> b\rNo\n> c\r\n> d\re", false)
	f.Add("> a\n> b\u2028No.\n> c\u0085> d\n", false)
	f.Add("Yes \n > and no\n> a \n>> b\n> c\nd", true)
	f.Add("<p>a\n> b\n> </p>", false)
	f.Fuzz(func(t *testing.T, source string, flowed bool) {
		source = strings.ToValidUTF8(source, "")
		left, cut := withoutQuotes(nil, []byte(source))
		if len(left) > len(source) || !cut && string(left) != source && string(left) != strings.ReplaceAll(source, "\r\n", "\n") {
			t.Fatalf("%q became %q, cut: %v", source, left, cut)
		}
		read := func(b []byte) []line {
			text := cleanBytes(b)
			if flowed {
				text = unflow(text, false)
			}
			lines := splitNew(text)
			for i := range lines {
				lines[i].rest = ""   // differs by the quotes
				if lines[i].quoted { // what stands in it nobody asks
					lines[i].text = ""
				}
			}
			return lines
		}
		if got, want := read(left), read([]byte(source)); !slices.Equal(got, want) {
			t.Errorf("of %q is left %q, read as %+v instead of %+v", source, left, got, want)
		}
	})
}

// beginsOne reports whether a line is what is left of a longer one, from which a footer was cut.
func beginsOne(lines map[string]bool, line string) bool {
	for whole := range lines {
		if strings.HasPrefix(whole, line) {
			return true
		}
	}
	return false
}

// FuzzHTML feeds HTML: no markup bounds are broken, and the lines hold no line ends.
func FuzzHTML(f *testing.F) {
	f.Add("<p>Hi<br>there</p><blockquote>old</blockquote>")
	f.Add("<div style='display:none'>x</div><pre>a\nb</pre><head><div>c")
	f.Fuzz(func(t *testing.T, source string) {
		size := 0
		for _, l := range htmlLines(source) {
			if strings.ContainsAny(l.text, "\n\r\x00") {
				t.Errorf("line %q", l.text)
			}
			size += len(l.text)
		}
		if size > 4*len(source)+16 {
			t.Errorf("%d bytes of text from %d of HTML", size, len(source))
		}
	})
}

// FuzzNormalise feeds addresses and order numbers: what is normal stays as it is.
func FuzzNormalise(f *testing.F) {
	f.Add("Jane.Roe+x@GoogleMail.com")
	f.Add("jane@bücher.example.")
	f.Add("#NW-10211")
	f.Fuzz(func(t *testing.T, s string) {
		if once := NormaliseAddress(s); NormaliseAddress(once) != once {
			t.Errorf("NormaliseAddress(%q) = %q, then %q", s, once, NormaliseAddress(once))
		}
		if once := NormaliseOrder(s); NormaliseOrder(once) != once {
			t.Errorf("NormaliseOrder(%q) = %q, then %q", s, once, NormaliseOrder(once))
		}
	})
}

// FuzzUTF7 feeds a decoder that no library brings.
func FuzzUTF7(f *testing.F) {
	f.Add([]byte("f+APw-r +- +2D3eAA-"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := decodeUTF7(b); !utf8.ValidString(got) || len(got) > 3*len(b)+3 {
			t.Errorf("decodeUTF7(%q) = %q", b, got)
		}
	})
}

// FuzzFacts feeds texts: whatever they say, the facts in them are bounded, stand in them word by word, and lie ahead.
func FuzzFacts(f *testing.F) {
	f.Add("Refund $1,234.56 by Friday or call +1 (555) 010-0199 within 24 hours, case number PP-D-85785153")
	f.Add("1.234,56 € bis zum 12.03.2026, 45,- Euro, sous 3 jours ouvrés d’ici demain entro 24 ore até sexta")
	f.Add("by 31 February 2026 before 00.00.0000 in the next 9999999999999999999 days by 25:99 12pm 12 am")
	f.Fuzz(func(t *testing.T, text string) {
		text = cleanText(strings.ToValidUTF8(text, ""))
		line := oneLine(text)
		in := func(what, fact string) {
			if fact == "" || !strings.Contains(line, fact) {
				t.Errorf("%s %q does not stand in %q", what, fact, line)
			}
		}
		amounts, deadlines := findAmounts(text), findDeadlines(text, wednesday)
		phones, numbers := FindPhones(text, nil), findNumbers(text)
		if len(amounts) > maxAmounts || len(deadlines) > maxDeadlines || len(phones) > maxPhones || len(numbers) > maxNumbers {
			t.Errorf("%d sums, %d deadlines, %d phones, %d numbers", len(amounts), len(deadlines), len(phones), len(numbers))
		}
		for _, a := range amounts {
			in("sum", a.Text)
			if a.Minor <= 0 || len(a.Currency) != 3 {
				t.Errorf("sum %+v", a)
			}
			if again, ok := ParseMoney(a.Text, a.Currency, 0); ok && again.Minor != a.Minor {
				t.Errorf("%q is %d and then %d", a.Text, a.Minor, again.Minor)
			}
		}
		for _, d := range deadlines {
			in("deadline", d.Text)
			if !d.At.After(wednesday) || d.At.Sub(wednesday) > maxAhead {
				t.Errorf("deadline %q is %s", d.Text, d.At)
			}
		}
		for _, p := range phones {
			in("phone", p)
		}
		for _, n := range numbers {
			in("number", n)
		}
	})
}
