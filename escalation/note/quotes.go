package note

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// A quote is a sentence of the customer's own, in pieces, with the deciding words marked.
type quote struct {
	Pieces  []piece
	Who     string // "" for the customer, else the platform that speaks
	When    string
	Signals []string // what was heard in it

	sentence string
	marks    []string
}

type piece struct {
	Words  string
	Marked bool
}

// quotes are the customer's own words, those of the message in hand first, then those of earlier messages that count
// towards the same rules. A platform's notice speaks for itself.
func (b *viewer) quotes() []quote {
	counted := b.counted()
	list := b.whole(b.quotesOf(nil, b.f.Message, nil))
	for _, m := range slices.Backward(b.line) {
		if m.Direction == message.Inbound && !same(m, b.f.Message) && b.inWindow(m) {
			list = b.quotesOf(list, m, counted)
		}
	}
	list = list[:min(len(list), maxQuotes)]
	for i := range list {
		list[i].Pieces = pieces(list[i].sentence, list[i].marks)
	}
	return list
}

// whole puts all that the message in hand says into one quote, where that is short: what the customer wants often stands
// in the sentence beside the one that was heard.
func (b *viewer) whole(list []quote) []quote {
	text := shown(b.f.Message.Text, maxQuote+1) // a longer one ends in an ellipsis beyond the limit
	if utf8.RuneCountInString(text) > maxQuote || b.f.Message.Notice != nil {
		return list
	}
	all := quote{sentence: text}
	var others []quote // words of the subject
	for _, q := range list {
		if !strings.Contains(text, q.sentence) {
			others = append(others, q)
			continue
		}
		all.Who, all.When = q.Who, q.When
		all.marks = append(all.marks, q.marks...)
		for _, s := range q.Signals {
			if !slices.Contains(all.Signals, s) {
				all.Signals = append(all.Signals, s)
			}
		}
	}
	if len(all.marks) == 0 {
		return list
	}
	return append([]quote{all}, others...)
}

// counted are the signals that the rules of this action count.
func (b *viewer) counted() map[classify.Signal]bool {
	set := map[classify.Signal]bool{}
	for _, c := range b.counts {
		if c.N > 1 {
			set[c.Signal] = true
		}
	}
	return set
}

func (b *viewer) inWindow(m store.Message) bool {
	for _, c := range b.counts {
		if c.Window > 0 && b.f.Message.At.Sub(m.At) <= c.Window && !m.At.After(b.f.Message.At) {
			return true
		}
	}
	return false
}

// quotesOf adds the words of one message, of the signals in only (nil for all). Signals that were heard in the same
// sentence share one quote.
func (b *viewer) quotesOf(list []quote, m store.Message, only map[classify.Signal]bool) []quote {
	who := ""
	if m.Notice != nil {
		who = platformName(m.Notice.Platform)
	}
	for _, hit := range b.firedFirst(m.Signals) {
		if only != nil && !only[hit.Signal] {
			continue
		}
		sentence, evidence := shown(hit.Sentence, maxQuote), shown(hit.Evidence, maxQuote)
		if sentence == "" {
			sentence = evidence
		}
		if sentence == "" {
			continue
		}
		when, title := b.moment(m.At), b.title("", hit.Signal)
		i := slices.IndexFunc(list, func(q quote) bool { return q.sentence == sentence && q.When == when })
		if i < 0 {
			i = len(list)
			list = append(list, quote{Who: who, When: when, sentence: sentence})
		}
		list[i].marks = append(list[i].marks, evidence)
		if !slices.Contains(list[i].Signals, title) {
			list[i].Signals = append(list[i].Signals, title)
		}
	}
	return list
}

// firedFirst puts the words that made a rule fire before all others.
func (b *viewer) firedFirst(hits []classify.Hit) []classify.Hit {
	fired := func(h classify.Hit) int {
		if slices.ContainsFunc(b.counts, func(c escalation.Count) bool { return c.Signal == h.Signal }) {
			return 0
		}
		return 1
	}
	list := slices.Clone(hits)
	slices.SortStableFunc(list, func(x, y classify.Hit) int { return fired(x) - fired(y) })
	return list
}

// pieces cuts a sentence at the words that are marked in it. Words that are not in it, since it was cut, mark nothing;
// where all of it decides, nothing needs a mark.
func pieces(sentence string, marks []string) []piece {
	marked := make([]bool, len(sentence))
	for _, m := range marks {
		if i := strings.Index(sentence, m); i >= 0 && m != "" && m != sentence {
			for j := i; j < i+len(m); j++ {
				marked[j] = true
			}
		}
	}
	var list []piece
	start := 0
	for i := 1; i <= len(sentence); i++ {
		if i == len(sentence) || marked[i] != marked[i-1] {
			list = append(list, piece{Words: sentence[start:i], Marked: marked[start]})
			start = i
		}
	}
	return list
}
