package message

import (
	"regexp"
	"slices"
	"strings"
)

const maxOrders = 20

// NormaliseOrder gives the form under which an order is known: "#1234" and "1234" are one.
func NormaliseOrder(order string) string {
	return strings.ToUpper(strings.Trim(oneLine(order), "#.,:;()[] "))
}

// IsMarketplaceOrder reports whether a number is one of Amazon's or eBay's: too long to be guessed, so that whoever names
// it has seen the order.
func IsMarketplaceOrder(number string) bool {
	m := marketplaceOrder.FindStringSubmatch(number)
	return m != nil && m[1] == number
}

var (
	// marketplaceOrder is Amazon's 3-7-7 and eBay's 2-5-5.
	marketplaceOrder = regexp.MustCompile(`(?:^|[^\d-])(\d{3}-\d{7}-\d{7}|\d{2}-\d{5}-\d{5})(?:$|[^\d-])`)
	// prefixedOrder is "NW-10211" with no word before it.
	prefixedOrder = regexp.MustCompile(`(?:^|[\s(\[:#])([A-Z]{2,4}-\d{4,8})(?:$|[^\w-])`)

	// namedOrder is a word for order or invoice in some language, perhaps a word for number, and what has digits. It is
	// matched where one of orderWords stands and nowhere else.
	namedOrder = regexp.MustCompile(`^(?i)(?:\b(?:order(?:number|nummer)?|invoice|merchant reference(?: [12])?|bestellung|bestellnummer|bestell-?nr|auftrag|auftragsnummer|rechnung|rechnungsnummer|commande|facture|pedido|factura|ordine|fattura|bestelling|bestelnummer|factuur|encomenda|fatura|zam[óo]wieni[ea]|best[äa]llning|ordre|ordrenummer|bestilling|faktura|tilaus|tilausnumero|objedn[áa]vk[ay])\b|заказа?|订单号?|訂單|注文(?:番号)?)` +
		`(?:\s*[-.]?\s*(?:(?:id|no|nr|num|n|number|nummer|num[ée]ro|n[úu]mero|ref|reference)\b|n°|nº|№))?[\s.:#°º№（(：-]{0,6}((?:[A-Za-z]{1,5}-)?\d{3,12}(?:-\d{1,6})?)(?:$|[^\w-])`)
)

// orderWords begin what namedOrder looks for, in either case.
var orderWords = newPhraseSet("order", "invoice", "merchant", "best", "auftrag", "rechnung", "commande", "factu", "fatu", "faktura", "fattura",
	"pedido", "ordine", "encomenda", "zamo", "zamó", "zamÓ", "ordre", "tilaus", "objedn", "зака", "Зака", "ЗАКА", "订单", "訂單", "注文")

// A foundOrder is an order number and where it stands in its line.
type foundOrder struct {
	at, end int
	number  string
	own     bool // found by an administrator's pattern, who knows what the numbers look like
}

// orders returns the order numbers in the texts, normalised, in the order of the texts.
func (r *reading) orders(texts ...string) []string { return findOrders(r.in.OrderPatterns, texts...) }

func findOrders(own []*regexp.Regexp, texts ...string) []string {
	var out []string
	for _, text := range texts {
		for l := range numberedLines(text[:min(len(text), 64<<10)]) {
			if len(l) <= 2000 && (len(own) > 0 || hasThreeDigits(l)) {
				out = appendOrders(out, l, own)
			}
		}
	}
	if len(out) > maxOrders {
		out = out[:maxOrders]
	}
	return out
}

// hasThreeDigits is a quick look whether a line can hold an order number: all forms have three digits in a row.
func hasThreeDigits(l string) bool {
	run := 0
	for i := 0; i < len(l); i++ {
		if !isDigit(l[i]) {
			run = 0
		} else if run++; run == 3 {
			return true
		}
	}
	return false
}

func appendOrders(out []string, l string, own []*regexp.Regexp) []string {
	var room [4]foundOrder
	all := room[:0]
	for _, re := range own {
		all = appendOwnOrders(all, l, re)
	}
	if hasDashBetween(l, isDigit) {
		all = appendMatches(all, l, marketplaceOrder)
	}
	all = appendMarked(all, l)
	all = appendNamed(all, l)
	if hasDashBetween(l, isCapital) {
		all = appendMatches(all, l, prefixedOrder)
	}
	slices.SortStableFunc(all, func(a, b foundOrder) int { return a.at - b.at })
	for _, f := range all {
		if !slices.Contains(out, f.number) && (f.own || !isDatelike(f.number) && !isNoOrder(f.number)) {
			out = append(out, f.number)
		}
	}
	return out
}

