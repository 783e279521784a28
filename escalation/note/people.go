package note

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/heedmail/heed/escalation/customers"
)

// who names the customer. Where the customer has no name but the order's, the order is not named twice.
func (b *viewer) who(w *words) string {
	customer := b.customer()
	if name := displayName(b.f); name != "" {
		return name
	}
	if number, ok := strings.CutPrefix(customer, "order:"); ok {
		w.Order = ""
		return b.say("who/order", hash(number))
	}
	if number, ok := strings.CutPrefix(customer, "dispute:"); ok {
		return b.say("who/dispute", shown(number, maxName))
	}
	if customer == "" {
		return b.say("who/unknown", nil)
	}
	return customer
}

// about is the part of a subject that says whom and what it is about: "Jane Roe, order #1234".
func (b *viewer) about(w words) string {
	customer := b.customer()
	parts := []string{w.Who}
	if number, ok := strings.CutPrefix(customer, "order:"); ok && displayName(b.f) == "" {
		parts = []string{b.say("order", hash(number))}
	}
	if w.Order != "" {
		parts = append(parts, b.say("order", w.Order))
	}
	return strings.Join(parts, ", ")
}

func (b *viewer) customer() string {
	return plainAddressOr(cmp.Or(b.f.Case.Customer, b.f.Message.Customer), 120)
}

// searchable is an address or a Message-ID of the usual form: it can be searched for, and mail programs make no link to
// the web of it.
var searchable = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+=?^_{|}~-]+@[A-Za-z0-9.-]+$`)

// plainAddressOr leaves an address as it is; anything else that a stranger put in its place is shown as their words are.
func plainAddressOr(s string, limit int) string {
	if len(s) <= limit && searchable.MatchString(s) && !strings.HasPrefix(strings.ToLower(s), "www.") {
		return s
	}
	return shown(s, limit)
}

// displayName is the customer's name as people may see it, "" when there is none but the address.
func displayName(f Facts) string {
	name := shown(cmp.Or(f.Message.CustomerName, f.Case.CustomerName), maxName)
	name = strings.TrimSpace(strings.TrimSuffix(name, "- Amazon Marketplace"))
	if strings.EqualFold(name, f.Case.Customer) || strings.Contains(name, "@") {
		return ""
	}
	return name
}

// addressOnly is "" for a customer who is known by an order or dispute only; these have facts of their own.
func addressOnly(customer string) string {
	if !strings.Contains(customer, "@") {
		return ""
	}
	return customer
}

// orders are the numbers that the case is about, the likeliest first.
func orders(f Facts) []string {
	numbers := slices.Clone(f.Message.Orders)
	if f.Message.Notice != nil {
		numbers = append(numbers, f.Message.Notice.Orders...)
	}
	numbers = append(numbers, f.Case.Order)
	return slices.DeleteFunc(numbers, func(n string) bool { return clean(n, 40) == "" })
}

func orderNumber(f Facts) string {
	if numbers := orders(f); len(numbers) > 0 {
		return hash(numbers[0])
	}
	return ""
}

// shopOrder is what the shop knows of the order in question.
func (b *viewer) shopOrder() (customers.Order, bool) {
	if b.f.Shop == nil {
		return customers.Order{}, false
	}
	for _, number := range orders(b.f) {
		for _, o := range b.f.Shop.Orders {
			if strings.EqualFold(bare(o.Number), bare(number)) {
				return o, true
			}
		}
	}
	return customers.Order{}, false
}

func bare(number string) string { return strings.TrimPrefix(strings.TrimSpace(number), "#") }

// hash writes an order number as shops do: #1234, but 113-5550142-7781123 and NW-10211.
func hash(number string) string {
	number = shown(number, 40)
	if strings.ContainsAny(number, "-#") {
		return number
	}
	return "#" + number
}

// platformName writes a platform's name as it writes itself.
func platformName(platform string) string {
	known := map[string]string{"paypal": "PayPal", "ebay": "eBay", "amazon": "Amazon", "shopify": "Shopify", "stripe": "Stripe", "klarna": "Klarna"}
	if name, ok := known[strings.ToLower(platform)]; ok {
		return name
	}
	name := shown(platform, maxName)
	if name == "" {
		return "?"
	}
	r := []rune(name)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}
