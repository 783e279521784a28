package message

import (
	"strconv"
	"strings"
	"time"
)

// The bounds of deadlines.
const (
	maxDeadlines = 10
	maxAhead     = 400 * 24 * time.Hour // what lies further away is no deadline
	maxLook      = 9                    // words that a deadline has behind the one that opens it
)

// findDeadlines returns the dates by which a text wants something done, counted from when it came. What lies in the past
// of the mail, what was promised once and what a policy says is none.
func findDeadlines(text string, arrived time.Time) []Deadline {
	return appendDeadlines(nil, text, nil, arrived)
}

// appendDeadlines adds those of a text; room is for the tokens of a sentence.
func appendDeadlines(all []Deadline, text string, room []token, arrived time.Time) []Deadline {
	if arrived.IsZero() {
		return all
	}
	for sentence := range datedSentences(text) {
		all = appendDeadlinesIn(all, sentence, tokenize(room, sentence), arrived)
	}
	return all
}

// appendDeadlinesIn adds those of a sentence.
func appendDeadlinesIn(all []Deadline, text string, tokens []token, arrived time.Time) []Deadline {
	for i := 0; i < len(tokens) && len(all) < maxDeadlines; i++ {
		if tokens[i].word.kind == noTime || !opensDeadline(tokens, i) {
			continue
		}
		p := dateParser{text: text, tokens: tokens, at: i + 1, opener: tokens[i], arrived: arrived}
		at, ok := p.parse()
		if !ok || !at.After(arrived) || at.Sub(arrived) > maxAhead || isPast(tokens, i, p.at) {
			continue
		}
		all = appendDeadline(all, Deadline{Text: oneLine(text[startOf(tokens, i):tokens[p.at-1].end]), At: at})
		i = p.at - 1
	}
	return all
}

// startOf is where a deadline begins in its text.
func startOf(tokens []token, opener int) int32 {
	if t := tokens[opener]; t.is(wordByDay) && t.word.n == twoBefore && opener >= 2 {
		return tokens[opener-2].start
	}
	return tokens[opener].start
}

func appendDeadline(all []Deadline, d Deadline) []Deadline {
	for _, known := range all {
		if known.At.Equal(d.At) {
			return all
		}
	}
	return append(all, d)
}

// opensDeadline reports whether a deadline may begin at a word.
func opensDeadline(tokens []token, i int) bool {
	switch tokens[i].word.kind {
	case wordWithin, wordWithinSoft, wordByDay, wordBeforeDay:
		return true
	case wordYouHave:
		return i > 0 && tokens[i-1].is(wordYou)
	case wordUntilDay:
		for j := i - 1; j >= max(0, i-4); j-- {
			if tokens[j].is(wordYou, wordYouHave) {
				return true
			}
		}
	}
	return false
}

// isPast reports whether the words around a date say that it was: "was promised within 3 days". What is said to be
// missing is still to come: "if it is not delivered by Friday".
func isPast(tokens []token, opener, end int) bool {
	was := false
	for i := opener - 1; i >= max(0, opener-7); i-- {
		if tokens[i].is(wordIfNot) {
			return false
		}
		was = was || tokens[i].is(wordPast)
	}
	for i := end; i < min(len(tokens), end+2); i++ {
		was = was || tokens[i].is(wordPast) || i == end && tokens[i].is(wordFromDay)
	}
	return was
}

// A dateParser reads what stands behind the word that opens a deadline.
type dateParser struct {
	text    string
	tokens  []token
	at      int // the token in hand; behind the last one when it is done
	opener  token
	arrived time.Time

	soon bool // a word for next stood before
	n    int  // the number that was read last, -1 for none
	hour int  // of the day, -1 for none
	used int  // behind the last token that belongs to the deadline
}

// written is how a number stands in the text, "" for a word.
func (p *dateParser) written(t token) string {
	if !t.number {
		return ""
	}
	return p.text[t.start:t.end]
}

// parse walks over numbers and fillers until a word completes the deadline.
func (p *dateParser) parse() (time.Time, bool) {
	p.n, p.hour = -1, -1
	for limit := min(len(p.tokens), p.at+maxLook); p.at < limit; p.at++ {
		t := p.tokens[p.at]
		switch {
		case t.number && p.n < 0:
			if at, ok := p.number(p.written(t)); ok {
				p.at++
				return at, true
			}
		case t.is(wordNumber):
			p.n = int(t.word.n)
		case t.is(wordNoon) && p.n > 0 && p.n <= 24:
			p.setHour(int(t.word.n))
		case t.is(wordNext):
			p.soon = true
		case t.is(wordWithinSoft, wordWithin): // "bis in 3 Tagen"
			p.soon = true
		case t.is(wordFiller, wordYou, wordNoon, wordWork, wordBeforeDay, wordByDay):
		default:
			return p.complete(t)
		}
	}
	return p.onlyHour()
}