// appendMatches adds the numbers that a form finds anywhere in a line.
func appendMatches(all []foundOrder, l string, form *regexp.Regexp) []foundOrder {
	for _, m := range form.FindAllStringSubmatchIndex(l, maxOrders) {
		all = appendOrder(all, l, m[2], m[3])
	}
	return all
}

// appendMarked adds the numbers that stand behind a '#': "#1234", "#NW-10211", and with a shop's suffix "#1234-US" and
// "#1234/B".
func appendMarked(all []foundOrder, l string) []foundOrder {
	for i := range len(l) {
		if l[i] != '#' || i > 0 && strings.IndexByte(" \t([:,;.", l[i-1]) < 0 {
			continue
		}
		start := i + 1
		if start < len(l) && (l[start] == ' ' || l[start] == '\t') {
			start++
		}
		digits := start + countBytes(l[start:], 5, isLetter)
		if digits < len(l) && l[digits] == '-' {
			digits++
		}
		end := digits + countBytes(l[digits:], 13, isDigit)
		if end-digits < 3 || end-digits > 12 || end < len(l) && isWordByte(l[end]) {
			continue
		}
		if digits == start {
			end += suffixSize(l[end:])
		}
		all = appendOrder(all, l, start, end)
	}
	return all
}

// suffixSize is how long a shop's suffix is with which s begins, 0 for none.
func suffixSize(s string) int {
	if s == "" || s[0] != '-' && s[0] != '/' {
		return 0
	}
	end := 1 + countBytes(s[1:], 5, isCapital)
	if end == 1 || end < len(s) && (isWordByte(s[end]) || s[end] == '-') {
		return 0
	}
	return end
}

// countBytes is how many bytes at the start of s are of a kind; it counts no more than most.
func countBytes(s string, most int, is func(byte) bool) int {
	n := 0
	for n < most && n < len(s) && is(s[n]) {
		n++
	}
	return n
}

// longestNamed is more than what namedOrder matches takes, in bytes.
const longestNamed = 200

// appendNamed adds the numbers that a word for order or invoice names.
func appendNamed(all []foundOrder, l string) []foundOrder {
	found, end := 0, 0
	for at := range orderWords.starts(l) {
		if at < end || found == maxOrders || !isNews(all, l, at) {
			continue
		}
		if m := namedOrder.FindStringSubmatchIndex(l[at:min(len(l), at+longestNamed)]); m != nil {
			all = appendOrder(all, l, at+m[2], at+m[3])
			found, end = found+1, at+m[3]
		}
	}
	return all
}

// isNews is a quick look whether the first digits behind a place are not all of a number that was found already.
func isNews(all []foundOrder, l string, at int) bool {
	start := at
	for start < len(l) && !isDigit(l[start]) {
		start++
	}
	end := start + countBytes(l[start:], len(l), isDigit)
	if start == end || end < len(l) && l[end] == '-' || l[start-1] == '-' {
		return start < end
	}
	return !slices.ContainsFunc(all, foundOrder{at: start, end: end}.isPartOf)
}

func appendOrder(all []foundOrder, l string, at, end int) []foundOrder {
	f := foundOrder{at: at, end: end, number: NormaliseOrder(l[at:end])}
	if namesItem(l[:at]) || slices.ContainsFunc(all, f.isPartOf) {
		return all
	}
	return append(all, f)
}

// hasDashBetween is a quick look whether a line holds a dash that such a character precedes and a digit follows.
func hasDashBetween(l string, before func(byte) bool) bool {
	for i := 1; i+1 < len(l); i++ {
		if l[i] == '-' && isDigit(l[i+1]) && before(l[i-1]) {
			return true
		}
	}
	return false
}

func isCapital(c byte) bool { return signsOf[c]&capital != 0 }

func isLetter(c byte) bool { return signsOf[c]&letter != 0 }

func isWordByte(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

// isPartOf reports whether a number stands within another that was found: 1234 in #1234-US.
func (f foundOrder) isPartOf(other foundOrder) bool { return other.at <= f.at && f.end <= other.end }

// namesItem reports whether what stands before a number says that it is an article's.
func namesItem(before string) bool {
	before = strings.TrimRight(before[max(0, len(before)-16):], " #.:")
	for _, word := range []string{"item", "article", "artikel"} {
		if at := len(before) - len(word); at >= 0 && strings.EqualFold(before[at:], word) {
			return true
		}
	}
	return false
}

// isDatelike tells "order 2026-05" from an order number.
func isDatelike(s string) bool {
	return len(s) >= 6 && len(s) <= 7 && s[4] == '-' && (strings.HasPrefix(s, "20") || strings.HasPrefix(s, "19"))
}

// isNoOrder tells other things of that form: article, case and return numbers, standards.
func isNoOrder(s string) bool {
	for _, prefix := range []string{"PP-", "SKU-", "RMA-", "ISO-", "DIN-", "EN-", "ASIN"} {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}
