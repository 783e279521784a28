// Package reply reads what our own people answer to a mail about a case.
//
// The first line says what is to be done, in English or Chinese, by a closed list of words (see words.go): resolved,
// false alarm, reopen, snooze 2d, note …, ack. The word has to stand alone, or something other than a letter has to
// follow it: "resolved, money is on its way" ends the case, "resolved by refund" and "resolved?" are notes. Whatever is
// not in the list is a note. Nothing is guessed: a note that should have been a command costs a second mail, a command
// that was meant as a note loses a case.
//
// The package decides what is asked for. Who may ask for it is intake's to know.
package reply

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Verb is what an answer asks for. The words stand in the state file.
type Verb string

// The verbs.
const (
	Ack        Verb = "ack"
	Resolve    Verb = "resolve"
	FalseAlarm Verb = "false-alarm"
	Reopen     Verb = "reopen"
	Snooze     Verb = "snooze"
	Note       Verb = "note"
)

// What is read of an answer, in bytes: people write more, but not for Heed.
const (
	MaxText = 3 << 10 // of what is noted
	maxLine = 300     // of a first line that can be a command
)

// A Command is what an answer asks for.
type Command struct {
	Verb  Verb
	Until time.Time // when a snooze is over
	Text  string    // what is to be noted, whatever the verb; "" for nothing
}

// Parse reads the new text of an answer: without quotes and signature. Times in it are those of now's zone.
func Parse(text string, now time.Time) Command {
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	text = strings.TrimSpace(text[:len(text)-len(ownAddress.FindString(text))])
	if text == "" {
		return Command{Verb: Ack}
	}
	first, rest, _ := strings.Cut(text, "\n")
	command := Command{Verb: Note, Text: text}
	if line := tidy(first); len(line) <= maxLine {
		if c, after, ok := parseLine(strings.Map(narrow, line), now); ok {
			command = c
			after = line[len(line)-tailBytes(line, utf8.RuneCountInString(after)):] // as it was typed
			command.Text = strings.TrimSpace(strings.TrimLeftFunc(after, isFiller) + "\n" + strings.TrimSpace(rest))
		}
	}
	command.Text = clip(command.Text)
	return command
}

// parseLine reads a first line. after is what stands behind the words of the command.
func parseLine(line string, now time.Time) (c Command, after string, ok bool) {
	for _, verb := range []Verb{FalseAlarm, Reopen, Resolve, Ack} {
		for _, phrase := range phrases()[verb] {
			if after, ok := cutPhrase(line, phrase); ok && ends(phrase, after) {
				return Command{Verb: verb}, after, true
			}
		}
	}
	for _, phrase := range phrases()[Snooze] {
		if after, ok := cutPhrase(line, phrase); ok {
			if until, after, ok := parseUntil(after, now); ok {
				return Command{Verb: Snooze, Until: until}, after, true
			}
		}
	}
	for _, phrase := range phrases()[Note] {
		if after, ok := cutPhrase(line, phrase); ok && (ends(phrase, after) || strings.HasPrefix(after, " ")) {
			return Command{Verb: Note}, after, true
		}
	}
	return Command{}, "", false
}

// tidy takes what is no word off a line: marks of emphasis and lists before it, all blanks but one.
func tidy(line string) string {
	line = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf) { // joiners and direction marks, which phones leave behind
			return -1
		}
		return r
	}, line)
	return strings.TrimLeft(strings.Join(strings.Fields(line), " "), "*_#->`'\"“「【[(＊＃－＞ ")
}

// narrow makes plain letters, digits and signs of full-width ones, one for one.
func narrow(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// tailBytes is how many bytes the last n runes of a line have.
func tailBytes(line string, n int) int {
	size := 0
	for range n {
		_, one := utf8.DecodeLastRuneInString(line[:len(line)-size])
		size += one
	}
	return size
}

// ownAddress is an address alone in the last line, which some programs put there for a signature.
var ownAddress = regexp.MustCompile(`\n[ \t]*[^\s@]+@[^\s@]+\.[a-zA-Z]+$`)

// cutPhrase takes a phrase off the beginning of a line, whatever its case.
func cutPhrase(line, phrase string) (after string, ok bool) {
	if len(line) < len(phrase) || !strings.EqualFold(line[:len(phrase)], phrase) {
		return "", false
	}
	return line[len(phrase):], true
}

// ends reports whether a phrase stands for itself before what comes after it.
func ends(phrase, after string) bool {
	if after == "" {
		return true
	}
	if last, _ := utf8.DecodeLastRuneInString(phrase); after[0] == ' ' && unicode.Is(unicode.Han, last) {
		return !isQuestion(after) // Chinese puts no blank within a sentence
	}
	if after[0] == '-' || after[0] == '\'' || strings.HasPrefix(after, "’") { // "done-ish", "mine's"
		return false
	}
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(after, " "))
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !isQuestion(after)
}

// isQuestion reports whether the next sign that is no blank asks.
func isQuestion(after string) bool {
	after = strings.TrimLeft(after, " .!")
	return strings.HasPrefix(after, "?") || strings.HasPrefix(after, "吗") || strings.HasPrefix(after, "嗎")
}

// isFiller reports what may stand between a word and the text behind it.
func isFiller(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("，．；：！,.;:!-–—、。*_)]】」\"'”", r)
}

// clip cuts a text to MaxText at the border of a character.
func clip(text string) string {
	if len(text) <= MaxText {
		return text
	}
	n := MaxText
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return strings.TrimSpace(text[:n])
}

var subjectForm = regexp.MustCompile(`\[Heed #(\d{1,15})\]`)

// CaseInSubject returns the case that a subject of ours names, behind whatever prefixes a mail program has put before
// it; 0 for none. Where a subject names two, it is the first.
func CaseInSubject(subject string) int64 {
	m := subjectForm.FindStringSubmatch(subject)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Answered lists the Message-IDs that an answer refers to, the nearest first.
func Answered(inReplyTo, references []string) []string {
	ids := slices.Clone(inReplyTo)
	for _, id := range slices.Backward(references) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids[:min(len(ids), maxAnswered)]
}

// maxAnswered bounds how many mails an answer can refer to; a thread of ours has a handful.
const maxAnswered = 50
