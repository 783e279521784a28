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
	// markedOrder is "#1234" and "#NW-10211".
	markedOrder = regexp.MustCompile(`(?:^|[\s(\[:,;.])#\s?([A-Za-z]{0,5}-?\d{3,12})\b`)
	// namedOrder is a word for order or invoice in some language, perhaps a word for number, and what has digits.
	namedOrder = regexp.MustCompile(`(?i)(?:\b(?:order(?:number|nummer)?|invoice|merchant reference(?: [12])?|bestellung|bestellnummer|bestell-?nr|auftrag|auftragsnummer|rechnung|rechnungsnummer|commande|facture|pedido|factura|ordine|fattura|bestelling|bestelnummer|factuur|encomenda|fatura|zam[óo]wieni[ea]|best[äa]llning|ordre|ordrenummer|bestilling|faktura|tilaus|tilausnumero|objedn[áa]vk[ay])\b|заказа?|订单号?|訂單|注文(?:番号)?)` +
		`(?:\s*[-.]?\s*(?:(?:id|no|nr|num|n|number|nummer|num[ée]ro|n[úu]mero|ref|reference)\b|n°|nº|№))?[\s.:#°º№（(：-]{0,6}((?:[A-Za-z]{1,5}-)?\d{3,12}(?:-\d{1,6})?)(?:$|[^\w-])`)
	// suffixedOrder is "#1234-US" and "#1234/B", as shops that give their numbers a suffix write them.
	suffixedOrder = regexp.MustCompile(`(?:^|[\s(\[:,;.])#\s?(\d{3,12}[-/][A-Z]{1,5})(?:$|[^\w-])`)
	// prefixedOrder is "NW-10211" with no word before it.
	prefixedOrder = regexp.MustCompile(`(?:^|[\s(\[:#])([A-Z]{2,4}-\d{4,8})(?:$|[^\w-])`)
)

// orderWords are what namedOrder looks for, as far as it is ASCII.
var orderWords = newPhraseSet("order", "invoice", "merchant", "bestel", "auftrag", "rechnung", "commande", "factu", "fatu", "faktura",
	"pedido", "ordine", "fattura", "encomenda", "zamowieni", "bestallning", "ordre", "bestilling", "tilaus", "objednavk")

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
		text = text[:min(len(text), 64<<10)]
		for _, l := range strings.Split(text, "\n") {
			if len(l) > 2000 || !hasThreeDigits(l) && (len(own) == 0 || !strings.ContainsAny(l, "0123456789")) {
				continue
			}
			out = appendOrders(out, l, own)
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
	var all []foundOrder
	for _, re := range own {
		all = appendOwnOrders(all, l, re)
	}
	dash, mark, word := strings.IndexByte(l, '-'), strings.IndexByte(l, '#'), 0
	if isASCII(l) {
		word = orderWords.first(strings.ToLower(l))
	}
	for _, try := range []struct {
		re   *regexp.Regexp
		from int // a quick look: what it is first to be seen by; most lines with a number hold no order
	}{
		{suffixedOrder, mark},
		{marketplaceOrder, min(dash, 0)},
		{markedOrder, mark},
		{namedOrder, word},
		{prefixedOrder, min(dash, 0)},
	} {
		if try.from < 0 {
			continue
		}
		from := max(0, try.from-1) // one character more, which says whether a word begins there
		for _, m := range try.re.FindAllStringSubmatchIndex(l[from:], maxOrders) {
			m[2], m[3] = m[2]+from, m[3]+from
			f := foundOrder{at: m[2], end: m[3], number: NormaliseOrder(l[m[2]:m[3]])}
			if !namesItem(l[:f.at]) && !slices.ContainsFunc(all, f.isPartOf) {
				all = append(all, f)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b foundOrder) int { return a.at - b.at })
	for _, f := range all {
		if !slices.Contains(out, f.number) && (f.own || !isDatelike(f.number) && !isNoOrder(f.number)) {
			out = append(out, f.number)
		}
	}
	return out
}

// isPartOf reports whether a number stands within another that was found: 1234 in #1234-US.
func (f foundOrder) isPartOf(other foundOrder) bool { return other.at <= f.at && f.end <= other.end }

// namesItem reports whether what stands before a number says that it is an article's.
func namesItem(before string) bool {
	before = strings.TrimRight(strings.ToLower(before[max(0, len(before)-16):]), " #.:")
	return strings.HasSuffix(before, "item") || strings.HasSuffix(before, "article") || strings.HasSuffix(before,
		"artikel")
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
