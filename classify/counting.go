package classify

import "github.com/heedmail/heed/classify/words"

// A counting counts the words and letters of a text that tell its language. Words that were read already are counted as they were
// read; at the ends of the parts that the text is counted in, which may be in the middle of a word, it reads on its own.
type counting struct {
	rules  *ruleset
	points score
	folder words.Folder

	text   string
	folded words.Folded // the same, if its words were read
	tokens []words.Token
	senses []sense
	next   int // the first of the tokens that was not counted
	room   [16]int32
}

// language finds out the language of the text that is listened to.
func (c *counting) language(t Text, read *reading) tongue {
	s := &c.rules.speech
	*c = counting{rules: c.rules, folder: c.folder, text: t.Body}
	if read.covers(t.Body, speechParts*speechBytes) {
		c.folded, c.tokens, c.senses = read.text, read.tokens[read.start:], read.senses[read.start:]
	}
	subject := t.Subject[:min(len(t.Subject), speechBytes)]
	c.count(subject)
	s.countLetters(subject, &c.points)
	for from := 0; from < min(len(t.Body), speechParts*speechBytes); from += speechBytes {
		to := min(from+speechBytes, len(t.Body))
		c.part(from, to)
		if c.tokens == nil || !c.folded.InPlace() {
			s.countLetters(t.Body[from:to], &c.points)
		}
		if c.points.isClear(len(s.languages)) {
			break
		}
	}
	return s.judge(&c.points)
}

// forget lets go of the text.
func (c *counting) forget() { *c = counting{rules: c.rules, folder: c.folder} }

// part counts the words of text[from:to]: those that were read in it, and what is before the first and behind the last of them.
func (c *counting) part(from, to int) {
	done := from
	for ; c.next < len(c.tokens); c.next++ {
		t := &c.tokens[c.next]
		first, end := c.folded.Place(t.From, t.To)
		if end > to {
			break
		}
		if first < from {
			continue
		}
		if done == from {
			c.count(c.text[from:first])
		}
		if done = end; !t.Masked {
			c.senses[c.next].count(&c.points)
		}
	}
	c.count(c.text[done:to])
}

// count reads the words of a text and counts them.
func (c *counting) count(text string) {
	if text == "" || text == " " {
		return
	}
	var word sense
	folded := c.folder.Fold(text).Text
	for at := 0; ; {
		t := c.rules.spelling.Next(folded, at, len(folded))
		if t.Text == "" {
			return
		}
		at = t.To
		if len(t.Text) <= words.MaxWord && !t.Masked {
			c.rules.vocab.look(&t, &word, c.room[:0])
			word.count(&c.points)
		}
	}
}
