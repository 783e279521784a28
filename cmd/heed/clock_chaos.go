//go:build chaos

package main

import (
	"os"
	"strings"
	"time"
)

// now is a clock that a test can set: it is off by the duration in the file that HEED_CHAOS_CLOCK names. Only a program
// built with the tag chaos has it. The reading of the monotonic clock is left out, so that a step shows everywhere.
func now() time.Time {
	real := time.Now().Round(0)
	text, err := os.ReadFile(os.Getenv("HEED_CHAOS_CLOCK"))
	if err != nil {
		return real
	}
	off, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil { // it is being written
		return real
	}
	return real.Add(off)
}
