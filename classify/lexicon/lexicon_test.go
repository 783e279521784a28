package lexicon_test

import (
	"strings"
	"testing"

	"github.com/heedmail/heed/classify/lexicon"
)

func TestTheBuiltInFilesCanBeRead(t *testing.T) {
	files, err := lexicon.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	languages := map[string]bool{}
	for _, f := range files {
		languages[f.Language] = true
	}
	for _, l := range []string{"", "en", "de", "fr", "es", "it", "pt", "nl"} {
		if !languages[l] {
			t.Errorf("there is no lexicon for %q", l)
		}
	}
}

const entry = `
language = "en"

[context.negated]
where = "upto"
say = "not | never"

[unless]
abuse = ["negated"]

[[entry]]
signal = "abuse"
name = "one"
say = '''
you ..2 (clown | lazy [old] toad)
'''
unless = ["other"]
hit = '''
You clown!
You clown, I will sue!  => abuse, legal_threat
first line¶second line
'''
miss = '''
What a nice clown.
Never mind.  => churn_threat
'''

[[entry]]
signal = "abuse"
name = "two"
say = "toerag"
even = ["negated"]
hit = "toerag"
`

func TestAnEntryIsReadWithItsContextsAndExamples(t *testing.T) {
	f, err := lexicon.Parse("own.toml", []byte(entry))
	if err != nil {
		t.Fatal(err)
	}
	one, two := f.Entries[0], f.Entries[1]
	if one.ID() != "abuse/one" || strings.Join(one.Unless, " ") != "other negated" || len(two.Unless) != 0 {
		t.Errorf("entries %s %v, %s %v", one.ID(), one.Unless, two.ID(), two.Unless)
	}
	if one.Patterns[0].Line != 15 {
		t.Errorf("the pattern is in line %d", one.Patterns[0].Line)
	}
	if len(one.Hits) != 3 || strings.Join(one.Hits[1].Signals, " ") != "abuse legal_threat" || one.Hits[1].Line != 20 {
		t.Errorf("hits %+v", one.Hits)
	}
	if one.Hits[2].Text != "first line\nsecond line" {
		t.Errorf("text %q", one.Hits[2].Text)
	}
	if len(one.Misses[0].Signals) != 0 || one.Misses[1].Signals[0] != "churn_threat" {
		t.Errorf("misses %+v", one.Misses)
	}
}

func TestFaultsAreNamedWithTheirLine(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"syntax":        {"language = \"en\"\n[class\n", "own.toml:2"},
		"unknown key":   {"language = \"en\"\ncolour = 1\n", `own.toml:2: a lexicon has no key "colour"`},
		"open bracket":  {"[[entry]]\nsignal = \"abuse\"\nname = \"x\"\nsay = '''\nyou (clown\n'''\nhit = \"x\"\n", `own.toml:5: entry abuse/x: a bracket is not closed with ")"`},
		"empty part":    {"[class]\na = \"x | | y\"\n", "an alternative is empty"},
		"short star":    {"[class]\na = \"ab*\"\n", "too short for a star"},
		"wide gap":      {"[class]\na = \"a ..99 b\"\n", "a gap is 1 to 20 words"},
		"no word":       {"[class]\na = \"&\"\n", `"&" is not a word`},
		"where":         {"[context.c]\nwhere = \"somewhere\"\nsay = \"x\"\n", `where is "somewhere"`},
		"no example":    {"[[entry]]\nsignal = \"abuse\"\nname = \"x\"\nsay = \"toerag\"\n", "has no example in hit"},
		"says nothing":  {"[[entry]]\nsignal = \"abuse\"\nname = \"x\"\nhit = \"x\"\n", "says nothing"},
		"nested bottom": {"[class]\na = \"((((((((((x))))))))))\"\n", "nested more than 8 deep"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := lexicon.Parse("own.toml", []byte(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(entry))
	f.Add([]byte("[class]\na = \"(a | [b] ..3 <c> !d ^ $ x* *xyz sue/verb)\""))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := lexicon.Parse("own.toml", data)
		if (file == nil) == (err == nil) {
			t.Errorf("file %v, error %v", file, err)
		}
	})
}
