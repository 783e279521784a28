package reply

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// How long a case can be put off. Whoever needs longer resolves it.
const (
	defaultSnooze = 24 * time.Hour
	maxSnooze     = 90 * 24 * time.Hour
)

// morning is the hour of a date without a time of day.
const morning = 9

var (
	untilWord  = regexp.MustCompile(`^(?:(?i:until|till|til|to|for|in|on|by)\s+|(?:再|直到|到|至)\s*)`)
	spanForm   = regexp.MustCompile(`^(?i)(\d{1,4}|an?|one|two|three|[一二两兩三四五六七八九十半])\s*(?:个|個)?\s*(minutes|minute|mins|min|hours|hour|hrs|hr|days|day|weeks|week|[mhdw]|分钟|分鐘|小时|小時|天|日|周|週|星期)`)
	isoForm    = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})`)
	hanForm    = regexp.MustCompile(`^(?:(\d{4})\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]`)
	monthFirst = regexp.MustCompile(`^(?i)(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?`)
	dayFirst   = regexp.MustCompile(`^(?i)(\d{1,2})(?:st|nd|rd|th)?\.? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?:,? (\d{4}))?`)
	weekdayEN  = regexp.MustCompile(`^(?i)(?:next )?(sun|mon|tues|tue|wednes|wed|thurs|thur|thu|fri|satur|sat)(?:day)?`)
	weekdayZH  = regexp.MustCompile(`^(下)?(?:周|週|星期|礼拜|禮拜)([一二三四五六日天])`)
	timeForm   = regexp.MustCompile(`^(?i)\s*(?:,|at)?\s*(\d{1,2}):(\d{2})`)
)

// parseUntil reads when a snooze is over. Nothing is a day; what is not understood, or is too far away, is refused.
func parseUntil(text string, now time.Time) (until time.Time, after string, ok bool) {
	if ends("snooze", text) {
		return now.Add(defaultSnooze), text, true
	}
	if text[0] == '-' { // "later-on"
		return time.Time{}, "", false
	}
	text = strings.TrimLeft(text, " :")
	text = text[len(untilWord.FindString(text)):]
	for _, read := range []func(string, time.Time) (time.Time, string, bool){parseSpan, parseDate} {
		until, after, ok := read(text, now)
		if ok && until.After(now) && until.Sub(now) <= maxSnooze && endsTime(after) {
			return until, after, true
		}
	}
	return time.Time{}, "", false
}

// endsTime reports whether a time is over where it seems to be: "2d" is none in "2decades".
func endsTime(after string) bool {
	r, _ := utf8.DecodeRuneInString(after)
	if after == "" || unicode.Is(unicode.Han, r) {
		return true
	}
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !isQuestion(after)
}

// parseSpan reads "2d", "2 days", "两天", and several in a row.
func parseSpan(text string, now time.Time) (time.Time, string, bool) {
	var total time.Duration
	found := false
	for range 3 {
		m := spanForm.FindStringSubmatch(text)
		if m == nil {
			break
		}
		found = true
		total += time.Duration(number(m[1]) * float64(unit(m[2])))
		text = text[len(m[0]):]
		if next := strings.TrimLeft(text, " "); spanForm.MatchString(next) {
			text = next
		}
	}
	return now.Add(total), text, found
}

func number(word string) float64 {
	if n, err := strconv.Atoi(word); err == nil {
		return float64(n)
	}
	return map[string]float64{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "半": 0.5, "一": 1, "二": 2, "两": 2, "兩": 2, "三": 3,
		"四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}[strings.ToLower(word)]
}

func unit(word string) time.Duration {
	switch word := strings.ToLower(word); {
	case strings.HasPrefix(word, "m"), strings.HasPrefix(word, "分"):
		return time.Minute
	case strings.HasPrefix(word, "h"), strings.HasPrefix(word, "小"):
		return time.Hour
	case strings.HasPrefix(word, "w"), strings.HasPrefix(word, "周"), strings.HasPrefix(word, "週"), strings.HasPrefix(word, "星"):
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// parseDate reads a day and perhaps a time of day. A day without a year is the next one of that name.
func parseDate(text string, now time.Time) (time.Time, string, bool) {
	day, after, ok := parseDay(text, now)
	if !ok {
		return time.Time{}, "", false
	}
	hour, minute := morning, 0
	if m := timeForm.FindStringSubmatch(after); m != nil {
		hour, _ = strconv.Atoi(m[1])   // two digits
		minute, _ = strconv.Atoi(m[2]) // likewise
		if hour > 23 || minute > 59 {
			return time.Time{}, "", false
		}
		after = after[len(m[0]):]
	}
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, now.Location()), after, true
}

// parseDay reads a day; of the result only the date counts.
func parseDay(text string, now time.Time) (day time.Time, after string, ok bool) {
	if day, after, ok := parseNearDay(text, now); ok {
		return day, after, true
	}
	for _, form := range []struct {
		pattern          *regexp.Regexp
		year, month, day int
	}{{isoForm, 1, 2, 3}, {hanForm, 1, 2, 3}, {monthFirst, 3, 1, 2}, {dayFirst, 3, 2, 1}} {
		m := form.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		day, ok := date(m[form.year], m[form.month], m[form.day], now)
		return day, text[len(m[0]):], ok
	}
	return time.Time{}, "", false
}

// parseNearDay reads tomorrow, next week, Monday and their kin.
func parseNearDay(text string, now time.Time) (day time.Time, after string, ok bool) {
	for _, near := range []struct {
		word string
		days int
	}{{"tomorrow", 1}, {"明天", 1}, {"明日", 1}, {"后天", 2}, {"後天", 2}} {
		if after, ok := cutPhrase(text, near.word); ok {
			return now.AddDate(0, 0, near.days), after, true
		}
	}
	if m := weekdayZH.FindStringSubmatch(text); m != nil {
		wanted := time.Weekday(strings.Index("日一二三四五六", strings.ReplaceAll(m[2], "天", "日")) / len("日"))
		day := next(wanted, now)
		if m[1] != "" { // 下周三: of the week that begins next Monday
			day = next(time.Monday, now).AddDate(0, 0, int(wanted+6)%7)
		}
		return day, text[len(m[0]):], true
	}
	if m := weekdayEN.FindStringSubmatch(text); m != nil {
		for wanted := time.Sunday; wanted <= time.Saturday; wanted++ {
			if strings.EqualFold(wanted.String()[:3], m[1][:3]) {
				return next(wanted, now), text[len(m[0]):], true
			}
		}
	}
	for _, word := range []string{"next week", "下周", "下週", "下星期"} {
		if after, ok := cutPhrase(text, word); ok {
			return next(time.Monday, now), after, true
		}
	}
	return time.Time{}, "", false
}

// next is the first such day after today.
func next(wanted time.Weekday, now time.Time) time.Time {
	return now.AddDate(0, 0, int(wanted-now.Weekday()+6)%7+1)
}

// date makes a day of its parts; year may be "". The 31st of February is none.
func date(year, month, day string, now time.Time) (time.Time, bool) {
	d, _ := strconv.Atoi(day) // digits, by the pattern
	m, err := strconv.Atoi(month)
	if err != nil {
		parsed, err := time.Parse("Jan", strings.ToUpper(month[:1])+strings.ToLower(month[1:3]))
		if err != nil {
			return time.Time{}, false
		}
		m = int(parsed.Month())
	}
	y := now.Year()
	if year != "" {
		y, _ = strconv.Atoi(year) // four digits
	}
	at := time.Date(y, time.Month(m), d, morning, 0, 0, 0, now.Location())
	if nextDay := time.Date(y, time.Month(m), d+1, 0, 0, 0, 0, now.Location()); year == "" && !now.Before(nextDay) {
		at = at.AddDate(1, 0, 0)
	}
	return at, int(at.Month()) == m && at.Day() == d
}
