// Package tagger tells verbs from nouns in English sentences, with the part-of-speech model of prose.
//
// The model is a second witness, never the judge: it loses words, splits others, panics on some valid text and takes
// quadratic time on runs of brackets. So it gets one short sentence at a time, made harmless before, its answer is lined
// up with our own words, and where it has no answer nobody is worse off.
package tagger

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/jdkato/prose/v2"
)

// Limits of what is given to the model.
const (
	maxSentence = 1000 // bytes
	maxRun      = 3    // of the same punctuation mark
)

// A Tagger holds the model, which is loaded when it is first needed. It may be shared by goroutines.
type Tagger struct {
	model func() (*prose.Model, error)
}

// New makes a Tagger. Loading takes some 130 ms; Load does it ahead of time.
func New() *Tagger {
	return &Tagger{model: sync.OnceValues(load)}
}

func load() (m *prose.Model, err error) {
	defer guard(&err)
	d, err := prose.NewDocument("x", prose.WithSegmentation(false), prose.WithExtraction(false))
	if err != nil {
		return nil, fmt.Errorf("load the tagger's model: %w", err)
	}
	return d.Model, nil
}

// Load loads the model now.
func (t *Tagger) Load() error {
	_, err := t.model()
	return err
}

// guard turns a panic of the model into an error.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the tagger gave up: %v", r)
	}
}

// Verbs tells for each word of a sentence, given in order and in lower case, whether it is used as a verb. known is false
// for words that the model lost or didn't reach.
func (t *Tagger) Verbs(sentence string, words []string) (verb, known []bool, err error) {
	verb, known = make([]bool, len(words)), make([]bool, len(words))
	if len(sentence) > maxSentence {
		return verb, known, nil
	}
	tokens, err := t.tokens(harmless(sentence))
	if err != nil {
		return verb, known, err
	}
	next := 0
	for _, token := range tokens {
		text := strings.ToLower(token.Text)
		for i := next; i < len(words) && i < next+4; i++ {
			if words[i] == text {
				verb[i], known[i] = strings.HasPrefix(token.Tag, "VB"), true
				next = i + 1
				break
			}
		}
	}
	return verb, known, nil
}

func (t *Tagger) tokens(sentence string) (tokens []prose.Token, err error) {
	defer guard(&err)
	model, err := t.model()
	if err != nil {
		return nil, err
	}
	d, err := prose.NewDocument(sentence, prose.UsingModel(model), prose.WithSegmentation(false), prose.WithExtraction(false))
	if err != nil {
		return nil, fmt.Errorf("tag a sentence: %w", err)
	}
	return d.Tokens(), nil
}

// harmless replaces what the model stumbles over: bad UTF-8, letters whose lower case has another length, single
// quotation marks, long runs of punctuation.
func harmless(sentence string) string {
	if strings.ToUpper(sentence) == sentence {
		sentence = strings.ToLower(sentence) // in capitals every word looks like a name
	}
	var b strings.Builder
	run, last := 0, rune(0)
	for _, r := range strings.ToValidUTF8(sentence, " ") {
		switch {
		case r == '‘' || r == '’':
			r = '\''
		case r > unicode.MaxLatin1:
			r = ' '
		}
		if run++; r != last {
			run = 1
		}
		if last = r; run > maxRun && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
