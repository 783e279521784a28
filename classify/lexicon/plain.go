package lexicon

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// readPlain reads a file that is written as plainly as the built-in ones are: strings without backslashes, lists of such
// strings, whole numbers, and tables under their headers. It takes a tenth of the time of a TOML library, which matters as
// a program that hears one mail reads more than a megabyte first. Of all other files, valid or not, it says that it
// can't, and the library reads them.
func readPlain(source string) (doc document, ok bool) {
	if hasControl(source) || !utf8.ValidString(source) {
		return doc, false
	}
	p := plain{rest: source, size: len(source), doc: &doc, tables: map[string]bool{}, keys: map[string]bool{}}
	for p.next() {
		if p.rest[0] == '[' {
			ok = p.header()
		} else {
			ok = p.pair()
		}
		if !ok || !p.lineEnds() {
			return document{}, false
		}
	}
	return doc, true
}

type plain struct {
	rest string
	size int
	doc  *document

	table   string          // the table that is being read: "", "class", "entry" …
	name    string          // of a context
	context context         // likewise
	tables  map[string]bool // that were met
	keys    map[string]bool // of this table that were met
}

// at is the offset of what comes next.
func (p *plain) at() int { return p.size - len(p.rest) }

// next skips blank lines and comments. It tells whether there is more.
func (p *plain) next() bool {
	for {
		p.rest = strings.TrimLeft(p.rest, " \t\n")
		if !strings.HasPrefix(p.rest, "#") {
			return p.rest != ""
		}
		p.skipComment()
	}
}

func (p *plain) skipComment() {
	end := strings.IndexByte(p.rest, '\n')
	if end < 0 {
		end = len(p.rest)
	}
	p.rest = p.rest[end:]
}

func (p *plain) skipSpace() { p.rest = strings.TrimLeft(p.rest, " \t") }

func (p *plain) take(s string) bool {
	rest, ok := strings.CutPrefix(p.rest, s)
	p.rest = rest
	return ok
}

// lineEnds tells whether nothing but a comment follows in this line.
func (p *plain) lineEnds() bool {
	p.skipSpace()
	if strings.HasPrefix(p.rest, "#") {
		p.skipComment()
	}
	return p.rest == "" || p.rest[0] == '\n'
}

// key reads a name without quotation marks.
func (p *plain) key() (string, bool) {
	i := 0
	for i < len(p.rest) && (p.rest[i]|0x20 >= 'a' && p.rest[i]|0x20 <= 'z' || p.rest[i] >= '0' && p.rest[i] <= '9' || p.rest[i] == '_' || p.rest[i] == '-') {
		i++
	}
	key := p.rest[:i]
	p.rest = p.rest[i:]
	return key, key != ""
}

// once tells whether a name is there for the first time.
func once(met map[string]bool, name string) bool {
	is := !met[name]
	met[name] = true
	return is
}

// header reads [class], [context.name], [unless], [needs] or [[entry]].
func (p *plain) header() bool {
	clear(p.keys)
	if p.take("[[entry]]") {
		p.table = "entry"
		p.doc.Entry = append(p.doc.Entry, entry{})
		return true
	}
	p.take("[")
	table, _ := p.key()
	p.table = table
	switch table {
	case "class":
		p.doc.Class = map[string]text{}
	case "unless":
		p.doc.Unless = map[string][]string{}
	case "needs":
		p.doc.Needs = map[string][]string{}
	case "context":
		return p.contextHeader()
	default:
		return false
	}
	return p.take("]") && once(p.tables, table)
}

func (p *plain) contextHeader() bool {
	dot := p.take(".")
	name, ok := p.key()
	if !dot || !ok || !p.take("]") || !once(p.tables, "context."+name) {
		return false
	}
	if p.doc.Context == nil {
		p.doc.Context = map[string]context{}
	}
	p.name, p.context = name, context{}
	p.doc.Context[name] = p.context
	return true
}

// pair reads key = value.
func (p *plain) pair() bool {
	key, ok := p.key()
	p.skipSpace()
	if !ok || !p.take("=") || !once(p.keys, key) {
		return false
	}
	p.skipSpace()
	switch p.table {
	case "class":
		t, ok := p.text()
		p.doc.Class[key] = t
		return ok
	case "unless":
		return p.listIn(p.doc.Unless, key)
	case "needs":
		return p.listIn(p.doc.Needs, key)
	case "context":
		ok := p.contextPair(key)
		p.doc.Context[p.name] = p.context
		return ok
	case "entry":
		return p.entryPair(&p.doc.Entry[len(p.doc.Entry)-1], key)
	}
	return p.topPair(key)
}

