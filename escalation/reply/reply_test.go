package reply

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/heedmail/heed/mailbox/message"
)

// now is a Monday.
var now = time.Date(2026, 11, 9, 17, 30, 0, 0, time.FixedZone("CST", 8*3600))

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, now.Location())
	if err != nil {
		panic(err)
	}
	return t
}

func TestTheFirstLineSaysWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want Command
	}{
		{"resolved", Command{Verb: Resolve}},
		{"  Resolved.  ", Command{Verb: Resolve}},
		{"RESOLVED!", Command{Verb: Resolve}},
		{"**Done**", Command{Verb: Resolve}},
		{"ｒｅｓｏｌｖｅｄ", Command{Verb: Resolve}},
		{"resolved\u200b", Command{Verb: Resolve}},
		{"Fixed 👍", Command{Verb: Resolve, Text: "👍"}},
		{"resolved, refunded her today", Command{Verb: Resolve, Text: "refunded her today"}},
		{"resolved - refunded", Command{Verb: Resolve, Text: "refunded"}},
		{"resolved\n\nRefund 40 EUR,\nshe is happy.", Command{Verb: Resolve, Text: "Refund 40 EUR,\nshe is happy."}},
		{"已解决", Command{Verb: Resolve}},
		{"已解决。", Command{Verb: Resolve}},
		{"已解决，已全额退款", Command{Verb: Resolve, Text: "已全额退款"}},
		{"已解决 已退款", Command{Verb: Resolve, Text: "已退款"}},
		{"已解決", Command{Verb: Resolve}},
		{"处理完毕", Command{Verb: Resolve}},

		{"false alarm", Command{Verb: FalseAlarm}},
		{"False positive: he quotes our own mail", Command{Verb: FalseAlarm, Text: "he quotes our own mail"}},
		{"误报", Command{Verb: FalseAlarm}},
		{"误报：客户在开玩笑", Command{Verb: FalseAlarm, Text: "客户在开玩笑"}},
		{"誤報", Command{Verb: FalseAlarm}},

		{"reopen", Command{Verb: Reopen}},
		{"Not resolved; she wrote again", Command{Verb: Reopen, Text: "she wrote again"}},
		{"重新打开", Command{Verb: Reopen}},
		{"未解决", Command{Verb: Reopen}},

		{"ack", Command{Verb: Ack}},
		{"On it, thanks", Command{Verb: Ack, Text: "thanks"}},
		{"I’ll take it", Command{Verb: Ack}},
		{"收到", Command{Verb: Ack}},
		{"收到，我来处理", Command{Verb: Ack, Text: "我来处理"}},
		{"", Command{Verb: Ack}},
		{" \n\t", Command{Verb: Ack}},

		{"note called her, no answer", Command{Verb: Note, Text: "called her, no answer"}},
		{"Note: called her\nno answer", Command{Verb: Note, Text: "called her\nno answer"}},
		{"备注：客户是老顾客", Command{Verb: Note, Text: "客户是老顾客"}},
		{"备注 客户是老顾客", Command{Verb: Note, Text: "客户是老顾客"}},

		// Nothing is guessed.
		{"Who is this customer?", Command{Verb: Note, Text: "Who is this customer?"}},
		{"resolved?", Command{Verb: Note, Text: "resolved?"}},
		{"resolved ?", Command{Verb: Note, Text: "resolved ?"}},
		{"已解决吗", Command{Verb: Note, Text: "已解决吗"}},
		{"已解决？", Command{Verb: Note, Text: "已解决？"}},
		{"已解决不了", Command{Verb: Note, Text: "已解决不了"}},
		{"resolved by refund", Command{Verb: Note, Text: "resolved by refund"}},
		{"Done-ish", Command{Verb: Note, Text: "Done-ish"}},
		{"closed the parcel again", Command{Verb: Note, Text: "closed the parcel again"}},
		{"Dear Heed,\n\nresolved", Command{Verb: Note, Text: "Dear Heed,\n\nresolved"}},
		{"later we shall see", Command{Verb: Note, Text: "later we shall see"}},
		{"稍后处理", Command{Verb: Note, Text: "稍后处理"}},
		{"snooze 400d", Command{Verb: Note, Text: "snooze 400d"}},
		{"snooze until 2026-02-31", Command{Verb: Note, Text: "snooze until 2026-02-31"}},
		{"snooze until 2025-12-01", Command{Verb: Note, Text: "snooze until 2025-12-01"}},
		{"snooze until 2026-13-05", Command{Verb: Note, Text: "snooze until 2026-13-05"}},
		{"snooze until Friday 24:00", Command{Verb: Note, Text: "snooze until Friday 24:00"}},
		{"snooze 91d", Command{Verb: Note, Text: "snooze 91d"}},
		{"snooze until 9 Nov", Command{Verb: Note, Text: "snooze until 9 Nov"}}, // nine in the morning is over
		{"snooze 2decades", Command{Verb: Note, Text: "snooze 2decades"}},
		{"snooze?", Command{Verb: Note, Text: "snooze?"}},
	} {
		if got := Parse(c.text, now); got != c.want {
			t.Errorf("%q: got %+v, want %+v", c.text, got, c.want)
		}
	}
}

