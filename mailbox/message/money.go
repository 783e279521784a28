package message

import (
	"iter"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxAmounts bounds the sums that are kept of one mail.
const maxAmounts = 20

// maxDigits bounds the digits of a sum: more of them are no price.
const maxDigits = 12

// currencySigns are what stands for a currency, right before or behind the number.
var currencySigns = map[string]string{
	"€": "EUR", "£": "GBP", "$": "USD", "us$": "USD", "ca$": "CAD", "c$": "CAD", "au$": "AUD", "a$": "AUD", "nz$": "NZD", "hk$": "HKD",
	"s$": "SGD", "r$": "BRL", "mx$": "MXN", "¥": "JPY", "￥": "JPY", "₹": "INR", "zł": "PLN", "fr.": "CHF", "sfr.": "CHF",
}

// currencyWords are what currencies are called in the languages that Heed hears, behind the number. Words that are more
// often weights or books (livres, libras, pond) stand here with their second word only.
var currencyWords = map[string]string{
	"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "bucks": "USD", "dólar": "USD", "dólares": "USD", "dolares": "USD",
	"dollaro": "USD", "dollari": "USD", "us dollars": "USD", "pounds": "GBP", "quid": "GBP", "pound sterling": "GBP",
	"pounds sterling": "GBP", "pfund sterling": "GBP", "livres sterling": "GBP", "libras esterlinas": "GBP", "sterline": "GBP",
	"pond sterling": "GBP", "franken": "CHF", "francs suisses": "CHF", "reais": "BRL", "złotych": "PLN", "yen": "JPY",
}

// currencyCodes are the codes of ISO 4217 that are read; any three capitals would be too many.
var currencyCodes = []string{"USD", "EUR", "GBP", "CAD", "AUD", "NZD", "CHF", "JPY", "CNY", "RMB", "INR", "BRL", "MXN", "PLN", "SEK", "DKK",
	"NOK", "CZK", "HUF", "RON", "BGN", "TRY", "ZAR", "SGD", "HKD", "KRW", "AED", "SAR", "KWD", "BHD", "ILS", "THB", "PHP", "TWD"}

// number is what a price looks like: groups of three or none, cents or none, and ",-" for even sums.
const number = `\d{1,3}(?:[ .,'’\x{a0}\x{202f}]\d{3})+(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?`

// gap is what may stand between a number and its currency.
const gap = `[ \x{a0}\x{202f}]?`

var (
	signedAmount = regexp.MustCompile(`(?i)(?:^|[^\pL\d$€£¥])((` + alternatives(currencySigns, currencyCodes) + `)` + gap + `(` + number + `))(?:[.,]-{1,2})?(?:$|[^\d])`)
	namedAmount  = regexp.MustCompile(`(?i)(?:^|[^\pL\d.,:/#-])((` + number + `)(?:[.,]?(?:-{1,2}|–))?` + gap + `(` + alternatives(currencySigns, currencyCodes, currencyWords) + `))(?:$|[^\pL\d])`)
	weighed      = regexp.MustCompile(`(?i)\b(?:weigh\w*|weight|lost|heavy)\b`)
)

// moneyWords are what stands for a currency, in either case, but for namesMoney's signs.
var moneyWords = newPhraseSet(append(strings.Split(strings.ToLower(alternatives(currencySignsAlone(), currencyCodes, currencyWords)), "|"),
	"zŁ", "dÓlar")...)

// namesMoney reports whether something stands in a text that is a currency.
func namesMoney(s string) bool {
	return strings.IndexByte(s, '$') >= 0 || strings.Contains(s, "£") || strings.Contains(s, "¥") || moneyWords.in(s)
}

// moneyParts are the parts of a line in which a currency stands near a number: most lines with a number have none, and
// long ones are not searched from end to end. It returns where each begins and ends.
func moneyParts(l string) iter.Seq2[int, int] {
	const before, behind = 12, 36 // bytes that a currency takes at most, with what stands between and beside it
	return func(yield func(int, int) bool) {
		start, end := 0, 0 // of the part in hand
		for i := 0; i < len(l); i++ {
			if !isDigit(l[i]) {
				continue
			}
			from := max(0, i-before)
			for i < len(l) && isDigit(l[i]) {
				i++
			}
			to := min(len(l), i+behind)
			if !namesMoney(l[from:to]) {
				continue
			}
			if from > end && end > 0 {
				if !yield(start, end) {
					return
				}
				start = from
			} else if end == 0 {
				start = from
			}
			end = to
		}
		if end > 0 {
			yield(start, end)
		}
	}
}

// currencySignsAlone are the signs that all others hold, but for those of one or two bytes.
func currencySignsAlone() []string {
	return []string{"€", "￥", "₹", "zł", "fr."}
}

// alternatives makes one expression of words, the longest first.
func alternatives(lists ...any) string {
	var words []string
	for _, list := range lists {
		switch list := list.(type) {
		case map[string]string:
			for word := range list {
				words = append(words, regexp.QuoteMeta(word))
			}
		case []string:
			words = append(words, list...)
		}
	}
	slices.SortFunc(words, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return strings.Join(words, "|")
}

// findAmounts returns the sums in a text, in its order, each once.
func findAmounts(text string) []Money { return amountsIn(numberedLines(text)) }

func amountsIn(lines iter.Seq[string]) []Money {
	var all []Money
	for l := range lines {
		if len(l) > maxFactLine {
			continue
		}
		for start, end := range moneyParts(l) {
			all = appendAmounts(all, l[:end], start)
		}
		if len(all) >= maxAmounts {
			return all[:maxAmounts]
		}
	}
	return all
}

// appendAmounts adds the sums in a line from a place on.
func appendAmounts(all []Money, l string, start int) []Money {
	type found struct {
		at, end int
		money   Money
	}
	var here []found
	part := l[start:]
	add := func(at, end int, number, currency string) {
		m, ok := parseNumber(number, currencyOf(currency), 0)
		if !ok || m.Minor == 0 || slices.ContainsFunc(here, func(f found) bool { return at < f.end && f.at < end }) {
			return
		}
		m.Text = oneLine(part[at:end])
		here = append(here, found{at, end, m})
	}
	for _, m := range signedAmount.FindAllStringSubmatchIndex(part, maxAmounts) {
		add(m[2], m[3], part[m[6]:m[7]], part[m[4]:m[5]])
	}
	for _, m := range namedAmount.FindAllStringSubmatchIndex(part, maxAmounts) {
		if strings.EqualFold(part[m[6]:m[7]], "pounds") && weighed.MatchString(l[:start+m[2]]) {
			continue
		}
		add(m[2], m[3], part[m[4]:m[5]], part[m[6]:m[7]])
	}
	slices.SortStableFunc(here, func(a, b found) int { return a.at - b.at })
	for _, f := range here {
		if !slices.ContainsFunc(all, func(m Money) bool { return m.Minor == f.money.Minor && m.Currency == f.money.Currency }) {
			all = append(all, f.money)
		}
	}
	return all
}

// currencyOf returns the code of a sign, a word or a code.
func currencyOf(written string) string {
	w := strings.ToLower(strings.TrimSpace(written))
	if code, ok := currencySigns[w]; ok {
		return code
	}
	if code, ok := currencyWords[w]; ok {
		return code
	}
	if w == "rmb" {
		return "CNY"
	}
	return strings.ToUpper(w)
}

// ParseMoney reads a sum that stands alone, as in a table: "1.234,56 €", "USD 45", "1234.5", "-12.00". currency is that
// of a number without any. decimal is the sign before cents in such tables where it is known, else 0: it decides what
// "1.234" is. It reports false for what is no sum.
func ParseMoney(text, currency string, decimal byte) (Money, bool) {
	text = strings.TrimSpace(text)
	if len(text) > 64 {
		return Money{}, false
	}
	bare, negative := text, false
	for _, sign := range []string{"-", "−"} {
		if rest, ok := strings.CutPrefix(bare, sign); ok {
			bare, negative = strings.TrimSpace(rest), true
		}
	}
	bare, code := cutCurrency(bare)
	if code == "" {
		code = currency
	}
	if rest, ok := strings.CutPrefix(bare, "-"); ok && !negative { // "$-12.00"
		bare, negative = rest, true
	}
	m, ok := parseNumber(bare, currencyOf(code), decimal)
	if negative {
		m.Minor = -m.Minor
	}
	m.Text = text
	return m, ok
}

// cutCurrency takes a sign, word or code off either end of a sum.
func cutCurrency(s string) (rest, currency string) {
	first := strings.IndexFunc(s, isDigitOrSign)
	last := strings.LastIndexFunc(s, isDigitOrSign)
	if first < 0 {
		return s, ""
	}
	before, behind := strings.TrimSpace(s[:first]), strings.TrimSpace(s[last+1:])
	return s[first : last+1], before + behind
}

func isDigitOrSign(r rune) bool { return r == '-' || r >= '0' && r <= '9' }

// parseNumber reads the digits of a sum. A separator before one or two digits at the end is that of the cents; before
// three it is one of thousands, unless decimal says otherwise or groups with another separator precede it.
func parseNumber(s, currency string, decimal byte) (Money, bool) {
	s = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "’", "'").Replace(strings.TrimSpace(s))
	exponent := minorDigits(currency)
	whole, cents := s, ""
	if i := strings.LastIndexAny(s, ".,"); i >= 0 {
		tail := s[i+1:]
		others := strings.ContainsAny(s[:i], ".,' ")
		repeated := strings.IndexByte(s, s[i]) != i
		isGroup := len(tail) == 3 && s[i] != decimal && (!others || repeated || exponent != 3)
		if others && !repeated && len(tail) == 3 { // "1.234,500"
			isGroup = false
		}
		if !isGroup {
			whole, cents = s[:i], tail
		}
		if repeated && !isGroup { // "1,234,56"
			return Money{}, false
		}
	}
	digits, ok := joinGroups(whole)
	if !ok || len(digits)+exponent > maxDigits+3 || len(currency) != 3 {
		return Money{}, false
	}
	return money(digits, cents, currency, exponent)
}

// money makes a sum of its digits. Digits below the smallest unit are rounded.
func money(whole, cents, currency string, exponent int) (Money, bool) {
	if strings.Trim(cents, "0123456789") != "" {
		return Money{}, false
	}
	value, err := strconv.ParseFloat(whole+"."+cents+"0", 64)
	if err != nil || value >= 1e12 {
		return Money{}, false
	}
	return Money{Minor: int64(math.Round(value * math.Pow10(exponent))), Currency: currency}, true
}

// joinGroups removes the separators of thousands, which have to be the same throughout with three digits behind each.
func joinGroups(s string) (string, bool) {
	if s == "" {
		return "", false
	}
	at := strings.IndexAny(s, " .,'")
	if at < 0 {
		return s, strings.Trim(s, "0123456789") == ""
	}
	groups := strings.Split(s, s[at:at+1])
	for i, g := range groups {
		if strings.Trim(g, "0123456789") != "" || i > 0 && len(g) != 3 || i == 0 && (len(g) > 3 || g == "") {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// minorDigits is how many digits the smallest unit of a currency has below the whole (ISO 4217).
func minorDigits(currency string) int {
	switch currency {
	case "JPY", "KRW":
		return 0
	case "KWD", "BHD":
		return 3
	}
	return 2
}
