package chaos

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The folders of each mailbox that customers' mail comes into.
const (
	inbox  = "INBOX"
	claims = "Claims"
	extra  = "Extra" // is deleted and made again; holds nothing of value until the last time
)

// A letter is a mail, and what has to come of it.
type letter struct {
	id      string // Message-ID
	mailbox int
	folder  string
	raw     []byte
	seen    bool // somebody has read it before it is taken

	escalates bool // one mail to the three who are told, one note beside it
	follows   bool // one follow-up to them
	drafts    bool // one draft
	marked    bool // $Escalated
	vanishes  bool // is expunged at any moment: what comes of it comes once or never
}

// A writer makes letters.
type writer struct {
	r *rand.Rand
	n int
}

func (w *writer) letter(mailbox int, folder, from, subject, text string) *letter {
	w.n++
	l := &letter{id: fmt.Sprintf("chaos-%d-%08x@mail.example", w.n, w.r.Uint32()), mailbox: mailbox, folder: folder, seen: w.r.IntN(10) == 0}
	var filler strings.Builder
	for range w.r.IntN(12) {
		filler.WriteString("The parcel came on a grey day and the box had a dent in one of its corners.\r\n")
	}
	if w.r.IntN(40) == 0 { // some are large
		filler.WriteString(strings.Repeat("And so on, and so on, as it was told at length before on this day.\r\n", 2000))
	}
	l.raw = fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: Mon, 09 Nov 2026 09:12:00 +0000\r\nMessage-ID: <%s>\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello,\r\n\r\n%s\r\n\r\n%sLetter %d.\r\n",
		from, account(mailbox), subject, l.id, text, filler.String(), w.n)
	return l
}

func (w *writer) customer(kind string) string {
	return fmt.Sprintf("Jane Roe <%s-%d-%04x@mail.example>", kind, w.n, w.r.IntN(1<<16))
}

// What customers write, and what is heard in it.
const (
	harmless = "The lamp has come and it is lovely, thank you very much."
	threat   = "I will dispute the charge with my bank if the money is not back by Friday."
	lawyer   = "My lawyer will contact you and I will see you in court."
	abuse    = "You are a bunch of idiots and your service is a disgrace, you morons."
)

// threatening is one letter that escalates and gets a draft.
func (w *writer) threatening(mailbox int, folder string) *letter {
	l := w.letter(mailbox, folder, w.customer("threat"), fmt.Sprintf("Order #%d", 1000+w.n), threat)
	l.escalates, l.drafts, l.marked = true, true, true
	return l
}

// pleasant is a letter that nothing follows from.
func (w *writer) pleasant(mailbox int, folder string) *letter {
	return w.letter(mailbox, folder, w.customer("happy"), "Thank you", harmless)
}

// burst is a handful of letters of one customer, in this order into one folder, or one letter.
func (w *writer) burst(mailbox int, folder string) []*letter {
	switch n := w.r.IntN(20); {
	case n < 9:
		return []*letter{w.pleasant(mailbox, folder)}
	case n < 13:
		return []*letter{w.threatening(mailbox, folder)}
	case n < 15: // the second time is one too many
		from := w.customer("abuse")
		first, second := w.letter(mailbox, folder, from, "Again", abuse), w.letter(mailbox, folder, from, "And again", abuse+" Still.")
		second.escalates, second.marked = true, true
		return []*letter{first, second}
	case n < 17: // a lawyer, and the lawyer again
		from := w.customer("lawyer")
		first, second := w.letter(mailbox, folder, from, "My lawyer", lawyer), w.letter(mailbox, folder, from, "My lawyer again", "As I said. "+lawyer)
		first.escalates, first.marked = true, true
		second.follows, second.marked = true, true
		return []*letter{first, second}
	case n < 18: // the same mail in two folders
		l := w.threatening(mailbox, inbox)
		twin := *l
		twin.escalates, twin.drafts, twin.marked = false, false, false
		twin.folder = claims
		return []*letter{l, &twin}
	case n < 19:
		l := w.threatening(mailbox, folder)
		l.vanishes = true
		return []*letter{l}
	default:
		l := w.pleasant(mailbox, folder)
		l.vanishes = true
		return []*letter{l}
	}
}

// letters makes at least n of them for some mailboxes, in the order in which they come.
func letters(r *rand.Rand, n, mailboxes int) []*letter {
	w := &writer{r: r}
	var all []*letter
	for len(all) < n {
		folder := inbox
		if r.IntN(4) == 0 {
			folder = claims
		}
		all = append(all, w.burst(r.IntN(mailboxes), folder)...)
	}
	return all
}

// account is the login name and address of a mailbox.
func account(mailbox int) string { return fmt.Sprintf("support-%d@example.com", mailbox) }

// admin is who runs heed.
const admin = "admin@example.com"

// The people who are told, all in one mail.
func told() []string { return []string{"lu@example.com", "yodi@example.com", "silver@example.com"} }
