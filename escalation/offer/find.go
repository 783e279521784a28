package offer

import (
	_ "embed" // for the words
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

//go:embed words.toml
var wordsFile []byte

// maxText is how much of an answer is looked through, in bytes: more than anybody writes before what they offer.
const maxText = 8 << 10

// These are kinds of words that are no offer by themselves: refusal takes one back, half is a share of 50 %.
const (
	refusal Kind = "not"
	half    Kind = "half"
)

// A phrase is words that mean an offer, or a refusal.
type phrase struct {
	kind  Kind
	words []string
	open  bool // the last word may go on
}

// A lexicon finds phrases by how their first word begins.
type lexicon map[string][]phrase

// readLexicon is called once, by the first Find.
var readLexicon = sync.OnceValue(func() lexicon {
	var file struct {
		Not  []string          `toml:"not"`
		Half []string          `toml:"half"`
		Kind map[Kind][]string `toml:"kind"`
	}
	if err := toml.Unmarshal(wordsFile, &file); err != nil {
		panic("the words of offers are broken: " + err.Error()) // can't pass the tests
	}
	lex := lexicon{}
	lex.add(refusal, file.Not)
	lex.add(half, file.Half)
	for k, written := range file.Kind {
		lex.add(k, written)
	}
	return lex
})

func (lex lexicon) add(k Kind, written []string) {
	for _, text := range written {
		stem, open := strings.CutSuffix(text, "*")
		p := phrase{kind: k, open: open}
		for _, t := range tokens(stem) {
			p.words = append(p.words, t.word)
		}
		lex[begin(p.words[0])] = append(lex[begin(p.words[0])], p)
	}
}

// begin is what a first word is found by. No phrase is open within it.
func begin(word string) string { return word[:min(3, len(word))] }

// A token is one word in lower case, or a per cent sign. It ends a clause where what is said of one thing need not hold of
// the next.
type token struct {
	word       string
	start, end int // in the text
	ends       bool
}

// tokens takes a text apart. A comma or stop inside a number ends nothing.
func tokens(text string) []token {
	list := make([]token, 0, len(text)/5) // a word and a blank
	start := -1
	flush := func(end int) {
		if start >= 0 {
			list = append(list, token{word: strings.ToLower(text[start:end]), start: start, end: end})
			start = -1
		}
	}
	for i, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if start < 0 {
				start = i
			}
			continue
		case r == '%':
			flush(i)
			start = i
			flush(i + 1)
		default:
			flush(i)
		}
		next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		if len(list) > 0 && (r == '\n' || strings.ContainsRune(".!?;:,", r) && (unicode.IsSpace(next) || i+1 == len(text))) {
			list[len(list)-1].ends = true
		}
	}
	flush(len(text))
	return list
}

// joins are the words between clauses.
func joins(word string) bool {
	switch word {
	case "and", "or", "but", "und", "oder", "aber", "sondern", "et", "ou", "mais", "y", "o", "pero", "sino", "e", "ma", "mas", "en", "maar":
		return true
	}
	return false
}

// Find returns what an answer of ours offers, in the order in which it is said. What is refused, or only repeats the
// customer's wish, is left out.
func Find(text string) []Offer {
	if len(text) > maxText {
		text = text[:maxText]
	}
	text = strings.ToValidUTF8(text, "?")
	lex := readLexicon()
	var list []Offer
	all := tokens(text)
	start := 0
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(t token) bool { return t.ends || joins(t.word) }) + 1
		if n == 0 {
			n = len(all)
		}
		end := len(text)
		if n < len(all) {
			end = all[n].start
		}
		if o, ok := lex.offerIn(all[:n], text[start:end]); ok { // with the signs around its words: "€20"
			list = add(list, o)
		}
		start, all = all[n-1].end, all[n:]
	}
	return list
}

// offerIn returns the offer of one clause. The most specific kind goes first: a partial refund is a refund too.
func (lex lexicon) offerIn(clause []token, text string) (Offer, bool) {
	said := map[Kind]bool{}
	for i := range clause {
		for _, p := range lex[begin(clause[i].word)] {
			if p.at(clause[i:]) {
				said[p.kind] = true
			}
		}
	}
	if said[refusal] {
		return Offer{}, false
	}
	for _, k := range []Kind{PartialRefund, Voucher, ReturnLabel, Discount, Repair, Replacement, Refund} {
		if !said[k] {
			continue
		}
		if k == Replacement || k == ReturnLabel || k == Repair { // an amount beside them says what the thing costs
			return Offer{Kind: k}, true
		}
		a := amountIn(text)
		if a == (Amount{}) && said[half] {
			a = amountIn("50 %")
		}
		switch {
		case k == Refund && a.Unit == "%" && a.Hundredths < 100_00:
			k = PartialRefund
		case k == Refund && a.Unit == "%":
			a = Amount{}
		}
		return Offer{Kind: k, Amount: a}, true
	}
	return Offer{}, false
}

// at says whether the phrase stands at the beginning of a clause's rest.
func (p phrase) at(rest []token) bool {
	if len(rest) < len(p.words) {
		return false
	}
	last := len(p.words) - 1
	for i, w := range p.words {
		if rest[i].word != w && !(i == last && p.open && strings.HasPrefix(rest[i].word, w)) {
			return false
		}
	}
	return true
}
