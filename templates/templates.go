// Package templates holds the words of Heed's notes and drafts, one folder per language.
//
// The files are text/template and html/template; they are built into the program, and an administrator may put files
// of the same names into a directory of his own:
//
//	en/words.tmpl            the sentences: what happened, why, what to do next, one {{define}} each
//	en/escalation.txt.tmpl   the plain text of an escalation and of a follow-up
//	en/escalation.html.tmpl  the same in HTML
//	en/reminder.txt.tmpl     what is said again of a case that nobody answers; the first line is the subject
//	en/digest.txt.tmpl       the list of open cases; likewise
//	en/note.txt.tmpl         the note beside the customer's mail
//	en/alarm.txt.tmpl        the mail to the administrator when something needs a hand
//	en/chat.txt.tmpl         what a group chat is told
//	de/reassure.txt.tmpl     the draft that calms, in the customer's language
//	de/appease.txt.tmpl      the draft with a better offer
//
// Notes are written in the languages of NoteLanguages, drafts in those of DraftLanguages. A file of the administrator
// that is broken is never used half: Load reports it, and the built-in one stands in for it. The words of one file may
// be replaced one by one: what an own words.tmpl does not define keeps its built-in wording.
package templates

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
)

//go:embed de en es fr it nl pt zh
var builtin embed.FS

// The names of the templates. Escalation is there as text and as HTML, the others as text only.
const (
	Escalation = "escalation"
	Note       = "note"
	Chat       = "chat"
	Reassure   = "reassure"
	Appease    = "appease"
	Alarm      = "alarm"    // its first line is the subject
	Reminder   = "reminder" // likewise
	Digest     = "digest"   // likewise
)

// MaxFile is the most that is read of a template file, MaxOutput the most that one may write.
const (
	MaxFile   = 256 << 10
	MaxOutput = 1 << 20
)

// NoteLanguages lists the languages in which notes can be written.
func NoteLanguages() []string { return []string{"en", "zh"} }

// DraftLanguages lists the languages in which drafts can be written.
func DraftLanguages() []string { return []string{"de", "en", "es", "fr", "it", "nl", "pt", "zh"} }

// A Set is the templates of one language. It does not change after Load and may be used by any number of goroutines.
type Set struct {
	language string
	words    map[string]sentence    // the administrator's words over the built-in ones
	plain    *texttemplate.Template // the built-in words alone
	ownWords []string               // the names of the administrator's words
	text     map[string]layered[*texttemplate.Template]
	html     map[string]layered[*htmltemplate.Template]
}

// A sentence is one of the words: a template, or a text that is the same whatever it is about, as every label is.
type sentence struct {
	fixed    bool
	text     string
	template *texttemplate.Template
}

// layered is the administrator's template, if there is one, over the built-in one.
type layered[T any] struct {
	own, builtin T
	hasOwn       bool
	room         int // for what it writes, in bytes: about as much as it is long
}

// Load reads the templates of a language, with the files of override (may be nil) over the built-in ones. Each error
// names a file of override that is not used, and why; the Set works all the same.
func Load(language string, override fs.FS) (*Set, []error) {
	if !slices.Contains(DraftLanguages(), language) {
		return nil, []error{fmt.Errorf("language %q: there are no templates for it; there are %s", language, strings.Join(DraftLanguages(), ", "))}
	}
	s := &Set{
		language: language,
		text:     map[string]layered[*texttemplate.Template]{},
		html:     map[string]layered[*htmltemplate.Template]{},
	}
	problems := s.loadWords(override)
	files, err := fs.ReadDir(builtin, language)
	if err != nil { // cannot be: the folder is embedded
		return nil, []error{err}
	}
	for _, f := range files {
		name, kind, ok := split(f.Name())
		if !ok {
			continue
		}
		if err := s.load(name, kind, path.Join(language, f.Name()), override); err != nil {
			problems = append(problems, err)
		}
	}
	return s, problems
}

// split takes "escalation.html.tmpl" apart; words.tmpl is none of these.
func split(file string) (name, kind string, ok bool) {
	parts := strings.Split(file, ".")
	if len(parts) != 3 {
		return "", "", false
	}
	return parts[0], parts[1], true
}

