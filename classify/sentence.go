package classify

import (
	"github.com/heedmail/heed/classify/words"
)

// A sentence is one sentence made ready for matching.
//
// Where a word of the vocabulary stands is kept for those words only that are there:
//
//	place  atom ─► which of masks, 0 for one that isn't there
//	masks  the positions of its words, as bits
//
// A set of several words is put together of those when a pattern first asks for it.
type sentence struct {
	vocab   *vocabulary
	grammar *grammar

	span    words.Span
	tokens  []words.Token
	senses  []sense // of the tokens
	valid   uint64  // the positions of all words
	clauses uint64  // the positions of words that begin a clause
	commas  uint64  // the positions of words after a comma
	joints  uint64  // the positions of conjunctions
	asks    bool    // it ends with a question mark
	telling uint16  // the languages that some word here belongs to, and not to the text's own
	spoken  uint16  // the languages for which more speaks here than for the text's own
	tags    tags
	place   []uint16
	masks   []uint64
	placed  []int32     // the atoms that have a place
	sets    []setAnswer // by set of several words
	answers []answer    // by class
	demands []uint32    // a bit for each set that triggers demand, when a word of it is there
	turn    uint32      // which sentence the answers are for
	steps   int         // how many parts of patterns were run, for the test that time is linear
}

// A setAnswer is where the words of a set stand in the sentence of that turn.
type setAnswer struct {
	mask uint64
	turn uint32
}

func newSentence(r *ruleset, tagger VerbTagger) sentence {
	return sentence{
		vocab: &r.vocab, grammar: &r.grammar, tags: tags{tagger: tagger},
		place: make([]uint16, len(r.vocab.atoms)), masks: make([]uint64, 1, 4*words.MaxTokens),
		sets: make([]setAnswer, r.grammar.sets.count()), answers: make([]answer, r.classes+1),
		demands: make([]uint32, r.demands/noted+1),
	}
}

// load takes sentence i out of what was read, but for what fill does. What was loaded before is gone.
func (s *sentence) load(r *reading, i int) {
	s.span = r.spans[i]
	s.tokens, s.senses = r.words(i)
}

// forget lets go of the text.
func (s *sentence) forget() {
	s.tokens, s.senses = nil, nil
	s.tags.text = ""
}

// fill enters where the words stand, which patterns and contexts ask for. Of most sentences nothing is asked.
func (s *sentence) fill(text words.Folded) {
	s.turn++
	s.valid = 1<<len(s.tokens) - 1
	s.clauses, s.commas, s.joints = 1, 0, 0
	for i := range s.tokens {
		switch s.tokens[i].Break {
		case words.Comma:
			s.commas |= 1 << i
		case words.Clause:
			s.clauses |= 1 << i
		}
		if s.senses[i].nature&joint != 0 {
			s.joints |= 1 << i
		}
	}
	s.tags = tags{tagger: s.tags.tagger, text: text.Original(s.span.From, s.span.To)}
	s.asks = asks(text.Text[s.span.From:s.span.To])
	for _, a := range s.placed {
		s.place[a] = 0
	}
	s.placed, s.masks = s.placed[:0], s.masks[:1]
	for i := range s.senses {
		for _, a := range s.senses[i].atoms {
			if s.place[a] == 0 {
				s.place[a] = uint16(len(s.masks))
				s.masks = append(s.masks, 0)
				s.placed = append(s.placed, a)
			}
			s.masks[s.place[a]] |= 1 << i
		}
	}
}

// positions tells where the words of a set stand. It is asked so often that what it asks the set is written out: so it is inlined.
func (s *sentence) positions(words set) uint64 {
	if words&1 == 0 {
		return s.masks[s.place[words>>1]]
	}
	return s.gathered(words)
}

// gathered tells where the words of a larger set stand. It is put together when it is first asked for.
func (s *sentence) gathered(words set) uint64 {
	number, _ := words.single()
	a := &s.sets[number]
	if a.turn == s.turn {
		return a.mask
	}
	masks, place, all := s.masks, s.place, uint64(0)
	for _, atom := range s.grammar.sets.of(number) {
		all |= masks[place[atom]]
	}
	a.turn, a.mask = s.turn, all
	return all
}

// note notes which demands its words fulfil.
func (s *sentence) note() {
	demands, v := s.demands, s.vocab
	clear(demands)
	demands[0] = 1 // none is always fulfilled
	for i := range s.senses {
		for _, a := range s.senses[i].atoms {
			for _, n := range v.notesOf(&v.atoms[a]) {
				demands[n.at] |= n.bits
			}
		}
	}
}

// fulfils tells whether it is noted that a demand is fulfilled.
func (s *sentence) fulfils(d uint32) bool { return s.demands[d/noted]&(1<<(d%noted)) != 0 }

// asks tells whether a sentence ends with a question mark.
func asks(text string) bool {
	for i := len(text) - 1; i >= 0 && i > len(text)-6; i-- {
		switch text[i] {
		case '?':
			return true
		case '!', '"', ')', ' ', '\'', '.':
		default:
			return false
		}
	}
	return false
}