func TestASnoozeEndsWhenItSays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"snooze":                          "2026-11-10 17:30",
		"snooze.":                         "2026-11-10 17:30",
		"snooze 2d":                       "2026-11-11 17:30",
		"Snooze 2 days":                   "2026-11-11 17:30",
		"snooze for 90 minutes":           "2026-11-09 19:00",
		"snooze 1d 12h":                   "2026-11-11 05:30",
		"snooze 1d12h":                    "2026-11-11 05:30",
		"later 4h":                        "2026-11-09 21:30",
		"remind me in 2 days":             "2026-11-11 17:30",
		"remind me in a week":             "2026-11-16 17:30",
		"postpone until 2026-12-01":       "2026-12-01 09:00",
		"snooze until 2026-12-01 14:30":   "2026-12-01 14:30",
		"snooze till 1 December":          "2026-12-01 09:00",
		"snooze until Dec 1, 2026":        "2026-12-01 09:00",
		"snooze until 5 Jan":              "2027-01-05 09:00",
		"snooze until 9 Nov 20:00":        "2026-11-09 20:00",
		"snooze tomorrow":                 "2026-11-10 09:00",
		"snooze until tomorrow at 8:15":   "2026-11-10 08:15",
		"snooze until Friday":             "2026-11-13 09:00",
		"snooze until monday":             "2026-11-16 09:00",
		"snooze until Saturday 23:30":     "2026-11-14 23:30",
		"snooze 90d":                      "2027-02-07 17:30",
		"snooze until Wednesday":          "2026-11-11 09:00",
		"snooze until next week":          "2026-11-16 09:00",
		"暂缓":                              "2026-11-10 17:30",
		"暂缓2天":                            "2026-11-11 17:30",
		"暂缓 2 天":                          "2026-11-11 17:30",
		"暂缓两天":                            "2026-11-11 17:30",
		"稍后4小时":                           "2026-11-09 21:30",
		"稍后 半小时 再提醒":                      "2026-11-09 18:00",
		"推迟三个小时":                          "2026-11-09 20:30",
		"推迟一周":                            "2026-11-16 17:30",
		"暂缓到12月1日":                        "2026-12-01 09:00",
		"暂缓到 2026年12月1日 14:30":            "2026-12-01 14:30",
		"暂缓到11月9日20:00":                   "2026-11-09 20:00",
		"暂缓至2026-12-01":                   "2026-12-01 09:00",
		"延后到明天":                           "2026-11-10 09:00",
		"延后到后天":                           "2026-11-11 09:00",
		"暂缓到周五":                           "2026-11-13 09:00",
		"暂缓到下周一":                          "2026-11-16 09:00",
		"暂缓到下周三":                          "2026-11-18 09:00",
		"暂缓到下周":                           "2026-11-16 09:00",
		"暫緩兩天":                            "2026-11-11 17:30",
		"snooze 2d, the parcel comes Wed": "2026-11-11 17:30",
	} {
		got := Parse(text, now)
		if got.Verb != Snooze || !got.Until.Equal(at(want)) {
			t.Errorf("%q: %s until %s, want %s", text, got.Verb, got.Until.Format("2006-01-02 15:04"), want)
		}
	}
	if got := Parse("snooze 2d, the parcel comes Wed\nand so on", now); got.Text != "the parcel comes Wed\nand so on" {
		t.Errorf("noted %q", got.Text)
	}
}

func TestAnAnswerIsRecognisedByTheCaseInItsSubject(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]int64{
		"Re: [Heed #12] Chargeback threatened: Jane Roe": 12, "回复：[Heed #12] 威胁拒付": 12, "AW: [Heed #7] x [Heed #8]": 7, "[Heed #99999999999999999999]": 0,
		"Order #12": 0, "Heed #12": 0, "": 0,
	} {
		if got := CaseInSubject(subject); got != want {
			t.Errorf("%q: case %d, want %d", subject, got, want)
		}
	}
}

