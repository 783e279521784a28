package note

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

func TestLinksOfOthersCantBeClicked(t *testing.T) {
	for in, want := range map[string]string{
		"see http://evil.example/a?b=c.d#e":        "see hxxp://evil[.]example/a?b=c.d#e",
		"HTTPS://Evil.COM.":                        "HxxPS://Evil[.]COM.",
		"www.böse.de, and shop.evil.co.uk/x":       "www[.]böse[.]de, and shop[.]evil[.]co[.]uk/x",
		"//evil.museum/x":                          "//evil[.]museum/x",
		"javascript:alert(1)":                      "javascript[:]alert(1)",
		"write to jane@evil.com!":                  "write to jane@evil[.]com!",
		"I paid $1.234,50 on 3.4.2026. Then what?": "I paid $1.234,50 on 3.4.2026. Then what?",
		"e.g. this, i.e. that... ok":               "e.g. this, i.e. that... ok",
		"date: Friday; tel: none":                  "date: Friday; tel: none",
		"plain words":                              "plain words",
	} {
		if got := defang(in); got != want {
			t.Errorf("%q becomes %q; want %q", in, got, want)
		}
	}
}

func FuzzDefang(f *testing.F) {
	f.Add("see http://evil.example/a, www.evil.com")
	f.Fuzz(func(t *testing.T, s string) {
		out := defang(s)
		if strings.Contains(strings.ToLower(out), "http://") || strings.Contains(strings.ToLower(out), "https://") {
			t.Errorf("%q becomes %q", s, out)
		}
		undone := strings.NewReplacer("[.]", ".", "[:]", ":").Replace
		if a, b := undone(strings.ReplaceAll(strings.ToLower(out), "xx", "tt")), undone(strings.ReplaceAll(strings.ToLower(s), "xx", "tt")); a != b {
			t.Errorf("%q becomes %q, which says something else", s, out)
		}
	})
}

func TestTheGistIsTheSentenceThatSaysMost(t *testing.T) {
	for _, tt := range []struct {
		text, want string
		ours       bool
	}{
		{"Hello, my lamp was to be here last week. Where is it?", "my lamp was to be here last week. Where is it?", false},
		{"Dear Mrs. Ellison,\n\nthe parcel left our warehouse in Hamburg on Monday evening. More soon.", "the parcel left our warehouse in Hamburg on Monday evening.", false},
		{"Sehr geehrte Frau Weber, vielen Dank. Wir bieten Ihnen eine Ersatzlieferung an. Ihr Team", "Wir bieten Ihnen eine Ersatzlieferung an.", true},
		{"Hi there! Thanks. Not yet.", "Thanks. Not yet.", false},
		{"您好：灯还没有到。什么时候能到？", "灯还没有到。 什么时候能到？", false},
		{"", "the subject", false},
		{"Hello,", "the subject", false},
	} {
		m := store.Message{Text: tt.text, Subject: "the subject", Direction: message.Inbound}
		if got := gist(m, tt.ours, 200); got != tt.want {
			t.Errorf("%q: %q; want %q", tt.text, got, tt.want)
		}
	}
}

func TestMarksFollowTheWords(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		marks    []string
		want     string
	}{
		{"I will sue you.", []string{"sue"}, "I will *sue* you."},
		{"I will sue you.", []string{"I will sue you."}, "I will sue you."},
		{"I will sue you.", []string{"will sue", "sue you"}, "I *will sue you*."},
		{"Ich klage — höchste Zeit", []string{"höchste"}, "Ich klage — *höchste* Zeit"},
		{"cut he…", []string{"cut here"}, "cut he…"},
		{"", nil, ""},
	} {
		var b strings.Builder
		for _, p := range pieces(tt.sentence, tt.marks) {
			if p.Marked {
				p.Words = "*" + p.Words + "*"
			}
			b.WriteString(p.Words)
		}
		if b.String() != tt.want {
			t.Errorf("%q: %q; want %q", tt.sentence, b.String(), tt.want)
		}
	}
}

func TestADraftQuotesWhatTheCustomerWroteWithinBounds(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"blank lines", "\n\none\n\n\n\ntwo \u202e\n \n\n", []string{"one", "", "two"}},
		{"many lines", strings.Repeat("x\n", maxQuotedLines+5), append(slices.Repeat([]string{"x"}, maxQuotedLines), "…")},
		{"nothing", " \n", nil},
	} {
		got := (&Composer{zone: time.UTC}).quoted(Facts{Message: store.Message{Text: tt.text, From: "jane@mail.example"}})
		if got == nil {
			got = &original{}
		}
		if !slices.Equal(got.Lines, tt.want) {
			t.Errorf("%s: %q; want %q", tt.name, got.Lines, tt.want)
		}
	}
	long := (&Composer{zone: time.UTC}).quoted(Facts{Message: store.Message{Text: strings.Repeat("é", maxQuotedText)}})
	if text := strings.Join(long.Lines, ""); len(text) > maxQuotedText+len(" …") || !strings.HasSuffix(text, "…") || strings.Contains(text, "\ufffd") {
		t.Errorf("a long text is quoted with %d bytes, up to %q", len(text), text[len(text)-10:])
	}
}

func TestQuotedLinesAreBroken(t *testing.T) {
	for _, line := range wrap(strings.Repeat("word ", 60)+strings.Repeat("x", 200), quotedWidth) {
		if n := len([]rune(line)); n > quotedWidth || n == 0 {
			t.Errorf("a line of %d characters: %q", n, line)
		}
	}
}
