package chaos

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// A round is one life of the program: what happens in it, and how it ends.
type round struct {
	clock  time.Duration // how far its clock is off
	events []event
	kill   bool // by SIGKILL, else by SIGTERM
	aimed  bool // at the moment in which the SMTP server has just taken a mail
}

// An event is one thing that happens, after a while.
type event struct {
	after   time.Duration
	what    what
	mailbox int
	folder  string
	letters []*letter
	hold    time.Duration // how long it stays so
}

type what string

const (
	deliver  what = "deliver"
	live     what = "live"      // nothing happens
	cutAll   what = "cut all"   // every connection at once
	renew    what = "renew"     // the folder gets a new UIDVALIDITY
	rename   what = "rename"    // the folder is called otherwise for a while
	recreate what = "recreate"  // the folder is deleted and made again
	expunge  what = "expunge"   // letters that vanish do so
	diskFull what = "disk full" // for a while
	runOut   what = "run out"   // the certificate has, for a while
)

// A form is how much is done.
type form struct {
	letters, mailboxes int
	kills, stops       int
	pace               time.Duration // of a round, on average
}

var (
	long  = form{letters: 2100, mailboxes: 4, kills: 56, stops: 14, pace: 3200 * time.Millisecond}
	short = form{letters: 90, mailboxes: 2, kills: 4, stops: 1, pace: 2200 * time.Millisecond}
)

// makePlan lays down what happens to the letters. Every kind of event comes at least once.
func makePlan(r *rand.Rand, f form, all []*letter) []round {
	rounds := make([]round, f.kills+f.stops)
	for i := range rounds {
		rounds[i].kill, rounds[i].aimed = i < f.kills, i < f.kills/3
	}
	r.Shuffle(len(rounds), func(i, j int) { rounds[i], rounds[j] = rounds[j], rounds[i] })
	kinds := []what{cutAll, renew, rename, recreate, expunge, diskFull, runOut}
	for i := range rounds {
		if r.IntN(3) == 0 {
			rounds[i].clock = time.Duration(r.Int64N(int64(6*time.Hour))) - 3*time.Hour
		}
		mine := all[i*len(all)/len(rounds) : (i+1)*len(all)/len(rounds)]
		pieces := 1 + r.IntN(3)
		for p := range pieces {
			rounds[i].events = append(rounds[i].events,
				event{what: deliver, letters: mine[p*len(mine)/pieces : (p+1)*len(mine)/pieces], after: spread(r, f.pace/8)})
			kind := kinds[i%len(kinds)]
			if p > 0 {
				kind = kinds[r.IntN(len(kinds))]
			}
			rounds[i].events = append(rounds[i].events, makeEvent(r, f, kind))
		}
		rounds[i].events = append(rounds[i].events, event{what: live, after: spread(r, f.pace/2)})
	}
	return rounds
}

func makeEvent(r *rand.Rand, f form, kind what) event {
	e := event{what: kind, after: spread(r, f.pace/6), mailbox: r.IntN(f.mailboxes), hold: 300*time.Millisecond + spread(r, 500*time.Millisecond)}
	switch kind {
	case renew:
		e.folder = []string{inbox, claims}[r.IntN(2)]
	case rename: // long enough for something to be asked of a folder that is not there
		e.folder, e.hold = claims, 500*time.Millisecond+spread(r, time.Second)
	case recreate:
		e.folder = extra
	}
	return e
}

// spread is a time around d.
func spread(r *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(2 * d)))
}

// String is the plan for people, one line a round.
func (r round) String() string {
	var parts []string
	for _, e := range r.events {
		if e.what == deliver {
			parts = append(parts, fmt.Sprintf("%d mails", len(e.letters)))
		} else if e.what != live {
			parts = append(parts, string(e.what))
		}
	}
	end := "SIGTERM"
	if r.kill {
		end = "kill -9"
	}
	if r.aimed {
		end += " as soon as a mail is taken"
	}
	return fmt.Sprintf("clock %+v; %s; %s", r.clock.Round(time.Minute), strings.Join(parts, ", "), end)
}
