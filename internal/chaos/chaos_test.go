package chaos

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/heedmail/heed/internal/testservers"
)

var (
	seed = flag.Uint64("seed", 1, "what the mails and the faults follow from")
	full = flag.Bool("long", false, "the long form, which takes minutes")
)

// settleLimit is how long the program has, once all is well again, to do what is left.
const settleLimit = 4 * time.Minute

// aimLimit is how long a kill waits for a mail to be taken.
const aimLimit = 5 * time.Second

func TestNothingIsLostOrDoubledWhateverGoesWrong(t *testing.T) {
	f := short
	if *full {
		f = long
	}
	w := newWorld(t, f, *seed)
	began := time.Now()
	for i, r := range w.plan {
		if i > 0 && i%10 == 0 {
			t.Logf("%d of %d rounds after %s", i, len(w.plan), time.Since(began).Round(time.Second))
		}
		w.live(i, r)
	}
	w.settle()
	c := &checker{t: t, host: w.host, smtp: w.smtp, letters: w.letters}
	r := c.check(w.imap, f.mailboxes)
	w.print(r, time.Since(began))
	if r.failures() > 0 {
		t.Errorf("the end of heed's log:\n%s", w.host.log)
	}
}

func TestTheSameSeedMakesTheSamePlan(t *testing.T) {
	plan := func(seed uint64) string {
		a, wire, mail := draw(seed, short)
		return fmt.Sprint(a.plan, len(a.letters), wire[:20], mail[:20], string(a.letters[7].raw))
	}
	if first, second := plan(7), plan(7); first != second {
		t.Error("two plans of seed 7 differ")
	}
	if plan(7) == plan(8) {
		t.Error("the plans of seeds 7 and 8 are the same")
	}
}

// A world is everything around the program, and the program.
type world struct {
	t       *testing.T
	form    form
	seed    uint64
	plan    []round
	letters []*letter
	imap    *testservers.IMAP
	proxy   *proxy
	smtp    *mailServer
	host    *host
	vanish  []*letter // delivered, and to be expunged
}

// draw makes all that follows from a seed.
func draw(seed uint64, f form) (*world, []wireFault, []mailFault) {
	source := func(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }
	w := &world{form: f, seed: seed, letters: letters(source(1), f.letters, f.mailboxes)}
	w.plan = makePlan(source(2), f, w.letters)
	return w, wireFaults(source(3), 4096), mailFaults(source(4), 4096)
}

func newWorld(t *testing.T, f form, seed uint64) *world {
	t.Helper()
	w, wire, mail := draw(seed, f)
	w.t, w.imap, w.host = t, testservers.Dovecot(t), newHost(t, !*full)
	for i := range f.mailboxes {
		w.imap.AddUser(account(i), password) // all before the first login: Dovecot looks for new ones once a second
	}
	for i := range f.mailboxes {
		c := w.client(account(i))
		for _, folder := range []string{claims, extra} {
			if err := c.Create(folder, nil).Wait(); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
	}
	w.proxy = newProxy(t, w.imap.TLSAddr, w.imap.ExpiredCertificate(), wire)
	w.smtp = newMailServer(t, mail, w.host.now)
	w.host.configure(w.imap, w.proxy.port(), w.smtp.port(), f.mailboxes)
	t.Cleanup(func() {
		if w.host.gone != nil && !w.host.died() {
			w.host.kill()
		}
	})
	return w
}

// client is our own way into a mailbox, past the proxy.
func (w *world) client(user string) *imapclient.Client {
	w.t.Helper()
	c, err := imapclient.DialInsecure(w.imap.Addr, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := c.Login(user, password).Wait(); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// live is one round.
func (w *world) live(i int, r round) {
	w.t.Helper()
	w.host.setClock(r.clock)
	if !w.host.start() && !w.host.died() {
		w.t.Fatalf("round %d: heed does not come up within %s; the end of its log:\n%s", i, startLimit, w.host.log)
	}
	wasFull := false
	for _, e := range r.events {
		if r.aimed && e.what == live {
			select {
			case <-w.smtp.whenTaken():
			case <-time.After(aimLimit):
			}
			break
		}
		wait(e.after)
		w.happen(e)
		wasFull = wasFull || e.what == diskFull
	}
	if w.host.died() && !wasFull {
		w.t.Errorf("round %d: heed ended by itself; the end of its log:\n%s", i, w.host.log)
	}
	if r.kill {
		w.host.kill()
	} else if code := w.host.stop(); code != 0 && !wasFull {
		w.t.Errorf("round %d: exit status %d after SIGTERM; the end of heed's log:\n%s", i, code, w.host.log)
	}
}

func wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

func (w *world) happen(e event) {
	w.t.Helper()
	switch e.what {
	case deliver:
		w.deliver(e.letters)
	case cutAll:
		w.proxy.cutAll()
	case renew:
		w.proxy.cutAll()
		w.imap.RenewUIDs(account(e.mailbox), e.folder)
	case rename:
		w.rename(e)
	case recreate:
		w.recreate(e)
	case expunge:
		w.expunge()
	case diskFull:
		if w.host.small {
			w.host.fillDisk()
			wait(e.hold)
			w.host.drainDisk()
		}
	case runOut:
		w.proxy.setRenewed(false)
		w.proxy.cutAll()
		wait(e.hold)
		w.proxy.setRenewed(true)
	}
}

func (w *world) deliver(all []*letter) {
	for _, l := range all {
		if l.seen {
			w.imap.DeliverRead(account(l.mailbox), l.folder, l.raw)
		} else {
			w.imap.DeliverTo(account(l.mailbox), l.folder, l.raw)
		}
		if l.vanishes {
			w.vanish = append(w.vanish, l)
		}
	}
}

// rename calls a folder otherwise for a while. Nobody may make it anew meanwhile.
func (w *world) rename(e event) {
	w.t.Helper()
	c := w.client(account(e.mailbox))
	defer c.Close()
	if err := c.Rename(e.folder, "Away", nil).Wait(); err != nil {
		w.t.Fatalf("rename %s: %v", e.folder, err)
	}
	wait(e.hold)
	if err := c.Rename("Away", e.folder, nil).Wait(); err != nil {
		w.t.Fatalf("rename %s back: %v; has heed made the folder?", e.folder, err)
	}
}

// recreate deletes a folder and makes it again, with a pleasant letter in it that is of no consequence.
func (w *world) recreate(e event) {
	w.t.Helper()
	c := w.client(account(e.mailbox))
	defer c.Close()
	if err := c.Delete(e.folder).Wait(); err != nil {
		w.t.Fatalf("delete %s: %v", e.folder, err)
	}
	wait(e.hold)
	if err := c.Create(e.folder, nil).Wait(); err != nil {
		w.t.Fatalf("make %s again: %v; has heed made it?", e.folder, err)
	}
}

// expunge removes the letters that vanish, as far as they have come.
func (w *world) expunge() {
	w.t.Helper()
	for _, l := range w.vanish {
		c := w.client(account(l.mailbox))
		err := removeFrom(c, l)
		c.Close()
		if err != nil {
			w.t.Fatalf("expunge %s: %v", l.id, err)
		}
	}
	w.vanish = nil
}

func removeFrom(c *imapclient.Client, l *letter) error {
	if _, err := c.Select(l.folder, nil).Wait(); err != nil {
		return err
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: l.id}}}, nil).Wait()
	if err != nil || len(found.AllUIDs()) == 0 {
		return err
	}
	set := imap.UIDSetNum(found.AllUIDs()...)
	if err := c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		return err
	}
	return c.UIDExpunge(set).Close()
}