func TestTheNearestMailIsAnsweredFirst(t *testing.T) {
	t.Parallel()
	got := Answered([]string{"c"}, []string{"a", "b", "c"})
	if !slices.Equal(got, []string{"c", "b", "a"}) {
		t.Errorf("got %q", got)
	}
	if got := Answered(nil, make([]string, 1000)); len(got) > maxAnswered {
		t.Errorf("%d mails", len(got))
	}
}

// Mails as the programs write them that people answer with; each is named after what it asks for.
func TestAnswersOfManyMailPrograms(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d mails, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			m := message.Read(raw, message.Mailbox{OwnAddresses: []string{"heed@example.com"}, Staff: []string{"yodi@example.com"}, EscalatesAs: "heed@example.com"})
			if m.Direction != message.Outbound {
				t.Fatalf("it is read as %s (%s)", m.Direction, m.Ignored)
			}
			got := Parse(m.Text, now)
			verb, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".eml"), ".")
			if got.Verb != Verb(verb) {
				t.Errorf("it asks for %s of %q", got.Verb, m.Text)
			}
			if want := noted()[filepath.Base(file)]; got.Text != want {
				t.Errorf("it notes %q, want %q", got.Text, want)
			}
			if ids := Answered(m.InReplyTo, m.References); len(ids) == 0 || !strings.HasPrefix(ids[0], "heed-12-") {
				t.Errorf("it answers %q", ids)
			}
			if CaseInSubject(m.Subject) != 12 {
				t.Errorf("its subject %q names no case", m.Subject)
			}
		})
	}
}

// noted is what is noted of each mail beside what it asks for.
func noted() map[string]string {
	return map[string]string{
		"resolve.gmail.eml":       "full refund sent.",
		"resolve.qq-mail.eml":     "已全额退款",
		"false-alarm.outlook.eml": "she quotes our own mail.\nYodi",
		"note.gmail-zh.eml":       "这个客户是谁在跟进？",
		"note.netease.eml":        "客户是老顾客，先别回复",
		"reopen.outlook-zh.eml":   "她又写信了",
	}
}

// The list is closed and documented: what does something stands in the manual.
func TestTheManualHoldsEveryWord(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, _ := strings.Cut(string(text), "### Answers of the team\n")
	chapter, _, _ = strings.Cut(chapter, "\n### ")
	for verb, list := range phrases() {
		for _, phrase := range list {
			if !strings.Contains(chapter, strings.ReplaceAll(phrase, "’", "'")) {
				t.Errorf("docs/admin.md does not name %q, which is read as %s", phrase, verb)
			}
		}
	}
}

// No word is read as two things, and every word is read as its own.
func TestEveryWordMeansOneThing(t *testing.T) {
	t.Parallel()
	for verb, list := range phrases() {
		for _, phrase := range list {
			for _, text := range []string{phrase, strings.ToUpper(phrase), phrase + "!", phrase + "，x", phrase + "\nmore"} {
				if got := Parse(text, now); got.Verb != verb {
					t.Errorf("%q is read as %s, not %s", text, got.Verb, verb)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"resolved", "snooze 2d", "暂缓到下周三 10:00", "false alarm, he jokes\nlong ago", "note: x", "snooze until 31 Feb", strings.Repeat("十", 400)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Parse(text, now)
		if len(got.Text) > MaxText || !utf8.ValidString(got.Text) || got.Text != strings.TrimSpace(got.Text) {
			t.Errorf("notes %d bytes: %.40q", len(got.Text), got.Text)
		}
		if snoozes := got.Verb == Snooze; snoozes == got.Until.IsZero() || snoozes && (!got.Until.After(now) || got.Until.Sub(now) > maxSnooze) {
			t.Errorf("%s until %s", got.Verb, got.Until)
		}
		if phrases()[got.Verb] == nil {
			t.Errorf("verb %q", got.Verb)
		}
		// What is noted stands in the answer: nothing is made up.
		if got.Verb == Note && !strings.Contains(normal(text), normal(got.Text)) {
			t.Errorf("%q is noted of %q", got.Text, text)
		}
	})
}

// normal is a text without what tidying may change.
func normal(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.ToValidUTF8(text, "")) {
		b.WriteString(strings.ReplaceAll(tidy(line), " ", ""))
	}
	return b.String()
}