func (s *Set) load(name, kind, file string, override fs.FS) error {
	source, err := read(builtin, file)
	if err != nil {
		return err
	}
	own, hasOwn, problem := readOwn(override, file)
	switch kind {
	case "txt":
		t := layered[*texttemplate.Template]{builtin: texttemplate.Must(parseText(file, source)), room: 2 * max(len(source), len(own))}
		if hasOwn {
			t.own, problem = parseText(file, own)
			t.hasOwn = problem == nil
		}
		s.text[name] = t
	case "html":
		t := layered[*htmltemplate.Template]{builtin: htmltemplate.Must(parseHTML(file, source)), room: 2 * max(len(source), len(own))}
		if hasOwn {
			t.own, problem = parseHTML(file, own)
			t.hasOwn = problem == nil
		}
		s.html[name] = t
	}
	return problem
}

func (s *Set) loadWords(override fs.FS) []error {
	file := path.Join(s.language, "words.tmpl")
	source, err := read(builtin, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a language of drafts only
	}
	if err != nil {
		return []error{err}
	}
	s.plain = texttemplate.Must(parseText(file, source))
	s.words = sentences(s.plain)
	own, ok, problem := readOwn(override, file)
	if problem != nil {
		return []error{problem}
	}
	if !ok {
		return nil
	}
	both, err := texttemplate.Must(parseText(file, source)).Parse(own)
	if err != nil {
		return []error{fmt.Errorf("template %s is not used, the built-in one is: %w", file, err)}
	}
	s.words = sentences(both)
	for _, t := range texttemplate.Must(parseText(file, own)).Templates() {
		if t.Name() != file {
			s.ownWords = append(s.ownWords, t.Name())
		}
	}
	slices.Sort(s.ownWords)
	return nil
}

// sentences takes a file of words apart.
func sentences(file *texttemplate.Template) map[string]sentence {
	words := make(map[string]sentence)
	for _, t := range file.Templates() {
		text, fixed := fixedText(t)
		words[t.Name()] = sentence{fixed: fixed, text: strings.TrimSpace(text), template: t}
	}
	return words
}

// fixedText returns what a template writes, if that is always the same.
func fixedText(t *texttemplate.Template) (text string, fixed bool) {
	if t.Tree == nil {
		return "", false
	}
	for _, node := range t.Root.Nodes {
		piece, ok := node.(*parse.TextNode)
		if !ok || len(text)+len(piece.Text) > MaxOutput {
			return "", false
		}
		text += string(piece.Text)
	}
	return text, true
}

// HasWord reports whether there are words of that name.
func (s *Set) HasWord(name string) bool {
	_, ok := s.words[name]
	return ok
}

// Words executes the words of that name, "" where there are none. Words of the administrator that fail give way to the
// built-in ones.
func (s *Set) Words(name string, data any) string {
	word, ok := s.words[name]
	if !ok {
		return ""
	}
	if word.fixed {
		return word.text
	}
	for _, t := range []*texttemplate.Template{word.template, s.plain.Lookup(name)} {
		if t == nil {
			continue
		}
		if out, err := execute(t, data, sentenceRoom); err == nil {
			return strings.TrimSpace(out)
		}
	}
	return ""
}

// Text executes the plain text template of that name.
func (s *Set) Text(name string, data any) (string, error) {
	t, ok := s.text[name]
	if !ok {
		return "", fmt.Errorf("template %s/%s.txt.tmpl: there is none", s.language, name)
	}
	if t.hasOwn {
		if out, err := execute(t.own, data, t.room); err == nil {
			return out, nil
		}
	}
	return execute(t.builtin, data, t.room)
}

// HTML executes the HTML template of that name.
func (s *Set) HTML(name string, data any) (string, error) {
	t, ok := s.html[name]
	if !ok {
		return "", fmt.Errorf("template %s/%s.html.tmpl: there is none", s.language, name)
	}
	if t.hasOwn {
		if out, err := execute(t.own, data, t.room); err == nil {
			return out, nil
		}
	}
	return execute(t.builtin, data, t.room)
}

