package customers

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// A scripted Source takes so long for each answer, on a clock of its own, and then fails or not.
type scripted struct {
	now   time.Time
	takes time.Duration
	err   error
	asked int
}

func (s *scripted) Find(context.Context, Query) (Answer, error) {
	s.asked++
	s.now = s.now.Add(s.takes)
	return Answer{Record: &Record{Name: "Jane"}}, s.err
}

func (s *scripted) Close() error { return nil }

func TestSourceThatFailsSlowlyIsLeftAloneForAWhile(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	source := &scripted{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	a := NewAsker(source, func() time.Time { return source.now }, zap.New(core))
	const down = "the shop's customer data could not be reached"
	for _, step := range []struct {
		about string
		after time.Duration
		takes time.Duration
		err   error
		fault string
		asked bool
	}{
		{"well", 0, 0, nil, "", true},
		{"fails at once", 0, 0, errors.New("refused"), down, true},
		{"is asked again at once", 0, 0, nil, "", true},
		{"fails slowly", 0, slow, errors.New("lost"), down, true},
		{"is left alone", 0, 0, nil, down, false},
		{"still", Pause - 1, 0, nil, down, false},
		{"is asked again after the pause", 1, slow, errors.New("lost"), down, true},
		{"is left alone again", Pause - 1, 0, nil, down, false},
		{"comes back", 1, 0, nil, "", true},
	} {
		source.now, source.takes, source.err = source.now.Add(step.after), step.takes, step.err
		before := source.asked
		answer, fault := a.Ask(t.Context(), Query{})
		if fault != step.fault || (source.asked > before) != step.asked || fault == "" && answer.Record == nil {
			t.Errorf("%s: %q, asked %d times, %v", step.about, fault, source.asked-before, answer.Record)
		}
	}
	if lost, back := logs.FilterMessageSnippet("go out without").Len(), logs.FilterMessageSnippet("again").Len(); lost != 2 || back != 2 {
		t.Errorf("the log says %d times that it is lost and %d times that it is back", lost, back)
	}
}

// A hanging Source waits until it is told to stop.
type hanging struct{}

func (hanging) Find(ctx context.Context, _ Query) (Answer, error) {
	<-ctx.Done()
	return Answer{}, ctx.Err()
}

func (hanging) Close() error { return nil }

func TestMailWaitsForSoLongAndNoLonger(t *testing.T) {
	a := NewAsker(hanging{}, time.Now, zap.NewNop())
	a.within = time.Millisecond
	if _, fault := a.Ask(t.Context(), Query{}); fault != "the shop's customer data did not answer within 2s" {
		t.Errorf("got %q", fault)
	}
	if a.resting() == "" {
		t.Error("the next mail would wait too")
	}
}

func TestStoppingIsNoFaultOfTheSource(t *testing.T) {
	a := NewAsker(hanging{}, time.Now, zap.NewNop())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, fault := a.Ask(ctx, Query{}); fault == "" || a.resting() != "" {
		t.Errorf("got %q, resting %q", fault, a.resting())
	}
}