// setHour makes an hour of the number before "pm".
func (p *dateParser) setHour(half int) {
	p.hour, p.n, p.used = p.n%24, -1, p.at+1
	if half != 0 {
		p.hour %= 12
	}
	if half == afterNoon {
		p.hour += 12
	}
}

// complete reads the word that says what kind of deadline it is.
func (p *dateParser) complete(t token) (time.Time, bool) {
	p.at++
	switch {
	case t.is(wordHours, wordDays, wordWorkdays, wordWeeks) && p.opensSpan(t):
		return p.span(t)
	case p.opener.is(wordYouHave, wordWithinSoft):
		return time.Time{}, false
	case t.is(wordWeekday):
		return p.day(nextWeekday(p.arrived, time.Weekday(t.word.n), p.soon)), true
	case t.is(wordToday):
		return p.day(p.arrived), true
	case t.is(wordTomorrow):
		return p.day(p.arrived.AddDate(0, 0, 1)), true
	case t.is(wordAfterTomorrow):
		return p.day(p.arrived.AddDate(0, 0, 2)), true
	case t.is(wordMonth):
		return p.monthDay(int(t.word.n))
	case t.is(wordEndOf):
		return p.end()
	}
	p.at--
	return p.onlyHour()
}

// onlyHour is "by 5 pm", which means today.
func (p *dateParser) onlyHour() (time.Time, bool) {
	if p.hour < 0 || !p.opener.is(wordByDay, wordBeforeDay, wordUntilDay, wordWithin) {
		return time.Time{}, false
	}
	p.at = p.used
	return p.day(p.arrived), true
}

// opensSpan reports whether a span may follow: "in 24 hours" sets a time, "in two weeks" tells of one most often.
func (p *dateParser) opensSpan(unit token) bool {
	if p.opener.is(wordWithinSoft) {
		return p.soon && !unit.is(wordWeeks) || unit.is(wordHours) && p.n > 0
	}
	if p.opener.is(wordByDay, wordUntilDay) || p.opener.is(wordBeforeDay) && p.opener.word.n == notSpan {
		return p.soon
	}
	return true
}

func (p *dateParser) span(unit token) (time.Time, bool) {
	n := p.n
	if n < 0 && !p.opener.is(wordYouHave) {
		n = 1 // "within a week", "dans la semaine"
	}
	if n < 1 || n > 1000 {
		return time.Time{}, false
	}
	working := unit.is(wordWorkdays)
	for _, near := range []int{p.at - 2, p.at} { // "3 business days", "3 jours ouvrés"
		if near < len(p.tokens) && p.tokens[near].is(wordWork) {
			working = working || unit.is(wordDays)
			p.at = max(p.at, near+1)
		}
	}
	switch {
	case unit.is(wordHours):
		return p.arrived.Add(time.Duration(n) * time.Hour), true
	case unit.is(wordWeeks):
		return p.arrived.AddDate(0, 0, 7*n), true
	case working:
		return addWorkdays(p.arrived, n), true
	}
	return p.arrived.AddDate(0, 0, n), true
}

// number reads a date in digits; a bare number is kept for the word behind it.
func (p *dateParser) number(written string) (time.Time, bool) {
	if n, err := strconv.Atoi(written); err == nil {
		p.n = n
		return time.Time{}, false
	}
	if hour, minutes, ok := strings.Cut(written, ":"); ok {
		if h, err := strconv.Atoi(hour); err == nil && h < 24 && len(minutes) == 2 {
			p.hour, p.used = h, p.at+1
		}
		return time.Time{}, false
	}
	if p.opener.is(wordYouHave, wordWithinSoft) {
		return time.Time{}, false
	}
	at, ok := numericDate(written, p.arrived)
	return p.day(at), ok
}

