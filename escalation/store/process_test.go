package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
)

// A process is the least that goes on between a message and the store: what intake does, without mails.
type process struct {
	policy escalation.Policy
	people escalation.People
	fired  map[int64]map[escalation.StepKey]int // by case
}

func newProcess() *process {
	return &process{
		policy: escalation.DefaultPolicy(),
		people: escalation.People{Contacts: map[string][]string{"shopify": {"lu@example.com"}}, Domestic: []string{"yodi@example.com"}},
		fired:  make(map[int64]map[escalation.StepKey]int),
	}
}

func (p *process) take(tx *Tx, m *Message) (escalation.Decision, error) {
	h, c, err := tx.History(m.Customer, m.At, p.policy.LongestWindow())
	if err != nil {
		return escalation.Decision{}, err
	}
	e := escalation.Event{At: m.At, Channel: m.Channel}
	for _, hit := range m.Signals {
		e.Signals = append(e.Signals, hit.Signal)
	}
	d := p.policy.Decide(h, e, p.people)
	if c == nil && d.Fires() {
		c = &Case{Customer: m.Customer, OpenedAt: m.At}
		if err := tx.OpenCase(c); err != nil {
			return d, err
		}
	}
	if c != nil {
		m.CaseID = c.ID
	}
	if err := tx.AddMessage(m); err != nil {
		return d, err
	}
	if c == nil {
		return d, nil
	}
	p.remember(c.ID, d.Used)
	for _, a := range d.Actions {
		if err := tx.AddMailed(c.ID, a.To, m.At); err != nil {
			return d, err
		}
	}
	return d, tx.UseSteps(c.ID, d.Used, m.ID)
}

func (p *process) remember(id int64, used []escalation.StepKey) {
	if p.fired[id] == nil {
		p.fired[id] = make(map[escalation.StepKey]int)
	}
	for _, k := range used {
		p.fired[id][k]++
	}
}

// mailOf makes a random message: one of three customers, some time in a year, any signals.
func mailOf(r *rand.Rand, n uint32) *Message {
	m := inbound(fmt.Sprintf("c%d@mail.example", r.IntN(3)), n)
	m.At = noon.Add(time.Duration(r.Int64N(int64(365 * 24 * time.Hour)))).Truncate(time.Second)
	for _, s := range classify.Signals() {
		if r.IntN(4) == 0 {
			m.Signals = append(m.Signals, classify.Hit{Signal: s})
		}
	}
	return m
}

func TestStepFiresOnceInACaseWhateverHappens(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 5))
		s, p := openAt(t, Memory), newProcess()
		for n := range uint32(40) {
			m := mailOf(r, n)
			update(t, s, func(tx *Tx) error {
				d, err := p.take(tx, m)
				checkDecision(t, d, m)
				return err
			})
			disturb(t, s, r)
		}
		for id, steps := range p.fired {
			for key, times := range steps {
				if times != 1 {
					t.Errorf("seed %d: case %d: %v was used %d times", seed, id, key, times)
				}
			}
		}
	}
}

// disturb resolves or reopens some case now and then; a reopened case may be refused.
func disturb(t *testing.T, s *Store, r *rand.Rand) {
	t.Helper()
	cases, err := s.Cases(t.Context(), Filter{})
	noError(t, err)
	if len(cases) == 0 || r.IntN(6) > 0 {
		return
	}
	c := cases[r.IntN(len(cases))]
	if c.State == Resolved {
		_ = s.Reopen(t.Context(), c.ID, noon)
	} else {
		noError(t, s.Resolve(t.Context(), c.ID, noon))
	}
}

// checkDecision holds what is true of every decision.
func checkDecision(t *testing.T, d escalation.Decision, m *Message) {
	t.Helper()
	count := make(map[escalation.Do]int)
	for _, a := range d.Actions {
		count[a.Do]++
		if draft := a.Do == escalation.Appease || a.Do == escalation.Reassure; draft != (len(a.To) == 0) {
			t.Errorf("%s goes to %v", a.Do, a.To)
		}
	}
	drafts, mails := count[escalation.Appease]+count[escalation.Reassure], count[escalation.Escalate]+count[escalation.FollowUp]
	if drafts > 1 || mails > 1 {
		t.Errorf("%d drafts and %d mails because of one message", drafts, mails)
	}
	if len(m.Signals) == 0 && len(d.Actions)+len(d.Used) > 0 {
		t.Errorf("a message without signals led to %+v", d)
	}
}

// Two mailboxes that are read one after the other, or mail that comes late: as long as nothing is decided in between,
// the order in which messages were kept makes no difference to the next decision.
func TestOrderInWhichMessagesWereKeptMakesNoDifference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 6))
		var kept []*Message
		for n := range uint32(12) {
			kept = append(kept, mailOf(r, n))
		}
		next := mailOf(r, 99)
		var decisions []string
		for range 3 {
			r.Shuffle(len(kept), func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
			update(t, openAt(t, Memory), func(tx *Tx) error {
				for _, m := range kept {
					fresh := *m
					noError(t, tx.AddMessage(&fresh))
				}
				fresh := *next
				d, err := newProcess().take(tx, &fresh)
				decisions = append(decisions, fmt.Sprintf("%+v", d))
				return err
			})
		}
		if len(slices.Compact(decisions)) != 1 {
			t.Errorf("seed %d:\n%s", seed, strings.Join(decisions, "\n"))
		}
	}
}
