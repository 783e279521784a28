package steps

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A step is one row of the table: where on its way the mail is, what goes wrong there, and what has become of it after
// Heed was started again and had a day.
type step struct {
	where, fault string
	arrange      func(*world)
	want         string
}

const once = "all is done, once"

// statement lets the process fail or die at an SQL statement.
func statement(match string, how how) func(*world) {
	return func(w *world) { w.gate.fault = gateFault{match: match, how: how} }
}

// ending lets it fail or die at the end of the transaction that has such a statement.
func ending(match string, how how) func(*world) {
	return func(w *world) { w.gate.fault = gateFault{match: match, end: true, how: how} }
}

func session(replies ...reply) func(*world) { return func(w *world) { w.script = replies } }

func marking(kind string, how markHow) func(*world) {
	return func(w *world) { w.markFault = &markFault{kind, how} }
}

// table is every step times every fault.
func table() []step {
	steps := []step{
		{"fetch", "the process dies before it", func(w *world) { w.fetch = func(int) error { w.fetch = nil; w.die(); return errDead } }, once},
		{"fetch", "the connection ends in the middle of it", func(w *world) {
			w.fetch = func(n int) error {
				if n <= 3 {
					return errors.New("connection reset")
				}
				return nil
			}
		}, once},
		{"original", "the connection ends in the middle of it", big(func(w *world) {
			w.copy = func(n int) error {
				if n <= 3 {
					return errors.New("connection reset")
				}
				return nil
			}
		}), once},
		{"original", "the process dies in the middle of it", big(func(w *world) { w.copy = func(int) error { w.copy = nil; w.die(); return errDead } }), once},
		{"original", "a piece can't be written (the disk is full)", big(statement("INSERT INTO original_pieces", fails)), once},
		{"original", "the process dies when a piece has been written", big(ending("INSERT INTO original_pieces", diesAfter)), once},
		{"original", "the process dies when all of it is there", big(ending("UPDATE originals", diesAfter)), once},
		{"commit", "the process dies before it", ending("INSERT INTO messages", diesBefore), once},
		{"commit", "the process dies after it, before it knows", ending("INSERT INTO messages", diesAfter), once},
		{"commit", "the disk is full, and has space again later", ending("INSERT INTO messages", fails), once},
		{"commit", "the message can't be written", statement("INSERT INTO messages", fails), once},
		{"commit", "the mail can't be queued", statement("INSERT INTO outbox", fails), once},
		{"attempt", "it can't be written down", statement("SET attempts", fails), once},
		{"attempt", "the process dies before it is written down", statement("SET attempts", diesBefore), once},
		{"attempt", "the process dies after it was written down", ending("SET attempts", diesAfter), once},
	}
	steps = append(steps, sendSteps()...)
	for _, kind := range []string{"keyword", "note", "draft"} {
		steps = append(steps,
			step{kind, "the process dies before it", marking(kind, deadBefore), once},
			step{kind, "the process dies after it, before it is written down", marking(kind, deadAfter), once},
			step{kind, "the server puts it off, or the connection ends before it", marking(kind, refusesNow), once},
			step{kind, "the server does it, and the answer is lost", marking(kind, doesAndLoses), once},
			step{kind, "the server refuses it for good (the mail is gone)", marking(kind, refusesForGood), "no " + kind + "; shown as not done"},
		)
	}
	return steps
}

// big gives the mail a file, so that its original is put aside.
func big(arrange func(*world)) func(*world) {
	return func(w *world) {
		w.big = true
		arrange(w)
	}
}

const (
	twice  = "lu got it 2 times, the same mail; yodi got it 2 times, the same mail"
	nobody = "lu got nothing; shown as not done; yodi got nothing"
	notLu  = "lu got nothing; shown as not done"
)

