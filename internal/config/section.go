package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A reader collects what is found while the tree is read: faults, warnings, and which keys each section knows.
type reader struct {
	file     string
	dir      string // the file's directory, which relative paths start from
	faults   []Fault
	warnings []Fault
	channels []heldChannel       // of the mailboxes, in file order
	tokens   []*tokenSource      // of the [[oauth]] sections
	known    map[string][]string // by section: the keys that were asked for, for the test that holds the manual to them
}

// A heldChannel is a channel that a mailbox stands for, and where that is written.
type heldChannel struct {
	name string
	line int
}

func (r *reader) fault(line int, key, format string, args ...any) {
	r.faults = append(r.faults, Fault{File: r.file, Line: line, Key: key, Problem: fmt.Sprintf(format, args...)})
}

func (r *reader) warn(line int, key, format string, args ...any) {
	r.warnings = append(r.warnings, Fault{File: r.file, Line: line, Key: key, Problem: fmt.Sprintf(format, args...)})
}

// A section is a table that is being read. Each getter asks for one key, says what is allowed for it, and reports what
// is not; what nobody has asked for when the section is closed is unknown. So the list of keys stands in one place:
// in the code that reads them.
type section struct {
	*reader
	name  string // "mailbox", "mailbox.on_escalate"; "" for the top of the file
	table *table
	asked []string
	wrong bool // what stands there is no table, which has been reported: nothing is missing in it
}

func (r *reader) section(name string, t *table) *section {
	return &section{reader: r, name: name, table: t}
}

// path names a key of this section as it is shown to people.
func (s *section) path(key string) string {
	if s.name == "" {
		return key
	}
	return s.name + "." + key
}

// ask notes that a key is known, and returns its value or nil.
func (s *section) ask(key string) *value {
	if !slices.Contains(s.asked, key) {
		s.asked = append(s.asked, key)
	}
	if !slices.Contains(s.known[s.name], key) {
		s.known[s.name] = append(s.known[s.name], key)
	}
	return s.table.values[key]
}

// lineOf returns the line of a key, or that of the section's head when the key is not there.
func (s *section) lineOf(key string) int {
	if v := s.table.values[key]; v != nil {
		return v.line
	}
	return s.table.line
}

func (s *section) isEmptyString(key string) bool {
	v := s.table.values[key]
	return v != nil && v.kind == unstable.String && v.text == ""
}

// isEmptyList reports whether a key holds a list with nothing in it.
func (s *section) isEmptyList(key string) bool {
	v := s.table.values[key]
	return v != nil && v.kind == unstable.Array && len(v.array) == 0
}

func (s *section) has(key string) bool { return s.table.values[key] != nil }

// bad reports a fault of one key of this section.
func (s *section) bad(key, format string, args ...any) {
	s.fault(s.lineOf(key), s.path(key), format, args...)
}

// beware reports a warning about one key of this section.
func (s *section) beware(key, format string, args ...any) {
	s.warn(s.lineOf(key), s.path(key), format, args...)
}

// missing reports that a required key is not there; the place is the section's head.
func (s *section) missing(key, what string) {
	if s.wrong {
		return
	}
	s.fault(s.table.line, s.path(key), "is missing; it is required: %s", what)
}

// close reports every key that nobody asked for.
func (s *section) close() {
	for _, key := range s.table.keys {
		if slices.Contains(s.asked, key) {
			continue
		}
		if near := nearest(key, s.asked); near != "" {
			s.bad(key, "unknown key; did you mean %q?", near)
			continue
		}
		s.bad(key, "unknown key; known here are %s", strings.Join(s.asked, ", "))
	}
}

// text returns a string, or def.
func (s *section) text(key, def string) string {
	v := s.ask(key)
	if v == nil {
		return def
	}
	if v.kind != unstable.String {
		s.bad(key, "is %s; it must be a string in quotes", v.describe())
		return def
	}
	if strings.ContainsFunc(v.text, isControl) {
		s.bad(key, "holds a control character; remove it")
		return def
	}
	return v.text
}

// required returns a string that must be there and not be empty.
func (s *section) required(key, what string) string {
	if !s.has(key) {
		s.ask(key)
		s.missing(key, what)
		return ""
	}
	text := s.text(key, "")
	if s.isEmptyString(key) {
		s.bad(key, "is empty; it is required: %s", what)
	}
	return text
}

