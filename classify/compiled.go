package classify

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"maps"
	"slices"

	"github.com/heedmail/heed/classify/lexicon"
	"github.com/heedmail/heed/classify/words"
)

// The built-in lexicon is embedded twice: as people write it, and as what it is compiled to, which is read in a few milliseconds.
// Nothing but the time of a start depends on the second: where the lexicon has been changed since, it is compiled as ever. A
// test tells when it was forgotten to write it anew.
//
//go:generate go run ./compile
//go:embed lexicon.bin
var compiled []byte

// The file is the magic, a checksum of what comes after it, the sum of the lexicon that it was made of, and the ruleset. The
// patterns' sources come last, and are not in the checksum: nobody looks at that megabyte until an explanation is asked for.
const (
	magic = "heed lexicon 1\n"
	head  = len(magic) + 4
)

var errDamaged = errors.New("the compiled lexicon is damaged: write it anew with go generate ./classify")

// CompileBuiltIn compiles the built-in lexicon. It gives the bytes of the file lexicon.bin.
func CompileBuiltIn() ([]byte, error) {
	sum, err := lexicon.Sum()
	if err != nil {
		return nil, err
	}
	r, err := compileBuiltIn()
	if err != nil {
		return nil, err
	}
	return r.encode(sum), nil
}

func compileBuiltIn() (*ruleset, error) {
	files, err := allFiles(nil, false)
	if err != nil {
		return nil, err
	}
	return compile(files)
}

// builtIn gives the rules of the built-in lexicon, whose sum is told: from the file when it was made of that lexicon.
func builtIn(file []byte, sum uint32) (*ruleset, error) {
	r, of, err := decode(file)
	if err == nil && of != sum {
		return compileBuiltIn()
	}
	return r, err
}

// encode writes a ruleset that was compiled from a lexicon with that sum.
func (r *ruleset) encode(sum uint32) []byte {
	c := codec{bytes: append([]byte(magic), 0, 0, 0, 0)}
	number(&c, &sum)
	c.ruleset(r)
	binary.LittleEndian.PutUint32(c.bytes[len(magic):], crc32.ChecksumIEEE(c.bytes[head:]))
	c.raw(&r.sources)
	return c.bytes
}

// decode reads what encode wrote.
func decode(file []byte) (r *ruleset, sum uint32, err error) {
	if len(file) < head || string(file[:len(magic)]) != magic {
		return nil, 0, errDamaged
	}
	c := codec{reading: true, bytes: file, at: head}
	number(&c, &sum)
	r = new(ruleset)
	c.ruleset(r)
	is, was := crc32.ChecksumIEEE(file[head:c.at]), binary.LittleEndian.Uint32(file[len(magic):])
	c.raw(&r.sources)
	if is != was || c.failed || c.at < len(c.bytes) {
		return nil, 0, errDamaged
	}
	return r, sum, nil
}

// ruleset carries all that was compiled but for the sources, each thing in one line.
func (c *codec) ruleset(r *ruleset) {
	c.spelling(&r.spelling)
	c.vocabulary(&r.vocab)
	c.grammar(&r.grammar)
	c.patterns(&r.patterns)
	c.triggers(&r.triggers)
	c.calls(&r.vocab.calls, r.triggers)
	number(c, &r.demands)
	number(c, &r.classes)
	each(c, &r.entries, (*codec).rule)
	each(c, &r.contexts, (*codec).circumstance)
	c.speech(&r.speech)
	r.speech.languages = r.vocab.languages
}

func (c *codec) spelling(s **words.Spelling) {
	var elisions, abbreviations, masked []string
	if !c.reading {
		elisions, abbreviations, masked = (*s).Words()
	}
	each(c, &elisions, (*codec).text)
	each(c, &abbreviations, (*codec).text)
	each(c, &masked, (*codec).text)
	if c.reading {
		*s = words.NewSpelling(elisions, abbreviations, masked)
	}
}

