package lexicon

import (
	"reflect"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

func TestTheBuiltInFilesArePlainlyWritten(t *testing.T) {
	names, err := builtIn.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		data, err := builtIn.ReadFile(n.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !readsAlike(t, string(data)) {
			t.Errorf("%s holds TOML that readPlain does not know, which makes the start of every program slow: write it as the others are", n.Name())
		}
	}
}

// readsAlike tells whether a file is plain, and holds what is read to what the TOML library reads.
func readsAlike(t *testing.T, source string) bool {
	t.Helper()
	got, plain := readPlain(source)
	if !plain {
		return false
	}
	var want document
	if err := toml.Unmarshal([]byte(source), &want); err != nil {
		t.Fatalf("read plainly, but the library says: %v", err)
	}
	want.normalise()
	if got.normalise(); !reflect.DeepEqual(got, want) {
		t.Fatalf("read plainly as\n%+v\nbut by the library as\n%+v", got, want)
	}
	return true
}

// normalise takes away the places of texts, which the library does not tell, and tables without anything in them.
func (d *document) normalise() {
	if len(d.Class) == 0 {
		d.Class = nil
	}
	if len(d.Unless) == 0 {
		d.Unless = nil
	}
	if len(d.Needs) == 0 {
		d.Needs = nil
	}
	for name, c := range d.Class {
		d.Class[name] = text{string: c.string}
	}
	for name, c := range d.Context {
		c.Say.at = 0
		d.Context[name] = c
	}
	for i := range d.Entry {
		e := &d.Entry[i]
		e.Name.at, e.Say.at, e.Hit.at, e.Miss.at = 0, 0, 0, 0
	}
}

// The same file, with and without what only the library understands.
const (
	plainly = `language = "en"
[class]
a = "x | y"
[[entry]]
signal = "abuse"
name = "one"
say = '''
you toerag
you <a>
'''
hit = '''
You toerag!
'''
`
	otherwise = `language = 'en'
class.a = "x | y"
[[entry]]
"signal" = "abuse"

name = "one"
say = """
you \u0074oerag
you <a>
"""
hit = """
You \u0074oerag!
"""
`
)

func TestAFileThatIsNotPlainIsReadAllTheSame(t *testing.T) {
	a, err := Parse("a.toml", []byte(plainly))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse("a.toml", []byte(otherwise))
	if err != nil {
		t.Fatal(err)
	}
	if _, plain := readPlain(otherwise); plain {
		t.Fatal("this is not plain")
	}
	for _, f := range []*File{a, b} { // the line of what is written with a backslash is not known
		f.Entries[0].Patterns[0].Line, f.Entries[0].Hits[0].Line = 0, 0
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("read as\n%+v\nand as\n%+v", a, b)
	}
}

func FuzzWhatIsReadPlainlyIsTOML(f *testing.F) {
	f.Add(plainly)
	f.Add("language = \"en\"\n[context.a]\nwhere = 'upto' # so\nwithin = 3\nsay = '''\nx\n'''\n[unless]\nabuse = [\"a\", 'b',]\n[[entry]]\nstrength = -1\nneeds = []\n")
	f.Add("[class]\na = \"\"\"x | y\"\"\"\n[needs]\n[class]\n")
	f.Fuzz(func(t *testing.T, source string) { readsAlike(t, source) })
}