// monthDay reads "12 March 2027" and "March 12th, 2027", the month being in hand.
func (p *dateParser) monthDay(m int) (time.Time, bool) {
	day := p.n
	if day < 0 && p.at < len(p.tokens) {
		n, err := strconv.Atoi(p.written(p.tokens[p.at]))
		if err != nil {
			return time.Time{}, false
		}
		day = n
		p.at++
		if p.at < len(p.tokens) && p.tokens[p.at].is(wordFiller) && p.tokens[p.at].start == p.tokens[p.at-1].end { // "12th"
			p.at++
		}
	}
	year := 0
	skip := p.at
	for skip < len(p.tokens) && p.tokens[skip].is(wordFiller) { // "de 2027"
		skip++
	}
	if skip < len(p.tokens) && len(p.written(p.tokens[skip])) == 4 {
		if n, err := strconv.Atoi(p.written(p.tokens[skip])); err == nil && n >= 2000 {
			year, p.at = n, skip+1
		}
	}
	at, ok := dayOf(year, m, day, p.arrived)
	return p.day(at), ok
}

// end reads "end of the week".
func (p *dateParser) end() (time.Time, bool) {
	for limit := min(len(p.tokens), p.at+4); p.at < limit; p.at++ {
		t := p.tokens[p.at]
		switch {
		case t.is(wordFiller, wordYou, wordNext, wordNumber, wordFromDay):
			continue
		case t.is(wordDays, wordWork):
			p.at++
			return p.day(p.arrived), true
		case t.is(wordWeeks):
			p.at++
			return p.day(nextWeekday(p.arrived, time.Friday, false)), true
		case t.is(wordMonths):
			p.at++
			return p.day(time.Date(p.arrived.Year(), p.arrived.Month()+1, 0, 0, 0, 0, 0, p.arrived.Location())), true
		case t.is(wordMonth):
			at, ok := dayOf(0, int(t.word.n)+1, 0, p.arrived)
			p.at++
			return p.day(at), ok
		}
		break
	}
	return time.Time{}, false
}

// day is the last minute of a day, or its hour where one was named; of the day before, where that day is too late.
func (p *dateParser) day(at time.Time) time.Time {
	y, m, d := at.Date()
	if p.hour >= 0 {
		return time.Date(y, m, d, p.hour, 0, 0, 0, p.arrived.Location())
	}
	end := time.Date(y, m, d, 23, 59, 0, 0, p.arrived.Location())
	if before := end.AddDate(0, 0, -1); p.opener.is(wordBeforeDay) && before.After(p.arrived) {
		return before
	}
	return end
}

// nextWeekday is the first such day from the day of a mail on, after it where the mail says next.
func nextWeekday(from time.Time, day time.Weekday, after bool) time.Time {
	ahead := (int(day) - int(from.Weekday()) + 7) % 7
	if ahead == 0 && after {
		ahead = 7
	}
	return from.AddDate(0, 0, ahead)
}

func addWorkdays(at time.Time, n int) time.Time {
	for n > 0 {
		at = at.AddDate(0, 0, 1)
		if at.Weekday() != time.Saturday && at.Weekday() != time.Sunday {
			n--
		}
	}
	return at
}

// numericDate reads 2026-03-12, 12.03.2026, 12.03. and dates with slashes, in which the day may stand first or second:
// then it is the sooner one that is still to come.
func numericDate(text string, arrived time.Time) (time.Time, bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	var n [3]int
	if len(parts) < 2 || len(parts) > 3 {
		return time.Time{}, false
	}
	for i, part := range parts {
		n[i], _ = strconv.Atoi(part) // digits only; an overflow makes no date
	}
	if len(parts) == 3 && len(parts[0]) == 4 {
		return dayOf(n[0], n[1], n[2], arrived)
	}
	if len(parts) == 3 && len(parts[2]) == 2 {
		n[2] += 2000
	}
	dayFirst, ok1 := dayOf(n[2], n[1], n[0], arrived)
	if !strings.Contains(text, "/") {
		return dayFirst, ok1
	}
	monthFirst, ok2 := dayOf(n[2], n[0], n[1], arrived)
	if ok2 && (!ok1 || monthFirst.Before(dayFirst) && monthFirst.After(arrived)) {
		return monthFirst, true
	}
	return dayFirst, ok1
}

// dayOf makes a day; without a year (0) the next one that comes. Day 0 is the last of the month before.
func dayOf(year, month, day int, arrived time.Time) (time.Time, bool) {
	if month < 1 || month > 13 || day < 0 || day > 31 || year != 0 && (year < 2000 || year > 2200) {
		return time.Time{}, false
	}
	y := year
	if y == 0 {
		y = arrived.Year()
	}
	at := time.Date(y, time.Month(month), day, 0, 0, 0, 0, arrived.Location())
	if year == 0 && at.Before(arrived.AddDate(0, 0, -31)) {
		at = at.AddDate(1, 0, 0)
	}
	return at, day == 0 || at.Day() == day
}
