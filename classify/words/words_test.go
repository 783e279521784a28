package words_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/heedmail/heed/classify/words"
)

func spelling() *words.Spelling {
	return words.NewSpelling([]string{"l", "d"}, []string{"mr", "nr"}, []string{"fuck", "fucking", "shit", "scam"})
}

func TestFoldMakesSpellingsEqual(t *testing.T) {
	for in, want := range map[string]string{
		"I WILL SUE":        "i will sue",
		"Café, größer, Œuf": "cafe, grosser, oeuf",
		"don’t “quote”":     `don't "quote"`,
		"ｓｕｅ １２":            "sue 12",
		"law\u00adyer":      "lawyer",
		"soooo baaad!!!":    "so bad!!!",
		"THIEVESSS":         "thieves",
		"wait…":             "wait...",
		"the BBB, aaargh":   "the bbb, argh",
		"bbbb bbby ybbb":    "bbbb by yb",
		"a — b":             "a  -  b",
		"5 € or 5 £":        "5 $ or 5 $",
		"\xffbad":           " bad",
		"İstanbul":          "istanbul",
	} {
		if got := words.Fold(in).Text; got != want {
			t.Errorf("Fold(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestFoldedTextLeadsBackToTheOriginal(t *testing.T) {
	in := "Ça alors… THIEVESSS größer ｓｕｅ!"
	f := words.Fold(in)
	for folded, original := range map[string]string{"ca": "Ça", "thieves": "THIEVESSS", "grosser": "größer", "sue": "ｓｕｅ"} {
		i := strings.Index(f.Text, folded)
		if i < 0 {
			t.Fatalf("%q is not in %q", folded, f.Text)
		}
		if got := f.Original(i, i+len(folded)); got != original {
			t.Errorf("%q leads back to %q, want %q", folded, got, original)
		}
	}
}

func TestTokens(t *testing.T) {
	for in, want := range map[string][]string{
		"don't sue":            {"don't", "sue"},
		"l'avocat d'accord":    {"l", "avocat", "d", "accord"},
		"a-to-z":               {"a", "to", "z"},
		"what the f***!":       {"what", "the", "fuck"},
		"sh!t happens":         {"shit", "happens"},
		"total $cam":           {"total", "scam"},
		"#@$%! this":           {"****", "this"},
		"@shop hello":          {"@", "hello"},
		"see https://x.y/z ok": {"see", "://", "ok"},
		"me@shop.com ok":       {"://", "ok"},
		"$50 or 50%":           {"$", "50", "or", "50", "%"},
		"我要投诉":                 {"我", "要", "投", "诉"},
		"ok🤡ok":                {"ok", "🤡", "ok"},
		"c# is *i* fine":       {"c", "is", "i", "fine"},
	} {
		var got []string
		for _, tok := range spelling().Tokens(in, 0, len(in), 60, nil) {
			got = append(got, tok.Text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %q, want %q", in, got, want)
		}
	}
}

func TestQuotationsAreMarked(t *testing.T) {
	in := `you said "we will call" and "then`
	var quoted []string
	for _, tok := range spelling().Tokens(in, 0, len(in), 60, nil) {
		if tok.Quoted {
			quoted = append(quoted, tok.Text)
		}
	}
	if got := strings.Join(quoted, " "); got != "we will call" {
		t.Errorf("quoted is %q", got)
	}
}

func TestSentences(t *testing.T) {
	for in, want := range map[string][]string{
		"One. Two! Three?":                      {"One.", "Two!", "Three?"},
		"Dear Mr. Roe. Hello.":                  {"Dear Mr. Roe.", "Hello."},
		"it costs 3.50 euros. ok":               {"it costs 3.50 euros.", "ok"},
		"It never came.Never again.":            {"It never came.", "Never again."},
		"hi\nshort lines\nbreak":                {"hi", "short lines", "break"},
		"I don't. Never.":                       {"I don't.", "Never."},
		`He said "no." Then left.`:              {`He said "no."`, "Then left."},
		"wait... and more. end":                 {"wait... and more.", "end"},
		"am 3. mai kommt es. gut":               {"am 3. mai kommt es.", "gut"},
		strings.Repeat("word ", 14) + "\nwraps": {strings.Repeat("word ", 14) + "\nwraps"},
	} {
		f := words.Fold(in)
		var got []string
		sentences, _ := spelling().Sentences(f, nil)
		for _, s := range sentences {
			got = append(got, f.Original(s.From, s.To))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q is cut into %q, want %q", in, got, want)
		}
	}
}

func TestNoSentenceIsTooLong(t *testing.T) {
	s := spelling()
	f := words.Fold(strings.Repeat("one two, three ", 500))
	total := 0
	sentences, _ := s.Sentences(f, nil)
	for _, span := range sentences {
		n := len(s.Tokens(f.Text, span.From, span.To, 1000, nil))
		if n > words.MaxTokens {
			t.Errorf("a sentence has %d words", n)
		}
		total += n
	}
	if total != 1500 {
		t.Errorf("%d words are left of 1500", total)
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"I will sue you.", "ẞẞ😀 İİ", "f*** sh!t @x #y", "\xff\xfe", "l'avocat. J.R. 3.5", strings.Repeat("a,", 200)} {
		f.Add(s)
	}
	sp := spelling()
	f.Fuzz(func(t *testing.T, in string) {
		folded := words.Fold(in)
		if !utf8.ValidString(folded.Text) {
			t.Errorf("%q folds to bad UTF-8 %q", in, folded.Text)
		}
		end := 0
		sentences, _ := sp.Sentences(folded, nil)
		for _, span := range sentences {
			if span.From < end || span.To <= span.From || span.To > len(folded.Text) {
				t.Fatalf("sentence %v after %d of %d", span, end, len(folded.Text))
			}
			end = span.To
			if !strings.Contains(in, folded.Original(span.From, span.To)) {
				t.Errorf("sentence %q is not in the text", folded.Original(span.From, span.To))
			}
			last := span.From
			for _, tok := range sp.Tokens(folded.Text, span.From, span.To, words.MaxTokens, nil) {
				if tok.From < last || tok.To <= tok.From || tok.To > span.To {
					t.Fatalf("token %v in %v after %d", tok, span, last)
				}
				last = tok.To
			}
		}
	})
}

func FuzzAnotherSpellingReadsTheSameWordsWhereItSaysSo(f *testing.F) {
	for _, text := range []string{"l'avocat d'accord don't", "he's the s*** boss's", "o'clock rock'n'roll", "see www.x.y, a@b.c", "customers' n'"} {
		f.Add(text)
	}
	one := words.NewSpelling([]string{"l", "d", "n", "rock"}, nil, []string{"shit", "scam"})
	other := words.NewSpelling([]string{"l", "o"}, nil, nil)
	f.Fuzz(func(t *testing.T, in string) {
		text := words.Fold(in).Text
		read := one.Tokens(text, 0, len(text), words.MaxTokens, nil)
		for i := range read {
			if !other.Reads(text, &read[i]) {
				return
			}
		}
		if got := other.Tokens(text, 0, len(text), words.MaxTokens, nil); !reflect.DeepEqual(got, read) {
			t.Errorf("%q is read as %+v, and then as %+v", text, read, got)
		}
	})
}

func FuzzAnotherSpellingCutsTheSameSentencesWhereItSaysSo(f *testing.F) {
	for _, text := range []string{
		"Dear Mr. Roe. Hello.", `It is 5 approx. He said "no st." Yes.`, "J. Roe etc. and so on... No.Yes", "on jan. 5.) what", strings.Repeat("one two, ", 40),
	} {
		f.Add(text)
	}
	one := words.NewSpelling([]string{"l"}, []string{"mr", "etc", "jan"}, []string{"shit"})
	other := words.NewSpelling(nil, []string{"mr", "st", "approx"}, nil)
	f.Fuzz(func(t *testing.T, in string) {
		text := words.Fold(in)
		cut, plainly := one.Sentences(text, nil)
		if !plainly || !other.CutsAlike(text.Text, cut) {
			return
		}
		if got, _ := other.Sentences(text, nil); !slices.Equal(got, cut) {
			t.Errorf("%q is cut at %v, and then at %v", text.Text, cut, got)
		}
	})
}

func FuzzAWordCarriesItsHash(f *testing.F) {
	f.Add("l'avocat $50 f*** @shop https://x.y/z 我 #@$% naïve")
	f.Fuzz(func(t *testing.T, in string) {
		text := words.Fold(in).Text
		for _, tok := range spelling().Tokens(text, 0, len(text), words.MaxTokens, nil) {
			if tok.Hash != words.Hash(tok.Text) {
				t.Errorf("%q carries another's hash", tok.Text)
			}
		}
	})
}