// Check executes every template and all words of the administrator with sample data, so that what parses but cannot be
// executed is found before the day on which it is needed. data and words give the sample for a name.
func (s *Set) Check(data, words func(name string) any) []error {
	var problems []error
	for _, name := range sortedKeys(s.text) {
		if t := s.text[name]; t.hasOwn {
			problems = append(problems, notUsed(execute(t.own, data(name), t.room))...)
		}
	}
	for _, name := range sortedKeys(s.html) {
		if t := s.html[name]; t.hasOwn {
			problems = append(problems, notUsed(execute(t.own, data(name), t.room))...)
		}
	}
	for _, name := range s.ownWords {
		problems = append(problems, notUsed(execute(s.words[name].template, words(name), sentenceRoom))...)
	}
	return problems
}

// CheckBuiltIn does the same with the built-in templates and words, which stand in for the administrator's.
func (s *Set) CheckBuiltIn(data, words func(name string) any) error {
	var problems []error
	for _, name := range sortedKeys(s.text) {
		_, err := execute(s.text[name].builtin, data(name), s.text[name].room)
		problems = append(problems, err)
	}
	for _, name := range sortedKeys(s.html) {
		_, err := execute(s.html[name].builtin, data(name), s.html[name].room)
		problems = append(problems, err)
	}
	for _, name := range s.wordNames() {
		_, err := execute(s.plain.Lookup(name), words(name), sentenceRoom)
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

func notUsed(_ string, err error) []error {
	if err == nil {
		return nil
	}
	return []error{fmt.Errorf("a template is not used, the built-in one is: %w", err)}
}

// wordNames lists the built-in words, without the file that they stand in.
func (s *Set) wordNames() []string {
	if s.plain == nil {
		return nil
	}
	var names []string
	for _, t := range s.plain.Templates() {
		if !strings.HasSuffix(t.Name(), ".tmpl") {
			names = append(names, t.Name())
		}
	}
	slices.Sort(names)
	return names
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func parseText(file, source string) (*texttemplate.Template, error) {
	t, err := texttemplate.New(file).Funcs(functions()).Option("missingkey=error").Parse(source)
	if err != nil {
		return nil, fmt.Errorf("template %s is not used, the built-in one is: %w", file, err)
	}
	return t, nil
}

func parseHTML(file, source string) (*htmltemplate.Template, error) {
	t, err := htmltemplate.New(file).Funcs(functions()).Option("missingkey=error").Parse(source)
	if err != nil {
		return nil, fmt.Errorf("template %s is not used, the built-in one is: %w", file, err)
	}
	return t, nil
}

// functions are what a template can call beside the built-in functions.
func functions() map[string]any {
	return map[string]any{
		"join":  func(list []string, sep string) string { return strings.Join(list, sep) },
		"lower": lowerFirst,
	}
}

// lowerFirst lets a heading stand inside a sentence.
func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

type executable interface {
	Name() string
	Execute(w io.Writer, data any) error
}

// sentenceRoom is room for a sentence, in bytes.
const sentenceRoom = 128

// execute runs a template into room for so many bytes, or more where it writes more.
func execute(t executable, data any, room int) (string, error) {
	var out limited
	out.Grow(room)
	if err := t.Execute(&out, data); err != nil {
		return "", fmt.Errorf("template %s: %w", t.Name(), err)
	}
	return out.String(), nil
}

// limited keeps what a template writes, up to MaxOutput.
type limited struct{ strings.Builder }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > MaxOutput {
		return 0, fmt.Errorf("it writes more than %d bytes", MaxOutput)
	}
	return l.Builder.Write(p)
}

func readOwn(override fs.FS, file string) (source string, ok bool, problem error) {
	if override == nil {
		return "", false, nil
	}
	source, err := read(override, file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("template %s is not used, the built-in one is: %w", file, err)
	}
	return source, true, nil
}

func read(from fs.FS, file string) (string, error) {
	f, err := from.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	source, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return "", err
	}
	if len(source) > MaxFile {
		return "", fmt.Errorf("it is larger than %d bytes", MaxFile)
	}
	return string(source), nil
}