// choice returns one of the allowed words, or def.
func (s *section) choice(key, def string, allowed ...string) string {
	text := s.text(key, def)
	if slices.Contains(allowed, text) {
		return text
	}
	quoted := make([]string, len(allowed))
	for i, a := range allowed {
		quoted[i] = strconv.Quote(a)
	}
	s.bad(key, "%q is not known; allowed are %s", shorten(text), strings.Join(quoted, ", "))
	return def
}

// number returns a whole number from least to most, or def.
func (s *section) number(key string, def, least, most int) int {
	v := s.ask(key)
	if v == nil {
		return def
	}
	if v.kind != unstable.Integer {
		s.bad(key, "is %s; it must be a whole number from %d to %d, without quotes", v.describe(), least, most)
		return def
	}
	n, err := strconv.ParseInt(v.text, 0, 64)
	if err != nil || n < int64(least) || n > int64(most) {
		s.bad(key, "%s is out of range; allowed are %d to %d", v.text, least, most)
		return def
	}
	return int(n)
}

// yes returns a boolean, or def.
func (s *section) yes(key string, def bool) bool {
	v := s.ask(key)
	if v == nil {
		return def
	}
	if v.kind != unstable.Bool {
		s.bad(key, "is %s; it must be true or false, without quotes", v.describe())
		return def
	}
	return v.text == "true"
}

// duration returns a time span from least to most, or def.
func (s *section) duration(key string, def, least, most time.Duration) time.Duration {
	if !s.has(key) {
		s.ask(key)
		return def
	}
	text := s.text(key, "")
	if s.isEmptyString(key) {
		s.bad(key, "is empty; write a number and a unit such as \"1m\"")
	}
	if text == "" {
		return def
	}
	d, err := escalation.ParseDuration(text)
	if err != nil {
		s.bad(key, "%v", err)
		return def
	}
	if d < least || d > most {
		s.bad(key, "%q is out of range; allowed are %s to %s", text, escalation.FormatDuration(least), escalation.FormatDuration(most))
		return def
	}
	return d
}

// list returns the strings of a list with their lines, or nil.
func (s *section) list(key, what string) []*value {
	v := s.ask(key)
	if v == nil {
		return nil
	}
	if v.kind != unstable.Array {
		s.bad(key, "is %s; it must be a list of %s such as [%q]", v.describe(), what, "…")
		return nil
	}
	var texts []*value
	for _, element := range v.array {
		if element.kind != unstable.String {
			s.fault(element.line, s.path(key), "holds %s; it must be a list of %s in quotes", element.describe(), what)
			continue
		}
		if strings.ContainsFunc(element.text, isControl) {
			s.fault(element.line, s.path(key), "holds a control character; remove it")
			continue
		}
		texts = append(texts, element)
	}
	return texts
}

// tables returns the elements of [[key]].
func (s *section) tables(key string) []*table {
	v := s.ask(key)
	if v == nil {
		return nil
	}
	if v.kind != unstable.Array {
		s.bad(key, "is %s; there may be several: write [[%s]] with double brackets", v.describe(), s.path(key))
		return nil
	}
	var tables []*table
	for _, element := range v.array {
		if element.table == nil {
			s.fault(element.line, s.path(key), "holds %s; write [[%s]] and the keys below it", element.describe(), s.path(key))
			continue
		}
		tables = append(tables, element.table)
	}
	return tables
}

// sub returns the section [key], empty when the file has none.
func (s *section) sub(key string) *section {
	v := s.ask(key)
	if v == nil {
		return s.section(s.path(key), newTable(s.table.line))
	}
	if v.table == nil {
		if v.kind == unstable.Array && v.header {
			s.bad(key, "is written as [[%s]]; there is only one: write [%s]", s.path(key), s.path(key))
		} else {
			s.bad(key, "is %s; it must be a table: write [%s] and the keys below it", v.describe(), s.path(key))
		}
		return &section{reader: s.reader, name: s.path(key), table: newTable(v.line), wrong: true}
	}
	return s.section(s.path(key), v.table)
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 }
