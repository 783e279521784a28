package classify

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"reflect"
	"slices"
	"testing"

	"github.com/heedmail/heed/classify/lexicon"
)

func TestTheEmbeddedRulesAreWhatTheLexiconIsCompiledTo(t *testing.T) {
	want, err := CompileBuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(compiled, want) {
		t.Error("the lexicon, or the way in which it is compiled, was changed: write classify/lexicon.bin anew with go generate ./classify")
	}
}

func TestWhatIsReadIsWhatWasCompiled(t *testing.T) {
	want, err := compileBuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	got, sum, err := decode(want.encode(7))
	if err != nil || sum != 7 {
		t.Fatalf("read with sum %d: %v", sum, err)
	}
	for part, pair := range map[string][2]any{
		"the spelling": {want.spelling, got.spelling}, "the vocabulary": {want.vocab, got.vocab}, "the grammar": {want.grammar, got.grammar},
		"the patterns": {want.patterns, got.patterns}, "the triggers": {want.triggers, got.triggers},
		"the entries": {want.entries, got.entries}, "the contexts": {want.contexts, got.contexts}, "all": {want, got},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: not what was compiled", part)
		}
	}
}

func TestALexiconThatWasChangedIsCompiled(t *testing.T) {
	small := smallRules(t)
	all, err := compileBuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for sum, want := range map[uint32]int{7: len(small.entries), 8: len(all.entries)} {
		r, err := builtIn(small.encode(7), sum)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.entries) != want {
			t.Errorf("the file is of lexicon 7, this is lexicon %d: %d entries, want %d", sum, len(r.entries), want)
		}
	}
}

func TestADamagedFileIsAnError(t *testing.T) {
	rules := smallRules(t)
	file := rules.encode(7)
	if _, _, err := decode(file); err != nil {
		t.Fatal(err)
	}
	for i := range file {
		if _, _, err := decode(file[:i]); !errors.Is(err, errDamaged) {
			t.Fatalf("cut to %d of %d bytes: %v", i, len(file), err)
		}
	}
	for i := range len(file) - len(rules.sources) {
		damaged := slices.Clone(file)
		damaged[i] ^= 0x10
		if _, _, err := decode(damaged); !errors.Is(err, errDamaged) {
			t.Fatalf("damaged at byte %d of %d: %v", i, len(file), err)
		}
	}
	if _, _, err := decode(append(file, 0)); !errors.Is(err, errDamaged) {
		t.Error("a byte too many was not seen")
	}
}

// FuzzReadingRules damages a file and makes the checksum right again: then, too, it is read or refused.
func FuzzReadingRules(f *testing.F) {
	rules := smallRules(f)
	file := rules.encode(7)
	f.Add(file[head:len(file)-len(rules.sources)-1], rules.sources)
	f.Add([]byte{7, 1, 1, 'a', 0, 0, 3, 'x', 'y', 'z', 255, 255, 255, 255, 15}, []byte("a b"))
	f.Fuzz(func(t *testing.T, content, sources []byte) {
		r, sum, err := decode(sealed(content, sources))
		if err != nil {
			return
		}
		file := r.encode(sum)
		again, _, err := decode(file)
		if err != nil {
			t.Fatalf("what was written of what was read: %v", err)
		}
		if !bytes.Equal(again.encode(sum), file) {
			t.Error("written twice, it is not the same")
		}
	})
}

// sealed makes a file of a content with the right checksum.
func sealed(content, sources []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(magic), crc32.ChecksumIEEE(content))
	c := codec{bytes: append(b, content...)}
	c.raw(&sources)
	return c.bytes
}

func smallRules(t testing.TB) *ruleset {
	t.Helper()
	file, err := lexicon.Parse("small.toml", []byte(`
language = "en"
common = "i you the"
abbreviations = "mr"
elisions = "l"
masked = "damn"
fuzzy = "lawyer"
conjunctions = "and"
[class]
pay = "pay | give back | refund*"
[context.calm]
where = "before"
say = "not"
[[entry]]
signal = "legal_threat"
name = "lawyer"
strength = -1
unless = ["calm"]
say = '''
<pay> .. (my|our) *attorney
sue/verb you
'''
hit = "Refund me, or I call my attorney."
miss = "I am not angry."
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := compile([]*lexicon.File{file})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// BenchmarkCompile is what a start with a lexicon of the administrator's own takes.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := compileBuiltIn(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadCompiled is what every other start takes.
func BenchmarkReadCompiled(b *testing.B) {
	for b.Loop() {
		if _, err := rulesOf(Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
