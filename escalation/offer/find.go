package offer

import (
	_ "embed" // for the words
	"regexp"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed words.toml
var wordsFile []byte

// maxText is how much of an answer is looked through, in bytes. Offers stand far above it.
const maxText = 32 << 10

// patterns are the words as they are looked for.
type patterns struct {
	not  *regexp.Regexp
	kind map[Kind]*regexp.Regexp
}

// readPatterns is called once, by the first Find.
var readPatterns = sync.OnceValue(func() patterns {
	var file struct {
		Not  []string          `toml:"not"`
		Kind map[Kind][]string `toml:"kind"`
	}
	if err := toml.Unmarshal(wordsFile, &file); err != nil {
		panic("the words of offers are broken: " + err.Error()) // can't pass the tests
	}
	p := patterns{not: anyOf(file.Not), kind: map[Kind]*regexp.Regexp{}}
	for k, words := range file.Kind {
		p.kind[k] = anyOf(words)
	}
	return p
})

// anyOf matches any of the words, at the bounds of letters.
func anyOf(words []string) *regexp.Regexp {
	parts := make([]string, len(words))
	for i, w := range words {
		stem, open := strings.CutSuffix(w, "*")
		part := strings.ReplaceAll(regexp.QuoteMeta(stem), " ", `\s+`)
		if !open {
			part += `(?:[^\pL]|$)`
		}
		parts[i] = part
	}
	return regexp.MustCompile(`(?i)(?:^|[^\pL])(?:` + strings.Join(parts, "|") + `)`)
}

// clauses end where what is said of one thing need not hold of the next. A comma inside a number is none.
var clauses = regexp.MustCompile(`[.!?;:\n]\s|,\s|\s(?:and|or|but|und|oder|aber|sondern|et|ou|mais|y|o|pero|sino|e|ma|mas|en|maar)\s|\n`)

// Find returns what an answer of ours offers, in the order in which it is said. What is refused, or only repeats the
// customer's wish, is left out.
func Find(text string) []Offer {
	p := readPatterns()
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	text = strings.ReplaceAll(text, "\u2019", "'")
	var list []Offer
	for _, clause := range clauses.Split(text, -1) {
		if p.not.MatchString(clause) {
			continue
		}
		if o, ok := p.offerIn(clause); ok {
			list = add(list, o)
		}
	}
	return list
}

// offerIn returns the offer of one clause. The most specific kind goes first: a partial refund is a refund too.
func (p patterns) offerIn(clause string) (Offer, bool) {
	a := amountIn(clause)
	for _, k := range []Kind{PartialRefund, Voucher, ReturnLabel, Discount, Repair, Replacement, Refund} {
		if !p.kind[k].MatchString(strings.ReplaceAll(clause, " %", "%")) && !p.kind[k].MatchString(clause) {
			continue
		}
		switch {
		case k == Refund && a.Unit == "%" && a.Hundredths < 100_00:
			k = PartialRefund
		case k == Refund && a.Unit == "%", k == Replacement, k == ReturnLabel, k == Repair:
			a = Amount{} // an amount beside them says what the thing costs
		}
		return Offer{Kind: k, Amount: a}, true
	}
	return Offer{}, false
}
