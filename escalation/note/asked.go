package note

import (
	"strconv"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/offer"
	"github.com/heedmail/heed/escalation/store"
)

// A task is a line of the checklist. Due is "" where it is always due.
type task struct{ Do, Due string }

// playOfRules is the play of the strongest rule that fires, or the one for news. Where several rules fire, one checklist
// serves better than two that contradict each other.
func (b *viewer) playOfRules() escalation.Play {
	book := b.f.Playbook
	if book == nil {
		book = b.c.playbook
	}
	switch {
	case b.do == escalation.FollowUp:
		return book.For(escalation.FollowUpPlay, "", b.channel())
	case len(b.counts) == 0:
		return book.For(escalation.OtherPlay, "", b.channel())
	}
	return book.For(b.counts[0].Rule, b.counts[0].Signal, b.channel())
}

// asked is the checklist.
func (b *viewer) asked() []task {
	var list []task
	for _, t := range b.play.Tasks {
		list = append(list, task{Do: clean(t.Do, maxQuote), Due: b.dueOf(t)})
	}
	return list
}

// dueOf says when a task is due: its own time, or the deadline that the customer or a platform set, whichever ends first.
func (b *viewer) dueOf(t escalation.Task) string {
	at := time.Time{}
	if t.Within > 0 {
		at = b.f.Now.Add(t.Within)
	}
	ahead := b.due.At.After(b.f.Now)
	switch {
	case t.BeforeDeadline && b.due.At.IsZero():
		return b.due.Text
	case t.BeforeDeadline || ahead && !at.IsZero() && b.due.At.Before(at) && t.Within < weeks:
		at = b.due.At
	}
	return b.dueAt(at)
}

// weeks and longer are for what comes afterwards: a deadline does not bring it forward.
const weeks = 6 * 24 * time.Hour

// askedFirst is what is asked in one line: the first two tasks that are due, each cut at its first colon or stop.
func (b *viewer) askedFirst(tasks []task) string {
	var list []string
	for _, t := range tasks {
		if t.Due == "" || len(list) == 2 {
			continue
		}
		do := t.Do
		if i := strings.IndexAny(do, ".:;。：；"); i > 0 {
			do = do[:i]
		}
		list = append(list, b.say("asked", words{Title: do, Deadline: t.Due}))
	}
	return b.joined(list...)
}

// beside is what belongs to the checklist: what may be offered, what stands ready, and who has taken the case.
func (b *viewer) beside() []string {
	var list []string
	play := b.play
	if next, ok := offer.Next(play.Offers, b.made()); ok {
		list = append(list, b.say("next/offer", b.offerWords(next)))
	} else if len(play.Offers) > 0 {
		list = append(list, b.say("next/no-offer", nil))
	}
	if play.Goodwill != "" || play.GoodwillWithApproval != "" {
		list = append(list, b.say("next/goodwill", words{Goodwill: clean(play.Goodwill, maxName), Approval: clean(play.GoodwillWithApproval, maxName)}))
	}
	if b.hasDraft() {
		list = append(list, b.say("next/draft", b.w))
	}
	if b.f.Case.State == store.Acked {
		list = append(list, b.say("next/taken", b.when(b.f.Case.AckedAt)))
	}
	return list
}

func (b *viewer) commands() []command {
	id := strconv.FormatInt(b.f.Case.ID, 10)
	return []command{
		{"heed cases ack " + id, b.say("command/ack", nil)},
		{"heed cases resolve " + id, b.say("command/resolve", nil)},
	}
}