func sendSteps() []step {
	var steps []step
	add := func(fault, want string, replies ...reply) {
		steps = append(steps, step{"send", fault, session(replies...), want})
	}
	for _, at := range []string{"greeting", "EHLO", "MAIL", "RCPT", "DATA"} {
		add("the server hangs up at "+at, once, reply{at: at})
		add("the server never answers at "+at, once, reply{at: at, quiet: true})
		add("the server says 421 at "+at, once, reply{at: at, code: 421})
	}
	add("the server says 554 at greeting or EHLO (a setting is wrong, not this mail)", once, reply{at: "greeting", code: 554}, reply{at: "EHLO", code: 554})
	add("the server says 451 at MAIL", once, reply{at: "MAIL", code: 451})
	add("the server says 550 at MAIL", nobody, reply{at: "MAIL", code: 550})
	add("the server says 450 for one recipient", once, reply{at: "RCPT", code: 450, to: lu})
	add("the server says 550 for one recipient", notLu, reply{at: "RCPT", code: 550, to: lu})
	add("the server says 550 for all recipients", nobody, reply{at: "RCPT", code: 550})
	add("the server says 451 at DATA", once, reply{at: "DATA", code: 451})
	add("the server says 554 at DATA", nobody, reply{at: "DATA", code: 554})
	add("the connection ends in the middle of the mail", once, reply{at: "content"})
	add("the server says 451 after the final dot", once, reply{at: "dot", code: 451})
	add("the server says 554 after the final dot", nobody, reply{at: "dot", code: 554})
	add("the connection ends after the final dot, and the mail was not taken", once, reply{at: "dot"})
	add("the connection ends after the final dot, and the mail was taken", twice, reply{at: "dot", took: true})
	add("the server takes the mail and never answers", twice, reply{at: "dot", quiet: true, took: true})
	steps = append(steps,
		step{"send", "the process dies when the server has taken the mail", func(w *world) { w.dieWhenTaken = true }, twice},
		step{"send", "a piece of the original can't be read", big(statement("FROM original_pieces", fails)), once},
		step{"send", "the connection ends in the middle of the original", big(session(reply{at: "content"})), once},
		step{"result", "it can't be written down (the disk is full), and the process goes on", statement("UPDATE outbox SET state", fails), once},
		step{"result", "the process dies before it is written down", statement("UPDATE outbox SET state", diesBefore), twice},
		step{"result", "the process dies after it was written down", ending("UPDATE outbox SET state", diesAfter), once},
	)
	return steps
}

// try takes the mail through one fault and a restart, and returns what has become of it.
func try(t *testing.T, arrange func(*world)) (end string) {
	t.Helper()
	if _, err := builtIn(); err != nil { // outside of the bubble, since it is shared
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		arrange(w)
		w.live(24 * time.Hour)
		w.gate.fault, w.markFault = gateFault{}, nil
		w.live(24 * time.Hour)
		end = w.end()
	})
	return end
}

func TestEveryStepSurvivesEveryFault(t *testing.T) {
	for _, s := range table() {
		t.Run(s.where+"/"+s.fault, func(t *testing.T) {
			if got := try(t, s.arrange); got != s.want {
				t.Errorf("in the end: %s\nwant:       %s", got, s.want)
			}
		})
	}
}

// Whatever statement fails, or is the last thing that the process did: all is done, and only where the process died
// between the server's answer and its being written down is the mail there twice.
func TestEveryStatementSurvivesEveryFault(t *testing.T) {
	t.Run("a small mail", func(t *testing.T) { everyStatement(t, func(*world) {}) })
	t.Run("a big one", func(t *testing.T) { everyStatement(t, big(func(*world) {})) })
}

func everyStatement(t *testing.T, arrange func(*world)) {
	total := 0
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		arrange(w)
		w.live(time.Hour)
		total = w.gate.seen
	})
	if total < 40 {
		t.Fatalf("only %d statements", total)
	}
	stride := 6 // the rest is left to HEED_EVERY_STATEMENT, which takes minutes
	if os.Getenv("HEED_EVERY_STATEMENT") != "" {
		stride = 1
	}
	doubled := 0
	for _, how := range []how{fails, diesBefore, diesAfter} {
		for n := 1; n <= total; n += stride {
			end := try(t, func(w *world) { arrange(w); w.gate.fault = gateFault{at: n, how: how} })
			switch {
			case end == once:
			case end == twice && how != fails:
				doubled++
			default:
				t.Errorf("statement %d of %d %s: %s", n, total, how, end)
			}
		}
	}
	t.Logf("%d statements in three ways; the mail was there twice %d times", total, doubled)
}

// The table in docs/reliability.md is this one.
func TestTheDocumentHoldsTheTable(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "| step | what fails | in the end |\n| --- | --- | --- |\n")
	for _, s := range table() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", s.where, s.fault, s.want)
	}
	text, err := os.ReadFile("../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), b.String()) {
		t.Errorf("docs/reliability.md does not hold this table:\n%s", b.String())
	}
}
