package demo

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestTheStoryIsToldToItsEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	var out bytes.Buffer
	if err := Run(t.Context(), Options{Out: &out, Once: true}); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{ // at least one of each kind of step
		"decided  to draft an answer with a better offer (opens case 1)",
		"decided  to draft an answer that reassures",
		"decided  to escalate to lu@example.com, yodi@example.com, silver@example.com",
		"decided  to escalate to shannbo@example.com, yodi@example.com, silver@example.com",
		"decided  to follow up with",
		"ignored: auto-reply",
		"our own answer; it joins the timeline",
		"nothing to hear",
		"done     draft laid into Drafts",
		"done     note laid beside the mail",
		"done     mail marked $Escalated",
		"Subject: [Heed #1] Chargeback threatened: Jane Roe, order #1234",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo never says %q", want)
		}
	}
	if strings.Contains(out.String(), "FAILED") {
		t.Error("something failed in the demo")
	}
	if t.Failed() {
		t.Log(out.String())
	}
	// Everything that was started has been waited for; the runtime takes a moment to count it out.
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines are left, there were %d:\n%s", n, before, stacks[:runtime.Stack(stacks, true)])
	}
}

func TestTheDemoEndsWhenItIsTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if err := Run(ctx, Options{Out: &out}); err == nil {
		t.Error("a demo that was interrupted before its first mail says nothing of it")
	}
}