// settle lets the program do what is left, with all well around it. Its clock is set ahead at each start, so that
// nothing has to be waited for that failed often.
func (w *world) settle() {
	w.t.Helper()
	w.proxy.setCalm(true)
	w.smtp.setCalm(true)
	deadline := time.Now().Add(settleLimit)
	before := -1
	for n := 1; ; n++ {
		w.host.setClock(time.Duration(n) * 4 * time.Hour)
		if !w.host.start() {
			w.t.Fatalf("heed does not come up any more; the end of its log:\n%s", w.host.log)
		}
		for range 10 {
			wait(time.Second)
			c := &checker{t: w.t, host: w.host, smtp: w.smtp, letters: w.letters, quiet: true}
			r := c.check(w.imap, w.form.mailboxes)
			left := r.lost + r.keywordFaults + r.noteFaults + r.draftFault
			if left == 0 || left != before {
				before = left
			}
			if left == 0 || time.Now().After(deadline) {
				wait(2 * time.Second) // what should not come has time to
				if code := w.host.stop(); code != 0 {
					w.t.Errorf("exit status %d after the last SIGTERM", code)
				}
				return
			}
		}
		w.host.stop()
	}
}

// print shows the table.
func (w *world) print(r result, took time.Duration) {
	kills := 0
	for _, l := range w.host.lives {
		if l.killed {
			kills++
		}
	}
	wire, byWire := w.proxy.faultsHit()
	tries, mail, byMail := w.smtp.count()
	events := map[what]int{}
	for _, round := range w.plan {
		for _, e := range round.events {
			if e.what != deliver && e.what != live {
				events[e.what]++
			}
		}
	}
	if !w.host.small {
		events[diskFull] = 0
		fmt.Fprintln(os.Stdout, "!! the disk was never full: only root can mount a small one")
	}
	fmt.Fprintf(os.Stdout, "chaos, seed %d: %s\n", w.seed, took.Round(time.Second))
	fmt.Fprintf(os.Stdout, "  %-34s %d kill -9, %d SIGTERM\n", "lives ended", kills, len(w.host.lives)-kills)
	fmt.Fprintf(os.Stdout, "  %-34s %d: %s\n", "IMAP connections broken", wire, list(byWire))
	fmt.Fprintf(os.Stdout, "  %-34s %d of %d (%d %%)\n", "tries to hand a mail over broken", mail, tries, 100*mail/max(1, tries))
	for _, kind := range slices.Sorted(maps.Keys(byMail)) {
		fmt.Fprintf(os.Stdout, "    %-50s %d\n", kind, byMail[kind])
	}
	fmt.Fprintf(os.Stdout, "  %-34s %s\n", "what happened besides", list(events))
	fmt.Fprint(os.Stdout, r.table())
}

func list[K ~string](counts map[K]int) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, counts[k]))
	}
	return strings.Join(parts, ", ")
}
