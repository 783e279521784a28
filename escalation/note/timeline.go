package note

import (
	"cmp"
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/heedmail/heed/escalation/offer"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// How many messages of a long timeline are shown at its two ends. What lies between is folded into one line.
const (
	shownFirst = 2
	shownLast  = 10
)

// An entry is one line of the timeline, or, where Folded is set, what lies between two of them.
type entry struct {
	When, Side, Words string
	Signals           []string
	This, Ours        bool
	Folded            string
}

// timeline is everything that is known of the customer, by time, with the message in hand in it once.
func timeline(f Facts) []store.Message {
	list := slices.Clone(f.Timeline)
	has := slices.ContainsFunc(list, func(m store.Message) bool { return same(m, f.Message) })
	if !has {
		list = append(list, f.Message)
	}
	slices.SortStableFunc(list, func(x, y store.Message) int { return x.At.Compare(y.At) })
	return list
}

func same(x, y store.Message) bool {
	if x.ID != 0 && y.ID != 0 {
		return x.ID == y.ID
	}
	return x.MessageID == y.MessageID && x.At.Equal(y.At) && x.Direction == y.Direction
}

func (b *viewer) entries() []entry {
	var list []entry
	for i := range b.line {
		last := len(b.line) - shownLast
		switch {
		case i < shownFirst || i >= last || last <= shownFirst+1: // a single line is not worth a fold
			list = append(list, b.entry(i))
		case i == shownFirst:
			list = append(list, b.fold(b.line[shownFirst:last]))
		}
	}
	return list
}

func (b *viewer) entry(i int) entry {
	m := b.line[i]
	return entry{
		When:    b.moment(m.At),
		Side:    b.side(m),
		Words:   cmp.Or(gist(m, len(b.offers[i]) > 0, maxExcerpt), b.say("no-words", nil)),
		Signals: b.heard(m),
		This:    same(m, b.f.Message),
		Ours:    m.Direction == message.Outbound,
	}
}

// fold says in one line what lies between the ends of a long timeline.
func (b *viewer) fold(between []store.Message) entry {
	w := words{Since: b.day(between[0].At), Resolved: b.day(between[len(between)-1].At)}
	var heard []string
	for _, m := range between {
		if m.Direction == message.Outbound {
			w.Ours++
		} else {
			w.N++
		}
		for _, t := range b.heard(m) {
			if !slices.Contains(heard, t) {
				heard = append(heard, t)
			}
		}
	}
	w.Title = strings.Join(heard, b.c.separator())
	return entry{Folded: b.say("fold", w)}
}

func (b *viewer) side(m store.Message) string {
	switch {
	case m.Direction == message.Ignored:
		return b.say("side/ignored", shown(string(m.Ignored), maxName))
	case m.Direction == message.Outbound:
		return b.say("side/outbound", nil)
	case m.Notice != nil:
		return b.say("side/notice", nil)
	default:
		return b.say("side/inbound", nil)
	}
}

var (
	// greeting is how a mail begins before it says anything.
	greeting = regexp.MustCompile(`(?i)^(?:dear|hello|hi|hey|good (?:morning|day|afternoon|evening)|guten (?:tag|morgen|abend)|hallo|sehr geehrter?s?|liebe[rs]?|bonjour|bonsoir|cher|ch[eè]re|hola|buen[oa]s \pL+|estimad[oa]|buongiorno|salve|gentile|ol[aá]|car[oa]|prezad[oa]|bom dia|boa tarde|beste|geachte|您好|你好)(?:\s(?:(?:mrs?|ms|dr|prof)\.|[^,!.:，！：。]){0,40})?[,!:，！：。]\s*`)
	// sentenceEnd is where a sentence ends.
	sentenceEnd = regexp.MustCompile(`[.!?…]["”’)]*\s+|[。！？]`)
)

// gist is the one sentence of a message that says most: the one that was heard, the one with our offer, else the first
// after the greeting. A message without words is its subject.
func gist(m store.Message, offers bool, limit int) string {
	for _, hit := range m.Signals {
		if s := shown(cmp.Or(hit.Sentence, hit.Evidence), limit); s != "" {
			return s
		}
	}
	text := clean(m.Text[:min(len(m.Text), 8<<10)], 0)
	text = greeting.ReplaceAllString(text, "")
	first := ""
	for sentence := range sentences(text) {
		if offers && len(offer.Find(sentence)) > 0 {
			return shown(sentence, limit)
		}
		if !offers && utf8.RuneCountInString(first) >= fewWords {
			break
		}
		if utf8.RuneCountInString(first) < fewWords { // "Not yet." says too little by itself
			first = strings.TrimSpace(first + " " + sentence)
		}
	}
	return cmp.Or(shown(first, limit), shown(m.Subject, limit))
}

// fewWords is the length, in characters, up to which a sentence takes the next one with it.
const fewWords = 40

func sentences(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			end := sentenceEnd.FindStringIndex(text)
			if end == nil {
				break
			}
			if !yield(strings.TrimSpace(text[:end[1]])) {
				return
			}
			text = text[end[1]:]
		}
		if rest := strings.TrimSpace(text); rest != "" {
			yield(rest)
		}
	}
}
