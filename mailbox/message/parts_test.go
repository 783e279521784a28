package message

import (
	"slices"
	"strings"
	"testing"
)

func TestABodyIsCutAtTheLinesThatAreItsBoundary(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"preamble and epilogue":         {"before\n--b\none\n--b\ntwo\n--b--\nbehind\n", []string{"one", "two"}},
		"on the wire":                   {"--b\r\none\r\n\r\n--b \r\ntwo\r\n--b--\r\n", []string{"one\r\n", "two"}},
		"behind the end":                {"--b\none\n--b--\n--b\ntwo\n--b--\n", []string{"one"}},
		"no end":                        {"--b\none\n--b\ntwo\n", []string{"one", "two\n"}},
		"an end alone":                  {"--b--\n--b\none\n", nil},
		"empty parts":                   {"--b\n--b\n\n--b--", []string{"", ""}},
		"a longer one":                  {"--b\none\n--bc\ntwo\n--b--\n", []string{"one\n--bc\ntwo"}},
		"within a line":                 {"--b\none --b\n --b\n--b--\n", []string{"one --b\n --b"}},
		"another":                       {"--c\none\n--c--\n", nil},
		"nothing":                       {"", nil},
		"a boundary that ends the text": {"--b\none\n--b", []string{"one", ""}},
	} {
		var got []string
		for piece := range pieces([]byte(c.body), "b") {
			got = append(got, string(piece))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for range pieces([]byte("--\none\n--\n"), "") {
		t.Error("something is cut where there is no boundary")
	}
}

// Of a text that was sent in two forms each is found by itself, and quoted lines only in the whole of the plain one.
func TestTheFormsOfATextAreKeptApart(t *testing.T) {
	t.Parallel()
	own := strings.Repeat("The lamp flickers, and it hums when the fan is on in the kitchen.\n", 6)
	alternative := func(plain, html string) string {
		return "--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n" + plain + "\n--b\nContent-Type: text/html\n\n" + html + "\n--b--\n"
	}
	raw := fields + "Content-Type: multipart/mixed; boundary=a\n\n" + alternative(own+"> one\n> two\n", "<p>first</p>") + alternative(own+"> three\n> four", "<p>second</p>") + "--a--\n"
	r := &reading{in: shop(false), m: &Message{}, parser: parser{room: newRoom()}}
	r.root = r.parser.mail([]byte(raw))
	body := r.parser.renderings(r.parser.room.body, r.root)
	if len(body) != 2 {
		t.Fatalf("%d texts", len(body))
	}
	for i, want := range []struct{ whole, html string }{{own + "> one\n> two\n", "<p>first</p>"}, {own + "> three\n> four", "<p>second</p>"}} {
		if whole, html := r.parser.whole(body[i]), r.parser.html(body[i]); whole != want.whole || html != want.html {
			t.Errorf("text %d: %q and %q, want %q and %q", i, whole, html, want.whole, want.html)
		}
	}
}
