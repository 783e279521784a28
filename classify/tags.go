package classify

// A VerbTagger tells verbs from other words in an English sentence. For each word it says whether it is a verb, and
// whether it knows.
type VerbTagger interface {
	Verbs(sentence string, words []string) (verb, known []bool, err error)
}

// Tags are what a VerbTagger says about one sentence. It is asked only when a pattern needs to know, which is seldom:
// "I will sue you" but "I will call Sue".
type tags struct {
	tagger VerbTagger
	text   string
	asked  bool
	verbs  uint64
	known  uint64
}

// tagged keeps those of the positions where a word is a verb (or is none), and those of which nobody knows.
func (s *sentence) tagged(op op, at uint64) uint64 {
	if at == 0 || s.tags.tagger == nil {
		return at
	}
	if !s.tags.asked {
		s.askTagger()
	}
	if op == opVerb {
		return at & (s.tags.verbs | ^s.tags.known)
	}
	return at &^ (s.tags.verbs & s.tags.known)
}

func (s *sentence) askTagger() {
	s.tags.asked = true
	list := make([]string, len(s.tokens))
	for i, t := range s.tokens {
		list[i] = t.Text
	}
	verb, known, err := s.tags.tagger.Verbs(s.tags.text, list)
	if err != nil {
		return // without an answer the word may be either
	}
	for i := range s.tokens {
		if known[i] {
			s.tags.known |= 1 << i
		}
		if verb[i] {
			s.tags.verbs |= 1 << i
		}
	}
}
