package classify

import (
	"slices"
	"testing"
)

func TestEveryPatternThatMatchesIsTried(t *testing.T) {
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := newHearing(c.rules, nil)
	for _, body := range []string{
		"I have asked my bank to reverse the charge. I won't send you any more photos, you have had them twice!",
		"Keep your 20 % voucher, that doesn't even cover the postage. What number can I call to talk to a manager?",
		"Ich nehme den Gutschein nicht an und gehe zum Anwalt. Rufen Sie mich bitte unter 0123 456 zurück.",
		"Je refuse votre bon d'achat et je vais laisser un avis. No voy a volver a comprar nunca más con ustedes.",
	} {
		text := Text{Body: body}
		for _, part := range text.Own() {
			h.reading.part(part.Folded)
			for i, span := range h.reading.spans {
				h.current.load(&h.reading, i)
				h.collectDue()
				h.current.fill(part.Folded)
				for n, p := range c.rules.patterns {
					if h.current.has(p.root) && !slices.Contains(h.due, int32(n)) {
						t.Errorf("%q: a match of %s is passed over", part.Original(span.From, span.To), c.rules.source(&p))
					}
				}
			}
		}
	}
}