func (c *codec) vocabulary(v *vocabulary) {
	c.raw(&v.texts)
	c.atoms(v)
	near(c, &v.known)
	c.notes(&v.notes)
	signed(c, &v.digits)
	each(c, &v.languages, (*codec).text)
	if c.reading && !c.failed {
		v.index(slotsFor(len(v.atoms)))
	}
}

// atoms carries the atoms of a vocabulary. What belongs to them stands in their order in the other arrays.
func (c *codec) atoms(v *vocabulary) {
	var end atom
	each(c, &v.atoms, func(c *codec, a *atom) {
		share(c, &a.text, &a.textSize, &end.text)
		share(c, &a.known, &a.knownSize, &end.known)
		share(c, &a.notes, &a.notesSize, &end.notes)
		share(c, &a.calls, &a.callsSize, &end.calls)
		number(c, &a.spoken)
		number(c, &a.common)
		number(c, &a.told)
		number(c, &a.kind)
		number(c, &a.nature)
		if int(end.text) > len(v.texts) {
			c.fail()
		}
	})
}

// share carries how much of an array belongs to a thing. It begins where the share of the last one ended.
func share(c *codec, from *uint32, size *uint16, end *uint32) {
	*from = *end
	number(c, size)
	*end += uint32(*size)
}

func (c *codec) lists(l *lists) {
	near(c, &l.from)
	near(c, &l.all)
}

func (c *codec) grammar(g *grammar) {
	end := int32(0)
	each(c, &g.nodes, func(c *codec, n *node) {
		switch number(c, &n.op); n.op {
		case opGap:
			number(c, &n.gap)
		case opAlt:
			number(c, &n.memo)
		}
		n.from = end
		if step(c, &n.to, &end); n.op == opAlt {
			end += n.to - n.from // behind the kids are their firsts
		}
	})
	near(c, &g.kids)
	c.lists(&g.sets)
}

// patterns carries the patterns. Their sources stand next to each other.
func (c *codec) patterns(list *[]pattern) {
	var rule, end int32
	each(c, list, func(c *codec, p *pattern) {
		step(c, &p.rule, &rule)
		signed(c, &p.root)
		p.from = end
		step(c, &p.to, &end)
		number(c, &p.language)
	})
}

func (c *codec) triggers(list *[]trigger) {
	pattern := int32(0)
	each(c, list, func(c *codec, t *trigger) {
		step(c, &t.pattern, &pattern)
		for i := range t.demands {
			number(c, &t.demands[i])
		}
	})
}

// calls carries which atom calls for which of the triggers.
func (c *codec) calls(list *[]call, triggers []trigger) {
	last := int32(0)
	each(c, list, func(c *codec, to *call) {
		if step(c, &to.trigger, &last); uint(to.trigger) < uint(len(triggers)) {
			to.first = triggers[to.trigger].demands[0]
		} else {
			c.fail()
		}
	})
}

func (c *codec) notes(list *[]note) {
	each(c, list, func(c *codec, n *note) {
		number(c, &n.at)
		c.word(&n.bits)
	})
}

func (c *codec) rule(r *rule) {
	c.text(&r.id)
	number(c, &r.signal)
	c.text(&r.language)
	number(c, &r.bit)
	signed(c, &r.strength)
	each(c, &r.needs, near)
	near(c, &r.unless)
}

func (c *codec) circumstance(x *circumstance) {
	c.text(&x.name)
	c.text(&x.where)
	number(c, &x.within)
	near(c, &x.patterns)
}

func (c *codec) speech(s *speech) {
	number(c, &s.known)
	letters := slices.Sorted(maps.Keys(s.letters))
	each(c, &letters, signed)
	if c.reading {
		s.letters = make(map[rune]uint16, len(letters))
	}
	for _, letter := range letters {
		languages := s.letters[letter]
		number(c, &languages)
		s.letters[letter] = languages
	}
}
