package message

import (
	"strings"
)

// A relay is a marketplace's address that stands for one buyer.
type relay struct {
	channel string
	suffix  string // what the marketplace adds to the buyer's name
}

// name takes the marketplace's own words off the buyer's name.
func (r relay) name(shown string) string {
	name := strings.TrimPrefix(personName(Address{Name: shown}), "eBay Member: ")
	if i := strings.LastIndex(name, r.suffix); r.suffix != "" && i > 0 {
		name = name[:i]
	}
	return strings.TrimSpace(name)
}

// relays are the domains under which marketplaces give each buyer an alias. A parent that ends with a dot stands for
// any country's domain behind it.
var relays = []struct {
	domain string
	relay
}{
	{"marketplace.amazon.", relay{"amazon", " - Amazon"}},
	{"members.ebay.", relay{"ebay", " via eBay"}},
	{"relay.walmart.com", relay{"walmart", ""}},
	{"allegromail.pl", relay{"allegro", ""}},
	{"verkopen.bol.com", relay{"bol", ""}},
	{"messages.etsy.com", relay{"etsy", ""}},
}

// relayOf returns the marketplace whose buyer alias an address is.
func relayOf(addr string) (relay, bool) {
	domain := domainOf(addr)
	for _, r := range relays {
		if matchesDomain(domain, r.domain) {
			return r.relay, true
		}
	}
	return relay{}, false
}

// IsAlias reports whether an address is one that a marketplace gave a buyer.
func IsAlias(addr string) bool {
	_, ok := relayOf(addr)
	return ok
}

// relayAlias returns the buyer's alias that sent the mail, or to which a marketplace's own mail wants to be answered.
func (r *reading) relayAlias() Address {
	if _, ok := relayOf(r.m.From.Addr); ok {
		return r.m.From
	}
	if r.platform == nil {
		return Address{}
	}
	for _, a := range r.header.addresses("Reply-To") {
		if _, ok := relayOf(a.Addr); ok {
			if a.Name == "" {
				a.Name = r.m.From.Name
			}
			return a
		}
	}
	return Address{}
}

// matchesDomain reports whether domain lies within parent. A parent that ends with a dot takes any public suffix of one
// or two short labels after it: "amazon." is amazon.de and amazon.co.uk, and not amazon.de.evil.example.
func matchesDomain(domain, parent string) bool {
	base, open := strings.CutSuffix(parent, ".")
	if !open {
		return within(domain, parent)
	}
	if !strings.Contains(domain, base) {
		return false
	}
	labels := strings.Split(domain, ".")
	for n := 1; n <= 2 && n < len(labels); n++ {
		suffix := labels[len(labels)-n:]
		if within(strings.Join(labels[:len(labels)-n], "."), base) && isCountrySuffix(suffix) {
			return true
		}
	}
	return false
}

// isCountrySuffix reports whether labels are "com", "de", or of the form "co.uk" and "com.br".
func isCountrySuffix(labels []string) bool {
	last := labels[len(labels)-1]
	if len(labels) == 1 {
		return len(last) == 2 || last == "com"
	}
	return len(last) == 2 && (labels[0] == "co" || labels[0] == "com")
}

// isRelayedMessage reports whether a marketplace says by its own mark that a buyer wrote the mail.
func (r *reading) isRelayedMessage() bool {
	return strings.HasPrefix(strings.ToUpper(r.header.raw("X-Space-Notification-Type")), "BBC_MESSAGE_SENT_TO_MERCHANT")
}

// unframe cuts a marketplace's wrapper off: what stands between "Begin message" and "End message" is the buyer's, the
// rest is the marketplace's. before is what the wrapper says above it.
func (r *reading) unframe(one rendering) (framed rendering, before string) {
	if r.alias.Addr == "" {
		return one, ""
	}
	one.plain, one.cut = r.parser.whole(one), false
	if one.plain != "" {
		if own, before, ok := cutFrame(one.plain); ok {
			return rendering{plain: own}, before
		}
	}
	if html := r.parser.html(one); html != "" {
		if own, before, ok := cutFrame(joinLines(htmlLines(html))); ok {
			return rendering{plain: own}, before
		}
	}
	one.plain = cutRelayFooter(one.plain)
	if one.plain != "" {
		one.leaves = nil
	}
	return one, ""
}

// cutFrame finds the first drawn line with words in it ("--- Begin message ---", in any language) and the next one.
func cutFrame(text string) (own, before string, ok bool) {
	at := 0
	begin, end := -1, -1
	for l := range strings.Lines(text) {
		if isFrameLine(strings.TrimSpace(l)) {
			if begin < 0 {
				before, begin = text[:at], at+len(l)
			} else {
				end = at
				break
			}
		}
		at += len(l)
	}
	if begin < 0 {
		return "", "", false
	}
	if end < 0 {
		return cutRelayFooter(text[begin:]), before, true
	}
	return text[begin:end], before, true
}

// isFrameLine reports whether a line is words between drawn lines of at least six dashes.
func isFrameLine(l string) bool {
	if len(l) > 120 || !strings.HasPrefix(l, "------") || !strings.HasSuffix(l, "------") {
		return false
	}
	words := fold(strings.Trim(l, "- :"))
	if words == "" {
		return false
	}
	for _, w := range []string{"message", "nachricht", "mensaje", "messaggio", "mensagem", "bericht", "wiadomo", "meddelande", "メッセージ", "消息", "mesaj"} {
		if strings.Contains(words, w) && !isSeparator(l, fold(l)) {
			return true
		}
	}
	return false
}

// cutRelayFooter cuts at the first of the marketplace's own footers where there is no frame.
func cutRelayFooter(text string) string {
	lower := strings.ToLower(text)
	if len(lower) != len(text) { // some capitals change their length
		return text
	}
	for _, mark := range []string{"[commmgrtok:", "for your information: to help arbitrate", "zu ihrer information: um streitigkeiten", "was this email helpful?", "war diese e-mail hilfreich?", "copyright 20", "was this e-mail helpful?"} {
		if i := strings.Index(lower, mark); i >= 0 {
			text, lower = text[:i], lower[:i]
		}
	}
	return text
}
