package daemon

import (
	"bytes"
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestJournalLinesBearTheirPriority(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, true)
	log.Info("one")
	log.Warn("two\nlines", zap.Int("a", 1))
	log.With(zap.String("mailbox", "s")).Error("three")
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	want := []string{"<6>{", "<4>{", "<3>{"}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d: %q", len(lines), len(want), out.String())
	}
	for i, prefix := range want {
		if !strings.HasPrefix(lines[i], prefix) {
			t.Errorf("line %d is %q, want it to begin with %q", i, lines[i], prefix)
		}
		if strings.Contains(lines[i], `"ts"`) {
			t.Errorf("line %d bears a time, the journal has its own: %q", i, lines[i])
		}
	}
}

func TestConsoleLinesAreForPeople(t *testing.T) {
	var out bytes.Buffer
	NewLogger(&out, false).Warn("look here", zap.String("mailbox", "support-us"))
	if got := out.String(); strings.HasPrefix(got, "<") || !strings.Contains(got, "look here") {
		t.Errorf("got %q", got)
	}
}