func (p *plain) topPair(key string) bool {
	d := p.doc
	switch key {
	case "language":
		return p.string(&d.Language)
	case "common":
		return p.string(&d.Common)
	case "elisions":
		return p.string(&d.Elisions)
	case "abbreviations":
		return p.string(&d.Abbreviations)
	case "fuzzy":
		return p.string(&d.Fuzzy)
	case "not_fuzzy":
		return p.string(&d.NotFuzzy)
	case "masked":
		return p.string(&d.Masked)
	case "conjunctions":
		return p.string(&d.Conjunctions)
	}
	return false
}

func (p *plain) contextPair(key string) bool {
	c := &p.context
	switch key {
	case "where":
		return p.string(&c.Where)
	case "within":
		return p.number(&c.Within)
	case "say":
		return p.textInto(&c.Say)
	}
	return false
}

func (p *plain) entryPair(e *entry, key string) bool {
	switch key {
	case "signal":
		return p.string(&e.Signal)
	case "name":
		return p.textInto(&e.Name)
	case "say":
		return p.textInto(&e.Say)
	case "hit":
		return p.textInto(&e.Hit)
	case "miss":
		return p.textInto(&e.Miss)
	case "needs":
		return p.list(&e.Needs)
	case "unless":
		return p.list(&e.Unless)
	case "even":
		return p.list(&e.Even)
	case "strength":
		return p.number(&e.Strength)
	}
	return false
}

func (p *plain) textInto(into *text) (ok bool) {
	*into, ok = p.text()
	return ok
}

func (p *plain) string(into *string) bool {
	t, ok := p.text()
	*into = t.string
	return ok
}

// text reads a string between quotation marks of any kind, in which nothing has to be understood.
func (p *plain) text() (text, bool) {
	for _, mark := range []string{`'''`, `"""`, `"`, `'`} {
		if !p.take(mark) {
			continue
		}
		if len(mark) == 3 {
			p.take("\n")
		}
		at := p.at()
		body, rest, ok := strings.Cut(p.rest, mark)
		p.rest = rest
		if !ok || len(mark) == 3 && strings.HasPrefix(rest, mark[:1]) || !isPlain(body, mark) {
			return text{}, false
		}
		return text{body, at}, true
	}
	return text{}, false
}

// hasControl tells whether there are control characters other than tabs and line breaks.
func hasControl(source string) bool {
	for i := range len(source) {
		if b := source[i]; b < ' ' && b != '\n' && b != '\t' || b == 0x7F {
			return true
		}
	}
	return false
}

// isPlain tells whether a string stands for itself.
func isPlain(body, mark string) bool {
	return (mark[0] == '\'' || strings.IndexByte(body, '\\') < 0) && (len(mark) == 3 || strings.IndexByte(body, '\n') < 0)
}

func (p *plain) number(into *int) bool {
	i := 0
	for i < len(p.rest) && (p.rest[i] == '-' || p.rest[i] >= '0' && p.rest[i] <= '9') {
		i++
	}
	n, err := strconv.Atoi(p.rest[:i])
	*into = n
	leading := strings.TrimPrefix(p.rest[:i], "-")
	p.rest = p.rest[i:]
	return err == nil && (leading == "0" || !strings.HasPrefix(leading, "0"))
}

func (p *plain) listIn(into map[string][]string, key string) bool {
	var list []string
	ok := p.list(&list)
	into[key] = list
	return ok
}

// list reads ["a", "b"].
func (p *plain) list(into *[]string) bool {
	list := []string{}
	if !p.take("[") {
		return false
	}
	for {
		p.rest = strings.TrimLeft(p.rest, " \t\n")
		if p.take("]") {
			*into = list
			return true
		}
		t, ok := p.text()
		if !ok {
			return false
		}
		list = append(list, t.string)
		p.rest = strings.TrimLeft(p.rest, " \t\n")
		if !p.take(",") && !strings.HasPrefix(p.rest, "]") {
			return false
		}
	}
}
