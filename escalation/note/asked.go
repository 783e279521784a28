package note

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/offer"
	"github.com/heedmail/heed/escalation/store"
)

// A task is a line of the checklist. Due is "" where it is always due.
type task struct {
	Do, Due string
	rule    int // whose task it is: the place of the rule in the action
}

// playsOfRules are the plays of the rules that fire, the strongest first, or the one for news.
func (b *viewer) playsOfRules() []escalation.Play {
	book := b.f.Playbook
	if book == nil {
		book = b.c.playbook
	}
	if b.do == escalation.FollowUp {
		return []escalation.Play{book.For(escalation.FollowUpPlay, "", b.w.Channel)}
	}
	var plays []escalation.Play
	for _, c := range b.counts {
		plays = append(plays, book.For(c.Rule, c.Signal, b.w.Channel))
	}
	if len(plays) == 0 {
		plays = append(plays, book.For(escalation.OtherPlay, "", b.w.Channel))
	}
	return plays
}

// asked is the checklist: the whole play of the strongest rule, and the first step of each further one.
func (b *viewer) asked() []task {
	var list []task
	for i, play := range b.plays {
		tasks := play.Tasks
		if i > 0 {
			tasks = tasks[:min(1, len(tasks))]
		}
		for _, t := range tasks {
			do := clean(t.Do, maxQuote)
			if slices.ContainsFunc(list, func(o task) bool { return o.Do == do }) {
				continue
			}
			list = append(list, task{Do: do, Due: b.dueOf(t), rule: i})
		}
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
	play := b.plays[0]
	for _, p := range b.plays { // the offers of the strongest rule that has some
		if len(p.Offers) > 0 {
			play = p
			break
		}
	}
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
