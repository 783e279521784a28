// Package offer knows what a shop offers to put things right: which offers there are, which of them stand in an answer of
// ours, and which one comes next.
//
// An offer is written as one would say it: "voucher 10 %", "partial refund 20 %", "replacement", "refund €49". Those of the
// known kinds are found in answers of ours and can be said in the customer's language; any other words are an offer too,
// and are taken as they stand.
package offer

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Kind is what is offered.
type Kind string

// The kinds that are known by name.
const (
	Voucher       Kind = "voucher"
	Discount      Kind = "discount"
	ReturnLabel   Kind = "return label"
	Repair        Kind = "repair"
	PartialRefund Kind = "partial refund"
	Replacement   Kind = "replacement"
	Refund        Kind = "refund"
)

// Kinds lists the kinds that are known by name, roughly by what they are worth to a customer.
func Kinds() []Kind {
	return []Kind{Voucher, Discount, ReturnLabel, Repair, PartialRefund, Replacement, Refund}
}

// An Offer is one of them.
type Offer struct {
	Kind   Kind
	Amount Amount
	Words  string // of an offer that is of no known kind
}

// An Amount is a share or a sum; the zero Amount is none.
type Amount struct {
	Text       string // as written, with one form of blank: "15 %", "€20"
	Hundredths int64
	Unit       string // "%", or the currency as ISO 4217
}

// MaxLength bounds what is taken for an offer, in bytes.
const MaxLength = 200

var (
	number = `\d{1,6}(?:[.,\x{2019} ]\d{3})*(?:[.,]\d{1,2})?`
	amount = regexp.MustCompile(`(?i)([€$£¥]|\b(?:US\$|EUR|USD|GBP|CHF|CAD|AUD|CNY|JPY|BRL|R\$))\s?(` + number + `)|(` + number + `)\s?(%|percent\b|Prozent\b|pour cent\b|por ciento\b|per cento\b|por cento\b|procent\b|€|\$|£|¥|(?:EUR|USD|GBP|CHF|CAD|AUD|CNY|JPY|BRL|euros?)\b)`)
)

// Parse reads an offer as a playbook names it.
func Parse(text string) Offer {
	text = strings.Join(strings.Fields(text), " ")
	lower := strings.ToLower(text)
	for _, k := range Kinds() {
		rest, ok := strings.CutPrefix(lower, string(k))
		if !ok {
			continue
		}
		rest = strings.TrimSpace(text[len(text)-len(rest):])
		if rest == "" {
			return Offer{Kind: k}
		}
		if loc := amount.FindStringIndex(rest); loc != nil && loc[0] == 0 && loc[1] == len(rest) {
			return Offer{Kind: k, Amount: amountIn(rest)}
		}
	}
	return Offer{Words: text}
}

// String writes an offer as Parse reads it.
func (o Offer) String() string {
	if o.Kind == "" {
		return o.Words
	}
	return strings.TrimSpace(string(o.Kind) + " " + o.Amount.Text)
}

// amountIn returns the first amount in a text.
func amountIn(text string) Amount {
	m := amount.FindStringSubmatch(text)
	if m == nil {
		return Amount{}
	}
	digits, unit := cmp.Or(m[2], m[3]), unitOf(cmp.Or(m[1], m[4]))
	a := Amount{Text: strings.Join(strings.Fields(m[0]), " "), Unit: unit, Hundredths: hundredths(digits)}
	if unit == "%" {
		a.Text = strings.TrimSpace(digits) + " %"
	}
	return a
}

func unitOf(written string) string {
	switch w := strings.ToUpper(written); w {
	case "€", "EURO", "EUROS":
		return "EUR"
	case "$", "US$":
		return "USD"
	case "£":
		return "GBP"
	case "¥":
		return "JPY"
	case "R$":
		return "BRL"
	case "%", "PERCENT", "PROZENT", "POUR CENT", "POR CIENTO", "PER CENTO", "POR CENTO", "PROCENT":
		return "%"
	default:
		return w
	}
}

// hundredths reads "1.234,5" as well as "1,234.50": the last mark with one or two digits after it is the decimal one.
func hundredths(digits string) int64 {
	whole, cents := digits, ""
	if i := strings.LastIndexAny(digits, ".,"); i >= 0 && len(digits)-i <= 3 {
		whole, cents = digits[:i], digits[i+1:]
	}
	whole = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, whole)
	n, err := strconv.ParseInt(whole+(cents + "00")[:2], 10, 64)
	if err != nil { // longer than any sum of money
		return 0
	}
	return n
}

// Next returns the first offer of a list in rising order that is better than all that were made, and false when nothing
// better is left.
func Next(rising, made []Offer) (Offer, bool) {
	next := 0
	for _, m := range made {
		next = max(next, after(rising, m))
	}
	if next >= len(rising) {
		return Offer{}, false
	}
	return rising[next], true
}

// after is the place of the first offer that is better than m: one of the same kind that is known to be worth more, else
// the one behind the last of that kind.
func after(rising []Offer, m Offer) int {
	last := -1
	for i, o := range rising {
		if o.Kind != m.Kind || o.Kind == "" && !strings.EqualFold(o.Words, m.Words) {
			continue
		}
		if o.Amount.Unit != "" && o.Amount.Unit == m.Amount.Unit && o.Amount.Hundredths > m.Amount.Hundredths {
			return i
		}
		last = i
	}
	return last + 1
}

// add puts an offer into a list that does not hold it yet.
func add(list []Offer, o Offer) []Offer {
	if slices.ContainsFunc(list, func(p Offer) bool { return p == o }) {
		return list
	}
	return append(list, o)
}
